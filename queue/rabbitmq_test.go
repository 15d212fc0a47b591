package queue

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/queue/queuetest"
)

// awaitReady waits until a broker's readiness is as wanted: nil, or an error that wraps want.
func awaitReady(t *testing.T, b Broker, want error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		if errors.Is(b.Ready(), want) {
			return
		}
		wait(ctx, 5*time.Millisecond)
	}
	t.Fatalf("readiness stays at %v, want %v", b.Ready(), want)
}

// behindTheScenes returns a channel of its own to RabbitMQ, for what others do there.
func behindTheScenes(t *testing.T) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(queuetest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestQueuesAreDeclaredAgain(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, queuetest.URL(t), nil)
	b, prefix := dialRabbitMQ(t, url)
	durable, live := testQueue(prefix, "q"), testQueue(prefix, "live")
	live.Durable = false
	declareAll(t, b, durable, live)
	h, got := collect()
	consume(t, b, Subscription{Queue: durable.Name}, h)
	consume(t, b, Subscription{Queue: live.Name}, h)
	publish(t, b, Message{To: durable.Bind}, Message{To: live.Bind})
	next(t, got)
	next(t, got)
	ch := behindTheScenes(t) // a broker that lost its disk
	if _, err := ch.QueueDelete(durable.Name, false, false, false); err != nil {
		t.Fatal(err)
	}
	p.cut()
	awaitReady(t, b, ErrUnavailable)
	awaitReady(t, b, nil)
	awaitStats(t, b, durable.Name, func(s Stats) bool { return s.Consumers == 1 })
	awaitStats(t, b, live.Name, func(s Stats) bool { return s.Consumers == 1 })
	publish(t, b, Message{To: durable.Bind}, Message{To: live.Bind})
	next(t, got)
	next(t, got)
}

func TestDeletedQueueIsMadeAndConsumedAgain(t *testing.T) {
	t.Parallel()
	written := &buffer{}
	b, prefix := dialRabbitMQ(t, queuetest.URL(t))
	b.log = slog.New(slog.NewTextHandler(written, nil))
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	h, got := collect()
	consume(t, b, Subscription{Queue: q.Name}, h)
	publish(t, b, Message{To: q.Bind})
	next(t, got)
	if _, err := behindTheScenes(t).QueueDelete(q.Name, false, false, false); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(written.String(), "subscription ended") && t.Context().Err() == nil {
		wait(t.Context(), 5*time.Millisecond) // until then the old queue's consumer may be counted
	}
	awaitStats(t, b, q.Name, func(s Stats) bool { return s.Consumers == 1 })
	publish(t, b, Message{To: q.Bind})
	next(t, got)
}

func TestExclusiveQueueWaitsForItsFormerOwner(t *testing.T) {
	t.Parallel()
	former, prefix := dialRabbitMQ(t, queuetest.URL(t))
	successor, _ := dialRabbitMQ(t, queuetest.URL(t))
	q := testQueue(prefix, "live")
	q.Durable = false
	declareAll(t, former, q)
	declared := make(chan error, 1)
	go func() { declared <- successor.Declare(t.Context(), q) }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := successor.Declare(ctx, q); err == nil {
		t.Error("two connections have the same exclusive queue")
	}
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	if err := next(t, declared); err != nil {
		t.Error(err)
	}
}

func TestDeletedExchangeDisturbsNoOtherPublisher(t *testing.T) {
	t.Parallel()
	b, prefix := dialRabbitMQ(t, queuetest.URL(t))
	kept, doomed := testQueue(prefix, "kept"), testQueue(prefix, "doomed")
	doomed.Bind.Exchange = prefix + "doomed" // deleteAll knows it
	declareAll(t, b, kept, doomed)
	publish(t, b, Message{To: kept.Bind}, Message{To: doomed.Bind})
	if err := behindTheScenes(t).ExchangeDelete(doomed.Bind.Exchange, false, false); err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 20)
	for range cap(results) {
		go func() { results <- b.Publish(t.Context(), Message{To: kept.Bind}) }()
	}
	if err := b.Publish(t.Context(), Message{To: doomed.Bind}); !errors.Is(err, ErrUnroutable) {
		t.Errorf("got %v, want %v", err, ErrUnroutable)
	}
	for range cap(results) {
		if err := next(t, results); err != nil {
			t.Error(err)
		}
	}
}

func TestPrefetchedMessagesAreHandledAtTheEnd(t *testing.T) {
	t.Parallel()
	b, prefix := dialRabbitMQ(t, queuetest.URL(t))
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	started, release := make(chan struct{}, 99), make(chan struct{})
	stop := consume(t, b, Subscription{Queue: q.Name, Prefetch: 8}, func(context.Context, []*Message) []error {
		started <- struct{}{}
		<-release
		return nil
	})
	for range 8 {
		publish(t, b, Message{To: q.Bind})
	}
	next(t, started)
	awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 }) // all are with the subscription
	close(release)
	stop()
	awaitStats(t, b, q.Name, func(s Stats) bool { return s.Consumers == 0 })
	if s, err := b.Stats(t.Context(), q.Name); err != nil || s.Ready != 0 || len(started) != 7 {
		t.Errorf("%d more were handled and %d left, %v; want 7 and 0", len(started), s.Ready, err)
	}
}

// A worker that ends with each delivery leaves the burial to the broker: what it buries itself is kept, too.
func TestWhatTheBrokerBuriesPassesTheSieve(t *testing.T) {
	t.Parallel()
	b, prefix := dialRabbitMQ(t, queuetest.URL(t))
	topology := Topology{Prefix: prefix}
	declareAll(t, b, topology.Dead(), topology.Task("era"), topology.Result())
	ch := behindTheScenes(t)
	for _, q := range []Queue{topology.Task("era"), topology.Result()} {
		publish(t, b, Message{To: q.Bind, Type: "poison"})
		for deliveries := 0; ; deliveries++ {
			d, ok, err := ch.Get(q.Name, false)
			if err != nil || deliveries > q.DeliveryLimit+1 {
				t.Fatalf("%s: after %d deliveries %v", q.Name, deliveries, err)
			}
			if !ok && deliveries > q.DeliveryLimit {
				break
			}
			if ok {
				_ = d.Reject(true)
			} else {
				deliveries--
			}
		}
	}
	awaitStats(t, b, topology.Dead().Name, func(s Stats) bool { return s.Ready == 2 })
	letters, err := b.ListDead(t.Context(), topology.Dead().Name, 10)
	if err != nil || len(letters) != 2 || letters[0].Reason != ReasonDeliveryLimit || letters[1].Reason != ReasonDeliveryLimit {
		t.Errorf("the dead letters are %+v, %v", letters, err)
	}
}
