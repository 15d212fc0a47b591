package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// deployment is every role in this process.
type deployment struct {
	*workers.Recommender
	blend recommend.Blend
	model int64
	stop  context.CancelFunc
	roles sync.WaitGroup
	ends  []func() error // of other processes

	mu     sync.Mutex // protects failed
	failed error
}

// ActiveBlend implements workers.Blends.
func (d *deployment) ActiveBlend() (int64, recommend.Blend) { return d.model, d.blend }

// crew says how many run.
type crew struct {
	workers  int // of each criterion, in this process
	others   int // processes with a worker of each criterion
	parallel int // tasks that each scores at once
	delays   map[string]time.Duration
	ledger   ledger // nil: the database

	scorebook int              // bytes of scores that are remembered of each criterion
	observer  workers.Observer // of the workers; nil: nobody looks
	kept      *kept            // what is remembered from one deployment to the next; nil: nothing
}

// kept is what the roles of a deployment remember. The next one may take it over, but not both at once.
type kept struct {
	books      map[string]*workers.Scorebook // by criterion
	dispatcher *workers.Dispatcher
}

func newKept() *kept { return &kept{books: map[string]*workers.Scorebook{}} }

// seen counts what workers do.
type seen struct {
	workers.Unobserved

	scored, known atomic.Int64
}

// Scored implements workers.Observer.
func (s *seen) Scored(string, recommend.Status, time.Duration, time.Duration) { s.scored.Add(1) }

// Remembered implements workers.Observer.
func (s *seen) Remembered(string) { s.known.Add(1) }

func (s *seen) reset() {
	s.scored.Store(0)
	s.known.Store(0)
}

// remembered returns how many of the scored tasks were remembered, in per cent.
func (s *seen) remembered() float64 {
	return 100 * float64(s.known.Load()) / float64(max(s.scored.Load(), 1))
}

// ledger is what the roles need of one.
type ledger interface {
	workers.Accepter
	workers.Merger
	workers.Requests
}

// deploy starts every role. The caller calls end.
func (s *Setup) deploy(ctx context.Context, blend recommend.Blend, crew crew) (*deployment, error) {
	d := &deployment{blend: blend, model: s.version}
	for _, q := range s.queues(blend) {
		if err := s.Broker.Declare(ctx, q); err != nil {
			return nil, err
		}
	}
	if err := d.startOthers(ctx, s, crew); err != nil {
		return nil, errors.Join(err, d.endOthers())
	}
	ctx, d.stop = context.WithCancel(ctx)
	var ledger ledger = s.DB
	if crew.ledger != nil {
		ledger = crew.ledger
	}
	if crew.kept == nil {
		crew.kept = newKept()
	}
	var kinds []recommend.CriterionInfo
	var observer workers.Observer = workers.Unobserved{}
	if crew.observer != nil {
		observer = crew.observer
	}
	live := workers.NewLive(ledger, nil, s.Broker, s.Topology, s.clock, "bench", s.Log)
	var outbox *workers.Outbox
	var preview *workers.Preview
	_, inside := s.Broker.(*queue.Memory)
	if !inside { // as webflix does
		outbox = &workers.Outbox{Broker: s.Broker}
		preview = &workers.Preview{Broker: s.Broker, Topology: s.Topology, Local: live}
	}
	for _, w := range blend {
		book := crew.kept.books[w.Criterion]
		if book == nil {
			book = workers.NewScorebook(crew.scorebook)
			crew.kept.books[w.Criterion] = book
		}
		kinds = append(kinds, recommend.CriterionInfo{Name: w.Criterion})
		for i := range crew.workers {
			worker := &workers.Worker{
				Criterion: w.Criterion, Scorer: scorer{s.criteria[w.Criterion]}, Broker: s.Broker, Outbox: outbox, Preview: preview, Topology: s.Topology,
				Clock: s.clock, Observer: observer, Scorebook: book, Log: s.Log, Name: fmt.Sprintf("%s-%d", w.Criterion, i),
				Parallel: crew.parallel, Delay: crew.delays[w.Criterion], Inside: inside,
			}
			d.run(ctx, worker.Run)
		}
	}
	aggregator := workers.NewAggregator(
		ledger, &workers.Ladder{From: s.DB}, nil, s.Broker, s.Topology, s.clock, workers.Unobserved{}, s.Log)
	relay := &workers.Relay{Ledger: s.DB, Broker: s.Broker, Topology: s.Topology, Clock: s.clock, Log: s.Log}
	if crew.kept.dispatcher == nil {
		crew.kept.dispatcher = workers.NewDispatcher(ledger, s.Broker, s.Topology, s.clock, s.Log)
	}
	dispatcher := crew.kept.dispatcher
	aggregator.Local, aggregator.Eager = live, inside
	for _, role := range []func(context.Context) error{aggregator.Run, relay.Run, dispatcher.Run, live.Run} {
		d.run(ctx, role)
	}
	d.Recommender = &workers.Recommender{Dispatcher: dispatcher, Live: live, Blends: d, Kinds: kinds}
	return d, nil
}

