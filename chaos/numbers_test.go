package chaos

import (
	"context"
	"strconv"
	"sync"
	"time"

	"webflix/queue"
)

// numbers are messages that are published through our own client of RabbitMQ, one number each, while the broker is broken.
type numbers struct {
	queue queue.Queue
	stop  func() // returns when the last is confirmed, or was given up

	mu        sync.Mutex // protects what follows
	last      int
	confirmed map[string]bool
}

// number publishes numbered messages until stop is called.
func (d *deployment) number() *numbers {
	d.t.Helper()
	broker, err := queue.Dial(queue.Config{URL: d.broker.url})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	n := &numbers{queue: queue.Queue{Name: d.topology.Prefix + "numbers", Durable: true}, confirmed: map[string]bool{}}
	if err := broker.Declare(ctx, n.queue); err != nil {
		d.t.Fatal(err)
	}
	publishing, end := context.WithCancel(d.t.Context())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for publishing.Err() == nil {
				n.publish(d.t.Context(), broker)
				pause(publishing, 20*time.Millisecond)
			}
		})
	}
	n.stop = func() {
		end()
		all.Wait()
		_ = broker.Close()
	}
	return n
}

// publish publishes the next number, and notes it when it was confirmed.
func (n *numbers) publish(ctx context.Context, broker *queue.RabbitMQ) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	n.mu.Lock()
	n.last++
	number := strconv.Itoa(n.last)
	n.mu.Unlock()
	err := broker.Publish(ctx, queue.Message{To: queue.Address{Key: n.queue.Name}, Body: []byte(number)})
	if err != nil {
		return // it may be there or not: nobody was promised anything
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.confirmed[number] = true
}

// kept stops, and fails the test unless every number that was confirmed is in the queue.
func (n *numbers) kept(d *deployment) {
	d.t.Helper()
	n.stop()
	deliveries, err := d.channel().Consume(n.queue.Name, "", true, true, false, false, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	confirmed, came := len(n.confirmed), 0
	for silent := false; !silent && len(n.confirmed) > 0; {
		select {
		case m := <-deliveries:
			came++
			delete(n.confirmed, string(m.Body))
		case <-time.After(5 * time.Second):
			silent = true
		}
	}
	d.t.Logf("of %d messages %d were confirmed; %d came until all of these had", n.last, confirmed, came)
	if confirmed == 0 {
		d.t.Error("no message was confirmed")
	}
	d.keptCount("P6", "confirmed messages lost when RabbitMQ is killed", len(n.confirmed), 0, 0)
}
