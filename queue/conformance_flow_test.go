package queue

import (
	"context"
	"errors"
	"testing"
	"time"
)

// figures are a queue's, with what this process knows of its own part where the broker does not tell: here it is alone.
func figures(b Broker, q Queue, s Stats) Stats {
	flows, ok := b.(Flows)
	if !ok {
		return s
	}
	f := flows.Flow(q)
	s.Unacked, s.In, s.Out, s.Oldest = f.Held, f.In, f.Out, 0
	if !f.Oldest.IsZero() {
		s.Oldest = time.Since(f.Oldest)
	}
	return s
}

// What is delivered and not settled is counted, with all that the prefetch let through, and the rates are those of what came and
// what was dealt with: a message that goes back to its queue was not.
func TestFiguresOfAQueue(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q, dead := testQueue(prefix, "q"), testQueue(prefix, "dead")
		q.DeadLetter = dead.Bind
		declareAll(t, b, dead, q)
		outcomes := make(chan error)
		consume(t, b, Subscription{Queue: q.Name, Prefetch: 3}, func(context.Context, []*Message) []error {
			return []error{<-outcomes}
		})
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Consumers == 1 })
		for range 5 {
			publish(t, b, Message{To: q.Bind, Published: time.Now()})
		}
		unacked := 3
		if _, memory := b.(*Memory); memory {
			unacked = 1 // it takes from the queue when it has a handler
		}
		awaitStats(t, b, q.Name, func(s Stats) bool {
			s = figures(b, q, s)
			return s.Ready == 5-unacked && s.Unacked == unacked && s.Oldest > 0 && s.In > 0 && s.In <= 1 && s.Out == 0
		})
		outcomes <- errors.New("not now")
		outcomes <- &Rejection{Reason: "never"}
		for range 4 {
			outcomes <- nil
		}
		awaitStats(t, b, q.Name, func(s Stats) bool {
			s = figures(b, q, s)
			return s.Ready == 0 && s.Unacked == 0 && s.Oldest == 0 && s.Out > 0 && s.Out <= 1
		})
		awaitStats(t, b, dead.Name, func(s Stats) bool {
			s = figures(b, dead, s)
			return s.Ready == 1 && s.Unacked == 0 && s.In > 0
		})
	})
}
