package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"webflix/recommend"
)

// Limit says how to hold the pipeline against what the broker can do at most: as many messages of the same sizes, fanned out
// and in again with confirmations and acknowledgements, by workers that do nothing.
type Limit struct {
	Concurrent int // requests under way at any time
	Duration   time.Duration
	Workers    int // of each criterion
	Parallel   int // tasks that each of them scores at once
	Deadline   time.Duration
	Criteria   []string
	Runs       int // turns of each program; medians are reported
}

// LimitReport is what Limit showed.
type LimitReport struct {
	Machine    Machine        `json:"machine"`
	Concurrent int            `json:"concurrent"`
	Criteria   int            `json:"criteria"`
	TaskBytes  int            `json:"taskBytes"`
	Programs   []LimitFigures `json:"programs"`
	Ratio      float64        `json:"ratio"`                    // of the pipeline's rate, for people who asked before, to the bare broker's
	Anew       float64        `json:"ratioAnew"`                // likewise, for people who have not asked before
	NoCommit   float64        `json:"ratioWithoutCommit"`       // likewise, for people who asked before, without the database's commits
	Inside     float64        `json:"ratioInProcess,omitempty"` // of the pipeline's rate with the broker in the process to that through RabbitMQ, for people who asked before
}

// LimitFigures are a program's figures with the processor time of a request.
type LimitFigures struct {
	Figures

	Webflix    float64 `json:"webflixCPUMs"` // of a request
	RabbitMQ   float64 `json:"rabbitmqCPUMs"`
	Postgres   float64 `json:"postgresCPUMs"`
	Remembered float64 `json:"rememberedPercent"` // of the tasks: their scores were in a worker's book
}

// The programs' names.
const (
	bareBroker  = "the bare broker: empty workers, no ranking"
	noCommit    = "the pipeline without the database's commits, for people who asked before"
	wholeAnew   = "the pipeline, for people who have not asked before"
	wholeThing  = "the pipeline, for people who asked before"
	wholeInside = "the same with the broker in the process, for people who asked before"
)

// limitProgram is one of the programs that Limit holds against each other. They take turns, so that what else the machine does
// in the meantime happens to all of them.
type limitProgram struct {
	name  string
	start func(ctx context.Context) (asker, func() error, error)
	all   bool  // everybody asks once before anything is measured
	seen  *seen // what its workers do; nil: they are not ours

	asked atomic.Int64
	turns []Figures
	cpu   cpuTimes // of all turns together
}

// asker makes the request of a number, and waits for its final.
type asker func(ctx context.Context, i int) (outcome, error)

// Run measures.
func (l *Limit) Run(ctx context.Context, s *Setup) (*LimitReport, error) {
	blend, err := s.chosen(l.Criteria, nil)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, s.machine.People)
	if err != nil {
		return nil, err
	}
	sizes, err := s.sizes(ctx, blend, people)
	if err != nil {
		return nil, err
	}
	report := &LimitReport{Machine: s.machine, Concurrent: l.Concurrent, Criteria: len(blend), TaskBytes: sizes.mean()}
	anew := crew{workers: l.Workers, parallel: l.Parallel}
	before := crew{workers: l.Workers, parallel: l.Parallel, kept: newKept(), scorebook: limitBook}
	unwritten := before
	unwritten.kept, unwritten.ledger = newKept(), newMemoryLedger(s.DB)
	pipeline := func(name string, s *Setup, c crew, all bool) *limitProgram {
		watch := new(seen)
		c.observer = watch
		return &limitProgram{name: name, all: all, seen: watch, start: func(ctx context.Context) (asker, func() error, error) {
			return l.pipeline(ctx, s, blend, c, people)
		}}
	}
	bare := &limitProgram{name: bareBroker, start: func(ctx context.Context) (asker, func() error, error) {
		return s.bare(ctx, blend, anew, sizes)
	}}
	free, first, whole := pipeline(noCommit, s, unwritten, true), pipeline(wholeAnew, s, anew, false), pipeline(wholeThing, s, before, true)
	programs := []*limitProgram{bare, free, first, whole}
	var within *limitProgram
	if s.AMQPURL != "" {
		before.kept = newKept()
		within = pipeline(wholeInside, s.InProcess(), before, true)
		programs = append(programs, within)
	}
	for range l.Runs {
		for _, program := range programs {
			if err := l.turn(ctx, s, program, len(people)); err != nil {
				return nil, fmt.Errorf("run %q: %w", program.name, err)
			}
		}
	}
	for _, program := range programs {
		report.Programs = append(report.Programs, program.figures())
	}
	report.NoCommit, report.Anew, report.Ratio = free.ratio(bare), first.ratio(bare), whole.ratio(bare)
	if within != nil {
		report.Inside = within.ratio(whole)
	}
	return report, nil
}

