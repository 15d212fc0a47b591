package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Limit says how to hold the pipeline against what the broker can do at most: as many messages of the same sizes, fanned out
// and in again with confirmations and acknowledgements, by workers that do nothing.
type Limit struct {
	Concurrent int // requests under way at any time
	Duration   time.Duration
	Workers    int // of each criterion
	Parallel   int // tasks that each of them has at once
	Deadline   time.Duration
	Criteria   []string
	Runs       int // of each program; medians are reported
}

// LimitReport is what Limit showed.
type LimitReport struct {
	Machine    Machine        `json:"machine"`
	Concurrent int            `json:"concurrent"`
	Criteria   int            `json:"criteria"`
	TaskBytes  int            `json:"taskBytes"`
	Programs   []LimitFigures `json:"programs"`
	Ratio      float64        `json:"ratio"`              // of the pipeline's rate to the bare broker's
	NoCommit   float64        `json:"ratioWithoutCommit"` // likewise, without the database's commits
}

// LimitFigures are a program's figures with the processor time of a request.
type LimitFigures struct {
	Figures

	Webflix  float64 `json:"webflixCPUMs"` // of a request
	RabbitMQ float64 `json:"rabbitmqCPUMs"`
	Postgres float64 `json:"postgresCPUMs"`
}

// The programs' names.
const (
	bareBroker = "the bare broker: empty workers, no ranking"
	noCommit   = "the pipeline without the database's commits"
	wholeThing = "the pipeline"
)

// Run measures.
func (l *Limit) Run(ctx context.Context, s *Setup) (*LimitReport, error) {
	blend, err := s.chosen(l.Criteria, nil)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, 512)
	if err != nil {
		return nil, err
	}
	profiles, err := s.DB.Profiles(ctx, people)
	if err != nil {
		return nil, err
	}
	sizes := sizesOf(s, blend, people, profiles)
	report := &LimitReport{Machine: s.machine, Concurrent: l.Concurrent, Criteria: len(blend), TaskBytes: len(sizes.tasks[0])}
	crew := crew{workers: l.Workers, parallel: l.Parallel}
	for _, program := range []struct {
		name string
		ask  func(ctx context.Context) (ask func(context.Context, int) (outcome, error), end func() error, err error)
	}{
		{bareBroker, func(ctx context.Context) (func(context.Context, int) (outcome, error), func() error, error) {
			return s.bare(ctx, blend, crew, sizes)
		}},
		{noCommit, func(ctx context.Context) (func(context.Context, int) (outcome, error), func() error, error) {
			crew := crew
			crew.ledger = &memoryLedger{profiles: profiles, open: map[recommend.RequestID]*recommend.Standing{}}
			return l.pipeline(ctx, s, blend, crew, people)
		}},
		{wholeThing, func(ctx context.Context) (func(context.Context, int) (outcome, error), func() error, error) {
			return l.pipeline(ctx, s, blend, crew, people)
		}},
	} {
		var runs []Figures
		var cpu cpuTimes
		requests := 0
		for range l.Runs {
			ask, end, err := program.ask(ctx)
			if err != nil {
				return nil, fmt.Errorf("run %q: %w", program.name, err)
			}
			warmUp := *l
			warmUp.Duration = l.Duration / 10
			if _, err := warmUp.flood(ctx, ask); err != nil { // plans, connections and caches
				return nil, errors.Join(fmt.Errorf("run %q: %w", program.name, err), end())
			}
			before := readCPU(s.database)
			f, err := l.flood(ctx, ask)
			used := readCPU(s.database).since(before)
			if err = errors.Join(err, end()); err != nil {
				return nil, fmt.Errorf("run %q: %w", program.name, err)
			}
			f.Name = program.name
			runs = append(runs, f)
			requests += f.Requests
			cpu = cpuTimes{cpu.webflix + used.webflix, cpu.rabbitmq + used.rabbitmq, cpu.postgres + used.postgres}
		}
		each := func(d time.Duration) float64 { return milliseconds(d) / float64(max(requests, 1)) }
		report.Programs = append(report.Programs, LimitFigures{
			Figures: median(runs), Webflix: each(cpu.webflix), RabbitMQ: each(cpu.rabbitmq), Postgres: each(cpu.postgres),
		})
	}
	bare := report.Programs[0].Rate
	report.NoCommit, report.Ratio = report.Programs[1].Rate/bare, report.Programs[2].Rate/bare
	return report, nil
}

// flood keeps so many requests under way for so long.
func (l *Limit) flood(ctx context.Context, ask func(context.Context, int) (outcome, error)) (Figures, error) {
	var (
		seen   sample
		next   atomic.Int64
		flood  sync.WaitGroup
		failed = make(chan error, l.Concurrent)
		start  = time.Now()
	)
	for range l.Concurrent {
		flood.Go(func() {
			for time.Since(start) < l.Duration {
				o, err := ask(ctx, int(next.Add(1)))
				if err != nil {
					failed <- err
					return
				}
				seen.add(o)
			}
		})
	}
	flood.Wait()
	took := time.Since(start)
	select {
	case err := <-failed:
		return Figures{}, err
	default:
		return seen.figures("", took), nil
	}
}

func (l *Limit) pipeline(
	ctx context.Context, s *Setup, blend recommend.Blend, crew crew, people []int64,
) (func(context.Context, int) (outcome, error), func() error, error) {
	d, err := s.deploy(ctx, blend, crew)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, i int) (outcome, error) {
		return d.ask(ctx, people[i%len(people)], l.Deadline)
	}, d.end, nil
}

// sizes are bodies as the pipeline sends them.
type sizes struct {
	tasks   [][]byte
	results map[string][]byte // by criterion
}

