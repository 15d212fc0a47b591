package chaos

import (
	"os"
	"time"

	"webflix/recommend"
)

// rollingRestart replaces every process, one after another.
func rollingRestart() *fault {
	f := replaced(func(*deployment) {}, func(d *deployment, messages int) {
		d.kept("P8", "a process that is told to stop has ended, at most", most(100, d.ends), recommend.MaxDeadline+time.Second)
		d.keptCount("P8", "messages delivered again", messages, 0, 5)
	})
	f.name, f.short, f.long = "every process restarted by SIGTERM", 1, 12
	return f
}

// oldBinary names the variable that names the binary of an older version; `make upgrade-check` builds it.
const oldBinary = "WEBFLIX_OLD_BINARY"

// upgraded starts with the processes of an older version and its model, on the database that the newer one has migrated, and replaces
// them by those of the newer one: for a while both work side by side.
func upgraded() *fault {
	old := os.Getenv(oldBinary)
	f := replaced(func(d *deployment) { d.path = old }, func(d *deployment, messages int) {
		d.t.Logf("%d messages were delivered again", messages) // how an older version ends is its own
	})
	f.name = "every process of an older version replaced"
	if old != "" {
		f.short, f.long = 1, 1
	}
	return f
}

// replaced comes up with a new process of each role, and then tells the old one to stop. Nobody who tries once more is told of an
// error, and no criterion is missing. begin is called before the first processes start, again with how many messages came again.
func replaced(begin func(d *deployment), again func(d *deployment, messages int)) *fault {
	var aggregator, worker, api *process
	before := 0
	return &fault{
		breaksBroker: true, timed: true,
		setup: func(d *deployment) {
			path := d.path
			begin(d)
			aggregator, worker, api = d.oneOfEach()
			d.path = path
			before = d.broker.redelivered(d.t)
		},
		strike: func(d *deployment) {
			next := d.serve()
			d.replicas.set(api.url, next.url)
			d.pause(time.Second) // both work
			d.replicas.set(next.url)
			api.end()
			api = next

			next = d.start("aggregator")
			d.aggregators(2)
			d.pause(time.Second)
			aggregator.end()
			aggregator = next

			next = d.worker(others(""))
			d.workers(2)
			d.pause(time.Second)
			worker.end()
			worker = next
		},
		check: func(d *deployment) {
			complete(d)
			if d.seen.twice > 0 || d.seen.told() > 0 {
				d.t.Errorf("%d clients failed twice in a row, and %d were refused", d.seen.twice, d.seen.told())
			}
			again(d, d.broker.redelivered(d.t)-before)
		},
	}
}
