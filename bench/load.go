package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"text/tabwriter"
	"time"
)

// Load says how to ask a running server as its clients do, over WebSockets, at a rate that does not wait for it: a request's
// time counts from the moment when it was due, whether the server was ready for it or not, until an answer has come, whole.
type Load struct {
	URL      string // ws://host:port/graphql
	Token    string
	Rate     float64       // requests a second
	Users    int           // people who ask
	Sockets  int           // connections
	Duration time.Duration // of each run
	Trial    time.Duration // of each run at the higher rates of a search
	Runs     int           // of each rate; medians are reported
	WarmUp   time.Duration // at the first rate, before anything is measured: a server that has just started has no plans and caches
	Deadline time.Duration
	Target   time.Duration // search the highest rate whose final's p99 stays below it; 0: measure Rate alone
}

// LoadReport is what Load showed.
type LoadReport struct {
	URL   string        `json:"url"`
	When  string        `json:"when"`
	Runs  int           `json:"runs"` // of each step
	Steps []LoadFigures `json:"steps"`
	Best  float64       `json:"bestRate,omitempty"` // the highest rate that met the target
}

// LoadFigures are those of one rate: medians of its runs, but the worst of what can go wrong.
type LoadFigures struct {
	Figures

	Asked     float64        `json:"askedPerSecond"` // what was sent, whatever became of it
	Failures  map[string]int `json:"failures,omitempty"`
	MemoryMiB *float64       `json:"serverMemoryMiB"` // resident, the most after a run; nil: not known
	OldestMs  *float64       `json:"oldestMs"`        // age of the oldest task or result on a queue; nil: not known
}

// Search gives up between these.
const (
	leastStep = 1.1 // a rate that is so little above the last is not worth a run
	mostSteps = 10
)

// Run measures.
func (l *Load) Run(ctx context.Context) (*LoadReport, error) {
	clients := make([]*Client, max(l.Sockets, 1))
	for i := range clients {
		c, err := Dial(ctx, l.URL, l.Token)
		if err != nil {
			return nil, fmt.Errorf("%w (start the server first; --url says where it is)", err)
		}
		defer func() { _ = c.Close() }()
		clients[i] = c
	}
	people, err := peopleOf(ctx, clients[0], l.Users)
	if err != nil {
		return nil, err
	}
	report := &LoadReport{URL: l.URL, When: time.Now().UTC().Format("2006-01-02 15:04 MST"), Runs: l.Runs}
	if _, err := l.step(ctx, clients, people, l.Rate, l.WarmUp, 0); err != nil {
		return nil, err
	}
	low, high, rate := 0.0, 0.0, l.Rate
	for range mostSteps {
		long := l.Duration
		if rate > l.Rate {
			long = l.Trial
		}
		f, err := l.runs(ctx, clients, people, rate, long)
		if err != nil {
			return nil, err
		}
		report.Steps = append(report.Steps, *f)
		if l.Target == 0 {
			break
		}
		if f.Final.P99 <= milliseconds(l.Target) && f.Errors == 0 {
			low, report.Best = rate, f.Asked
		} else {
			high = rate
		}
		switch {
		case high == 0:
			rate *= 2
		case low == 0:
			rate /= 2
		default:
			rate = (low + high) / 2
		}
		if low > 0 && high > 0 && high/low < leastStep {
			break
		}
	}
	return report, nil
}

// runs asks at one rate so many times, and returns the medians, and the worst of what can go wrong.
func (l *Load) runs(ctx context.Context, clients []*Client, people []string, rate float64, long time.Duration) (*LoadFigures, error) {
	var all []Figures
	f := &LoadFigures{Failures: map[string]int{}}
	slowest := 0.0
	for i := range l.Runs {
		run, err := l.step(ctx, clients, people, rate, long, uint64(i)+1)
		if err != nil {
			return nil, err
		}
		all = append(all, run.Figures)
		slowest = max(slowest, run.Final.Max)
		f.Asked = run.Asked
		f.MemoryMiB, f.OldestMs = larger(f.MemoryMiB, run.MemoryMiB), larger(f.OldestMs, run.OldestMs)
		for what, times := range run.Failures {
			f.Failures[what] += times
		}
	}
	f.Figures = median(all)
	f.Final.Max = slowest
	return f, nil
}

