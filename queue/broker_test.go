package queue

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"webflix/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come. It measures nothing.
const patience = 20 * time.Second

// brokerUnderTest is what both brokers are.
type brokerUnderTest interface {
	Broker
	DeadLetters
}

// onEachBroker runs a test against the in-process broker and against RabbitMQ. Every name must begin with the prefix.
func onEachBroker(t *testing.T, test func(t *testing.T, b brokerUnderTest, prefix string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		b := NewMemory()
		t.Cleanup(func() { _ = b.Close() })
		test(t, b, queuetest.Prefix())
	})
	t.Run("rabbitmq", func(t *testing.T) {
		t.Parallel()
		b, prefix := dialRabbitMQ(t, queuetest.URL(t))
		test(t, b, prefix)
	})
}

// dialRabbitMQ returns a broker, and a prefix of names that are deleted when the test ends.
func dialRabbitMQ(t testing.TB, url string) (*RabbitMQ, string) {
	t.Helper()
	prefix := queuetest.Prefix()
	b, err := Dial(Config{URL: url, Name: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		queues := b.remembered(true)
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		deleteAll(t, queues, prefix)
	})
	return b, prefix
}

// deleteAll removes what a test declared.
func deleteAll(t testing.TB, queues []Queue, prefix string) {
	t.Helper()
	var names []string
	for _, q := range queues {
		names = append(names, q.Name)
		if q.Sift {
			names = append(names, q.Bind.Exchange)
		}
	}
	for _, exchange := range []string{"exchange", "doomed", "webflix.task", "webflix.result", "webflix.live", "webflix.dead"} {
		names = append(names, prefix+exchange)
	}
	queuetest.Delete(t, names...)
}

// testQueue returns a durable queue bound in an exchange of its own.
func testQueue(prefix, name string) Queue {
	return Queue{
		Name:    prefix + name,
		Bind:    Address{Exchange: prefix + "exchange", Key: name},
		Durable: true,
	}
}

// declareAll declares queues.
func declareAll(t testing.TB, b Broker, queues ...Queue) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, q := range queues {
		if err := b.Declare(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
}

// publish publishes messages and waits for their confirmation.
func publish(t testing.TB, b Broker, msgs ...Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := b.Publish(ctx, msgs...); err != nil {
		t.Fatal(err)
	}
}

// consume runs a subscription until the test or the returned function ends it.
func consume(t testing.TB, b Broker, sub Subscription, h Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Consume(ctx, sub, h) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("consume: %v", err)
			}
		case <-time.After(patience):
			t.Error("the subscription does not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

// collect returns a handler that succeeds, and the messages that it gets.
func collect() (Handler, <-chan *Message) {
	got := make(chan *Message, 10_000)
	return func(_ context.Context, batch []*Message) []error {
		for _, m := range batch {
			got <- m
		}
		return nil
	}, got
}

// next waits for a value.
func next[T any](t testing.TB, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// nextLetter waits for a dead letter and takes it off its queue.
func nextLetter(t testing.TB, b brokerUnderTest, queue string) DeadLetter {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		letters, err := b.ListDead(ctx, queue, 1)
		if err != nil {
			t.Fatalf("no dead letter came: %v", err)
		}
		if len(letters) == 1 {
			if _, err := b.PurgeDead(ctx, queue); err != nil {
				t.Fatal(err)
			}
			return letters[0]
		}
		wait(ctx, 5*time.Millisecond)
	}
}

// awaitStats waits until a queue's figures are as wanted.
func awaitStats(t testing.TB, b Broker, queue string, want func(Stats) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var s Stats
	for ctx.Err() == nil {
		var err error
		if s, err = b.Stats(ctx, queue); err == nil && want(s) {
			return
		}
		wait(ctx, 5*time.Millisecond)
	}
	t.Fatalf("the figures of %s stay at %+v", queue, s)
}
