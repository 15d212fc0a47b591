package workers_test

import (
	"context"
	"testing"
	"time"

	"webflix/db/dbtest"
	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// Every figure of every queue is known and true, whichever broker it is, and whichever process does what: here one publishes and
// looks, and another one consumes.
func TestFiguresOfEveryQueueAreKnown(t *testing.T) {
	t.Parallel()
	criteria := []string{"genres", "history"}
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		broker := queue.NewMemory()
		t.Cleanup(func() { _ = broker.Close() })
		knowsFigures(t, criteria, queue.Topology{}, broker, broker)
	})
	t.Run("rabbitmq", func(t *testing.T) {
		t.Parallel()
		topology, dial := onRabbitMQ(t, criteria...)
		knowsFigures(t, criteria, topology, dial(), dial())
	})
}

func knowsFigures(t *testing.T, criteria []string, topology queue.Topology, here, there queue.Broker) {
	store := dbtest.Open(t)
	clock := &workers.Clock{}
	for _, q := range topology.Shared(criteria) {
		if err := there.Declare(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	watched := &workers.Pipeline{Ledger: store, Broker: here, Topology: topology, Clock: clock, Criteria: criteria, Log: quiet()}
	background(t, watched.Run)
	for process, broker := range map[string]queue.Broker{"here": here, "there": there} {
		if flows, ok := broker.(queue.Flows); ok {
			r := &workers.Reporter{Ledger: store, Flows: flows, Topology: topology, Criteria: criteria, Process: process, Log: quiet()}
			background(t, r.Run)
		}
	}
	publish := func(to queue.Address) {
		t.Helper()
		if err := here.Publish(t.Context(), queue.Message{To: to, Published: clock.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	figures := func(what string, want func(tasks, others, results, dead recommend.QueueState) bool) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var frame *recommend.Frame
		for ctx.Err() == nil {
			var err error
			if frame, err = watched.Frame(ctx); err == nil && len(frame.Queues) == 4 {
				for _, q := range frame.Queues {
					if q.Unacked < 0 || q.Oldest < 0 || q.In < 0 || q.Out < 0 {
						t.Fatalf("%s: something is not known of %+v", what, q)
					}
				}
				if want(frame.Queues[1], frame.Queues[0], frame.Queues[2], frame.Queues[3]) {
					return
				}
			}
		}
		t.Fatalf("%s: %+v", what, frame)
	}
	idle := func(q recommend.QueueState) bool {
		return q.Ready == 0 && q.Unacked == 0 && q.Oldest == 0 && q.In == 0 && q.Out == 0
	}

	figures("before anything happens", func(tasks, others, results, dead recommend.QueueState) bool {
		return idle(tasks) && idle(others) && idle(results) && idle(dead) && tasks.Consumers == 0
	})
	req := &recommend.Request{User: 1, Replica: "a", Spec: recommend.Spec{
		First: 3, Deadline: 10 * time.Second, Blend: recommend.Blend{{Criterion: "history", Weight: 1}},
	}}
	if err := store.Accept(t.Context(), []*recommend.Request{req}); err != nil { // its task is the one that waits
		t.Fatal(err)
	}
	publish(topology.Task("history").Bind)
	figures("a task that nobody reads", func(tasks, others, results, dead recommend.QueueState) bool {
		return tasks.Ready == 1 && tasks.Unacked == 0 && tasks.Oldest > 0 && tasks.In > 0 && tasks.Out == 0 &&
			idle(others) && idle(results) && idle(dead)
	})

	outcomes := make(chan error)
	for _, q := range []queue.Queue{topology.Task("history"), topology.Result()} {
		background(t, func(ctx context.Context) error {
			return there.Consume(ctx, queue.Subscription{Queue: q.Name}, func(ctx context.Context, _ []*queue.Message) []error {
				select {
				case err := <-outcomes:
					return []error{err}
				case <-ctx.Done():
					return []error{ctx.Err()}
				}
			})
		})
	}
	publish(topology.Result().Bind)
	publish(topology.Result().Bind)
	figures("a worker and an aggregator at work", func(tasks, _, results, dead recommend.QueueState) bool {
		return tasks.Ready == 0 && tasks.Unacked == 1 && tasks.Consumers == 1 && tasks.Oldest > 0 &&
			results.Ready == 1 && results.Unacked == 1 && results.Consumers == 1 && results.Oldest > 0 && results.In > 0 &&
			idle(dead)
	})
	for range 3 {
		outcomes <- &queue.Rejection{Reason: "garbage"}
	}
	figures("after all is rejected", func(tasks, _, results, dead recommend.QueueState) bool {
		return tasks.Ready+tasks.Unacked == 0 && tasks.Oldest == 0 && tasks.Out > 0 &&
			results.Ready+results.Unacked == 0 && results.Oldest == 0 && results.Out > 0 &&
			dead.Ready == 3 && dead.Unacked == 0 && dead.Oldest > 0 && dead.In > 0 && dead.Out == 0
	})
	if n, err := here.(queue.DeadLetters).PurgeDead(t.Context(), topology.Dead().Name); n != 3 || err != nil {
		t.Fatalf("%d dead letters were purged, %v", n, err)
	}
	figures("after the dead letters are purged", func(_, _, _, dead recommend.QueueState) bool {
		return dead.Ready == 0 && dead.Oldest == 0 && dead.Out > 0
	})
	figures("when all is over", func(tasks, others, results, dead recommend.QueueState) bool {
		return idle(tasks) && idle(others) && idle(results) && idle(dead)
	})
}

// background runs a role until the test ends.
func background(t *testing.T, role func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- role(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("a role ended: %v", err)
		}
	})
}