// larger returns the larger of two figures, either of which may be nil.
func larger(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// arrivals returns when to ask, from the start of a run: as often as the rate says, at moments that do not depend on one another,
// as those of many people do not (a Poisson process of which the count is known).
func arrivals(rate float64, long time.Duration, random *rand.Rand) []time.Duration {
	due := make([]time.Duration, int(math.Round(rate*long.Seconds())))
	for i := range due {
		due[i] = time.Duration(random.Float64() * float64(long))
	}
	slices.Sort(due)
	return due
}

// step asks at one rate for so long. Each seed asks for other people at other moments, the same ones each time.
func (l *Load) step(
	ctx context.Context, clients []*Client, people []string, rate float64, long time.Duration, seed uint64,
) (*LoadFigures, error) {
	var (
		seen     sample
		requests sync.WaitGroup
		mu       sync.Mutex // protects failures
		failures = map[string]int{}
		random   = rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // the same load each time is what is wanted
		moments  = arrivals(rate, long, random)
		oldest   = watchAges(ctx, clients[0])
		start    = time.Now()
	)
	for n, after := range moments {
		due := start.Add(after)
		if err := waitUntil(ctx, due); err != nil {
			oldest()
			return nil, err
		}
		client, user := clients[n%len(clients)], people[random.IntN(len(people))]
		requests.Go(func() {
			o, err := l.ask(ctx, client, user, due)
			if err == nil {
				seen.add(o)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			failures[err.Error()]++
		})
	}
	requests.Wait()
	took := max(long, time.Since(start)) // the last request may be due before the end
	f := &LoadFigures{
		Figures: seen.figures("", took), Asked: float64(len(moments)) / max(long.Seconds(), 1e-9), Failures: failures,
		MemoryMiB: memoryOf(ctx, l.URL), OldestMs: oldest(),
	}
	f.Name = fmt.Sprintf("%.0f requests/s", f.Asked)
	for _, times := range failures {
		f.Errors += times
	}
	return f, nil
}

const loadQuery = `subscription ($input: RecommendInput!) { recommend(input: $input) { __typename
	... on RecommendationUpdate { isFinal coverage { percent } picks { rank score movie { id title } } }
	... on UserError { message } } }`

func (l *Load) ask(ctx context.Context, c *Client, user string, due time.Time) (outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, l.Deadline+10*time.Second)
	defer cancel()
	events, err := c.Subscribe(ctx, loadQuery, map[string]any{"input": map[string]any{
		"user": user, "deadlineMs": l.Deadline.Milliseconds(),
	}})
	if err != nil {
		return outcome{}, err
	}
	var o outcome
	for e := range events {
		if e.Err != nil {
			return outcome{}, e.Err
		}
		var data struct {
			Recommend struct {
				Typename string `json:"__typename"`
				IsFinal  bool
				Coverage struct{ Percent float64 }
				Picks    []json.RawMessage
			}
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return outcome{}, fmt.Errorf("read an update: %w", err)
		}
		u := &data.Recommend
		if u.Typename != "RecommendationUpdate" {
			return outcome{}, errors.New(u.Typename)
		}
		if o.first == 0 && len(u.Picks) > 0 {
			o.first = e.At.Sub(due)
		}
		if u.IsFinal {
			o.final, o.coverage = e.At.Sub(due), u.Coverage.Percent
		}
	}
	if o.final == 0 {
		return outcome{}, errors.New("no final")
	}
	if o.first == 0 {
		o.first = o.final
	}
	return o, nil
}

// Print writes the report as a table for people.
func (r *LoadReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s. Times count from when a request was due until an update has come; \"oldest\" is the age of the oldest task or result on a queue.\n"+
		"Of each rate: %s; \"max\", \"oldest\" and the server's memory are the worst of them, requests and errors their sum.\n\n",
		r.URL, r.When, mediansOf(r.Runs))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "asked/s\tanswered/s\tfirst partial ms:\tp50\tp95\tp99\tfinal ms:\tp50\tp95\tp99\tmax\tcoverage %\trequests\terrors\toldest ms\tserver MiB\t")
	for i := range r.Steps {
		f := &r.Steps[i]
		fmt.Fprintf(w, "%.1f\t%.1f\t\t%.1f\t%.1f\t%.1f\t\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t%d\t%s\t%s\t\n", f.Asked, f.Rate,
			f.First.P50, f.First.P95, f.First.P99, f.Final.P50, f.Final.P95, f.Final.P99, f.Final.Max, f.Coverage,
			f.Requests+f.Errors, f.Errors, orUnknown(f.OldestMs), orUnknown(f.MemoryMiB))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range r.Steps {
		for _, what := range sortedKeys(r.Steps[i].Failures) {
			fmt.Fprintf(out, "%s: %d times %s\n", r.Steps[i].Name, r.Steps[i].Failures[what], what)
		}
	}
	if r.Best > 0 {
		fmt.Fprintf(out, "The highest rate that met the target: %.1f requests/s.\n", r.Best)
	}
	return nil
}

func orUnknown(figure *float64) string {
	if figure == nil {
		return "?"
	}
	return strconv.FormatFloat(*figure, 'f', 0, 64)
}

// SVG draws the report.
func (r *LoadReport) SVG() string {
	var bars []bar
	for i := range r.Steps {
		f := &r.Steps[i]
		bars = append(bars,
			bar{label: f.Name + ": first", solid: f.First.P50, more: f.First.P99, second: true},
			bar{label: "final", solid: f.Final.P50, more: f.Final.P99})
	}
	return barChart("Time to the first partial and to the final ranking, as a client sees it", fmt.Sprintf("Bars: p50, lines: to p99; %s.", mediansOf(r.Runs)), "ms", bars)
}
