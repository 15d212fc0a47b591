package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
	Runs     int           // of each rate; medians are reported
	WarmUp   time.Duration // at the first rate, before anything is measured: a server that has just started has no plans and caches
	Deadline time.Duration
	Target   time.Duration // search the highest rate whose final's p99 stays below it; 0: measure Rate alone
}

// LoadReport is what Load showed.
type LoadReport struct {
	URL   string        `json:"url"`
	When  string        `json:"when"`
	Steps []LoadFigures `json:"steps"`
	Best  float64       `json:"bestRate,omitempty"` // the highest rate that met the target
}

// LoadFigures are those of one rate.
type LoadFigures struct {
	Figures

	Asked     float64        `json:"askedPerSecond"`
	Failures  map[string]int `json:"failures,omitempty"`
	MemoryMiB float64        `json:"serverMemoryMiB"`    // resident, after a run
	OldestMs  *float64       `json:"oldestMs,omitempty"` // age of the oldest task or result on a queue; nil: not known
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
	report := &LoadReport{URL: l.URL, When: time.Now().UTC().Format("2006-01-02 15:04 MST")}
	if _, err := l.step(ctx, clients, people, l.Rate, l.WarmUp); err != nil {
		return nil, err
	}
	low, high, rate := 0.0, 0.0, l.Rate
	for range mostSteps {
		f, err := l.runs(ctx, clients, people, rate)
		if err != nil {
			return nil, err
		}
		report.Steps = append(report.Steps, *f)
		if l.Target == 0 {
			break
		}
		if f.Final.P99 <= milliseconds(l.Target) && f.Errors == 0 {
			low, report.Best = rate, rate
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
func (l *Load) runs(ctx context.Context, clients []*Client, people []string, rate float64) (*LoadFigures, error) {
	var all []Figures
	f := &LoadFigures{Asked: rate, Failures: map[string]int{}}
	for range l.Runs {
		run, err := l.step(ctx, clients, people, rate, l.Duration)
		if err != nil {
			return nil, err
		}
		all = append(all, run.Figures)
		f.MemoryMiB = max(f.MemoryMiB, run.MemoryMiB)
		if run.OldestMs != nil && (f.OldestMs == nil || *run.OldestMs > *f.OldestMs) {
			f.OldestMs = run.OldestMs
		}
		for what, times := range run.Failures {
			f.Failures[what] += times
		}
	}
	f.Figures = median(all)
	return f, nil
}

// step asks at one rate for so long.
func (l *Load) step(ctx context.Context, clients []*Client, people []string, rate float64, long time.Duration) (*LoadFigures, error) {
	var (
		seen     sample
		requests sync.WaitGroup
		mu       sync.Mutex // protects failures
		failures = map[string]int{}
		random   = rand.New(rand.NewPCG(1, 3)) //nolint:gosec // the same load each time is what is wanted
		start    = time.Now()
		due      = start
		oldest   = watchAges(ctx, clients[0])
	)
	for n := 0; due.Sub(start) < long; n++ {
		if err := waitUntil(ctx, due); err != nil {
			oldest()
			return nil, err
		}
		client, user, from := clients[n%len(clients)], people[random.IntN(len(people))], due
		requests.Go(func() {
			o, err := l.ask(ctx, client, user, from)
			if err == nil {
				seen.add(o)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			failures[err.Error()]++
		})
		due = due.Add(time.Duration(random.ExpFloat64() / rate * float64(time.Second)))
	}
	requests.Wait()
	f := &LoadFigures{
		Figures: seen.figures("", time.Since(start)), Asked: rate, Failures: failures, MemoryMiB: memoryOf(ctx, l.URL), OldestMs: oldest(),
	}
	f.Name = fmt.Sprintf("%.0f requests/s", rate)
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

// peopleOf returns up to n people's global ids.
func peopleOf(ctx context.Context, c *Client, n int) ([]string, error) {
	var people []string
	for after := ""; len(people) < n; {
		events, err := c.Subscribe(ctx, `query ($first: Int!, $after: String) { users(first: $first, after: $after) {
			nodes { id } pageInfo { endCursor hasNextPage } } }`,
			map[string]any{"first": min(100, n-len(people)), "after": nullable(after)})
		if err != nil {
			return nil, err
		}
		e := <-events
		if e.Err != nil {
			return nil, fmt.Errorf("list people: %w", e.Err)
		}
		var data struct {
			Users struct {
				Nodes    []struct{ ID string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return nil, fmt.Errorf("list people: %w", err)
		}
		for _, node := range data.Users.Nodes {
			people = append(people, node.ID)
		}
		if after = data.Users.PageInfo.EndCursor; !data.Users.PageInfo.HasNextPage {
			break
		}
	}
	if len(people) == 0 {
		return nil, errors.New("the server shows no people: it wants the token of a service (--token)")
	}
	return people, nil
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// memoryOf reads the server's resident memory in MiB from its metrics, 0 when they are not to be had.
func memoryOf(ctx context.Context, url string) float64 {
	u, err := usageOf(ctx, url)
	if err != nil {
		return 0
	}
	return u.memory / (1 << 20)
}

// Print writes the report as a table for people.
func (r *LoadReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s. Times count from when a request was due until an update has come; \"oldest\" is the age of the oldest task or result on a queue.\n\n", r.URL, r.When)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "asked/s\tanswered/s\tfirst partial ms:\tp50\tp95\tp99\tfinal ms:\tp50\tp95\tp99\tmax\tcoverage %\terrors\toldest ms\tserver MiB\t")
	for i := range r.Steps {
		f := &r.Steps[i]
		fmt.Fprintf(w, "%.0f\t%.0f\t\t%.1f\t%.1f\t%.1f\t\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%d\t%s\t%.0f\t\n", f.Asked, f.Rate,
			f.First.P50, f.First.P95, f.First.P99, f.Final.P50, f.Final.P95, f.Final.P99, f.Final.Max, f.Coverage, f.Errors, orUnknown(f.OldestMs), f.MemoryMiB)
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
		fmt.Fprintf(out, "The highest rate that met the target: %.0f requests/s.\n", r.Best)
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
	return barChart("Time to the first partial and to the final ranking, as a client sees it", "Bars: p50, lines: to p99.", "ms", bars)
}
