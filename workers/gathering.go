package workers

import (
	"context"
	"sync"
	"time"

	"webflix/recommend"
)

// gathering is a lane of merges: it has the results that wait for its next one. Those that only bring a request nearer to its final wait
// for a moment for the ones that complete it: its followers have been shown something, and a commit for each would hold up the one that
// counts.
type gathering struct {
	changed chan struct{} // has room for one: there is something new for the merges

	mu   sync.Mutex // protects what follows
	held []*arrivals
	of   map[recommend.RequestID]int // results of each request that wait, or are being merged
	ripe bool                        // one of them is not to wait
}

// holdFor is how long a result waits at most for others of its request.
const holdFor = 4 * time.Millisecond

func newGathering() *gathering {
	return &gathering{changed: make(chan struct{}, 1), of: map[recommend.RequestID]int{}}
}

// newLanes returns lanes in which merges go on side by side.
func newLanes(n int) []*gathering {
	lanes := make([]*gathering, n)
	for i := range lanes {
		lanes[i] = newGathering()
	}
	return lanes
}

// add takes results in. mayWait reports whether so many results of a request may wait for the others of it.
func (g *gathering) add(come *arrivals, mayWait func(id recommend.RequestID, results int) bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = append(g.held, come)
	for i := range come.answers {
		g.of[come.answers[i].Request]++
	}
	for i := 0; i < len(come.answers) && !g.ripe; i++ {
		id := come.answers[i].Request
		g.ripe = !mayWait(id, g.of[id])
	}
	if g.ripe || len(g.held) == 1 {
		select {
		case g.changed <- struct{}{}:
		default:
		}
	}
}

// next returns what is to be merged now, about most results of it, or, when that is nothing, when to look again at the latest: zero
// for once something has changed.
func (g *gathering) next(now time.Time, most int) (batch []*arrivals, again time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.held) == 0 {
		return nil, time.Time{}
	}
	if again = g.held[0].at.Add(holdFor); !g.ripe && now.Before(again) {
		return nil, again
	}
	taken, results := 0, 0
	for taken < len(g.held) && results < most {
		results += len(g.held[taken].answers)
		taken++
	}
	batch = g.held[:taken:taken]
	if g.held = g.held[taken:]; len(g.held) == 0 {
		g.held, g.ripe = nil, false
	}
	return batch, time.Time{}
}

// done says what became of what next returned. What was merged is in the book by now.
func (g *gathering) done(batch []*arrivals, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, come := range batch {
		for i := range come.answers {
			id := come.answers[i].Request
			if g.of[id]--; g.of[id] == 0 {
				delete(g.of, id)
			}
		}
		come.merged <- err
	}
}

// wait waits for a change, or until a moment if it is not zero.
func (g *gathering) wait(ctx context.Context, until time.Time) {
	var moment <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		moment = timer.C
	}
	select {
	case <-g.changed:
	case <-moment:
	case <-ctx.Done():
	}
}
