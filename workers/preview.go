package workers

import (
	"context"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Preview brings the first result of a request to the replica that has its subscriber, ahead of the same result's way through the broker's
// disk, the aggregator and the ledger. Nothing depends on it: what is lost is shown by the aggregator, and whatever the aggregator sends
// takes its place.
type Preview struct {
	Broker   queue.Broker
	Topology queue.Topology
	Local    *Live // the hub of this process, which needs no message; nil: none
}

// show shows a result to the followers on a replica, and reports whether they can do without the aggregator for now. A message is sent
// only if the broker has little to do: in a crowd who waits for their first ranking would wait for the others' previews.
func (p *Preview) show(ctx context.Context, replica string, result queue.Message, quiet bool) bool {
	switch {
	case replica == "":
		return true // they want the final alone
	case p == nil:
		return false
	case p.Local != nil && p.Local.Replica == replica:
		p.Local.preview(&result)
		return true
	case quiet:
		result.To, result.Optional = p.Topology.Live(replica).Bind, true
		return p.Broker.Publish(ctx, result) == nil
	default:
		return false
	}
}

// preview shows the first partial ranking of a request that is followed here, and of which nothing was shown, by one criterion's result.
// It has the sequence 0, before any that the ledger gives.
func (l *Live) preview(m *queue.Message) {
	id, err := recommend.ParseRequestID(m.CorrelationID)
	if err != nil {
		return
	}
	req, shown := l.follows(id)
	if req == nil || shown {
		return
	}
	r, err := m.Result()
	if err != nil || r.Request != id || r.Status != recommend.StatusDone { // the aggregator buries what cannot be read
		return
	}
	if u := foretold(req, []recommend.Result{*r}, l.Clock, l.Catalogs); u != nil {
		l.take(u, m.Trace)
	}
}

// foretold returns a request's partial ranking by results that the ledger does not have yet, nil when there is nothing to show before
// its final.
func foretold(req *recommend.Request, results []recommend.Result, clock *Clock, catalogs Catalogs) *recommend.Update {
	s := &recommend.Standing{Request: *req, Now: clock.Now().Truncate(time.Microsecond)} // as the ledger has it
	if len(results) == 0 || len(results) == len(req.Spec.Blend) || !s.Now.Before(s.Deadline) {
		return nil // its final is next
	}
	u, err := tally(s, results, catalogs)
	if err != nil || len(u.Picks) == 0 { // the aggregator tells what is wrong
		return nil
	}
	return u
}
