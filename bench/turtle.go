package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/recommend"
)

// Turtle says how to measure three programs of the same purpose side by side: one criterion after another in one program;
// all criteria at once in one program that serves one request at a time; and the pipeline.
type Turtle struct {
	Users    int           // who ask at the same time, each again as soon as they are answered
	Requests int           // of all of them together
	Think    time.Duration // from an answer to the same person's next request; they begin one after another within it
	Criteria []string
	Delays   map[string]time.Duration // how much longer a criterion takes
	Workers  int                      // of each criterion, in the pipeline
	Parallel int                      // tasks that each of them scores at once
	Deadline time.Duration            // of the pipeline; the other two have none
	Limit    time.Duration            // a program is stopped when it has run so long
	Runs     int                      // of each program; medians are reported
	Queues   bool                     // leave out the programs without queues, in which a crowd waits for minutes
}

// TurtleReport is what Turtle showed.
type TurtleReport struct {
	Machine  Machine                  `json:"machine"`
	Users    int                      `json:"users"`
	Think    float64                  `json:"thinkMs"`
	Runs     int                      `json:"runs"`
	Workers  int                      `json:"workersPerCriterion"`
	Deadline float64                  `json:"deadlineMs"`
	Slowed   map[string]time.Duration `json:"slowedNs"`
	Slowness []Slowness               `json:"slowness,omitempty"`
	Programs []Figures                `json:"programs"`
}

// Slowness is what the turtle makes of a criterion: how long it takes with a task, without the time on the queue (p50).
type Slowness struct {
	Criterion string  `json:"criterion"`
	Usual     float64 `json:"usualMs"`
	Slow      float64 `json:"slowMs"`
}

// The programs' names.
const (
	inTurn       = "one criterion after another"
	atOnce       = "all criteria at once, one request at a time"
	throughQueue = "through the queues"
	noTurtle     = "through the queues, without the turtle"
)

// Run measures.
func (t *Turtle) Run(ctx context.Context, s *Setup) (*TurtleReport, error) {
	blend, err := s.chosen(t.Criteria, t.Delays)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, t.Users)
	if err != nil {
		return nil, err
	}
	slow, usual := newStopwatch(), newStopwatch()
	programs := []struct {
		name string
		ask  func(context.Context, int64) (outcome, error)
		crew *crew
	}{
		{name: inTurn, ask: (&single{setup: s, blend: blend, delays: t.Delays}).ask},
		{name: atOnce, ask: (&single{setup: s, blend: blend, delays: t.Delays, together: true}).ask},
		{name: throughQueue, crew: &crew{workers: t.Workers, parallel: t.Parallel, delays: t.Delays, observer: slow}},
		{name: noTurtle, crew: &crew{workers: t.Workers, parallel: t.Parallel, observer: usual}},
	}
	if len(t.Delays) == 0 {
		programs = programs[:3]
	}
	if t.Queues {
		programs = programs[2:]
	}
	report := &TurtleReport{
		Machine: s.machine, Users: t.Users, Think: milliseconds(t.Think), Runs: t.Runs, Workers: t.Workers, Deadline: milliseconds(t.Deadline), Slowed: t.Delays,
	}
	for _, program := range programs {
		var runs []Figures
		for range t.Runs {
			var f Figures
			if program.crew != nil {
				f, err = t.pipeline(ctx, s, blend, *program.crew, people)
			} else {
				f, err = t.crowd(ctx, people, program.ask)
			}
			if err != nil {
				return nil, fmt.Errorf("run %q: %w", program.name, err)
			}
			f.Name = program.name
			runs = append(runs, f)
		}
		report.Programs = append(report.Programs, median(runs))
	}
	for _, name := range sortedKeys(t.Delays) {
		report.Slowness = append(report.Slowness, Slowness{Criterion: name, Usual: usual.of(name).P50, Slow: slow.of(name).P50})
	}
	return report, nil
}