func sizesOf(s *Setup, blend recommend.Blend, people []int64, profiles map[int64]*recommend.Profile) *sizes {
	z := &sizes{results: map[string][]byte{}}
	for i, user := range people[:min(64, len(people))] {
		task := recommend.Task{
			User: user, At: time.Now(), Deadline: time.Now(), Published: time.Now(),
			History: profiles[user].History, Exclude: profiles[user].Exclude, Limit: recommend.CandidateLimit,
		}
		z.tasks = append(z.tasks, queue.EncodeTask(&task))
		for _, w := range blend {
			if i > 0 {
				break
			}
			scored, err := s.criteria[w.Criterion].Score(task)
			if err != nil {
				s.Log.Warn("a result without candidates stands for a criterion", "criterion", w.Criterion, "err", err)
			}
			r := recommend.Result{Criterion: w.Criterion, Status: recommend.StatusDone, Candidates: scored.Candidates, Floor: scored.Floor}
			z.results[w.Criterion] = queue.EncodeResult(&r)
		}
	}
	return z
}

// bare fans messages out and in with nothing behind them: the same queues, sizes, confirmations and acknowledgements.
func (s *Setup) bare(
	ctx context.Context, blend recommend.Blend, crew crew, z *sizes,
) (func(context.Context, int) (outcome, error), func() error, error) {
	for _, q := range s.queues(blend) {
		if err := s.Broker.Declare(ctx, q); err != nil {
			return nil, nil, err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	var (
		roles   sync.WaitGroup
		waiting sync.Map // number of a request: a channel
		counts  sync.Map // number of a request: *atomic.Int32
		failure atomic.Pointer[error]
	)
	consume := func(sub queue.Subscription, h queue.Handler) {
		roles.Go(func() {
			if err := s.Broker.Consume(ctx, sub, h); err != nil {
				failure.Store(&err)
			}
		})
	}
	for _, w := range blend {
		for range crew.workers {
			sub := queue.Subscription{Queue: s.Topology.Task(w.Criterion).Name, Prefetch: 2 * crew.parallel, Parallel: crew.parallel}
			consume(sub, func(ctx context.Context, batch []*queue.Message) []error {
				outcomes := make([]error, len(batch))
				for i, m := range batch {
					outcomes[i] = s.Broker.Publish(ctx, queue.Message{
						To: s.Topology.Result().Bind, Type: queue.TypeResult, CorrelationID: m.CorrelationID, Body: z.results[w.Criterion],
					})
				}
				return outcomes
			})
		}
	}
	consume(queue.Subscription{Queue: s.Topology.Result().Name, Prefetch: 400, Batch: 200}, func(_ context.Context, batch []*queue.Message) []error {
		for _, m := range batch { // an aggregator hands rankings to subscribers of the same process without a message
			n, _ := counts.LoadOrStore(m.CorrelationID, new(atomic.Int32))
			if int(n.(*atomic.Int32).Add(1)) < len(blend) { //nolint:forcetypeassert // nothing else is stored
				continue
			}
			counts.Delete(m.CorrelationID)
			if done, ok := waiting.LoadAndDelete(m.CorrelationID); ok {
				close(done.(chan struct{})) //nolint:forcetypeassert // nothing else is stored
			}
		}
		return nil
	})
	var serial atomic.Uint64
	ask := func(ctx context.Context, i int) (outcome, error) {
		start := time.Now()
		id := fmt.Sprintf("%x", binary.BigEndian.AppendUint64(make([]byte, 8), serial.Add(1)))
		done := make(chan struct{})
		waiting.Store(id, done)
		tasks := make([]queue.Message, len(blend))
		for j, w := range blend {
			tasks[j] = queue.Message{To: s.Topology.Task(w.Criterion).Bind, Type: queue.TypeTask, CorrelationID: id, Body: z.tasks[i%len(z.tasks)]}
		}
		if err := s.Broker.Publish(ctx, tasks...); err != nil {
			return outcome{}, err
		}
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			return outcome{}, errors.New("an update was lost")
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		}
		return outcome{first: time.Since(start), final: time.Since(start), coverage: 100}, nil
	}
	end := func() error {
		stop()
		roles.Wait()
		if err := failure.Load(); err != nil {
			return *err
		}
		return nil
	}
	return ask, end, nil
}

// Print writes the report as a table for people.
func (r *LimitReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s\n%d requests under way at any time, %d criteria, tasks of about %d bytes.\n\n", r.Machine, r.Concurrent, r.Criteria, r.TaskBytes)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "requests/s\tfinal ms: p50\tp95\tp99\tCPU ms a request: webflix\tRabbitMQ\tPostgreSQL\t program")
	for i := range r.Programs {
		f := &r.Programs[i]
		fmt.Fprintf(w, "%.0f\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%.2f\t %s\n",
			f.Rate, f.Final.P50, f.Final.P95, f.Final.P99, f.Webflix, f.RabbitMQ, f.Postgres, f.Name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nThe pipeline does %.2f of what the bare broker can; %.2f without the database's commits.\n", r.Ratio, r.NoCommit)
	return err
}

// SVG draws the report.
func (r *LimitReport) SVG() string {
	var bars []bar
	for i := range r.Programs {
		bars = append(bars, bar{label: r.Programs[i].Name, solid: r.Programs[i].Rate})
	}
	note := fmt.Sprintf("%d requests under way, %d criteria. Messages %s, %d cores.", r.Concurrent, r.Criteria, r.Machine.Broker, r.Machine.Cores)
	return barChart("Requests a second", note, "/s", bars)
}