// limitBook is room for what a criterion makes of everybody in MovieLens 1M.
const limitBook = 128 << 20

// turn runs a program once. What it remembers stays for its next turn.
func (l *Limit) turn(ctx context.Context, s *Setup, p *limitProgram, people int) (err error) {
	ask, end, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	next := func(ctx context.Context) (outcome, error) { return ask(ctx, int(p.asked.Add(1))) }
	warmUp := l.Duration / 10 // plans, connections and caches
	if p.all && len(p.turns) == 0 {
		warmUp = 10 * time.Minute // long enough, whatever else the machine does
	}
	if _, err := l.flood(ctx, warmUp, people, next); err != nil {
		return err
	}
	if p.seen != nil && len(p.turns) == 0 {
		p.seen.reset()
	}
	before := readCPU(s.database)
	turn, err := l.flood(ctx, l.Duration, math.MaxInt, next)
	if err != nil {
		return err
	}
	p.cpu = p.cpu.add(readCPU(s.database).since(before))
	p.turns = append(p.turns, turn)
	return nil
}

// figures returns the medians of the turns.
func (p *limitProgram) figures() LimitFigures {
	f := LimitFigures{Figures: median(p.turns)}
	f.Name = p.name
	requests := 0
	for i := range p.turns {
		requests += p.turns[i].Requests
	}
	each := func(d time.Duration) float64 { return milliseconds(d) / float64(max(requests, 1)) }
	f.Webflix, f.RabbitMQ, f.Postgres = each(p.cpu.webflix), each(p.cpu.rabbitmq), each(p.cpu.postgres)
	if p.seen != nil {
		f.Remembered = p.seen.remembered()
	}
	return f
}

// ratio returns the median of how much faster the program was than another one in its turn just before.
func (p *limitProgram) ratio(to *limitProgram) float64 {
	ratios := make([]float64, len(p.turns))
	for i := range p.turns {
		ratios[i] = p.turns[i].Rate / to.turns[i].Rate
	}
	return middle(ratios)
}

// flood keeps so many requests under way for so long, or until most are answered.
func (l *Limit) flood(ctx context.Context, long time.Duration, most int, ask func(context.Context) (outcome, error)) (Figures, error) {
	var (
		seen   sample
		begun  atomic.Int64
		flood  sync.WaitGroup
		failed = make(chan error, l.Concurrent)
		start  = time.Now()
	)
	for range l.Concurrent {
		flood.Go(func() {
			for time.Since(start) < long && begun.Add(1) <= int64(most) {
				o, err := ask(ctx)
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
) (asker, func() error, error) {
	d, err := s.deploy(ctx, blend, crew)
	if err != nil {
		return nil, nil, err
	}
	return func(ctx context.Context, i int) (outcome, error) {
		return d.ask(ctx, people[i%len(people)], l.Deadline)
	}, d.end, nil
}

// Print writes the report as a table for people.
func (r *LimitReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s\n%d requests under way at any time, of all these people in turn; %d criteria, tasks of about %d bytes.\n"+
		"Of people who asked before, histories and scores are remembered: nothing is read or scored anew until they watch a film.\n\n",
		r.Machine, r.Concurrent, r.Criteria, r.TaskBytes)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "requests/s\tfinal ms: p50\tp95\tp99\tCPU ms a request: webflix\tRabbitMQ\tPostgreSQL\tremembered %\t program")
	for i := range r.Programs {
		f := &r.Programs[i]
		fmt.Fprintf(w, "%.0f\t%.1f\t%.1f\t%.1f\t%.2f\t%.2f\t%.2f\t%.1f\t %s\n",
			f.Rate, f.Final.P50, f.Final.P95, f.Final.P99, f.Webflix, f.RabbitMQ, f.Postgres, f.Remembered, f.Name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nFor people who asked before, the pipeline does %.2f of what the bare broker can, %.2f without the database's commits; for people who have not, %.2f.\n",
		r.Ratio, r.NoCommit, r.Anew)
	if err == nil && r.Inside > 0 {
		_, err = fmt.Fprintf(out, "With the broker in the process it does %.2f times what it does through RabbitMQ.\n", r.Inside)
	}
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
