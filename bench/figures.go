package bench

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Quantiles are of times in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50Ms"`
	P95 float64 `json:"p95Ms"`
	P99 float64 `json:"p99Ms"`
	Max float64 `json:"maxMs"`
}

// Figures are what one run of a program showed.
type Figures struct {
	Name     string    `json:"name"`
	Requests int       `json:"requests"`
	Errors   int       `json:"errors"`
	Seconds  float64   `json:"seconds"`
	Rate     float64   `json:"requestsPerSecond"`
	First    Quantiles `json:"firstPartial"`
	Final    Quantiles `json:"final"`
	Coverage float64   `json:"coveragePercent"` // mean of the finals
}

// sample collects what requests showed. It is safe for concurrent use.
type sample struct {
	mu       sync.Mutex // protects what follows
	first    []time.Duration
	final    []time.Duration
	coverage float64
	errors   int
}

// outcome is what one request showed.
type outcome struct {
	first, final time.Duration
	coverage     float64
}

func (s *sample) add(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.first = append(s.first, o.first)
	s.final = append(s.final, o.final)
	s.coverage += o.coverage
}

// figures sums up; it sorts the sample.
func (s *sample) figures(name string, took time.Duration) Figures {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.final)
	f := Figures{Name: name, Requests: n, Errors: s.errors, Seconds: took.Seconds(), First: quantiles(s.first), Final: quantiles(s.final)}
	if n > 0 {
		f.Coverage = s.coverage / float64(n)
		f.Rate = float64(n) / took.Seconds()
	}
	return f
}

func quantiles(times []time.Duration) Quantiles {
	if len(times) == 0 {
		return Quantiles{}
	}
	slices.Sort(times)
	at := func(q float64) float64 {
		return milliseconds(times[min(int(q*float64(len(times))), len(times)-1)])
	}
	return Quantiles{P50: at(0.50), P95: at(0.95), P99: at(0.99), Max: at(1)}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median returns each figure's median over runs of the same program.
func median(runs []Figures) Figures {
	of := func(figure func(*Figures) float64) float64 {
		values := make([]float64, len(runs))
		for i := range runs {
			values[i] = figure(&runs[i])
		}
		return middle(values)
	}
	m := runs[0]
	m.Requests, m.Errors = 0, 0
	for i := range runs {
		m.Requests += runs[i].Requests
		m.Errors += runs[i].Errors
	}
	m.Seconds = of(func(f *Figures) float64 { return f.Seconds })
	m.Rate = of(func(f *Figures) float64 { return f.Rate })
	m.Coverage = of(func(f *Figures) float64 { return f.Coverage })
	for _, q := range []func(*Figures) *Quantiles{
		func(f *Figures) *Quantiles { return &f.First }, func(f *Figures) *Quantiles { return &f.Final },
	} {
		*q(&m) = Quantiles{
			P50: of(func(f *Figures) float64 { return q(f).P50 }), P95: of(func(f *Figures) float64 { return q(f).P95 }),
			P99: of(func(f *Figures) float64 { return q(f).P99 }), Max: of(func(f *Figures) float64 { return q(f).Max }),
		}
	}
	return m
}

// mediansOf says what the figures of so many runs are.
func mediansOf(runs int) string {
	if runs == 1 {
		return "one run"
	}
	return fmt.Sprintf("medians of %d runs", runs)
}

func middle[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
