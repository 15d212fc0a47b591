package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"webflix/recommend"
)

// Growth says how to measure what a request costs when there is more of something: people, films, criteria, workers. One thing
// grows at a time.
type Growth struct {
	People, Films     []int // of invented data sets, each in a database of its own
	Criteria, Workers []int // with the data at hand: criteria asked, the weightiest first; processes that score, through RabbitMQ
	Ratings           int   // of a person, on average
	Films0, People0   int   // of the data sets in which the other one grows

	Concurrent int
	Duration   time.Duration // of each run
	Runs       int           // of each step; medians are reported
	Deadline   time.Duration

	// World opens a measurement on an invented data set: it is imported and trained on. The caller calls end.
	World func(ctx context.Context, w recommend.World) (s *Setup, end func() error, err error)
}

// GrowthReport is what Growth showed.
type GrowthReport struct {
	Machine    Machine        `json:"machine"`
	Concurrent int            `json:"concurrent"`
	Films      int            `json:"films"`  // of the invented data sets in which people grow
	People     int            `json:"people"` // of those in which films grow
	Steps      []GrowthFigure `json:"steps"`
}

// GrowthFigure is one measurement: so many of what grows.
type GrowthFigure struct {
	Figures

	What string  `json:"what"`
	Many int     `json:"many"`
	CPU  float64 `json:"cpuMs"` // of a request: of this process, RabbitMQ and PostgreSQL
}

// Run measures.
func (g *Growth) Run(ctx context.Context, s *Setup) (*GrowthReport, error) {
	report := &GrowthReport{Machine: s.machine, Concurrent: g.Concurrent, Films: g.Films0, People: g.People0}
	add := func(what string, many int, s *Setup, blend recommend.Blend, c crew) error {
		c.parallel = 4
		f, err := g.step(ctx, s, blend, c)
		if err != nil {
			return fmt.Errorf("with %d %s: %w", many, what, err)
		}
		f.What, f.Many, f.Name = what, many, fmt.Sprintf("%d %s", many, what)
		report.Steps = append(report.Steps, *f)
		return nil
	}
	one := crew{workers: 1}
	for _, n := range g.Workers {
		if s.Worker == nil {
			break // messages stay in this process
		}
		blend, err := s.chosen(nil, nil)
		if err != nil {
			return nil, err
		}
		if err := add("worker processes", n, s, blend, crew{others: n}); err != nil {
			return nil, err
		}
	}
	for _, n := range g.Criteria {
		if err := add("criteria", min(n, len(s.blend)), s, s.weightiest(n), one); err != nil {
			return nil, err
		}
	}
	for _, world := range []struct {
		what  string
		sizes []int
		of    func(n int) recommend.World
	}{
		{"people", g.People, func(n int) recommend.World {
			return recommend.World{Films: g.Films0, People: n, Ratings: n * g.Ratings}
		}},
		{"films", g.Films, func(n int) recommend.World {
			return recommend.World{Films: n, People: g.People0, Ratings: g.People0 * g.Ratings}
		}},
	} {
		for _, n := range world.sizes {
			w := world.of(n)
			w.Seed = 1
			if err := g.inWorld(ctx, w, func(s *Setup) error { return add(world.what, n, s, s.weightiest(5), one) }); err != nil {
				return nil, err
			}
		}
	}
	return report, nil
}

func (g *Growth) inWorld(ctx context.Context, w recommend.World, measure func(s *Setup) error) (err error) {
	s, end, err := g.World(ctx, w)
	if err != nil {
		return fmt.Errorf("invent %d people and %d films: %w", w.People, w.Films, err)
	}
	defer func() {
		if ended := end(); err == nil {
			err = ended
		}
	}()
	return measure(s)
}

// step keeps requests under way for a while.
func (g *Growth) step(ctx context.Context, s *Setup, blend recommend.Blend, crew crew) (*GrowthFigure, error) {
	people, err := s.people(ctx, 2048)
	if err != nil {
		return nil, err
	}
	l := &Limit{Concurrent: g.Concurrent, Deadline: g.Deadline}
	ask, end, err := l.pipeline(ctx, s, blend, crew, people)
	if err != nil {
		return nil, err
	}
	var asked atomic.Int64
	next := func(ctx context.Context) (outcome, error) { return ask(ctx, int(asked.Add(1))) }
	_, err = l.flood(ctx, g.Duration/4, math.MaxInt, next) // plans, connections and caches
	before := readCPU(s.database)
	var runs []Figures
	requests := 0
	for err == nil && len(runs) < g.Runs {
		var run Figures
		run, err = l.flood(ctx, g.Duration, math.MaxInt, next)
		runs = append(runs, run)
		requests += run.Requests
	}
	used := readCPU(s.database).since(before)
	if ended := end(); err == nil {
		err = ended
	}
	if err != nil {
		return nil, err
	}
	cpu := milliseconds(used.webflix+used.rabbitmq+used.postgres) / float64(max(requests, 1))
	return &GrowthFigure{Figures: median(runs), CPU: cpu}, nil
}

// Print writes the report as a table for people.
func (r *GrowthReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s\n%d requests under way at any time, each scored anew. One thing grows, the others stay: people in invented data sets\n"+
		"of %d films, films in those of %d people.\n\n", r.Machine, r.Concurrent, r.Films, r.People)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "requests/s\tfinal ms: p50\tp99\tCPU ms a request\t with")
	what := ""
	for i := range r.Steps {
		f := &r.Steps[i]
		if what != "" && what != f.What {
			fmt.Fprintln(w, "\t\t\t\t")
		}
		what = f.What
		fmt.Fprintf(w, "%.0f\t%.1f\t%.1f\t%.2f\t %s\n", f.Rate, f.Final.P50, f.Final.P99, f.CPU, f.Name)
	}
	return w.Flush()
}

// SVG draws the report: rates, and below them times.
func (r *GrowthReport) SVG() string {
	rates, times := make([]bar, len(r.Steps)), make([]bar, len(r.Steps))
	second := false
	for i := range r.Steps {
		f := &r.Steps[i]
		if i > 0 && f.What != r.Steps[i-1].What {
			second = !second
		}
		rates[i] = bar{label: f.Name, solid: f.Rate, second: second}
		times[i] = bar{label: f.Name, solid: f.Final.P50, more: f.Final.P99, second: second}
	}
	note := strconv.Itoa(r.Concurrent) + " requests under way. Messages " + r.Machine.Broker + ", " + strconv.Itoa(r.Machine.Cores) + " cores."
	return below(barChart("Requests a second, as one thing grows", note, "/s", rates),
		barChart("Time to the final ranking", "Bars: p50, lines: to p99.", "ms", times))
}
