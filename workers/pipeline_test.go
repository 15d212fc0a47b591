package workers_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
	"webflix/workers"
)

// scorer is a criterion made for a test.
type scorer func(task *recommend.Task) (recommend.Scored, error)

func (s scorer) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	scored, err := s(task)
	return scored, task.Model, err
}

// own scores three films that belong to the task's person alone, in an order that depends on the criterion.
func own(task *recommend.Task) (recommend.Scored, error) {
	out := recommend.Scored{Floor: -1}
	for i := range int32(3) {
		score := 1 + float32((int(i)+len(task.Criterion))%3)/3
		out.Candidates = append(out.Candidates, recommend.Candidate{Movie: int32(task.User)*10 + i, Score: score})
	}
	return out, nil
}

// lasting is a scorer whose scores are the same whenever it is asked.
type lasting struct{ scorer }

func (s lasting) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	scored, err := s.scorer(task)
	return scored, 1, err
}

func (lasting) Source(*queue.Sealed) (model, moment int64) { return 1, 0 }

// criterion says how a worker of the pipeline behaves.
type criterion struct {
	name   string
	weight float64
	delay  time.Duration
	score  scorer // nil: own
	absent bool   // no worker runs
	known  bool   // its scores are remembered
}

// pipeline is every role over one broker and one ledger.
type pipeline struct {
	*workers.Recommender
	ledger   *ledger
	memory   *queue.Memory
	broker   queue.Broker // memory, perhaps with faults
	together bool         // the roles are as one process has them
	topology queue.Topology
	clock    *workers.Clock
	tracer   *trace.Tracer // of requests that come with a trace
	spans    *ended
	blend    recommend.Blend
	run      func(role func(ctx context.Context) error)
	finals   atomic.Int32 // that aggregators made
	late     atomic.Int32 // results after them
	again    atomic.Int32 // deliveries after the first
	known    atomic.Int32 // tasks whose scores were remembered
}

// observer counts what a pipeline does.
type observer struct {
	workers.Unobserved
	of *pipeline
}

func (o observer) Remembered(string)  { o.of.known.Add(1) }
func (o observer) Late(string)        { o.of.late.Add(1) }
func (o observer) Redelivered(string) { o.of.again.Add(1) }
func (o observer) Updated(u *recommend.Update) {
	if u.Final {
		o.of.finals.Add(1)
	}
}

// ActiveBlend implements workers.Blends.
func (p *pipeline) ActiveBlend() (int64, recommend.Blend) { return 0, p.blend }

// start runs the roles until the test ends. wrap may put faults between the roles and the broker; nil for none.
func start(t *testing.T, wrap func(queue.Broker) queue.Broker, criteria ...criterion) *pipeline {
	t.Helper()
	return startRoles(t, wrap, false, criteria)
}

// startTogether runs the roles as one process has them: the aggregator knows the followers, and never rests.
func startTogether(t *testing.T, criteria ...criterion) *pipeline {
	t.Helper()
	return startRoles(t, nil, true, criteria)
}

