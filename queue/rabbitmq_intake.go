package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// intake is a channel that consumes. The goroutine that runs it is the only one that uses the channel, save for the end of
// the subscription, which must not hold up acknowledgements.
type intake struct {
	consumer   *consumer
	ch         *amqp.Channel
	deliveries <-chan amqp.Delivery // closed after the last one; nil then
	closed     chan *amqp.Error
	outcomes   chan *outcome // from the handlers
	gone       chan struct{} // closed when nobody takes outcomes any more
	receipts   *receipts
	running    int         // batches whose final outcome has not come
	unsettled  int         // deliveries that the broker waits for
	owed       outcome     // handled, and yet to be acknowledged
	patience   *time.Timer // for owed; nil when nothing is
	came       time.Time   // the last delivery
	ending     bool        // no more deliveries are wanted
	parting    *parting    // until no more are asked for
	refusing   bool        // what still comes goes back
	batch      []*delivery // being collected; what exceeds a batch is for the next ones
	late       bool        // it has lingered enough
	linger     *time.Timer // nil when none runs
	cutoff     <-chan time.Time
}

// outcome is what becomes of the messages of a batch, or of a part of it.
type outcome struct {
	tags  [unhandled + 1][]uint64 // by verdict
	final bool                    // nothing more follows from the batch
}

func (o *outcome) add(other *outcome) {
	for what, tags := range other.tags {
		o.tags[what] = append(o.tags[what], tags...)
	}
}

// all reports whether everything in it has one verdict.
func (o *outcome) all(what verdict) bool {
	for other, tags := range o.tags {
		if verdict(other) != what && len(tags) > 0 {
			return false
		}
	}
	return true
}

// settle passes an outcome to the goroutine that runs the intake. When that has ended, the broker delivers the messages
// again.
func (in *intake) settle(o *outcome) {
	select {
	case in.outcomes <- o:
	case <-in.gone:
	}
}

// run handles deliveries until the channel ends, or until ctx ends and what came before is settled.
func (in *intake) run(ctx, work context.Context) error {
	defer close(in.gone)
	defer in.consumer.broker.flows.end(in)
	done := ctx.Done()
	for in.deliveries != nil || len(in.batch) > 0 || in.running > 0 {
		select {
		case d, ok := <-in.deliveries:
			in.receive(&d, ok)
		case in.wants() <- struct{}{}:
			in.start(ctx, work)
		case <-in.lingered():
			in.late = true
		case <-in.waited():
			in.acknowledge()
		case o := <-in.outcomes:
			in.finish(in.gather(o))
		case <-done:
			done = nil
			in.end()
		case <-in.parted():
			in.cancel()
		case <-in.cutoff:
			in.handBack()
		case cause := <-in.closed:
			return fmt.Errorf("%w: %w", ErrUnavailable, orClosed(cause))
		}
	}
	if in.ch.IsClosed() {
		return fmt.Errorf("%w: %w", ErrUnavailable, amqp.ErrClosed)
	}
	_ = in.ch.Close()
	return errCancelled
}

var errCancelled = errors.New("the broker ended the subscription: its queue was deleted or moved")

func orClosed(cause *amqp.Error) error {
	if cause == nil {
		return amqp.ErrClosed
	}
	return cause
}

// wants returns where to ask for a handler's slot, nil when not now. Deliveries are always wanted: the broker sends no more than
// the prefetch, and what is known to be here can be told.
func (in *intake) wants() (slots chan<- struct{}) {
	ready := len(in.batch) >= in.consumer.sub.Batch || in.late || in.ending || in.deliveries == nil || in.consumer.sub.Linger == 0
	if len(in.batch) > 0 && ready {
		return in.consumer.slots
	}
	return nil
}

func (in *intake) lingered() <-chan time.Time {
	if in.linger == nil {
		return nil
	}
	return in.linger.C
}

// receive adds a delivery to the batch.
func (in *intake) receive(d *amqp.Delivery, ok bool) {
	if !ok {
		in.deliveries = nil
		in.release()
		in.acknowledge()
		return
	}
	in.came = time.Now()
	if in.unsettled++; in.parting != nil {
		in.parting.took(in.room())
	} else if in.busy() {
		in.acknowledge()
	}
	if in.refusing {
		in.refuse(d.DeliveryTag)
		return
	}
	m := &delivery{Message: fromDelivery(d), tag: d.DeliveryTag}
	if d.Headers[headerKeys] != nil { // of several queues that got it, this is the one
		if q, known := in.consumer.broker.properties(in.consumer.sub.Queue); known {
			m.To = q.Bind
		}
	}
	in.consumer.broker.flows.take(in, m.tag, m.Published)
	in.batch = append(in.batch, m)
	if len(in.batch) == 1 {
		in.wait()
	}
}

