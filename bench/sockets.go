package bench

import (
	"bufio"
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

// Sockets says how to measure what open WebSockets and subscriptions cost a running server: at first they are idle, then each
// follows the pipeline's picture, which the server sends to all of them.
type Sockets struct {
	URL   string // ws://host:port/graphql
	Token string // of an administrator; not needed where everybody may sign in as anyone
	Count int
	Hold  time.Duration // of each measurement
}

// SocketsReport is what Sockets showed.
type SocketsReport struct {
	URL   string        `json:"url"`
	When  string        `json:"when"`
	Count int           `json:"count"`
	Steps []SocketsStep `json:"steps"`
}

// SocketsStep is the server with so many sockets, and with nobody, idle or active subscriptions on them.
type SocketsStep struct {
	Name      string  `json:"name"`
	MemoryMiB float64 `json:"serverMemoryMiB"`   // resident
	Each      float64 `json:"memoryKiBEach"`     // more than before, of each socket
	CPU       float64 `json:"serverCPUPercent"`  // of one core
	Messages  float64 `json:"messagesPerSecond"` // that came to all of them
}

// dialling is how many sockets are opened at a time.
const dialling = 64

// Run measures.
func (s *Sockets) Run(ctx context.Context) (*SocketsReport, error) {
	report := &SocketsReport{URL: s.URL, When: time.Now().UTC().Format("2006-01-02 15:04 MST"), Count: s.Count}
	var messages atomic.Int64
	var failed atomic.Pointer[error]
	step := func(name string) error {
		before, err := usageOf(ctx, s.URL)
		if err != nil {
			return err
		}
		start, count := time.Now(), messages.Load()
		select {
		case <-time.After(s.Hold):
		case <-ctx.Done():
			return ctx.Err()
		}
		after, err := usageOf(ctx, s.URL)
		if err != nil {
			return err
		}
		took := time.Since(start).Seconds()
		f := SocketsStep{
			Name: name, MemoryMiB: after.memory / (1 << 20), CPU: 100 * (after.cpu - before.cpu) / took,
			Messages: float64(messages.Load()-count) / took,
		}
		if n := len(report.Steps); n > 0 {
			f.Each = (f.MemoryMiB - report.Steps[n-1].MemoryMiB) * 1024 / float64(s.Count)
		}
		report.Steps = append(report.Steps, f)
		return nil
	}
	if err := step("nobody"); err != nil {
		return nil, err
	}
	clients, err := s.open(ctx)
	defer func() {
		for _, c := range clients {
			c.Drop()
		}
	}()
	if err != nil {
		return nil, err
	}
	if err := step("idle sockets"); err != nil {
		return nil, err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	var begun sync.WaitGroup
	for _, c := range clients {
		events, err := c.Subscribe(ctx, `subscription { pipeline { at requestsPerSecond queues { name ready } } }`, nil)
		if err != nil {
			return nil, err
		}
		begun.Add(1)
		go func() {
			begin := sync.OnceFunc(begun.Done)
			defer begin()
			for e := range events {
				if e.Err == nil {
					messages.Add(1)
				} else if ctx.Err() == nil {
					failed.CompareAndSwap(nil, &e.Err)
				}
				begin()
			}
		}()
	}
	begun.Wait() // every subscription has had its first message
	if err := step("active subscriptions"); err != nil {
		return nil, err
	}
	if err := failed.Load(); err != nil {
		return nil, fmt.Errorf("follow the pipeline, with the token of an administrator: %w", *err)
	}
	return report, nil
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

// Print writes the report as a table for people.
func (r *SocketsReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%s, %s. %d WebSockets, a subscription on each.\n\n", r.URL, r.When, r.Count)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "server MiB\tKiB more each\tCPU %\tmessages/s\t ")
	for _, s := range r.Steps {
		fmt.Fprintf(w, "%.0f\t%.1f\t%.0f\t%.0f\t %s\n", s.MemoryMiB, s.Each, s.CPU, s.Messages, s.Name)
	}
	return w.Flush()
}

// SVG draws the report.
func (r *SocketsReport) SVG() string {
	bars := make([]bar, len(r.Steps))
	for i, s := range r.Steps {
		bars[i] = bar{label: s.Name, solid: s.MemoryMiB}
	}
	return barChart("Memory of the server", strconv.Itoa(r.Count)+" WebSockets, a subscription on each.", "MiB", bars)
}
