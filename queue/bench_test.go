package queue

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/queue/queuetest"
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
			carry(b, broker, queuetest.Prefix(), shape.sub)
		})
		b.Run("rabbitmq/"+shape.name, func(b *testing.B) {
			broker, prefix := dialRabbitMQ(b, queuetest.URL(b))
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

// BenchmarkRawRabbitMQ does the same with the client library alone: what the broker and the library leave to us.
func BenchmarkRawRabbitMQ(b *testing.B) {
	const publishers, burst, batch = 8, 25, 200
	broker, prefix := dialRabbitMQ(b, queuetest.URL(b))
	q := testQueue(prefix, "raw")
	declareAll(b, broker, q)
	in, out := rawChannel(b), make([]*amqp.Channel, publishers)
	for i := range out {
		out[i] = rawChannel(b)
		if err := out[i].Confirm(false); err != nil {
			b.Fatal(err)
		}
	}
	if err := in.Qos(1000, 0, false); err != nil {
		b.Fatal(err)
	}
	deliveries, err := in.Consume(q.Name, "", false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 2048)
	want := (b.N + burst - 1) / burst * burst
	var left atomic.Int64
	left.Store(int64(want / burst))
	var group sync.WaitGroup
	b.ResetTimer()
	for _, ch := range out {
		group.Go(func() {
			confirms := make([]*amqp.DeferredConfirmation, burst)
			for left.Add(-1) >= 0 {
				for i := range confirms {
					confirms[i], _ = ch.PublishWithDeferredConfirm(q.Bind.Exchange, q.Bind.Key, true, false,
						amqp.Publishing{Type: "task/1", DeliveryMode: amqp.Persistent, Body: body})
				}
				for _, c := range confirms {
					c.Wait()
				}
			}
		})
	}
	for n := 1; n <= want; n++ {
		if d := <-deliveries; n%batch == 0 || n == want {
			if err := d.Ack(true); err != nil {
				b.Fatal(err)
			}
		}
	}
	group.Wait()
	b.ReportMetric(float64(want)/b.Elapsed().Seconds(), "msgs/s")
}

// rawChannel returns a channel on a connection of its own.
func rawChannel(b *testing.B) *amqp.Channel {
	b.Helper()
	conn, err := amqp.Dial(queuetest.URL(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		b.Fatal(err)
	}
	return ch
}