// wait begins to linger for a full batch.
func (in *intake) wait() {
	if in.consumer.sub.Linger > 0 {
		in.linger = time.NewTimer(in.consumer.sub.Linger)
	}
}

// start gives the batch to a handler, whose slot is taken.
func (in *intake) start(ctx, work context.Context) {
	batch := in.take(in.consumer.sub.Batch)
	if len(in.batch) > 0 {
		in.wait()
	}
	in.running++
	in.consumer.running.Go(func() { in.consumer.handle(ctx, work, in, batch) })
}

// take removes up to n deliveries from the batch.
func (in *intake) take(n int) []*delivery {
	n = min(n, len(in.batch))
	batch := in.batch[:n:n]
	in.batch, in.late = in.batch[n:], false
	if in.linger != nil {
		in.linger.Stop()
		in.linger = nil
	}
	return batch
}

// gather adds the outcomes that are waiting already, for one acknowledgement of them all.
func (in *intake) gather(first *outcome) *outcome {
	all := &outcome{}
	for o := first; ; {
		all.add(o)
		if o.final {
			in.running--
		}
		select {
		case o = <-in.outcomes:
		default:
			return all
		}
	}
}

// finish tells the broker what became of messages. Whatever goes wrong with that ends the channel.
func (in *intake) finish(o *outcome) {
	if in.parting != nil && !in.refusing {
		in.parting.held.add(o)
		return
	}
	in.consumer.broker.flows.settle(in, o.tags)
	in.owed.add(o)
	if o.all(handled) && !in.busy() && !in.ending && in.deliveries != nil {
		if in.patience == nil {
			in.patience = time.NewTimer(ackPatience)
		}
		return
	}
	in.acknowledge()
}

// busy reports whether so much of the prefetch is used that the broker had better know soon what is free of it.
func (in *intake) busy() bool { return in.unsettled > in.consumer.sub.Prefetch/2 }

func (in *intake) waited() <-chan time.Time {
	if in.patience == nil {
		return nil
	}
	return in.patience.C
}

// acknowledge tells the broker what it is owed.
func (in *intake) acknowledge() {
	in.rest()
	o := in.owed
	in.owed = outcome{}
	for _, tags := range o.tags {
		in.unsettled -= len(tags)
	}
	var others []uint64
	for _, tag := range o.tags[failed] {
		_ = in.ch.Reject(tag, true) // counts as a delivery that failed; from RabbitMQ 4.3 on a nack does not
		others = append(others, tag)
	}
	for _, tag := range o.tags[buried] {
		_ = in.ch.Reject(tag, false)
		others = append(others, tag)
	}
	for _, tag := range o.tags[unhandled] {
		_ = in.ch.Nack(tag, false, true)
		others = append(others, tag)
	}
	upTo, alone := in.receipts.add(o.tags[handled], others)
	if upTo > 0 {
		_ = in.ch.Ack(upTo, true)
	}
	for _, tag := range alone {
		_ = in.ch.Ack(tag, false)
	}
}

func (in *intake) rest() {
	if in.patience != nil {
		in.patience.Stop()
		in.patience = nil
	}
}

// end sees to it that no more deliveries come. Those that are here already are handled until the cutoff.
func (in *intake) end() {
	if in.ending = true; in.deliveries != nil {
		in.parting = newParting(in.came, in.room(), in.consumer.sub.Grace/2)
		in.rest() // what is owed is paid with the rest
	} else {
		in.acknowledge()
	}
}

// room is how many more deliveries the broker may send.
func (in *intake) room() int { return in.consumer.sub.Prefetch - in.unsettled }

func (in *intake) parted() <-chan time.Time {
	if in.parting == nil || in.parting.over == nil {
		return nil
	}
	return in.parting.over.C
}

// cancel asks for no more deliveries. It closes deliveries once the last one is read.
func (in *intake) cancel() {
	in.parting.over = nil
	in.cutoff = time.After(drainTime)
	go func() { _ = in.ch.Cancel(intakeTag, false) }()
}

// release acknowledges what was held back.
func (in *intake) release() {
	if in.parting == nil {
		return
	}
	held := &in.parting.held
	in.parting = nil
	in.finish(held)
}

// handBack returns what no handler has started on, and from now on whatever still comes.
func (in *intake) handBack() {
	in.refusing = true
	for _, d := range in.take(len(in.batch)) {
		in.refuse(d.tag)
	}
}

func (in *intake) refuse(tag uint64) {
	back := &outcome{}
	back.tags[unhandled] = []uint64{tag}
	in.finish(back)
}