func startRoles(t *testing.T, wrap func(queue.Broker) queue.Broker, together bool, criteria []criterion) *pipeline {
	t.Helper()
	memory := queue.NewMemory()
	p := &pipeline{ledger: newLedger(), memory: memory, broker: memory, together: together, clock: &workers.Clock{}}
	p.spans, p.tracer = newTracer(p.clock.Now)
	ctx, cancel := context.WithCancel(t.Context())
	var roles sync.WaitGroup
	p.run = func(role func(ctx context.Context) error) {
		roles.Go(func() {
			if err := role(ctx); err != nil && ctx.Err() == nil { // one that the test's end overtakes may say so
				t.Errorf("a role ended: %v", err)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		roles.Wait()
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	})
	if wrap != nil {
		p.broker = wrap(memory)
	}
	for _, q := range []queue.Queue{p.topology.Dead(), p.topology.Result()} {
		if err := memory.Declare(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []recommend.CriterionInfo
	for _, c := range criteria {
		if err := memory.Declare(ctx, p.topology.Task(c.name)); err != nil {
			t.Fatal(err)
		}
		p.blend = append(p.blend, recommend.Weight{Criterion: c.name, Weight: c.weight})
		kinds = append(kinds, recommend.CriterionInfo{Name: c.name})
		if !c.absent {
			p.work(c)
		}
	}
	p.Recommender = p.replica("a")
	p.Kinds = kinds
	aggregator := p.aggregator()
	if together {
		aggregator.Local, aggregator.Eager = p.Live, true
	}
	p.run(aggregator.Run)
	p.run((&workers.Relay{Ledger: p.ledger, Broker: p.broker, Clock: p.clock, Tracer: p.tracer, Log: quiet()}).Run)
	return p
}

func (p *pipeline) aggregator() *workers.Aggregator {
	a := workers.NewAggregator(
		p.ledger, &workers.Ladder{From: p.ledger}, nil, p.broker, p.topology, p.clock, observer{of: p}, quiet())
	a.Tracer = p.tracer
	return a
}

func (p *pipeline) work(c criterion) {
	if c.score == nil {
		c.score = own
	}
	var scores workers.Scorer = c.score
	if c.known {
		scores = lasting{c.score}
	}
	w := &workers.Worker{
		Criterion: c.name, Scorer: scores, Broker: p.broker, Topology: p.topology, Clock: p.clock,
		Observer: observer{of: p}, Tracer: p.tracer, Log: quiet(), Name: "worker of " + c.name, Delay: c.delay, Parallel: 4,
		Inside: p.together, Scorebook: workers.NewScorebook(1 << 20),
	}
	p.run(w.Run)
}

// replica runs the role that takes requests.
func (p *pipeline) replica(name string) *workers.Recommender {
	dispatcher := workers.NewDispatcher(p.ledger, p.broker, p.topology, p.clock, quiet())
	live := workers.NewLive(p.ledger, nil, p.broker, p.topology, p.clock, name, quiet())
	dispatcher.Tracer, live.Tracer = p.tracer, p.tracer
	_ = p.broker.Declare(context.Background(), p.topology.Live(name)) // as Live does: updates that come before get lost
	p.run(dispatcher.Run)
	p.run(live.Run)
	return &workers.Recommender{Dispatcher: dispatcher, Live: live, Blends: p}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// wish is a request for three films.
func wish(user int64, deadline time.Duration) recommend.Request {
	return recommend.Request{User: user, Spec: recommend.Spec{First: 3, Deadline: deadline, AllowPartial: true}}
}

// moment is an update and when it came, since the request.
type moment struct {
	*recommend.Update
	at time.Duration
}

// follow asks and reads every update as it comes. The test fails unless sequences rise and the final is the last. It may be
// called from any goroutine, and returns at least one moment.
func follow(t *testing.T, r *workers.Recommender, req recommend.Request) []moment {
	t.Helper()
	start := time.Now()
	updates, err := r.Recommend(t.Context(), req)
	if err != nil {
		t.Error(err)
		return []moment{{Update: &recommend.Update{}}}
	}
	return collect(t, updates, start)
}

func collect(t *testing.T, updates <-chan *recommend.Update, start time.Time) []moment {
	t.Helper()
	var seen []moment
	for u := range updates {
		if n := len(seen); n > 0 && (u.Sequence <= seen[n-1].Sequence || seen[n-1].Final) {
			t.Errorf("update %d (final: %v) follows update %d (final: %v)", u.Sequence, u.Final, seen[n-1].Sequence, seen[n-1].Final)
		}
		seen = append(seen, moment{u, time.Since(start)})
	}
	if len(seen) == 0 || !seen[len(seen)-1].Final {
		t.Errorf("the updates end without a final: %s", describe(seen))
		return append(seen, moment{Update: &recommend.Update{}})
	}
	return seen
}

func last(seen []moment) moment { return seen[len(seen)-1] }

// describe tells updates in short.
func describe(seen []moment) []string {
	var out []string
	for _, m := range seen {
		out = append(out, fmt.Sprintf("%v: sequence %d, final %v, coverage %v, degraded %v", m.at, m.Sequence, m.Final, m.Coverage, m.Degraded))
	}
	return out
}

// within fails the test unless at is from after to after plus slack.
func within(t *testing.T, what string, at, after, slack time.Duration) {
	t.Helper()
	if at < after || at > after+slack {
		t.Errorf("%s comes after %v, want %v to %v", what, at, after, after+slack)
	}
}

func status(u *recommend.Update, criterion string) recommend.Status {
	i := slices.IndexFunc(u.Criteria, func(c recommend.CriterionState) bool { return c.Criterion == criterion })
	return u.Criteria[i].Status
}
