package bench

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// Sockets says how to measure what open WebSockets and subscriptions cost a running server. At first the sockets are open and no
// more; then a subscription on each waits for the next update of a request; then one on each follows the pipeline's picture,
// which the server sends to all of them.
type Sockets struct {
	URL   string // ws://host:port/graphql
	Token string // of an administrator; not needed where everybody may sign in as anyone
	Count int
	Hold  time.Duration // of each measurement
	Held  string        // a criterion that the server is late with, so that a request of it alone stays open; else nobody can wait
}

// SocketsReport is what Sockets showed.
type SocketsReport struct {
	URL   string        `json:"url"`
	When  string        `json:"when"`
	Count int           `json:"count"`
	Steps []SocketsStep `json:"steps"`
	Left  string        `json:"leftOut,omitempty"` // why no subscription waited; "": they did
}

// SocketsStep is the server with nobody, with open sockets, and with idle or active subscriptions on them.
type SocketsStep struct {
	Name          string  `json:"name"`
	Subscriptions int     `json:"subscriptions"`
	MemoryMiB     float64 `json:"serverMemoryMiB"`   // resident
	Each          float64 `json:"memoryKiBEach"`     // of a socket, more than with nobody; of a subscription, more than with open sockets
	CPU           float64 `json:"serverCPUPercent"`  // of one core
	Messages      float64 `json:"messagesPerSecond"` // that came to all of them
}

// The names of the steps.
const (
	nobody      = "nobody"
	openSockets = "open sockets"
	idleOnes    = "idle subscriptions"
	activeOnes  = "active subscriptions"
)

// dialling is how many sockets are opened, or subscriptions begun, at a time.
const dialling = 64

// socketsRun is a measurement under way.
type socketsRun struct {
	*Sockets

	report   *SocketsReport
	clients  []*Client
	messages atomic.Int64 // of subscriptions, so far
}

// Run measures.
func (s *Sockets) Run(ctx context.Context) (*SocketsReport, error) {
	report := &SocketsReport{URL: s.URL, When: time.Now().UTC().Format("2006-01-02 15:04 MST"), Count: s.Count}
	r := &socketsRun{Sockets: s, report: report}
	if err := r.step(ctx, nobody, 0, s.Hold); err != nil {
		return nil, err
	}
	var err error
	r.clients, err = s.open(ctx)
	defer func() {
		for _, c := range r.clients {
			c.Drop()
		}
	}()
	if err != nil {
		return nil, err
	}
	if err := r.step(ctx, openSockets, 0, s.Hold); err != nil {
		return nil, err
	}
	if err := r.idle(ctx); err != nil {
		return nil, fmt.Errorf("wait for updates of requests: %w", err)
	}
	if err := r.active(ctx); err != nil {
		return nil, fmt.Errorf("follow the pipeline, with the token of an administrator: %w", err)
	}
	return report, nil
}

// step looks at the server for so long.
func (r *socketsRun) step(ctx context.Context, name string, subscriptions int, long time.Duration) error {
	before, err := usageOf(ctx, r.URL)
	if err != nil {
		return err
	}
	start, count := time.Now(), r.messages.Load()
	rest(ctx, long)
	after, err := usageOf(ctx, r.URL)
	if err != nil {
		return err
	}
	took := time.Since(start).Seconds()
	f := SocketsStep{
		Name: name, Subscriptions: subscriptions, MemoryMiB: after.memory / (1 << 20), CPU: 100 * (after.cpu - before.cpu) / took,
		Messages: float64(r.messages.Load()-count) / took,
	}
	if n := len(r.report.Steps); n > 0 {
		f.Each = (f.MemoryMiB - r.report.Steps[min(n-1, 1)].MemoryMiB) * 1024 / float64(cmp.Or(subscriptions, r.Count))
	}
	r.report.Steps = append(r.report.Steps, f)
	return ctx.Err()
}

