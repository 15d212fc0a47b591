package workers

import (
	"context"
	"errors"
	"slices"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// emitTimeout bounds the sending of updates.
const emitTimeout = time.Second

// trickle sends the partial rankings that waited for their turn.
func (a *Aggregator) trickle(ctx context.Context) error {
	tick := time.NewTicker(coalesce / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if due := a.book.due(now); len(due) > 0 {
				a.emit(ctx, due)
			}
		}
	}
}

// emit sends each request's ranking to the replica that has its subscriber, a partial one when its turn has come. Nothing
// waits for it: what is lost on the way the replica reads from the ledger.
func (a *Aggregator) emit(ctx context.Context, standings []recommend.Standing) {
	now := time.Now()
	var msgs []queue.Message
	var spans trace.Spans
	for _, r := range a.rankings(ctx, standings, now) {
		s, u := r.standing, r.update
		a.Observer.Updated(u, r.first)
		if u.Final {
			a.book.close(s.ID)
		}
		if s.Replica == "" {
			continue
		}
		span := a.Tracer.Continue(s.Trace, trace.Producer, "emit", "")
		span.SetBool("webflix.final", u.Final)
		span.SetInt("webflix.coverage", int(u.Coverage.Percent))
		if a.Local != nil && a.Local.Replica == s.Replica {
			a.Local.take(u, span.Parent())
			span.End()
			continue
		}
		spans.Add(span)
		msgs = append(msgs, queue.Message{
			To: a.Topology.Live(s.Replica).Bind, Type: queue.TypeUpdate, CorrelationID: s.ID.String(), Trace: span.Parent(),
			Published: s.Now, Body: queue.EncodeUpdate(u), Optional: true,
		})
	}
	if len(msgs) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, emitTimeout)
	defer cancel()
	err := a.Broker.Publish(ctx, msgs...)
	spans.End(err)
	if err != nil && !errors.Is(err, context.Canceled) {
		a.Log.Warn("updates are left to the replicas' own reading", "requests", namesOf(msgs), "err", err)
	}
}

// ranked is a ranking that is to be sent.
type ranked struct {
	standing *recommend.Standing
	update   *recommend.Update
	first    bool // of its request
}

// rankings makes the rankings whose turn it is, from the book where it has all their answers, else from the ledger.
func (a *Aggregator) rankings(ctx context.Context, standings []recommend.Standing, now time.Time) []ranked {
	out := make([]ranked, 0, len(standings))
	var unread []recommend.RequestID
	for i := range standings {
		s := &standings[i]
		may, first := true, false
		if !s.Final() {
			if s.Replica == "" || !s.Spec.AllowPartial {
				continue // nobody would see it
			}
			may, first = a.book.turn(s, now)
		}
		if !may {
			continue
		}
		r := ranked{standing: s, first: first}
		if results, ok := a.book.results(s); ok {
			r.update = tally(s, results, a.Catalogs)
		} else if slices.ContainsFunc(s.Answers, func(a recommend.Answer) bool { return a.Payload == nil }) {
			unread = append(unread, s.ID)
		} else {
			r.update = a.ranking(s)
		}
		out = append(out, r)
	}
	if len(unread) > 0 {
		a.readAgain(ctx, out, unread)
	}
	return slices.DeleteFunc(out, func(r ranked) bool { return r.update == nil })
}

// readAgain makes the rankings that are missing from the ledger: another aggregator merged some of their answers.
func (a *Aggregator) readAgain(ctx context.Context, rankings []ranked, ids []recommend.RequestID) {
	read, err := a.Ledger.Standings(ctx, ids)
	if err != nil {
		if ctx.Err() == nil {
			a.Log.Warn("updates are left to the replicas' own reading", "requests", first(ids), "err", err)
		}
		return
	}
	for i := range read {
		for j := range rankings {
			if r := &rankings[j]; r.standing.ID == read[i].ID {
				read[i].Trace = r.standing.Trace
				r.standing, r.update = &read[i], a.ranking(&read[i])
				break
			}
		}
	}
}

// ranking makes a ranking from payloads; nil when they cannot be read.
func (a *Aggregator) ranking(s *recommend.Standing) *recommend.Update {
	u, err := Ranking(s, a.Catalogs)
	if err != nil {
		a.Log.Error("a request's answers cannot be read", "request", s.ID, "trace", trace.ID(s.Trace), "err", err)
		return nil
	}
	return &u
}
