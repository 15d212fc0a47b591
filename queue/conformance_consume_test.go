package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// The tests in this file are what Broker promises of subscriptions, queues and dead-letter queues, of either broker.

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

func TestQueueThatIsNotDurableEndsWithItsConsumer(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "live")
		q.Durable, q.MaxLength = false, 100
		for range 2 { // a replica that comes back may declare it again
			declareAll(t, b, q)
			h, got := collect()
			stop := consume(t, b, Subscription{Queue: q.Name}, h)
			publish(t, b, Message{To: q.Bind})
			next(t, got)
			stop()
			if err := b.Publish(t.Context(), Message{To: q.Bind}); !errors.Is(err, ErrUnroutable) {
				t.Errorf("got %v, want %v", err, ErrUnroutable)
			}
		}
	})
}

func TestDeclarationMustAgree(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		q.MaxLength = 10
		declareAll(t, b, q, q)
		other := q
		other.MaxLength = 11
		if err := b.Declare(t.Context(), other); err == nil {
			t.Error("a queue was declared with two lengths")
		}
		publish(t, b, Message{To: q.Bind})
		for name, wrong := range map[string]Queue{
			"no name":                {},
			"negative length":        {Name: prefix + "w", MaxLength: -1},
			"limit on a live queue":  {Name: prefix + "w", DeliveryLimit: 1},
			"kept, but not anywhere": {Name: prefix + "w", Durable: true, KeepDead: true},
			"a stay of nanoseconds":  {Name: prefix + "w", TTL: 5},
			"a key without exchange": {Name: prefix + "w", Bind: Address{Key: "x"}},
		} {
			if err := b.Declare(t.Context(), wrong); err == nil {
				t.Errorf("%s: declared", name)
			}
		}
	})
}

func TestStatsOfAnUnknownQueueFail(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		declareAll(t, b, testQueue(prefix, "q"))
		if s, err := b.Stats(t.Context(), prefix+"none"); err == nil {
			t.Errorf("got %+v", s)
		}
	})
}

func TestDeadLettersAreListedReplayedAndPurged(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
		q.DeadLetter = dead.Bind
		declareAll(t, b, dead, q)
		stop := consume(t, b, Subscription{Queue: q.Name}, func(_ context.Context, batch []*Message) []error {
			return []error{&Rejection{Reason: "no " + batch[0].Type}}
		})
		publish(t, b, Message{To: q.Bind, Type: "a"}, Message{To: q.Bind, Type: "b"}, Message{To: q.Bind, Type: "c"})
		publish(t, b, Message{To: dead.Bind, Type: "foreign"})
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 4 })
		stop()
		for range 3 { // listing takes nothing away
			if letters, err := b.ListDead(t.Context(), dead.Name, 100); err != nil || len(letters) != 4 {
				t.Fatalf("got %v, %v; want 4 letters", letters, err)
			}
		}
		if letters, err := b.ListDead(t.Context(), dead.Name, 2); err != nil || len(letters) != 2 {
			t.Errorf("got %d letters, %v; want 2", len(letters), err)
		}
		n, err := b.ReplayDead(t.Context(), dead.Name, func(l *DeadLetter) bool { return l.Reason != "no b" })
		if n != 2 || err != nil {
			t.Errorf("%d were replayed, %v; want 2", n, err)
		}
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		types := []string{next(t, got).Type, next(t, got).Type}
		if slices.Sort(types); !slices.Equal(types, []string{"a", "c"}) {
			t.Errorf("%v came back", types)
		}
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 2 })
		if n, err := b.ReplayDead(t.Context(), dead.Name, nil); n != 1 || err != nil {
			t.Errorf("%d were replayed, %v; want 1, for the foreign one has no origin", n, err)
		}
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 1 })
		if n, err := b.PurgeDead(t.Context(), dead.Name); n != 1 || err != nil {
			t.Errorf("%d were purged, %v; want 1", n, err)
		}
		if letters, err := b.ListDead(t.Context(), dead.Name, 9); len(letters) != 0 || err != nil {
			t.Errorf("after the purge there are %v, %v", letters, err)
		}
	})
}

func TestReplayToNowhereKeepsTheLetter(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "live")
		q.DeadLetter, q.Durable = dead.Bind, false
		declareAll(t, b, dead, q)
		stop := consume(t, b, Subscription{Queue: q.Name}, func(context.Context, []*Message) []error {
			return []error{&Rejection{Reason: "no"}}
		})
		publish(t, b, Message{To: q.Bind})
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 1 })
		stop()
		if n, err := b.ReplayDead(t.Context(), dead.Name, nil); n != 0 || !errors.Is(err, ErrUnroutable) {
			t.Errorf("%d were replayed, %v", n, err)
		}
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 1 })
	})
}

func TestClosedBrokerIsUnavailable(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "live")
		q.Durable = false
		declareAll(t, b, q)
		if err := b.Ready(); err != nil {
			t.Errorf("ready: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		_, stats := b.Stats(t.Context(), q.Name)
		for what, err := range map[string]error{
			"ready": b.Ready(), "publish": b.Publish(t.Context(), Message{To: q.Bind}), "stats": stats,
			"declare": b.Declare(t.Context(), q), "consume": b.Consume(t.Context(), Subscription{Queue: q.Name}, nil),
		} {
			if !errors.Is(err, ErrUnavailable) {
				t.Errorf("%s: got %v, want %v", what, err, ErrUnavailable)
			}
		}
		if err := b.Close(); err != nil {
			t.Errorf("close again: %v", err)
		}
	})
}

func TestTopologyHoldsTogether(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		names := Topology{Prefix: prefix}
		task, dead := names.Task("genres"), names.Dead()
		declareAll(t, b, dead, names.Result(), task, names.Live("replica-1"))
		consume(t, b, Subscription{Queue: task.Name, Prefetch: 2}, func(context.Context, []*Message) []error {
			return []error{&Rejection{Reason: "unreadable"}}
		})
		publish(t, b, Message{To: task.Bind}, Message{To: names.Result().Bind}, Message{To: names.Live("replica-1").Bind})
		letter := nextLetter(t, b, dead.Name)
		if want := fmt.Sprint(prefix, "task.genres"); letter.Queue != want || letter.Reason != "unreadable" {
			t.Errorf("the dead letter says %+v", letter)
		}
		awaitStats(t, b, names.Result().Name, func(s Stats) bool { return s.Ready == 1 })
		awaitStats(t, b, names.Live("replica-1").Name, func(s Stats) bool { return s.Ready == 1 })
	})
}