// active measures subscriptions that are sent a message a few times a second.
func (r *socketsRun) active(ctx context.Context) error {
	var failed atomic.Pointer[error]
	ctx, end := context.WithCancel(ctx)
	defer end()
	var begun sync.WaitGroup
	for _, c := range r.clients {
		events, err := c.Subscribe(ctx, `subscription { pipeline { at requestsPerSecond queues { name ready } } }`, nil)
		if err != nil {
			return err
		}
		begun.Add(1)
		go func() {
			begin := sync.OnceFunc(begun.Done)
			defer begin()
			for e := range events {
				if e.Err == nil {
					r.messages.Add(1)
				} else if ctx.Err() == nil {
					failed.CompareAndSwap(nil, &e.Err)
				}
				begin()
			}
		}()
	}
	begun.Wait() // every subscription has had its first message
	if err := r.step(ctx, activeOnes, len(r.clients), r.Hold); err != nil {
		return err
	}
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// open dials every socket. It returns those that are open even after an error.
func (s *Sockets) open(ctx context.Context) ([]*Client, error) {
	var (
		dials   sync.WaitGroup
		mu      sync.Mutex // protects what follows
		clients []*Client
		failed  error
		places  = make(chan struct{}, dialling)
	)
	for range s.Count {
		places <- struct{}{}
		dials.Go(func() {
			defer func() { <-places }()
			c, err := Dial(ctx, s.URL, s.Token)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = fmt.Errorf("%w (raise the limit of open files, and start the server with its limits of sockets off)", err)
				return
			}
			clients = append(clients, c)
		})
	}
	dials.Wait()
	return clients, failed
}

// usage is a process's resident memory in bytes, and the processor time that it has used in seconds.
type usage struct{ memory, cpu float64 }

// usageOf reads a server's usage from its metrics.
func usageOf(ctx context.Context, url string) (usage, error) {
	url = "http" + strings.TrimPrefix(strings.TrimSuffix(url, "/graphql"), "ws") + "/metrics"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return usage{}, fmt.Errorf("read the server's metrics: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return usage{}, fmt.Errorf("read the server's metrics: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var u usage
	lines := bufio.NewScanner(io.LimitReader(response.Body, 4<<20))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		figure, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil:
		case name == "process_resident_memory_bytes":
			u.memory = figure
		case name == "process_cpu_seconds_total":
			u.cpu = figure
		}
	}
	return u, lines.Err()
}

// memoryOf reads the server's resident memory in MiB from its metrics, nil when they are not to be had.
func memoryOf(ctx context.Context, url string) *float64 {
	u, err := usageOf(ctx, url)
	if err != nil || u.memory == 0 {
		return nil
	}
	return new(u.memory / (1 << 20))
}

// Print writes the report as a table for people.
func (r *SocketsReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s. %d WebSockets; then on each a subscription that waits for a request's next update; then on each one that\n"+
		"follows the pipeline. \"KiB each\" is more than nobody takes for a socket, and more than the open socket takes for a subscription.\n\n",
		r.URL, r.When, r.Count)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "server MiB\tKiB each\tCPU %\tmessages/s\tsubscriptions\t ")
	for _, s := range r.Steps {
		fmt.Fprintf(w, "%.0f\t%.1f\t%.0f\t%.0f\t%d\t %s\n", s.MemoryMiB, s.Each, s.CPU, s.Messages, s.Subscriptions, s.Name)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if r.Left != "" {
		fmt.Fprintf(out, "\nNo %s: %s.\n", idleOnes, r.Left)
	}
	return nil
}

// SVG draws the report.
func (r *SocketsReport) SVG() string {
	bars := make([]bar, len(r.Steps))
	for i, s := range r.Steps {
		bars[i] = bar{label: s.Name, solid: s.MemoryMiB}
	}
	return barChart("Memory of the server", strconv.Itoa(r.Count)+" WebSockets, then a subscription on each.", "MiB", bars)
}
