package queue

import (
	"context"
	"sync"
	"testing"
	"time"
)

// BenchmarkPublishConsume carries confirmed messages of 2 KB from several publishers to one subscription.
func BenchmarkPublishConsume(b *testing.B) {
	shapes := []struct {
		name string
		sub  Subscription
	}{
		{"single", Subscription{Prefetch: 200}},
		{"parallel", Subscription{Prefetch: 8, Parallel: 4}},
		{"batch", Subscription{Prefetch: 1000, Batch: 200, Linger: 5 * time.Millisecond}},
	}
	for _, shape := range shapes {
		b.Run("memory/"+shape.name, func(b *testing.B) {
			broker := NewMemory()
			b.Cleanup(func() { _ = broker.Close() })
			carry(b, broker, uniquePrefix(), shape.sub)
		})
		b.Run("rabbitmq/"+shape.name, func(b *testing.B) {
			broker, prefix := dialRabbitMQ(b, amqpURL(b))
			carry(b, broker, prefix, shape.sub)
		})
	}
}

func carry(b *testing.B, broker Broker, prefix string, sub Subscription) {
	const publishers, burst = 8, 25
	q := testQueue(prefix, "bench")
	declareAll(b, broker, q)
	sub.Queue = q.Name
	body := make([]byte, 2048)
	want := (b.N + burst - 1) / burst * burst
	var (
		mu  sync.Mutex
		got int
		all = make(chan struct{})
	)
	consume(b, broker, sub, func(_ context.Context, batch []*Message) []error {
		mu.Lock()
		defer mu.Unlock()
		if got += len(batch); got == want {
			close(all)
		}
		return nil
	})
	work := make(chan []Message)
	var group sync.WaitGroup
	b.ResetTimer()
	for range publishers {
		group.Go(func() {
			for msgs := range work {
				if err := broker.Publish(b.Context(), msgs...); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range want / burst {
		msgs := make([]Message, burst)
		for i := range msgs {
			msgs[i] = Message{To: q.Bind, Type: "task/1", CorrelationID: "0123456789", Published: time.Now(), Body: body}
		}
		work <- msgs
	}
	close(work)
	group.Wait()
	<-all
	b.ReportMetric(float64(want)/b.Elapsed().Seconds(), "msgs/s")
}
