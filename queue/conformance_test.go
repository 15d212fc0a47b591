package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The tests in this file are what Broker and DeadLetters promise, of either broker.

func TestMessageArrivesAsPublished(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		sent := Message{
			To: q.Bind, Type: "task/1", CorrelationID: "0f3a", Trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
			Published: time.Date(2026, 3, 4, 5, 6, 7, 123456000, time.UTC), Body: []byte("body\x00\xff"),
		}
		publish(t, b, sent)
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		m := next(t, got)
		if m.Type != sent.Type || m.CorrelationID != sent.CorrelationID || m.Trace != sent.Trace ||
			!m.Published.Equal(sent.Published) || string(m.Body) != string(sent.Body) || m.To != sent.To {
			t.Errorf("got %+v, want %+v", m, sent)
		}
		if m.Delivery != 1 {
			t.Errorf("delivery is %d, want 1", m.Delivery)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 && s.Unacked <= 0 && s.Consumers == 1 })
	})
}

func TestEmptyMessageArrives(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		publish(t, b, Message{To: q.Bind})
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		if m := next(t, got); len(m.Body) != 0 || !m.Published.IsZero() || m.Delivery != 1 {
			t.Errorf("got %+v", m)
		}
	})
}

func TestEveryBoundQueueGetsTheMessage(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		first, second := testQueue(prefix, "first"), testQueue(prefix, "second")
		second.Bind = first.Bind
		declareAll(t, b, first, second)
		publish(t, b, Message{To: first.Bind, Type: "both"}, Message{To: Address{Key: second.Name}, Type: "by name"})
		awaitStats(t, b, first.Name, func(s Stats) bool { return s.Ready == 1 })
		awaitStats(t, b, second.Name, func(s Stats) bool { return s.Ready == 2 })
	})
}

func TestOneMessageGoesToSeveralAddresses(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead := testQueue(prefix, "dead")
		queues := []Queue{testQueue(prefix, "first"), testQueue(prefix, "second")}
		for i := range queues {
			queues[i].Bind.Exchange, queues[i].DeadLetter = queues[0].Bind.Exchange, dead.Bind
		}
		queues[1].TTL = 50 * time.Millisecond
		declareAll(t, b, append(queues, dead)...)
		publish(t, b, Message{To: queues[0].Bind, Also: []string{queues[1].Bind.Key, "nowhere"}, Type: "task/2", Body: []byte("both")})

		// The second copy dies of age, the first at once by rejection, and each is replayed to where it died alone.
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 1 })
		consume(t, b, Subscription{Queue: queues[0].Name}, func(context.Context, []*Message) []error {
			return []error{&Rejection{Reason: "no"}}
		})
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 2 })
		letters, err := b.ListDead(t.Context(), dead.Name, 9)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range []DeadLetter{letters[1], letters[0]} {
			if l.Queue != queues[i].Name || l.From != queues[i].Bind && l.From != (Address{Key: queues[i].Name}) || string(l.Body) != "both" {
				t.Errorf("queue %d's dead letter is %+v", i, l)
			}
		}
		h, got := collect()
		consume(t, b, Subscription{Queue: queues[1].Name, Prefetch: 9}, h)
		n, err := b.ReplayDead(t.Context(), dead.Name, func(l *DeadLetter) bool { return l.Queue == queues[1].Name })
		if n != 1 || err != nil {
			t.Errorf("replayed %d: %v", n, err)
		}
		if m := next(t, got); string(m.Body) != "both" {
			t.Errorf("got %+v", m)
		}
		publish(t, b, Message{To: Address{Exchange: queues[0].Bind.Exchange, Key: "nowhere"}, Also: []string{queues[1].Bind.Key}})
		if m := next(t, got); m.To != queues[1].Bind {
			t.Errorf("a message that one of its addresses takes comes as of %s", m.To)
		}
		err = b.Publish(t.Context(), Message{To: Address{Exchange: queues[0].Bind.Exchange, Key: "nowhere"}, Also: []string{"nor here"}})
		if !errors.Is(err, ErrUnroutable) {
			t.Errorf("got %v, want %v", err, ErrUnroutable)
		}
	})
}

