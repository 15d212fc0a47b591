package chaos

import "time"

// aggregatorKilledBeforeItEmits kills an aggregator that has committed results, when it is about to send the updates: another one
// gets the results again, finds them taken in, and sends the updates.
func aggregatorKilledBeforeItEmits() *fault {
	return &fault{
		name: "aggregator killed between commit and emit", short: 2, long: 20, deadline: 5 * time.Second,
		strike: func(d *deployment) {
			trap, url := newTap(d.t, d.broker)
			victim := d.startWith([]string{"AMQP_URL=" + url}, "aggregator")
			d.aggregators(2)
			live := d.topology.Live("").Bind.Exchange
			d.caught(trap, func(m method) bool { return m.publishes(live) }, victim)
		},
		check: complete,
	}
}

// aggregatorKilled kills one of two aggregators at any moment.
func aggregatorKilled() *fault {
	var victim *process
	return &fault{
		name: "one of two aggregators killed at any moment", long: 40,
		setup: func(d *deployment) {
			d.oneOfEach()
			victim = d.start("aggregator")
			d.aggregators(2)
		},
		strike: func(d *deployment) {
			d.pause(700 * time.Millisecond)
			victim.kill()
			victim = d.start("aggregator")
		},
		check: complete,
	}
}

// aggregatorsDead lets deadlines pass without any aggregator.
func aggregatorsDead() *fault {
	const gone = 3 * time.Second
	var victims [2]*process
	return &fault{
		name: "all aggregators dead for 3 s", short: 1, long: 5, deadline: time.Second, late: gone + 2*time.Second, timed: true,
		setup: func(d *deployment) {
			victims[0], _, _ = d.oneOfEach()
			victims[1] = d.start("aggregator")
			d.aggregators(2)
		},
		strike: func(d *deployment) {
			for _, victim := range victims {
				victim.kill()
			}
			d.pause(gone)
			for i := range victims {
				victims[i] = d.start("aggregator")
			}
			d.aggregators(2)
			d.whole(20 * time.Second)
		},
		check: func(d *deployment) {
			late := time.Duration(d.audit(time.Second).Latest * float64(time.Millisecond))
			d.kept("P2", "finals after their deadline, all aggregators dead for 3 s, at most", late, gone+2*time.Second)
		},
	}
}
