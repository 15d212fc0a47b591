package chaos

import "time"

// allInOneKilled kills the one process that has every role and the broker: what was on its way between them is forgotten with it, and
// the process that comes after it sends it again, or closes what is due.
func allInOneKilled() *fault {
	var address string
	var only *process
	start := func(d *deployment) *process {
		return d.startWith([]string{"WEBFLIX_REPLICA=alone"}, "--listen", address, "--open=false", "--slow", "history=300ms", "--parallel", "16").serves(address)
	}
	return &fault{
		name: "one process with every role and the broker killed", short: 2, long: 10, brokerless: true, late: 6 * time.Second, shown: 6 * time.Second,
		setup: func(d *deployment) {
			address = freeAddress(d.t)
			only = start(d)
			d.replicas.set(only.url)
		},
		strike: func(d *deployment) {
			d.pause(time.Second)
			only.kill()
			only = start(d)
			d.whole(20 * time.Second)
		},
		check: func(d *deployment) {
			if d.seen.attached == 0 {
				d.t.Error("no request was under way when the process was killed")
			}
		},
	}
}