func TestUnroutableIsReported(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		noKey, noExchange := Address{Exchange: q.Bind.Exchange, Key: "none"}, Address{Exchange: prefix + "none", Key: "q"}
		for _, to := range []Address{noKey, noExchange} {
			if err := b.Publish(t.Context(), Message{To: to}); !errors.Is(err, ErrUnroutable) {
				t.Errorf("publish to %s: got %v, want %v", to, err, ErrUnroutable)
			}
			if err := b.Publish(t.Context(), Message{To: to, Optional: true}); err != nil {
				t.Errorf("publish an optional message to %s: %v", to, err)
			}
		}
		err := b.Publish(t.Context(), Message{To: noKey}, Message{To: q.Bind}, Message{To: noExchange}, Message{To: q.Bind})
		if !errors.Is(err, ErrUnroutable) {
			t.Errorf("got %v, want %v", err, ErrUnroutable)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 2 })
	})
}

func TestOptionalMessageArrivesWhenItCan(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "live")
		q.Durable = false
		declareAll(t, b, q)
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name, Prefetch: 10}, h)
		publish(t, b, Message{To: q.Bind, Optional: true, Type: "update/1"})
		if m := next(t, got); m.Type != "update/1" {
			t.Errorf("got %+v", m)
		}
	})
}

func TestInvalidMessageIsRefused(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		long := strings.Repeat("x", 256)
		for _, m := range []Message{{To: q.Bind, Type: long}, {To: q.Bind, CorrelationID: long}, {To: Address{Key: long}}} {
			if err := b.Publish(t.Context(), m); err == nil {
				t.Error("a text that does not fit the protocol was taken")
			}
		}
		publish(t, b, Message{To: q.Bind})
	})
}

func TestRejectionIsDeadLetteredAtOnce(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
		q.DeadLetter, q.DeliveryLimit = dead.Bind, 5
		declareAll(t, b, dead, q)
		var deliveries atomic.Int32
		consume(t, b, Subscription{Queue: q.Name}, func(context.Context, []*Message) []error {
			deliveries.Add(1)
			return []error{fmt.Errorf("decode: %w", &Rejection{Reason: "garbage at byte 3"})}
		})
		publish(t, b, Message{To: q.Bind, Type: "task/9", CorrelationID: "id", Trace: "trace", Body: []byte("???")})
		letter := nextLetter(t, b, dead.Name)
		if letter.Reason != "garbage at byte 3" || letter.Queue != q.Name || letter.From != q.Bind || letter.Deliveries != 1 {
			t.Errorf("the dead letter says %+v", letter)
		}
		if letter.Type != "task/9" || letter.CorrelationID != "id" || letter.Trace != "trace" || string(letter.Body) != "???" {
			t.Errorf("the dead letter has %+v", letter.Message)
		}
		if since := time.Since(letter.Died); since < -time.Minute || since > time.Minute {
			t.Errorf("it died at %v", letter.Died)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 && s.Unacked <= 0 })
		if n := deliveries.Load(); n != 1 {
			t.Errorf("it was delivered %d times, want once", n)
		}
	})
}

