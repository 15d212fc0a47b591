package queue

import (
	"context"
	"slices"
	"testing"
	"time"
)

// The tests in this file are what Broker promises of subscriptions, of either broker.

func TestBatchIsFilledOrLingers(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		full, part := testQueue(prefix, "full"), testQueue(prefix, "part")
		declareAll(t, b, full, part)
		sizes := make(chan int, 100)
		h := func(_ context.Context, batch []*Message) []error {
			sizes <- len(batch)
			return nil
		}
		for range 10 {
			publish(t, b, Message{To: full.Bind})
		}
		consume(t, b, Subscription{Queue: full.Name, Batch: 5, Linger: time.Hour}, h)
		if first, second := next(t, sizes), next(t, sizes); first != 5 || second != 5 {
			t.Errorf("batches of %d and %d messages, want 5 and 5", first, second)
		}
		publish(t, b, Message{To: part.Bind}, Message{To: part.Bind}, Message{To: part.Bind})
		consume(t, b, Subscription{Queue: part.Name, Batch: 5, Linger: 20 * time.Millisecond}, h)
		for sum := 0; sum < 3; {
			sum += next(t, sizes)
		}
	})
}

func TestPrefetchBoundsUnsettledMessages(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		started, release := make(chan struct{}, 10), make(chan struct{})
		consume(t, b, Subscription{Queue: q.Name, Prefetch: 2, Parallel: 8}, func(context.Context, []*Message) []error {
			started <- struct{}{}
			<-release
			return nil
		})
		publish(t, b, slices.Repeat([]Message{{To: q.Bind}}, 5)...)
		next(t, started)
		next(t, started)
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 3 && (s.Unacked == 2 || s.Unacked == -1) })
		if len(started) > 0 {
			t.Error("a third message was delivered before one was settled")
		}
		close(release)
		for range 3 {
			next(t, started)
		}
	})
}

func TestHandlersRunInParallel(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		meet := make(chan struct{})
		met := make(chan struct{}, 2)
		consume(t, b, Subscription{Queue: q.Name, Parallel: 2}, func(ctx context.Context, _ []*Message) []error {
			select { // two handlers at once, or neither goes on
			case meet <- struct{}{}:
			case <-meet:
			case <-ctx.Done():
				return []error{ctx.Err()}
			}
			met <- struct{}{}
			return nil
		})
		publish(t, b, Message{To: q.Bind}, Message{To: q.Bind})
		next(t, met)
		next(t, met)
	})
}

func TestSubscriptionEndsGracefully(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		started, release, alive := make(chan struct{}, 9), make(chan struct{}), make(chan error, 9)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		sub := Subscription{Queue: q.Name, Prefetch: 3, Grace: time.Hour}
		go func() {
			done <- b.Consume(ctx, sub, func(ctx context.Context, _ []*Message) []error {
				started <- struct{}{}
				<-release
				alive <- ctx.Err()
				return nil
			})
		}()
		publish(t, b, slices.Repeat([]Message{{To: q.Bind}}, 3)...)
		next(t, started)
		cancel()
		select {
		case err := <-done:
			t.Fatalf("the subscription ended with a handler running: %v", err)
		default:
		}
		close(release)
		if err := next(t, done); err != nil {
			t.Fatal(err)
		}
		if err := next(t, alive); err != nil {
			t.Errorf("the handler's context ended: %v", err)
		}
		handled := 1 + len(alive)
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 3-handled && s.Consumers == 0 })
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		for range 3 - handled {
			next(t, got)
		}
		publish(t, b, Message{To: q.Bind, Type: "last"})
		if m := next(t, got); m.Type != "last" {
			t.Error("a message that was handled came again")
		}
	})
}

func TestUnstartedMessagesAreHandedBack(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		started, release := make(chan struct{}, 9), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		sub := Subscription{Queue: q.Name, Prefetch: 3, Grace: time.Hour}
		go func() {
			done <- b.Consume(ctx, sub, func(context.Context, []*Message) []error {
				started <- struct{}{}
				<-release
				return nil
			})
		}()
		publish(t, b, slices.Repeat([]Message{{To: q.Bind}}, 3)...)
		next(t, started)
		cancel()
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 2 }) // while the handler runs on
		close(release)
		if err := next(t, done); err != nil {
			t.Error(err)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 2 && s.Consumers == 0 })
		if len(started) > 0 {
			t.Error("a handler was started after the end")
		}
	})
}

func TestHandlerIsCutOffAfterItsGrace(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		started := make(chan struct{}, 9)
		sub := Subscription{Queue: q.Name, Grace: time.Millisecond}
		stop := consume(t, b, sub, func(ctx context.Context, _ []*Message) []error {
			started <- struct{}{}
			<-ctx.Done()
			return []error{ctx.Err()}
		})
		publish(t, b, Message{To: q.Bind, Type: "slow"})
		next(t, started)
		stop()
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		if m := next(t, got); m.Type != "slow" {
			t.Errorf("got %+v", m)
		}
	})
}

func TestSubscriptionWaitsForItsQueue(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		declareAll(t, b, q)
		publish(t, b, Message{To: q.Bind})
		next(t, got)
	})
}

func TestImpossibleSubscriptionIsRefused(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		for _, sub := range []Subscription{
			{}, {Queue: prefix, Prefetch: 1, Batch: 2}, {Queue: prefix, Parallel: -1}, {Queue: prefix, Prefetch: 1 << 16},
		} {
			if err := b.Consume(t.Context(), sub, nil); err == nil {
				t.Errorf("%+v was accepted", sub)
			}
		}
	})
}
