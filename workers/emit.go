package workers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sethvargo/go-retry"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// emitTimeout bounds the sending of updates, emitPause is the pause between attempts.
const (
	emitTimeout = time.Second
	emitPause   = 20 * time.Millisecond
)

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
	var msgs, finals []queue.Message
	var spans trace.Spans
	for _, r := range a.rankings(ctx, standings, now) {
		s, u := r.standing, r.update
		a.Observer.Updated(u)
		if u.Final {
			a.book.close(s.ID)
		}
		if s.Replica == "" {
			continue
		}
		span := a.emitting(u, s.Trace)
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
		if u.Final {
			finals = append(finals, msgs[len(msgs)-1])
		}
	}
	if len(msgs) == 0 {
		return
	}
	timely, cancel := context.WithTimeout(ctx, emitTimeout)
	defer cancel()
	err := a.Broker.Publish(timely, msgs...)
	spans.End(err)
	if errors.Is(err, queue.ErrUnavailable) && len(finals) > 0 {
		a.again.Go(func() { a.emitAgain(ctx, finals) })
	} else if err != nil && !errors.Is(err, context.Canceled) {
		a.Log.Warn("updates are left to the replicas' own reading", "requests", namesOf(msgs), "err", err)
	}
}

// emitAgain sends finals once there is a connection for it: after an outage results may come over one before there is another to send
// over, and the replicas read what they miss only at its deadline.
func (a *Aggregator) emitAgain(ctx context.Context, finals []queue.Message) {
	ctx, cancel := context.WithTimeout(ctx, emitTimeout)
	defer cancel()
	err := retry.Do(ctx, retry.NewConstant(emitPause), func(ctx context.Context) error {
		return retry.RetryableError(a.Broker.Publish(ctx, finals...))
	})
	if err != nil {
		a.Log.Warn("finals are left to the replicas' own reading", "requests", namesOf(finals), "err", err)
	}
}

// foretell shows the first partial rankings of requests that are followed in this process while the ledger has yet to take their
// results: who waits sees something by the time of a commit sooner. What it shows has the sequence 0, before any that the ledger
// gives, so that whatever the ledger says takes its place; and no final is ever shown so. Results that come again are left to the
// ledger: it may have others.
func (a *Aggregator) foretell(come *arrivals) {
	seen := make(map[recommend.RequestID]bool, len(come.msgs))
	for _, m := range come.msgs {
		id, err := recommend.ParseRequestID(m.CorrelationID)
		if err != nil || seen[id] || m.Delivery > 1 {
			continue
		}
		seen[id] = true
		req, shown := a.Local.follows(id)
		if req == nil {
			continue
		}
		var results []recommend.Result
		for _, w := range req.Spec.Blend {
			if r := come.results[part{id, w.Criterion}]; r != nil {
				results = append(results, *r)
			}
		}
		left := req.Deadline.Sub(a.Clock.Now())
		if shown { // a preview of one
			a.book.begin(req, 1, time.Now(), left)
			continue
		}
		u := foretold(req, results, a.Clock, a.Catalogs)
		if u == nil || !a.book.begin(req, len(results), time.Now(), left) {
			continue
		}
		span := a.emitting(u, m.Trace)
		a.Local.take(u, span.Parent())
		span.End()
	}
}

// emitting starts the span of an update's way out.
func (a *Aggregator) emitting(u *recommend.Update, parent string) trace.Span {
	span := a.Tracer.Continue(parent, trace.Producer, "emit", "")
	span.SetBool("webflix.final", u.Final)
	span.SetInt("webflix.coverage", int(u.Coverage.Percent))
	return span
}

// ranked is a ranking that is to be sent.
type ranked struct {
	standing *recommend.Standing
	update   *recommend.Update
}

// rankings makes the rankings whose turn it is, from the book where it has all their answers, else from the ledger.
func (a *Aggregator) rankings(ctx context.Context, standings []recommend.Standing, now time.Time) []ranked {
	out := make([]ranked, 0, len(standings))
	var unread []recommend.RequestID
	for i := range standings {
		s := &standings[i]
		may := true
		if !s.Final() {
			if s.Replica == "" || !s.Spec.AllowPartial {
				continue // nobody would see it
			}
			may = a.book.turn(s, now)
		}
		if !may {
			continue
		}
		r := ranked{standing: s}
		if results, ok := a.book.results(s); ok {
			u, err := tally(s, results, a.Catalogs)
			r.update = a.orNone(s, u, err)
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
	return a.orNone(s, &u, err)
}

// orNone returns a ranking; nil when its answers cannot be read or summed.
func (a *Aggregator) orNone(s *recommend.Standing, u *recommend.Update, err error) *recommend.Update {
	if err != nil {
		a.Log.Error("a request's answers make no ranking", "request", s.ID, "trace", trace.ID(s.Trace), "err", err)
		return nil
	}
	return u
}
