package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// The tests in this file are what Broker and DeadLetters promise of queues, of either broker.

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
