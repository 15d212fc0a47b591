package workers

import (
	"container/heap"
	"sync"
	"time"
)

// alarms knows the next moment at which something is due. Forgetting one costs nothing but time: the sweeper comes by
// anyway.
type alarms struct {
	clock   *Clock
	changed chan struct{} // holds one: the next moment is sooner than it was

	mu    sync.Mutex // protects times
	times moments
}

// slack is how late an alarm rings, so that the database's clock, which decides, has surely passed the moment too.
const slack = time.Millisecond

// mostAlarms bounds the memory of an aggregator that many requests pass through.
const mostAlarms = 10_000

func newAlarms(clock *Clock) *alarms { return &alarms{clock: clock, changed: make(chan struct{}, 1)} }

// set notes that something is due at t, by the database's clock.
func (a *alarms) set(t time.Time) {
	a.mu.Lock()
	sooner := len(a.times) == 0 || t.Before(a.times[0])
	if len(a.times) < mostAlarms {
		heap.Push(&a.times, t)
	}
	a.mu.Unlock()
	if sooner {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	}
}

// next forgets the moments that have passed and returns how long it is until the one after them, otherwise when there is
// none.
func (a *alarms) next(otherwise time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	for len(a.times) > 0 && !a.times[0].Add(slack).After(now) {
		heap.Pop(&a.times)
	}
	if len(a.times) == 0 {
		return otherwise
	}
	return a.times[0].Add(slack).Sub(now)
}

// moments is a heap with the soonest on top.
type moments []time.Time

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i].Before(m[j]) }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push is for container/heap.
func (m *moments) Push(x any) { *m = append(*m, x.(time.Time)) } //nolint:forcetypeassert // only set pushes

// Pop is for container/heap.
func (m *moments) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
