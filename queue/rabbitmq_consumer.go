package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// consumer is a subscription through every reconnection. Each of its channels is an intake.
type consumer struct {
	broker  *RabbitMQ
	sub     Subscription
	handler Handler
	log     *slog.Logger
	slots   chan struct{}  // one value for each handler that runs, of this intake or an earlier one
	running sync.WaitGroup // handlers, and failed messages that wait to return
	missing bool           // the queue was not there when it was last looked for
}

// Consume implements Broker.
func (r *RabbitMQ) Consume(ctx context.Context, sub Subscription, h Handler) error {
	sub, err := sub.complete()
	if err != nil {
		return err
	}
	work, end := graceful(ctx, sub.Grace)
	defer end()
	c := &consumer{
		broker: r, sub: sub, handler: h, log: r.log.With("queue", sub.Queue),
		slots: make(chan struct{}, sub.Parallel),
	}
	r.reading(sub.Queue, 1)
	defer r.reading(sub.Queue, -1)
	defer c.running.Wait()
	pauses := newBackoff()
	for {
		conn, err := r.consuming.wait(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("consume from %s: %w", sub.Queue, err)
		}
		started := time.Now()
		in, err := c.subscribe(ctx, conn)
		if err == nil {
			err = in.run(ctx, work)
		}
		if ctx.Err() != nil {
			return nil
		}
		c.missing = errors.Is(err, errCancelled) || isMissing(err)
		if !errors.Is(err, ErrUnavailable) {
			c.log.Warn("A subscription ended; subscribing again", "error", err)
		}
		if time.Since(started) > goodWhile {
			pauses = newBackoff()
		}
		wait(ctx, pauses.next())
	}
}

// subscribe opens an intake on the connection. A queue that is not durable may be gone with its former consumer, and somebody may
// have deleted one that is: it is declared again.
func (c *consumer) subscribe(ctx context.Context, conn *amqp.Connection) (*intake, error) {
	if q, ok := c.broker.properties(c.sub.Queue); ok && (c.missing || !q.Durable) {
		if err := onChannel(ctx, conn, func(ch *amqp.Channel) error { return declare(ch, &q) }); err != nil {
			return nil, err
		}
	}
	ch, err := conn.Channel()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	in := &intake{
		consumer: c,
		ch:       ch,
		closed:   ch.NotifyClose(make(chan *amqp.Error, 1)),
		outcomes: make(chan *outcome),
		gone:     make(chan struct{}),
		receipts: newReceipts(),
		came:     time.Now(), // what the broker has may be on its way
	}
	if err = ch.Qos(c.sub.Prefetch, 0, false); err == nil {
		in.deliveries, err = ch.Consume(c.sub.Queue, intakeTag, false, false, false, false, nil)
	}
	if err != nil {
		_ = ch.Close()
		return nil, err
	}
	return in, nil
}

// intakeTag names the only consumer of a channel.
const intakeTag = "webflix"

// delivery is a message with its channel's number for it.
type delivery struct {
	Message
	tag uint64
}

// handle runs the handler on a batch and passes its outcome to the intake, in parts when some of it must wait. It buries
// what is to be buried itself, so that the message is acknowledged only when its dead letter is confirmed.
func (c *consumer) handle(ctx, work context.Context, in *intake, batch []*delivery) {
	msgs := make([]*Message, len(batch))
	for i, d := range batch {
		msgs[i] = &d.Message
	}
	queue, _ := c.broker.properties(c.sub.Queue)
	now, later := &outcome{final: true}, &outcome{}
	var pause time.Duration
	results := handle(work, c.handler, msgs)
	<-c.slots
	for i, result := range results {
		d := batch[i]
		what, reason := judge(work, result, msgs[i], queue.DeliveryLimit)
		if what == buried {
			what = c.bury(work, &queue, d, reason)
		}
		if what == failed {
			later.tags[failed] = append(later.tags[failed], d.tag)
			pause = max(pause, pauseAfter(d.Delivery))
			continue
		}
		now.tags[what] = append(now.tags[what], d.tag)
	}
	if len(later.tags[failed]) > 0 {
		now.final, later.final = false, true
		in.settle(now)
		waitFor(ctx, in.gone, pause)
		in.settle(later)
		return
	}
	in.settle(now)
}

// bury publishes a dead letter and returns what to do with the message. A queue that is not known here, or has nowhere to
// send dead letters, leaves it to the broker.
func (c *consumer) bury(ctx context.Context, q *Queue, d *delivery, reason string) verdict {
	if (q.DeadLetter == Address{}) {
		return buried
	}
	dead := d.Message
	dead.To = q.DeadLetter
	end := &death{reason: reason, queue: q.Name, from: d.To, deliveries: d.Delivery, at: time.Now()}
	err := c.broker.publisher.publishPatiently(ctx, dead, end)
	switch {
	case err == nil:
		return handled
	case errors.Is(err, ErrUnroutable):
		c.log.Error("There is no queue for dead letters", "address", q.DeadLetter.String())
		return buried
	default:
		return failed
	}
}
