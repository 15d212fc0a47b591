package bench

import (
	"slices"
	"sync"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

// stopwatch notes how long workers take with each task, without its time on the queue.
type stopwatch struct {
	workers.Unobserved

	mu   sync.Mutex // protects took
	took map[string][]time.Duration
}

func newStopwatch() *stopwatch { return &stopwatch{took: map[string][]time.Duration{}} }

// Scored implements workers.Observer.
func (s *stopwatch) Scored(criterion string, _ recommend.Status, _, work time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[criterion] = append(s.took[criterion], work)
}

// of returns how long a criterion's tasks took.
func (s *stopwatch) of(criterion string) Quantiles {
	s.mu.Lock()
	defer s.mu.Unlock()
	return quantiles(slices.Clone(s.took[criterion]))
}
