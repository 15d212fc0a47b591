package workers

import (
	"container/heap"
	"sync"
	"time"

	"webflix/recommend"
)

// alarms knows the next moment at which a request is due. Forgetting one costs nothing but time: the sweeper comes by
// anyway.
type alarms struct {
	clock   *Clock
	changed chan struct{} // holds one: the next moment is sooner than it was

	mu    sync.Mutex // protects what follows
	times moments    // some of them of requests that are not open any more
	open  map[recommend.RequestID]struct{}
}

// slack is how late an alarm rings, so that the database's clock, which decides, has surely passed the moment too.
const slack = time.Millisecond

// mostAlarms bounds the memory of an aggregator that many requests pass through.
const mostAlarms = 10_000

func newAlarms(clock *Clock) *alarms {
	return &alarms{clock: clock, changed: make(chan struct{}, 1), open: map[recommend.RequestID]struct{}{}}
}

// set notes that a request is due at t, by the database's clock.
func (a *alarms) set(id recommend.RequestID, t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, set := a.open[id]; set || len(a.times) >= mostAlarms {
		return
	}
	a.open[id] = struct{}{}
	heap.Push(&a.times, moment{t, id})
	if a.times[0].id == id {
		select {
		case a.changed <- struct{}{}:
		default:
		}
	}
}

// drop notes that a request is final.
func (a *alarms) drop(id recommend.RequestID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, id)
}

// next forgets the moments that had passed when the sweeper last began, and those of requests that are final, and returns how long it is
// until the one after them, otherwise when there is none.
func (a *alarms) next(swept time.Time, otherwise time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.times) > 0 {
		first := a.times[0]
		if _, open := a.open[first.id]; open && first.at.Add(slack).After(swept) {
			return max(0, a.clock.Until(first.at.Add(slack)))
		}
		heap.Pop(&a.times)
		delete(a.open, first.id)
	}
	return otherwise
}

// moment is when a request is due.
type moment struct {
	at time.Time
	id recommend.RequestID
}

// moments is a heap with the soonest on top.
type moments []moment

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i].at.Before(m[j].at) }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push is for container/heap.
func (m *moments) Push(x any) { *m = append(*m, x.(moment)) } //nolint:forcetypeassert // only set pushes

// Pop is for container/heap.
func (m *moments) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
