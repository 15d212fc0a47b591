package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Merger is what an aggregator needs of the ledger.
type Merger interface {
	// Merge takes answers in, each once, finalises what is complete, and returns the requests touched, or
	// recommend.ErrRefused. It may leave out the payloads of answers that it had before.
	Merge(ctx context.Context, answers []recommend.Answer) ([]recommend.Standing, error)
	// CloseDue finalises what is past its deadline, and what of failed is open; what it returns open has too little
	// coverage, and is to be closed from the ladder.
	CloseDue(ctx context.Context, failed []recommend.RequestID, limit int) ([]recommend.Standing, error)
	// CloseWith finalises requests with an answer from the ladder.
	CloseWith(ctx context.Context, answers []recommend.Answer) ([]recommend.Standing, error)
	// Standings returns requests as they are, without those that there are not.
	Standings(ctx context.Context, ids []recommend.RequestID) ([]recommend.Standing, error)
}

// Aggregator sums results into rankings. It holds no state but for speed: all that it knows of a request is in the ledger, so
// any number of them may share the results, and one that dies loses nothing.
type Aggregator struct {
	Ledger   Merger
	Ladder   *Ladder
	Catalogs Catalogs // nil: no ranking is varied
	Broker   queue.Broker
	Topology queue.Topology
	Clock    *Clock
	Observer Observer
	Local    *Live         // the hub of this process, which needs no message; nil: none
	Eager    bool          // it never rests, and merges in two lanes: results come together, as through the broker in the process
	Tracer   *trace.Tracer // nil: no traces
	Log      *slog.Logger

	alarms *alarms
	book   *book
	lanes  []*gathering
	again  sync.WaitGroup // finals that are being sent again
}

const (
	mergeBatch    = 200
	mergePrefetch = 400
	mergeTakers   = 32              // that take messages, and wait for the merge of what is in them
	mergeGrace    = 8 * time.Second // for an end: in half of it a hundred messages a second fill the prefetch
	sweepEvery    = 50 * time.Millisecond
	sweepBatch    = 200
	eagerLanes    = 2 // while one merge is committed and emitted, another one keeps the ledger busy
	ladders       = 8 // requests of a batch that are answered from the ladder at once
)

// NewAggregator returns an aggregator that works once Run is called.
func NewAggregator(
	ledger Merger, ladder *Ladder, catalogs Catalogs, broker queue.Broker, topology queue.Topology, clock *Clock, o Observer, log *slog.Logger,
) *Aggregator {
	return &Aggregator{
		Ledger: ledger, Ladder: ladder, Catalogs: catalogs, Broker: broker, Topology: topology, Clock: clock, Observer: o, Log: log,
		alarms: newAlarms(clock), book: newBook(),
	}
}

// Run works until ctx ends, and returns when all that was taken until then is settled.
func (a *Aggregator) Run(ctx context.Context) error {
	q := a.Topology.Result()
	if err := a.Broker.Declare(ctx, q); err != nil {
		return fmt.Errorf("start the aggregator: %w", err)
	}
	defer a.again.Wait()
	a.lanes = newLanes(1)
	if a.Eager {
		a.lanes = newLanes(eagerLanes)
	}
	g, ctx := errgroup.WithContext(ctx)
	work, end := context.WithCancel(context.WithoutCancel(ctx))
	g.Go(func() error { return a.sweep(work) })
	g.Go(func() error { return a.trickle(work) })
	for _, lane := range a.lanes {
		g.Go(func() error { return a.mergeAll(work, lane) })
	}
	g.Go(func() error {
		defer end() // every message is settled
		sub := queue.Subscription{
			Queue: q.Name, Prefetch: mergePrefetch, Batch: mergePrefetch / mergeTakers, Parallel: mergeTakers, Grace: mergeGrace,
		}
		return a.Broker.Consume(ctx, sub, a.take)
	})
	return g.Wait()
}

// take takes results out of their messages, shows what can be shown of them, and returns when they are merged: committed and
// emitted. The caller acknowledges then. A crash before that brings the messages again; they change nothing, and are emitted again.
func (a *Aggregator) take(ctx context.Context, batch []*queue.Message) []error {
	all, outcomes := a.open(batch)
	for _, come := range all {
		if a.Local != nil {
			a.foretell(come)
		}
		come.lane.add(come, func(id recommend.RequestID, results int) bool {
			return !come.again && a.book.lacks(id, results, come.at)
		})
	}
	for _, come := range all {
		err := come.outcome(ctx)
		if err == nil {
			for _, r := range come.refused {
				if outcomes[r.place] == nil { // else the rest of it is not merged in another lane
					outcomes[r.place] = &queue.Rejection{Reason: r.why}
				}
			}
			continue
		}
		for _, i := range come.from {
			outcomes[i] = err // even of one that has something unreadable in it: the rest of it is not merged
		}
	}
	return outcomes
}

// sweep closes requests at their deadline: at the moments that merge has set alarms for, and every so often for the
// requests that this aggregator has not heard of.
func (a *Aggregator) sweep(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	swept := a.Clock.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.alarms.changed:
		case <-timer.C:
			for more := true; more; {
				swept = a.Clock.Now()
				n, err := a.closeDue(ctx, nil)
				if err != nil && ctx.Err() == nil {
					a.Log.Warn("requests past their deadline wait for the ledger", "err", err)
				}
				more = err == nil && n == sweepBatch
			}
		}
		timer.Reset(min(sweepEvery, a.alarms.next(swept, sweepEvery)))
	}
}

// closeDue closes what is due, and the failed requests, and returns how many there were.
func (a *Aggregator) closeDue(ctx context.Context, failed []recommend.RequestID) (int, error) {
	began := a.Clock.Now()
	standings, err := a.Ledger.CloseDue(ctx, failed, sweepBatch)
	if err != nil {
		return 0, err
	}
	var spans trace.Spans
	for i := range standings {
		span := a.Tracer.ContinueAt(standings[i].Trace, trace.Internal, "close", "", began)
		standings[i].Trace = span.Parent()
		spans.Add(span)
	}
	defer spans.End(nil)
	var closed, open []recommend.Standing
	for i := range standings {
		if standings[i].Final() {
			closed = append(closed, standings[i])
		} else {
			open = append(open, standings[i])
		}
	}
	a.emit(ctx, closed)
	answers, err := a.answerAll(ctx, open)
	if len(answers) > 0 {
		standings, failure := a.Ledger.CloseWith(ctx, answers)
		err = errors.Join(err, failure)
		a.emit(ctx, standings)
	}
	return len(standings), err
}

// answerAll answers requests from the ladder, some at a time: when nothing else answers there are many. The ones that fail are
// left out of what it returns.
func (a *Aggregator) answerAll(ctx context.Context, standings []recommend.Standing) ([]recommend.Answer, error) {
	answers := make([]recommend.Answer, len(standings))
	failures := make([]error, len(standings))
	var all errgroup.Group
	all.SetLimit(ladders)
	for i := range standings {
		all.Go(func() error {
			answers[i], failures[i] = a.Ladder.Answer(ctx, &standings[i])
			return nil
		})
	}
	_ = all.Wait() // failures has the errors
	answered := answers[:0]
	for i, err := range failures {
		if err != nil {
			failures[i] = fmt.Errorf("answer request %s from the ladder: %w", standings[i].ID, err)
			continue
		}
		answered = append(answered, answers[i])
	}
	return answered, errors.Join(failures...)
}