func TestPoisonIsDeadLetteredAtTheLimit(t *testing.T) {
	t.Parallel()
	failures := map[string]func() error{
		"error": func() error { return errors.New("cannot divide by zero") },
		"panic": func() error { panic("cannot divide by zero") },
	}
	for name, fail := range failures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
				dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
				q.DeadLetter, q.DeliveryLimit = dead.Bind, 3
				declareAll(t, b, dead, q)
				deliveries := make(chan int, 100)
				consume(t, b, Subscription{Queue: q.Name, Prefetch: 4}, func(_ context.Context, batch []*Message) []error {
					if batch[0].Type == "good" {
						return nil
					}
					deliveries <- batch[0].Delivery
					return []error{fail()}
				})
				publish(t, b, Message{To: q.Bind}, Message{To: q.Bind, Type: "good"})
				letter := nextLetter(t, b, dead.Name)
				if !strings.HasPrefix(letter.Reason, ReasonDeliveryLimit) || !strings.Contains(letter.Reason, "divide by zero") {
					t.Errorf("the reason is %q", letter.Reason)
				}
				if letter.Deliveries != 4 || letter.Queue != q.Name || letter.From != q.Bind {
					t.Errorf("the dead letter says %+v", letter)
				}
				for want := 1; want <= 4; want++ {
					if got := next(t, deliveries); got != want {
						t.Errorf("delivery %d says it is number %d", want, got)
					}
				}
				if len(deliveries) > 0 {
					t.Error("it was delivered more often than the limit allows")
				}
				awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 && s.Unacked <= 0 })
			})
		})
	}
}

func TestFailedMessageComesBack(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		got := make(chan *Message, 10)
		consume(t, b, Subscription{Queue: q.Name, Batch: 3, Linger: time.Minute}, func(_ context.Context, batch []*Message) []error {
			errs := make([]error, len(batch))
			for i, m := range batch {
				if got <- m; m.Type == "b" && m.Delivery == 1 {
					errs[i] = errors.New("not now")
				}
			}
			return errs
		})
		publish(t, b, Message{To: q.Bind, Type: "a"}, Message{To: q.Bind, Type: "b"}, Message{To: q.Bind, Type: "c"})
		for range 3 {
			next(t, got)
		}
		publish(t, b, Message{To: q.Bind, Type: "d"}, Message{To: q.Bind, Type: "e"})
		var second []string
		for range 3 {
			m := next(t, got)
			second = append(second, fmt.Sprint(m.Type, m.Delivery))
		}
		if slices.Sort(second); !slices.Equal(second, []string{"b2", "d1", "e1"}) {
			t.Errorf("the second batch is %v", second)
		}
	})
}

func TestExpiredMessageIsDeadLettered(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
		q.DeadLetter, q.TTL = dead.Bind, 50*time.Millisecond
		declareAll(t, b, dead, q)
		publish(t, b, Message{To: q.Bind, Type: "late"})
		letter := nextLetter(t, b, dead.Name)
		if letter.Reason != ReasonExpired || letter.Queue != q.Name || letter.From != q.Bind || letter.Type != "late" {
			t.Errorf("the dead letter says %+v", letter)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 })
	})
}

// A criterion that is down for minutes makes thousands of expired tasks: they may not push out what failed.
func TestSiftedDeadLettersAreThoseThatFailed(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, poison := testQueue(prefix, "dead"), testQueue(prefix, "poison")
		expiring, full := testQueue(prefix, "expiring"), testQueue(prefix, "full")
		dead.Bind.Exchange += "-of-the-dead"
		declareAll(t, b, dead) // as a version that did not sift
		dead.Sift = true
		poison.DeadLetter, expiring.DeadLetter, full.DeadLetter = dead.Bind, dead.Bind, dead.Bind
		expiring.TTL, full.MaxLength = time.Millisecond, 1
		if _, memory := b.(*Memory); memory { // its queues are made once
			dead.Name += "-sifted"
			dead.Bind.Key += "-sifted"
			poison.DeadLetter, expiring.DeadLetter, full.DeadLetter = dead.Bind, dead.Bind, dead.Bind
		}
		declareAll(t, b, dead, poison, expiring, full)
		publish(t, b, Message{To: expiring.Bind, Type: "expired"}, Message{To: full.Bind, Type: "pushed out"}, Message{To: full.Bind, Type: "stays"})
		awaitStats(t, b, expiring.Name, func(s Stats) bool { return s.Ready == 0 })
		awaitStats(t, b, full.Name, func(s Stats) bool { return s.Ready == 1 })
		publish(t, b, Message{To: poison.Bind, Type: "failed"})
		consume(t, b, Subscription{Queue: poison.Name}, func(context.Context, []*Message) []error {
			return []error{&Rejection{Reason: "poison"}}
		})
		awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready >= 1 })
		letters, err := b.ListDead(t.Context(), dead.Name, 10)
		if err != nil || len(letters) != 1 || letters[0].Reason != "poison" || letters[0].Type != "failed" {
			t.Errorf("the dead letters are %+v, %v", letters, err)
		}
	})
}