func (t *Turtle) pipeline(ctx context.Context, s *Setup, blend recommend.Blend, crew crew, people []int64) (Figures, error) {
	d, err := s.deploy(ctx, blend, crew)
	if err != nil {
		return Figures{}, err
	}
	ask := func(ctx context.Context, user int64) (outcome, error) { return d.ask(ctx, user, t.Deadline) }
	var warm errgroup.Group // histories, queues, connections and plans, from here on
	warm.SetLimit(t.Parallel * t.Workers)
	for _, user := range people {
		warm.Go(func() error {
			_, err := ask(ctx, user)
			return err
		})
	}
	if err = warm.Wait(); err == nil {
		var f Figures
		if f, err = t.crowd(ctx, people, ask); err == nil {
			return f, d.end()
		}
	}
	_ = d.end() // the first error counts
	return Figures{}, err
}

// crowd lets each person ask, and ask again when answered, until all requests are answered or the limit is reached. Who is
// asking then is still answered, and counts.
func (t *Turtle) crowd(ctx context.Context, people []int64, ask func(context.Context, int64) (outcome, error)) (Figures, error) {
	var (
		seen   sample
		asked  atomic.Int64
		crowd  sync.WaitGroup
		start  = time.Now()
		failed = make(chan error, len(people))
	)
	for i, user := range people {
		crowd.Go(func() {
			rest(ctx, t.Think*time.Duration(i)/time.Duration(len(people)))
			for asked.Add(1) <= int64(t.Requests) && time.Since(start) < t.Limit {
				o, err := ask(ctx, user)
				if err != nil {
					failed <- err
					return
				}
				seen.add(o)
				if t.Think > 0 {
					rest(ctx, t.Think)
				}
			}
		})
	}
	crowd.Wait()
	took := time.Since(start)
	select {
	case err := <-failed:
		return Figures{}, err
	default:
		return seen.figures("", took), nil
	}
}

// program returns the figures of the named program, and whether it was run.
func (r *TurtleReport) program(name string) (*Figures, bool) {
	i := slices.IndexFunc(r.Programs, func(f Figures) bool { return f.Name == name })
	if i < 0 {
		return nil, false
	}
	return &r.Programs[i], true
}

// Print writes the report as a table for people.
func (r *TurtleReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s\n%d people ask at the same time, each again as soon as they are answered", r.Machine, r.Users)
	if r.Think > 0 {
		fmt.Fprintf(out, " and have looked for %.0f ms", r.Think)
	}
	for _, name := range sortedKeys(r.Slowed) {
		fmt.Fprintf(out, "; %s takes %v longer", name, r.Slowed[name])
	}
	fmt.Fprintf(out, "; %s.\nThrough the queues: %d workers of each criterion, deadline %.0f ms.\n\n", mediansOf(r.Runs), r.Workers, r.Deadline)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "first partial ms:\tp50\tp95\tp99\tfinal ms:\tp50\tp95\tp99\trequests/s\tcoverage %\trequests\t program")
	for i := range r.Programs {
		f := &r.Programs[i]
		fmt.Fprintf(w, "\t%.1f\t%.1f\t%.1f\t\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t %s\n",
			f.First.P50, f.First.P95, f.First.P99, f.Final.P50, f.Final.P95, f.Final.P99, f.Rate, f.Coverage, f.Requests, f.Name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	queues, _ := r.program(throughQueue)
	for _, name := range []string{inTurn, atOnce} {
		if f, ok := r.program(name); ok {
			fmt.Fprintf(out, "Against %q: first partial %.1f times sooner, final %.1f times sooner, %.1f times the requests/s.\n",
				name, f.First.P50/queues.First.P50, f.Final.P50/queues.Final.P50, queues.Rate/f.Rate)
		}
	}
	if f, ok := r.program(noTurtle); ok {
		fmt.Fprintf(out, "The turtle makes the first partial %.2f times as late (p50), %.2f (p95), %.2f (p99).\n",
			queues.First.P50/f.First.P50, queues.First.P95/f.First.P95, queues.First.P99/f.First.P99)
	}
	for _, s := range r.Slowness {
		fmt.Fprintf(out, "%s takes %.1f ms with a task instead of %.2f (p50), %.0f times as long.\n", s.Criterion, s.Slow, s.Usual, s.Slow/s.Usual)
	}
	return nil
}