func (d *deployment) run(ctx context.Context, role func(context.Context) error) {
	d.roles.Go(func() {
		if err := role(ctx); err != nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.failed = err
		}
	})
}

// end stops the roles and returns what went wrong with them.
func (d *deployment) end() error {
	d.stop()
	d.roles.Wait()
	return errors.Join(d.failed, d.endOthers())
}

// startOthers starts processes that score, and returns when all of them do.
func (d *deployment) startOthers(ctx context.Context, s *Setup, crew crew) error {
	var criteria []string
	for _, w := range d.blend {
		criteria = append(criteria, w.Criterion)
	}
	for range crew.others {
		end, err := s.Worker(ctx, s.Topology, criteria, crew.parallel)
		if err != nil {
			return err
		}
		d.ends = append(d.ends, end)
	}
	for _, criterion := range criteria {
		for reading := 0; reading < crew.others; {
			stats, err := s.Broker.Stats(ctx, s.Topology.Task(criterion).Name)
			if err != nil {
				return fmt.Errorf("wait for the workers of %s: %w", criterion, err)
			}
			if reading = stats.Consumers; reading < crew.others {
				rest(ctx, 50*time.Millisecond)
			}
		}
	}
	return nil
}

func (d *deployment) endOthers() error {
	var errs []error
	for _, end := range d.ends {
		errs = append(errs, end())
	}
	return errors.Join(errs...)
}

// rest waits, unless ctx ends.
func rest(ctx context.Context, long time.Duration) {
	select {
	case <-time.After(long):
	case <-ctx.Done():
	}
}

// scorer scores with one model for ever.
type scorer struct{ recommend.Criterion }

// Score implements workers.Scorer.
func (s scorer) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	scored, err := s.Criterion.Score(*task)
	return scored, task.Model, err
}

// Source implements workers.Sourced.
func (s scorer) Source(task *queue.Sealed) (model, moment int64) {
	return task.Model, workers.MomentOf(s.Criterion, task)
}

// ask starts a request and reads its updates to the end.
func (d *deployment) ask(ctx context.Context, user int64, deadline time.Duration) (outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	start := time.Now()
	updates, err := d.Recommend(ctx, recommend.Request{
		User: user, Spec: recommend.Spec{Blend: d.blend, Deadline: deadline, AllowPartial: true},
	})
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	for u := range updates {
		if o.first == 0 && len(u.Picks) > 0 {
			o.first = time.Since(start)
		}
		if u.Final {
			o.final, o.coverage = time.Since(start), u.Coverage.Percent
		}
	}
	if o.final == 0 {
		return outcome{}, fmt.Errorf("a request of person %d got no final: %w", user, context.Cause(ctx))
	}
	if o.first == 0 {
		o.first = o.final
	}
	return o, nil
}
