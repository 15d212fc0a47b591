package chaos

import (
	"testing"
	"time"
)

// fault is a case: something that breaks, time after time, while a crowd asks.
type fault struct {
	name  string
	short int // how often it strikes with every go test; 0: it is left to the long run
	long  int // and in the long run

	breaksBroker bool          // it gets a RabbitMQ of its own
	brokerless   bool          // it has no RabbitMQ
	alone        bool          // it wants the machine for itself
	timed        bool          // it keeps promises of time; in the long run, where they are held to, it has the machine for itself
	clients      int           // how many ask at a time, each again when answered; 0: 16
	deadline     time.Duration // of their requests; 0: 3 s
	late         time.Duration // the longest that a final may be committed after its deadline; 0: 2 s, which is across the loss of an aggregator
	shown        time.Duration // how much longer than the latest in the ledger, or the deadline, it may take until a client has its final; 0: 2 s

	setup  func(d *deployment) // starts the roles; nil: one process of each
	strike func(d *deployment) // breaks something, and mends it
	check  func(d *deployment) // what it promises beside what every case does
}

// faults are all cases, in the order of the report.
func faults() []*fault {
	return []*fault{
		workerKilledInMidTask(), workerFrozen(), workerKilledBeforeItsAck(), poison(), scorerPanics(), criterionStopped(),
		brokerKilled(), brokerRestarted(), memoryAlarm(), diskAlarm(), taskQueueDeleted(), brokerRefuses(),
		databaseRestarted(), databaseKilled(), databaseSlow(), databaseFull(),
		aggregatorKilledBeforeItEmits(), aggregatorKilled(), aggregatorsDead(),
		replicaKilledBeforeItPublishes(), replicaKilled(), slowReaders(), allInOneKilled(),
		partitioned(), connectionsReset(), slowNetwork(), duplicated(), clocksOff(),
		flooded(), rollingRestart(), upgraded(),
	}
}

// TestFaults strikes each fault while a crowd asks, and asserts of every case: no accepted request is lost, each has one final, its
// totals are what the ledger's rows give, its updates come in order and end with the final, the final is not later than the case
// allows, in the ledger and at its client, and says what it goes without, and why. Afterwards requests are answered in full again.
func TestFaults(t *testing.T) {
	if raced {
		t.Skip("the processes are not built with the race detector")
	}
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			times := f.short
			if *long {
				times = f.long
			}
			if *often > 0 {
				times = *often
			}
			if times == 0 {
				t.Skip("make chaos runs it")
			}
			if alone := f.alone || f.timed && *long; !alone {
				t.Parallel()
			}
			f.run(t, times)
		})
	}
}

func (f *fault) run(t *testing.T, times int) {
	var broker *node
	switch {
	case f.breaksBroker:
		broker = ownNode(t)
	case !f.brokerless:
		broker = sharedNode(t)
	}
	d := deploy(t, broker)
	if f.setup == nil {
		d.oneOfEach()
	} else {
		f.setup(d)
	}
	finish := d.crowd(or(f.clients, 16), or(f.deadline, 3*time.Second))
	d.pause(500 * time.Millisecond) // it is under way
	for range times {
		f.strike(d)
	}
	finish()
	d.whole(20 * time.Second)
	d.judge(f, times)
	if f.check != nil {
		f.check(d)
	}
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// judge fails the test unless every case's promises were kept, and adds the case's line to the report.
func (d *deployment) judge(f *fault, times int) {
	d.t.Helper()
	a := d.audit(20 * time.Second)
	v, seen := d.compare(), d.seen
	l := line{
		Case: f.name, Times: times, Kills: int(d.kills.Load()), Requests: a.Requests, Finals: len(seen.finals), Partial: seen.partial,
		Refused: seen.told(), Lost: max(seen.lost, a.Requests-a.Finals+v.missing), Duplicated: seen.duplicated, Wrong: v.wrong,
		Disorder: seen.disorder, Attached: seen.attached, LatestMs: a.Latest,
		ShownMs: float64(seen.latest()) / float64(time.Millisecond),
	}
	d.t.Cleanup(func() { report.add(l, d.t.Failed()) })
	d.t.Logf("%v\nclients saw %v; the ledger has %+v", l, seen, a)
	if l.Lost > 0 || l.Duplicated > 0 || l.Wrong > 0 || l.Disorder > 0 || len(seen.errors) > 0 {
		d.t.Errorf("a promise was broken: %v; clients saw %v; %s", l, seen, v.first)
	}
	if l.Finals == 0 {
		d.t.Error("nobody got an answer")
	}
	if seen.hintless > 0 {
		d.t.Errorf("%d refusals did not say when to try again", seen.hintless)
	}
	if seen.silent > 0 {
		d.t.Errorf("%d of %d partial finals do not say why, or which criteria they go without", seen.silent, seen.partial)
	}
	if late := or(f.late, 2*time.Second); a.Latest > float64(late.Milliseconds()) {
		d.t.Errorf("a final was committed %.0f ms after its deadline; at most %v is promised", a.Latest, late)
	}
	if shown := float64(or(f.shown, 2*time.Second).Milliseconds()) + max(a.Latest, 0); l.ShownMs > shown {
		d.t.Errorf("a final came to its client %.0f ms after its deadline; at most %.0f ms is allowed", l.ShownMs, shown)
	}
}
