package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// publisher publishes for every role of the process over one connection. Each of its channels is an outlet; when one ends,
// those who wait for a confirmation publish again on the next.
type publisher struct {
	link   *link
	window int
	flows  *flows
	log    *slog.Logger
	outlet *cell[*outlet] // nil while there is none
	serial atomic.Uint64  // of the last letter
}

// refusals is how many channels a call of publish may lose to the broker's refusal before the fault counts as its own.
const refusals = 3

func newPublisher(l *link, window int, counts *flows, log *slog.Logger) *publisher {
	if window <= 0 {
		window = 500
	}
	return &publisher{link: l, window: window, flows: counts, log: log, outlet: newCell[*outlet](nil)}
}

// run keeps an outlet open until ctx ends.
func (p *publisher) run(ctx context.Context) {
	pauses := newBackoff()
	for {
		conn, err := p.link.wait(ctx)
		if err != nil {
			return
		}
		started := time.Now()
		if err = p.serve(ctx, conn); isRefusal(err) || errors.Is(err, errAbandoned) {
			p.log.Warn("The channel for publishing was closed", "error", err)
		}
		if time.Since(started) > goodWhile {
			pauses = newBackoff()
		}
		wait(ctx, pauses.next())
	}
}

// serve opens an outlet and returns when it has ended, with the cause.
func (p *publisher) serve(ctx context.Context, conn *amqp.Connection) error {
	o, err := openOutlet(conn, p.window, p.flows)
	if err != nil {
		return err
	}
	p.outlet.set(o)
	defer p.outlet.set(nil)
	return o.run(ctx)
}

// publish hands messages over and waits for their confirmation.
func (p *publisher) publish(ctx context.Context, msgs []Message) error {
	letters := make([]*letter, len(msgs))
	for i := range msgs {
		if err := msgs[i].check(); err != nil {
			return err
		}
		letters[i] = p.letter(msgs[i], nil)
	}
	return p.send(ctx, letters, false)
}

// publishPatiently publishes one message, a dead letter if end says so. Unlike publish it waits for a connection.
func (p *publisher) publishPatiently(ctx context.Context, msg Message, end *death) error {
	if err := msg.check(); err != nil {
		return err
	}
	return p.send(ctx, []*letter{p.letter(msg, end)}, true)
}

func (p *publisher) letter(msg Message, end *death) *letter {
	return &letter{msg: msg, end: end, id: strconv.FormatUint(p.serial.Add(1), 36)}
}

func (p *publisher) send(ctx context.Context, letters []*letter, patient bool) error {
	var failure error // of a letter that failed for good on an outlet that ended
	refused := 0
	for ; len(letters) > 0; patient = true { // the fate of the rest is not known any more
		o, err := p.current(ctx, patient)
		if err != nil {
			return fmt.Errorf("publish to %s: %w", letters[0].msg.To, err)
		}
		left, err := o.post(ctx, p.link, letters)
		if len(left) == 0 {
			return cmp.Or(failure, err)
		}
		failure = cmp.Or(failure, err)
		if isRefusal(o.cause) {
			if refused++; refused == refusals {
				return fmt.Errorf("publish to %s: %w", left[0].msg.To, o.cause)
			}
		}
		for _, l := range left {
			*l = letter{msg: l.msg, end: l.end, id: l.id}
		}
		letters = left
	}
	return nil
}

// current returns the open outlet. While the broker is not connected it fails at once, or waits until ctx ends.
func (p *publisher) current(ctx context.Context, patient bool) (*outlet, error) {
	for {
		o, replaced := p.outlet.get()
		state, changed := p.link.state.get()
		switch {
		case state.closed, state.conn == nil && !patient:
			return nil, state.err
		case state.blocked != nil:
			return nil, state.blocked
		case state.conn != nil && o != nil && o.open():
			return o, nil
		}
		select {
		case <-replaced:
		case <-changed:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), state.err)
		}
	}
}
