package workers

import (
	"context"
	"sync"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Outbox publishes what the workers of a process have to say. While the broker has yet to confirm a few publications, what comes
// waits, and goes out in one message with whatever else has come: a crowd's results cost the broker a fraction of their number, and
// the results of who asks alone wait for nothing. It is safe for concurrent use.
type Outbox struct {
	Broker queue.Broker

	mu      sync.Mutex // protects what follows
	waiting []*posting
	posting int // publications under way
}

// posting is a message in an outbox.
type posting struct {
	msg  queue.Message
	done chan error // has room for one
}

// Publications that may be under way, after how long one without a confirmation counts no more, so that others do not wait behind what
// the broker may never confirm, and the most messages, and bytes of them, in one.
const (
	outboxPostings = 8
	outboxPatience = 50 * time.Millisecond
	bundleMessages = 16
	bundleBytes    = 128 << 10
)

// Publish returns when the broker has confirmed the message, or as queue.Broker's does.
func (o *Outbox) Publish(ctx context.Context, msg queue.Message) error {
	o.mu.Lock()
	if o.posting < outboxPostings && len(o.waiting) == 0 {
		o.posting++
		o.mu.Unlock()
		defer o.underWay(ctx)()
		return o.Broker.Publish(ctx, msg)
	}
	p := &posting{msg: msg, done: make(chan error, 1)}
	o.waiting = append(o.waiting, p)
	o.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// underWay returns what to call when a publication has ended.
func (o *Outbox) underWay(ctx context.Context) (ended func()) {
	next := sync.OnceFunc(func() { o.next(ctx) })
	timer := time.AfterFunc(outboxPatience, next)
	return func() {
		timer.Stop()
		next()
	}
}

// next goes on with what waits when a publication has ended, or takes too long.
func (o *Outbox) next(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		o.posting--
		return
	}
	n, size := 0, 0
	for n < len(o.waiting) && n < bundleMessages && (n == 0 || size+len(o.waiting[n].msg.Body) <= bundleBytes) {
		size += len(o.waiting[n].msg.Body)
		n++
	}
	batch := o.waiting[:n:n]
	if o.waiting = o.waiting[n:]; len(o.waiting) == 0 {
		o.waiting = nil
	}
	go o.post(context.WithoutCancel(ctx), batch)
}

func (o *Outbox) post(ctx context.Context, batch []*posting) {
	msgs := make([]queue.Message, len(batch))
	for i, p := range batch {
		msgs[i] = p.msg
	}
	defer o.underWay(ctx)()
	ctx, cancel := context.WithTimeout(ctx, recommend.MaxDeadline) // nobody has use for its results any longer
	defer cancel()
	err := o.Broker.Publish(ctx, queue.Bundle(msgs))
	for _, p := range batch {
		p.done <- err
	}
}
