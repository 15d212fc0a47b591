package chaos

import (
	"testing"
	"time"
)

// TestWorkerKilledInMidTask kills the only busy worker of a slow criterion while it scores; another takes the task over.
func TestWorkerKilledInMidTask(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.start("aggregator")
	d.worker(others("history"))
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	victim := d.worker("history", "--slow", "history=300ms")
	d.ready()
	seen := &tally{}
	n := times(2, 40)
	for range n {
		heir := d.worker("history", "--slow", "history=300ms")
		d.consumed(d.topology.Task("history").Name, 2)
		done := make(chan struct{})
		finish := d.crowd(r, 4, 5*time.Second) // tasks with both workers
		go func() {
			defer close(done)
			pause(t.Context(), 450*time.Millisecond) // in the middle of the second task
			victim.kill()
		}()
		<-done
		seen.merge(finish())
		victim = heir
	}
	d.judge("worker killed in mid-task", n, seen)
	if seen.partial > 0 {
		t.Errorf("%d finals went without the killed worker's criterion: nobody took its tasks over", seen.partial)
	}
}

// TestAggregatorKilledBetweenReceiptAndFinal kills the only aggregator after it has merged results of a request, and before
// the last one; the next aggregator makes the final.
func TestAggregatorKilledBetweenReceiptAndFinal(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.worker(others("history"))
	d.worker("history", "--slow", "history=1s", "--parallel", "16")
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	victim := d.start("aggregator")
	d.ready()
	seen := &tally{}
	n := times(2, 30)
	for range n {
		d.consumed(d.topology.Result().Name, 1)
		killed := false
		s := d.one(t, r, 8*time.Second, func(*update) {
			if !killed {
				killed = true
				victim.kill()
				victim = d.start("aggregator")
			}
		})
		seen.add(s)
		if f := s.final(); f == nil || f.Coverage.Percent < 99.9 {
			t.Errorf("a request whose aggregator was killed: %s", describe(s))
		}
		if len(s.updates) < 2 {
			t.Log("this machine was too slow to kill the aggregator before the final")
		}
	}
	d.judge("aggregator killed between receipt and final", n, seen)
}

// TestAggregatorsKilledUnderLoad kills one of two aggregators again and again, at any moment, while a crowd asks.
func TestAggregatorsKilledUnderLoad(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.workers()
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	d.start("aggregator")
	victim := d.start("aggregator")
	d.consumed(d.topology.Result().Name, 2)
	finish := d.crowd(r, 8, 2*time.Second)
	n := times(2, 40)
	for range n {
		pause(t.Context(), 700*time.Millisecond)
		victim.kill()
		victim = d.start("aggregator")
	}
	d.judge("one of two aggregators killed under load", n, finish())
}

// TestReplicaKilledWithSubscriber kills an API replica with live subscribers; they attach to another one.
func TestReplicaKilledWithSubscriber(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.start("aggregator")
	d.worker(others("history"))
	d.worker("history", "--slow", "history=400ms", "--parallel", "16")
	victim, heir := d.serve(), d.serve()
	d.ready()
	seen := &tally{}
	n := times(2, 20)
	for range n {
		r := &replicas{}
		r.set(victim.url)
		killed := false
		s := d.one(t, r, 5*time.Second, func(*update) {
			if !killed {
				killed = true
				r.set(heir.url)
				victim.kill()
			}
		})
		seen.add(s)
		if s.attached == 0 || s.final() == nil {
			t.Errorf("a subscriber of a killed replica: %s", describe(s))
		}
		victim, heir = heir, d.serve()
	}
	r := &replicas{} // and at any moment, under load
	r.set(victim.url, heir.url)
	finish := d.crowd(r, 8, 2*time.Second)
	for range n {
		pause(t.Context(), 500*time.Millisecond)
		third := d.serve()
		r.set(heir.url, third.url)
		victim.kill()
		victim, heir = heir, third
	}
	seen.merge(finish())
	d.judge("API replica killed with subscribers", 2*n, seen)
}

// TestCriterionStopped runs no worker of one criterion: finals come at the deadline with the others' scores.
func TestCriterionStopped(t *testing.T) {
	t.Parallel()
	d := deploy(t, sharedRabbitMQ(t))
	d.start("aggregator")
	d.worker(others("community"))
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	d.consumed(d.topology.Task("popularity").Name, 1)
	d.consumed(d.topology.Result().Name, 1)
	const deadline = 400 * time.Millisecond
	seen := &tally{}
	for range times(3, 30) {
		s := d.one(t, r, deadline, nil)
		seen.add(s)
		f := s.final()
		if f == nil || f.Coverage.Percent >= 100 || f.Coverage.Percent == 0 || len(f.Picks) == 0 || len(f.Degraded) == 0 || f.TookMs < 400 {
			t.Errorf("without one criterion: %s", describe(s))
		}
	}
	finish := d.crowd(r, 8, deadline)
	pause(t.Context(), time.Duration(times(3, 30))*time.Second)
	seen.merge(finish())
	d.judge("one criterion stopped altogether", 1, seen)
}

// TestBrokerKilledUnderLoad ends RabbitMQ with kill -9 while a crowd asks, and starts it again.
func TestBrokerKilledUnderLoad(t *testing.T) {
	t.Parallel()
	n := startNode(t)
	d := deploy(t, n.url)
	d.workers()
	d.start("aggregator")
	api := d.serve()
	r := &replicas{}
	r.set(api.url)
	d.ready()
	finish := d.crowd(r, 8, 3*time.Second)
	kills := times(1, 6)
	for range kills {
		pause(t.Context(), 2*time.Second)
		n.kill()
		pause(t.Context(), 500*time.Millisecond)
		n.start()
		pause(t.Context(), 3*time.Second)
	}
	seen := finish()
	d.judge("RabbitMQ killed and restarted under load", kills, seen)
	if seen.refused == 0 {
		t.Error("nobody was told that the broker is away")
	}
	d.whole(r)
}

// merge adds what another crowd saw.
func (n *tally) merge(other *tally) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.finals += other.finals
	n.partial += other.partial
	n.refused += other.refused
	n.unknown += other.unknown
	n.lost += other.lost
	n.duplicated += other.duplicated
	n.disorder += other.disorder
	n.attached += other.attached
	for what, times := range other.errors {
		if n.errors == nil {
			n.errors = map[string]int{}
		}
		n.errors[what] += times
	}
}
