package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"webflix/queue/queuetest"
)

// The tests in this file break the connections to RabbitMQ.

// Connections are cut again and again under load: no confirmed message may be lost, and none acknowledged that no handler
// had.
func TestCutConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	p, url := newProxy(t, queuetest.URL(t), nil)
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
	p, url := newProxy(t, queuetest.URL(t), nil)
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
	p, url := newProxy(t, queuetest.URL(t), nil)
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
	p, url := newProxy(t, queuetest.URL(t), nil)
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
	p, url := newProxy(t, queuetest.URL(t), nil)
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
	p, url := newProxy(t, queuetest.URL(t), nil)
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