func TestFullQueueDropsTheOldest(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
		q.DeadLetter, q.MaxLength = dead.Bind, 3
		declareAll(t, b, dead, q)
		for _, name := range []string{"a", "b", "c", "d"} {
			publish(t, b, Message{To: q.Bind, Type: name})
		}
		letter := nextLetter(t, b, dead.Name)
		if letter.Reason != ReasonMaxLength || letter.Type != "a" || letter.Queue != q.Name || letter.From != q.Bind {
			t.Errorf("the dead letter says %+v", letter)
		}
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		for _, want := range []string{"b", "c", "d"} {
			if m := next(t, got); m.Type != want {
				t.Errorf("got %s, want %s", m.Type, want)
			}
		}
	})
}

func TestFullQueueThatKeepsDeadRefuses(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
		q.DeadLetter, q.MaxLength, q.KeepDead, q.DeliveryLimit = dead.Bind, 3, true, 2
		declareAll(t, b, dead, q)
		stored := 0
		for ; stored < 1000; stored++ { // RabbitMQ may overshoot the limit
			if err := b.Publish(t.Context(), Message{To: q.Bind}); errors.Is(err, ErrBusy) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if stored < 3 || stored == 1000 {
			t.Fatalf("%d messages were taken", stored)
		}
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name}, h)
		for range stored {
			next(t, got)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 })
		publish(t, b, Message{To: q.Bind})
	})
}

func TestSeveralBatchesOfAFloodArrive(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		const n = 2000 // more than the window of confirmations
		h, got := collect()
		consume(t, b, Subscription{Queue: q.Name, Prefetch: 500, Batch: 50, Parallel: 3, Linger: time.Millisecond}, h)
		msgs := make([]Message, n)
		for i := range msgs {
			msgs[i] = Message{To: q.Bind, CorrelationID: fmt.Sprint(i)}
		}
		publish(t, b, msgs...)
		seen := make(map[string]bool)
		for range n {
			seen[next(t, got).CorrelationID] = true
		}
		if len(seen) != n {
			t.Errorf("%d different messages came, want %d", len(seen), n)
		}
		awaitStats(t, b, q.Name, func(s Stats) bool { return s.Ready == 0 && s.Unacked <= 0 })
	})
}

// Workers come and go all day: what one has not taken comes to another as if for the first time.
func TestEndOfASubscriptionDeliversNothingAgain(t *testing.T) {
	t.Parallel()
	onEachBroker(t, func(t *testing.T, b brokerUnderTest, prefix string) {
		q := testQueue(prefix, "q")
		declareAll(t, b, q)
		const n = 6000
		h, got := collect()
		msgs := make([]Message, n)
		for i := range msgs {
			msgs[i] = Message{To: q.Bind, CorrelationID: fmt.Sprint(i)}
		}
		publish(t, b, msgs...)
		seen := make(map[string]bool)
		take := func(times int) {
			for range times {
				m := next(t, got)
				if seen[m.CorrelationID] = true; m.Delivery != 1 {
					t.Errorf("message %s came for time %d", m.CorrelationID, m.Delivery)
				}
			}
		}
		for range 20 {
			stop := consume(t, b, Subscription{Queue: q.Name, Prefetch: 16, Parallel: 4}, h)
			take(50)
			stop()
		}
		consume(t, b, Subscription{Queue: q.Name, Prefetch: 16, Parallel: 4}, h)
		take(n - 20*50)
		if len(seen) != n || len(got) != 0 {
			t.Errorf("%d different messages came, want %d; %d came twice", len(seen), n, len(got))
		}
	})
}
