package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
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
	conn, err := amqp.Dial(amqpURL(t))
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

// Connections are cut again and again under load: no confirmed message may be lost, and none acknowledged that no handler
// had.
func TestCutConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	b, prefix := dialRabbitMQ(t, url)
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	const publishers, each, cuts = 4, 1500, 8
	var (
		mu      sync.Mutex // protects what follows
		handled = make(map[string]bool)
		calls   int
		done    = make(chan struct{})
	)
	sub := Subscription{Queue: q.Name, Prefetch: 300, Batch: 20, Parallel: 3, Linger: time.Millisecond}
	stop := consume(t, b, sub, func(_ context.Context, batch []*Message) []error {
		errs := make([]error, len(batch))
		mu.Lock()
		defer mu.Unlock()
		for i, m := range batch {
			if rand.N(100) == 0 {
				errs[i] = errors.New("not this time")
				continue
			}
			if handled[m.CorrelationID] = true; len(handled) == publishers*each {
				select {
				case <-done:
				default:
					close(done)
				}
			}
		}
		if calls++; calls%(publishers*each/20/cuts) == 0 && calls < publishers*each/20 {
			go p.cut()
		}
		return errs
	})
	var group sync.WaitGroup
	for n := range publishers {
		group.Go(func() {
			for i := 0; i < each; i += 10 {
				var msgs []Message
				for j := range 10 {
					msgs = append(msgs, Message{To: q.Bind, CorrelationID: fmt.Sprint(n, ":", i+j), Body: make([]byte, 2000)})
				}
				for {
					err := b.Publish(t.Context(), msgs...)
					if err == nil {
						break
					}
					if !errors.Is(err, ErrUnavailable) || t.Context().Err() != nil {
						t.Errorf("publish: %v", err)
						return
					}
					awaitReady(t, b, nil)
				}
			}
		})
	}
	group.Wait()
	next(t, done)
	awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 })
	stop()
	awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 && s.Consumers == 0 })
}

func TestOutstandingPublicationIsRepeated(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	b, prefix := dialRabbitMQ(t, url)
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind, Type: "first"})
	p.freeze()
	result := make(chan error, 1)
	go func() {
		result <- b.Publish(t.Context(), Message{To: q.Bind, Type: "a"}, Message{To: q.Bind, Type: "b"})
	}()
	o, _ := b.publisher.outlet.get()
	for len(o.window) < 2 { // both are on their way
		wait(t.Context(), time.Millisecond)
	}
	p.cut()
	p.thaw()
	if err := next(t, result); err != nil {
		t.Fatal(err)
	}
	h, got := collect()
	consume(t, b, Subscription{Queue: q.Name}, h)
	seen := map[string]bool{}
	for len(seen) < 3 {
		seen[next(t, got).Type] = true
	}
}

func TestDisconnectedBrokerIsUnavailableAtOnce(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	p.refuse()
	b, prefix := dialRabbitMQ(t, url)
	q := testQueue(prefix, "q")
	if err := b.Publish(t.Context(), Message{To: q.Bind}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("publish: got %v, want %v", err, ErrUnavailable)
	}
	if _, err := b.Stats(t.Context(), q.Name); !errors.Is(err, ErrUnavailable) {
		t.Errorf("stats: got %v, want %v", err, ErrUnavailable)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := b.Declare(ctx, q); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("declare: got %v, want %v and %v", err, ErrUnavailable, context.DeadlineExceeded)
	}
	// Services may start in any order: all of this waits for the broker.
	h, got := collect()
	consume(t, b, Subscription{Queue: q.Name}, h)
	declared := make(chan error, 1)
	go func() { declared <- b.Declare(t.Context(), q) }()
	p.listen(t)
	if err := next(t, declared); err != nil {
		t.Fatal(err)
	}
	awaitReady(t, b, nil)
	publish(t, b, Message{To: q.Bind})
	next(t, got)
}

func TestFrozenBrokerHangsNobody(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	b, prefix := dialRabbitMQ(t, url+"?heartbeat=1")
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind})
	p.freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.Publish(ctx, Message{To: q.Bind}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	patient := make(chan error, 1)
	go func() { patient <- b.Publish(t.Context(), Message{To: q.Bind}) }()
	for state, changed := b.publishing.state.get(); state.conn != nil; state, changed = b.publishing.state.get() {
		next(t, changed) // heartbeats are missed
	}
	if err := b.Publish(t.Context(), Message{To: q.Bind}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, want %v", err, ErrUnavailable)
	}
	p.cut() // the frozen handshakes
	p.thaw()
	awaitReady(t, b, nil)
	if err := next(t, patient); err != nil && !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	publish(t, b, Message{To: q.Bind})
}

// A socket that takes no more bytes makes the library hang with its locks held, unless writes are bounded.
func TestFullSocketHangsNobody(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	b, prefix := dialRabbitMQ(t, url)
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind})
	p.freeze()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	big := Message{To: q.Bind, Body: make([]byte, 4<<20)}
	if err := b.Publish(ctx, big, big, big, big, big, big); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	awaitReady(t, b, ErrUnavailable)
	p.cut()
	p.thaw()
	awaitReady(t, b, nil)
	publish(t, b, Message{To: q.Bind})
}

func TestBlockedBrokerIsBusy(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
	b, prefix := dialRabbitMQ(t, url+"?heartbeat=1")
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind})
	p.gate(false)
	outstanding := make(chan error, 1)
	go func() { outstanding <- b.Publish(t.Context(), Message{To: q.Bind}) }()
	o, _ := b.publisher.outlet.get()
	for len(o.window) == 0 {
		wait(t.Context(), time.Millisecond)
	}
	p.block(true)
	if err := next(t, outstanding); !errors.Is(err, ErrBusy) {
		t.Errorf("an outstanding publication got %v, want %v", err, ErrBusy)
	}
	awaitReady(t, b, ErrBusy)
	if err := b.Ready(); err == nil || !strings.Contains(err.Error(), "low on ram") {
		t.Errorf("ready: %v; it does not say why", err)
	}
	if err := b.Publish(t.Context(), Message{To: q.Bind}); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want %v", err, ErrBusy)
	}
	p.block(false)
	awaitReady(t, b, nil)
	publish(t, b, Message{To: q.Bind})
	p.block(true)
	awaitReady(t, b, ErrBusy)
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }() // the broker does not read the farewell, but sends heartbeats
	if err := next(t, closed); err != nil {
		t.Error(err)
	}
}

func TestQueuesAreDeclaredAgain(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, amqpURL(t), nil)
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

func TestDeletedQueueIsConsumedAgainOnceDeclared(t *testing.T) {
	t.Parallel()
	written := &buffer{}
	b, prefix := dialRabbitMQ(t, amqpURL(t))
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
		wait(t.Context(), 5*time.Millisecond) // RabbitMQ mixes up a queue that is made again before its end is known
	}
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind})
	next(t, got)
}

func TestExclusiveQueueWaitsForItsFormerOwner(t *testing.T) {
	t.Parallel()
	former, prefix := dialRabbitMQ(t, amqpURL(t))
	successor, _ := dialRabbitMQ(t, amqpURL(t))
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
	b, prefix := dialRabbitMQ(t, amqpURL(t))
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
	b, prefix := dialRabbitMQ(t, amqpURL(t))
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
