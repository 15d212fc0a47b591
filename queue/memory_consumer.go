package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// memoryConsumer is a subscription to a queue of the in-process broker.
type memoryConsumer struct {
	broker    *Memory
	queue     *memoryQueue
	sub       Subscription
	handler   Handler
	unsettled int            // deliveries; the queue's mu protects it
	pauses    sync.WaitGroup // failed messages that wait to return to the queue
}

// Consume implements Broker.
func (m *Memory) Consume(ctx context.Context, sub Subscription, h Handler) error {
	sub, err := sub.complete()
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		q, err := m.find(ctx, sub.Queue)
		if err == nil && q.join(&sub) {
			c := &memoryConsumer{broker: m, queue: q, sub: sub, handler: h}
			c.run(ctx)
		}
		if errors.Is(err, errClosed) && ctx.Err() == nil {
			return fmt.Errorf("consume from %s: %w", sub.Queue, err)
		}
	}
	return nil
}

// run handles messages until ctx or the queue ends.
func (c *memoryConsumer) run(ctx context.Context) {
	work, end := graceful(ctx, c.sub.Grace)
	defer end()
	stop := context.AfterFunc(ctx, func() {
		c.queue.mu.Lock()
		defer c.queue.mu.Unlock()
		c.queue.changed.Broadcast()
	})
	defer stop()
	var handlers sync.WaitGroup
	for range c.sub.Parallel {
		handlers.Go(func() {
			for batch := c.collect(ctx); len(batch) > 0; batch = c.collect(ctx) {
				c.settle(ctx, work, batch)
			}
		})
	}
	handlers.Wait()
	c.pauses.Wait()
	c.queue.leave(&c.sub)
	c.broker.remove(c.queue)
}

// collect waits for a batch. It returns none when ctx or the queue has ended.
func (c *memoryConsumer) collect(ctx context.Context) []*memoryEntry {
	q := c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	var (
		batch  []*memoryEntry
		linger *time.Timer
		late   bool // the batch has lingered enough; mu protects it
	)
	for ctx.Err() == nil && !q.ended {
		now := time.Now()
		if expired := q.expired(now); len(expired) > 0 {
			q.mu.Unlock()
			c.broker.bury(q, expired, ReasonExpired, now)
			q.mu.Lock()
			continue
		}
		taken := q.take(min(c.sub.Batch-len(batch), c.sub.Prefetch-c.unsettled))
		c.unsettled += len(taken)
		batch = append(batch, taken...)
		if len(batch) == c.sub.Batch || late || len(batch) > 0 && c.sub.Linger == 0 {
			break
		}
		if len(batch) > 0 && linger == nil {
			linger = time.AfterFunc(c.sub.Linger, func() {
				q.mu.Lock()
				defer q.mu.Unlock()
				late = true
				q.changed.Broadcast()
			})
			defer linger.Stop()
		}
		q.changed.Wait()
	}
	return batch
}

// settle handles a batch and does with every message what its outcome asks for.
func (c *memoryConsumer) settle(ctx, work context.Context, batch []*memoryEntry) {
	msgs := make([]*Message, len(batch))
	for i, e := range batch {
		msg := e.msg
		msg.Delivery = e.deliveries
		msgs[i] = &msg
	}
	var (
		gone, back, again []*memoryEntry // dealt with, to return at once, and after a pause
		pause             time.Duration
		now               = time.Now()
	)
	for i, outcome := range handle(work, c.handler, msgs) {
		e := batch[i]
		switch what, reason := judge(work, outcome, msgs[i], c.queue.DeliveryLimit); what {
		case handled:
			gone = append(gone, e)
		case buried:
			c.broker.bury(c.queue, []*memoryEntry{e}, reason, now)
			gone = append(gone, e)
		case unhandled:
			e.deliveries--
			back = append(back, e)
		case failed:
			again = append(again, e)
			pause = max(pause, pauseAfter(e.deliveries))
		}
	}
	c.done(gone, back)
	if len(again) > 0 {
		c.pauses.Go(func() {
			wait(ctx, pause)
			c.done(nil, again)
		})
	}
}

// done accounts for messages that are dealt with and for those that go back to the queue.
func (c *memoryConsumer) done(gone, back []*memoryEntry) {
	q := c.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	full := c.unsettled == c.sub.Prefetch
	c.unsettled -= len(gone) + len(back)
	now := time.Now()
	q.release(gone, now)
	if len(back) > 0 {
		q.giveBack(back, now)
	} else if full {
		q.changed.Broadcast() // others of this consumer may take again
	}
}
