package queue

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// letter is a message on its way through an outlet.
type letter struct {
	msg      Message
	end      *death // for a dead letter: how it ended
	id       string
	sent     chan<- *letter             // the outlet passes the letter back here once it is written; never full
	confirm  *amqp.DeferredConfirmation // set by the outlet before it passes the letter back
	astray   bool                       // likewise: there is no such exchange
	returned bool                       // the broker gave it back for want of a queue; the outlet's mu protects it
	settled  bool                       // its fate is known
}

// post is a call of publish on one outlet: it writes letters while the window has room, and waits for their confirmations.
type post struct {
	outlet  *outlet
	letters []*letter
	next    int          // the first letter that is not handed to the outlet
	token   bool         // the window has room for it
	tokens  int          // tokens taken, that one included
	sent    chan *letter // written
	waiting []*letter    // written and not confirmed, oldest first
	open    int          // letters that are not settled
	failure error        // of the first letter that failed for good
}

// post returns the letters whose fate is not known because the outlet ended. An error is final: after it, letters that are
// not confirmed may have been stored or not.
func (o *outlet) post(ctx context.Context, l *link, letters []*letter) ([]*letter, error) {
	p := &post{outlet: o, letters: letters, open: len(letters), sent: make(chan *letter, len(letters))}
	defer p.leave()
	state, changed := l.state.get()
	for p.open > 0 {
		if state.blocked != nil {
			return nil, fmt.Errorf("publish to %s: %w", letters[0].msg.To, state.blocked)
		}
		box, window, item := p.offer()
		select {
		case window <- struct{}{}:
			p.admit()
		case box <- item:
			p.next++
			p.token = false
			if item.msg.Optional {
				p.settle(item, nil)
			}
		case written := <-p.sent:
			p.waiting = append(p.waiting, written)
			p.collect()
		case <-p.oldest():
			p.collect()
		case <-changed:
			state, changed = l.state.get()
		case <-o.gone:
			return p.unsettled(), p.failure
		case <-ctx.Done():
			return nil, fmt.Errorf("publish to %s: %w", letters[0].msg.To, ctx.Err())
		}
	}
	return nil, p.failure
}

// offer returns what the next letter needs, each nil when it does not: room in the window, or the outlet's box.
func (p *post) offer() (box chan<- *letter, window chan<- struct{}, item *letter) {
	if p.next == len(p.letters) {
		return nil, nil, nil
	}
	item = p.letters[p.next]
	item.sent = p.sent
	if p.token || item.msg.Optional {
		return p.outlet.box, nil, item
	}
	return nil, p.outlet.window, item
}

// admit notes that the window has room for the next letter.
func (p *post) admit() {
	p.token = true
	p.tokens++
	p.outlet.expect(p.letters[p.next])
}

// oldest is closed when the oldest letter that waits is confirmed; nil when none waits.
func (p *post) oldest() <-chan struct{} {
	if len(p.waiting) == 0 || p.waiting[0].astray {
		return nil
	}
	return p.waiting[0].confirm.Done()
}

// collect settles the letters that are confirmed, up to the first that is not.
func (p *post) collect() {
	for len(p.waiting) > 0 && p.waiting[0].answered() {
		l := p.waiting[0]
		p.waiting = p.waiting[1:]
		if err := p.outlet.verdictOf(l); !errors.Is(err, errLost) {
			p.settle(l, err)
		}
	}
}

func (l *letter) answered() bool {
	if l.astray {
		return true
	}
	select {
	case <-l.confirm.Done():
		return true
	default:
		return false
	}
}

func (p *post) settle(l *letter, err error) {
	l.settled = true
	p.open--
	if !l.msg.Optional {
		p.tokens--
		<-p.outlet.window
		if err == nil {
			for to := range l.msg.addresses() {
				p.outlet.flows.publish(to)
			}
		}
	}
	if err != nil && p.failure == nil {
		p.failure = fmt.Errorf("publish to %s: %w", l.msg.To, err)
	}
}

// unsettled returns the letters to publish again, once the outlet has ended. Optional ones are dropped.
func (p *post) unsettled() []*letter {
	for _, l := range p.waiting {
		if l.answered() && p.outlet.verdictOf(l) == nil {
			p.settle(l, nil)
		}
	}
	p.waiting = nil
	var left []*letter
	for _, l := range p.letters {
		if !l.settled && !l.msg.Optional {
			left = append(left, l)
		}
	}
	return left
}

// leave gives back what the call still holds.
func (p *post) leave() {
	p.outlet.forget(p.letters, p.tokens)
	for ; p.tokens > 0; p.tokens-- {
		<-p.outlet.window
	}
}
