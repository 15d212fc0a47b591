package chaos

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"webflix/bench"
)

// tally counts what a crowd saw. It is safe for concurrent use.
type tally struct {
	mu         sync.Mutex
	known      map[string]bool    // ids of the requests that clients were told of
	finals     map[string]*update // by the request's id
	partial    int                // finals that cover less than all
	silent     int                // those of them that do not say why, or what is missing
	refused    map[string]int     // by kind
	hintless   int                // refusals that do not say when to try again
	refusals   []time.Duration    // how long they took
	unknown    int                // connections lost before the first update
	started    int                // requests that were accepted and that nobody follows
	lost       int
	duplicated int
	disorder   int // updates out of sequence, or after the final
	attached   int
	lateness   []time.Duration // of the finals, as the clients saw it
	reunions   []time.Duration // how long it took to see the request's state again after attaching
	twice      int             // requests that failed after the one before of the same client had failed
	errors     map[string]int
}

func newTally() *tally {
	return &tally{known: map[string]bool{}, finals: map[string]*update{}, refused: map[string]int{}, errors: map[string]int{}}
}

func (n *tally) add(s *story) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.id != "" {
		n.known[s.id] = true
	}
	n.attached += s.attached
	if s.reunion > 0 {
		n.reunions = append(n.reunions, s.reunion)
	}
	sequence, finals := int64(-1), 0
	for i, u := range s.updates {
		repeated := i > 0 && u.Sequence == sequence && s.attached > 0 // the newest one again, on another replica
		if u.Sequence <= sequence && !repeated || finals > 0 {
			n.disorder++
		}
		sequence = u.Sequence
		if u.IsFinal {
			finals++
		}
	}
	switch {
	case finals > 1, finals == 1 && n.finals[s.id] != nil:
		n.duplicated++
	case finals == 1:
		n.finals[s.id] = s.final()
		n.lateness = append(n.lateness, s.late)
		if s.final().Coverage.Percent < 99.9 {
			n.partial++
			if !s.final().explained() {
				n.silent++
			}
		}
	case s.refusal != nil:
		n.refused[s.refusal.Typename]++
		n.refusals = append(n.refusals, s.took)
		if s.refusal.RetryAfterMs <= 0 {
			n.hintless++
		}
	case s.id == "" && errors.Is(s.err, bench.ErrConnection):
		n.unknown++
	case s.id == "" && s.err != nil:
		n.errors[s.err.Error()]++
	default:
		n.lost++
	}
}

func (n *tally) failAgain() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.twice++
}

// rejected returns how long finals took that go without a criterion whose task became a dead letter.
func (n *tally) rejected() (took []time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.finals {
		if slices.Contains(f.Degraded, "REJECTED") {
			took = append(took, time.Duration(f.TookMs*float64(time.Millisecond)))
		}
	}
	return took
}

// know adds a request that was accepted and that nobody follows.
func (n *tally) know(id string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.known[id] = true
	n.started++
}

// latest returns how long after its deadline a final came to its client, at most.
func (n *tally) latest() time.Duration { return most(100, n.lateness) }

// told returns how many requests were refused.
func (n *tally) told() int {
	sum := 0
	for _, times := range n.refused {
		sum += times
	}
	return sum
}

func (n *tally) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return fmt.Sprintf("%d finals (%d partial), refused %v, %d cut off before the first update, %d attached elsewhere, %d lost, %d duplicated, %d out of order, errors %v",
		len(n.finals), n.partial, n.refused, n.unknown, n.attached, n.lost, n.duplicated, n.disorder, n.errors)
}

// most returns what so many per cent of the durations are not above.
func most(percent float64, of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(of))[min(len(of)-1, int(float64(len(of))*percent/100))]
}
