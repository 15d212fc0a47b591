package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"
)

// outlet is a pair of channels for publishing, one with confirmations and one, for optional messages, without. The goroutine
// that runs it is the only one that writes to them.
type outlet struct {
	conn      *amqp.Connection
	confirmed *amqp.Channel
	loose     *amqp.Channel // nil until it is needed, and after it failed
	exchanges map[string]bool
	closed    chan *amqp.Error
	flows     *flows

	box       chan *letter  // to the goroutine that runs the outlet
	window    chan struct{} // a token for each letter whose confirmation somebody waits for
	abandoned atomic.Int64  // letters whose confirmation nobody waits for any more
	gone      chan struct{} // closed when the outlet has ended
	cause     error         // why; set before gone is closed

	mu      sync.Mutex         // protects what follows
	letters map[string]*letter // by id, the ones that somebody waits for
	returns chan amqp.Return   // whoever receives from it holds mu; has room for one of each outstanding letter
}

// errAbandoned ends an outlet on which as many letters were abandoned as the window admits: the library keeps something for
// each, and their returns need room.
var errAbandoned = errors.New("too many publications without a confirmation")

func openOutlet(conn *amqp.Connection, window int, counts *flows) (*outlet, error) {
	ch, err := conn.Channel()
	if err != nil {
		return nil, err
	}
	o := &outlet{
		conn:      conn,
		confirmed: ch,
		flows:     counts,
		exchanges: map[string]bool{"": true},
		closed:    ch.NotifyClose(make(chan *amqp.Error, 1)),
		box:       make(chan *letter),
		window:    make(chan struct{}, window),
		gone:      make(chan struct{}),
		letters:   make(map[string]*letter),
		returns:   ch.NotifyReturn(make(chan amqp.Return, 3*window)),
	}
	if err := ch.Confirm(false); err != nil {
		_ = ch.Close()
		return nil, err
	}
	return o, nil
}

// open reports whether the outlet has not ended.
func (o *outlet) open() bool {
	select {
	case <-o.gone:
		return false
	default:
		return true
	}
}

// run writes letters until the channel or ctx ends, and returns the cause.
func (o *outlet) run(ctx context.Context) error {
	defer close(o.gone)
	o.cause = o.serve(ctx)
	for _, ch := range []*amqp.Channel{o.confirmed, o.loose} {
		if ch != nil {
			go func() { _ = ch.Close() }() // it waits for the broker's answer, at most as long as the connection lives
		}
	}
	return o.cause
}

func (o *outlet) serve(ctx context.Context) error {
	for {
		select {
		case l := <-o.box:
			if err := o.write(ctx, l); err != nil {
				return err
			}
			if o.abandoned.Load() >= int64(cap(o.window)) {
				return errAbandoned
			}
		case cause := <-o.closed:
			if cause == nil {
				return amqp.ErrClosed
			}
			return cause
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// write publishes one letter and passes it back, unless it is optional. The outlet is of no use after an error.
func (o *outlet) write(ctx context.Context, l *letter) error {
	to := l.msg.To
	known, err := o.knows(ctx, to.Exchange)
	if err != nil {
		return err
	}
	if l.msg.Optional {
		if known {
			o.writeLoose(l)
		}
		return nil
	}
	if known {
		l.confirm, err = o.confirmed.PublishWithDeferredConfirm(to.Exchange, to.Key, true, false, l.publishing())
		if err != nil {
			return err
		}
	}
	l.astray = !known
	l.sent <- l
	return nil
}

func (o *outlet) writeLoose(l *letter) {
	if o.loose == nil || o.loose.IsClosed() {
		ch, err := o.conn.Channel()
		if err != nil {
			return
		}
		o.loose = ch
	}
	_ = o.loose.Publish(l.msg.To.Exchange, l.msg.To.Key, false, false, l.publishing())
}

// knows asks the broker once whether an exchange exists: publishing to one that does not would end the channel for all.
func (o *outlet) knows(ctx context.Context, exchange string) (bool, error) {
	if o.exchanges[exchange] {
		return true, nil
	}
	err := onChannel(ctx, o.conn, func(ch *amqp.Channel) error {
		return ch.ExchangeDeclarePassive(exchange, amqp.ExchangeDirect, true, false, false, false, nil)
	})
	if err != nil && !isRefusal(err) {
		return false, err
	}
	if isMissing(err) {
		return false, nil
	}
	o.exchanges[exchange] = true // perhaps of another type than ours, but there
	return true, nil
}

// expect makes returns of a letter known to it.
func (o *outlet) expect(l *letter) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letters[l.id] = l
}

// forget ends what expect began; nobody waits for the confirmations of so many any more.
func (o *outlet) forget(letters []*letter, abandoned int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range letters {
		delete(o.letters, l.id)
	}
	o.abandoned.Add(int64(abandoned))
}

// verdictOf returns the outcome of a letter whose confirmation has come: nil, ErrUnroutable, ErrBusy, or errLost when the
// channel ended first. The broker returns a message before it confirms it, so the return is in the queue by then.
func (o *outlet) verdictOf(l *letter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.takeReturns()
	switch {
	case l.astray || l.returned:
		return ErrUnroutable
	case l.confirm.Acked():
		return nil
	case o.confirmed.IsClosed():
		return errLost
	default:
		return fmt.Errorf("%w: the queue refused the message", ErrBusy)
	}
}

// takeReturns marks the letters that came back. The caller holds mu.
func (o *outlet) takeReturns() {
	for {
		select {
		case r, ok := <-o.returns:
			if !ok {
				return
			}
			if l, waited := o.letters[r.MessageId]; waited {
				l.returned = true
			}
		default:
			return
		}
	}
}

var errLost = errors.New("the channel ended before the confirmation")
