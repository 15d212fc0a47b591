package workers

import (
	"context"
	"math"
	"time"
)

// pace says how long to rest after a batch of results, so that the next one is worth its commit: a commit costs PostgreSQL about
// the same for one result as for ten. While few come there is no rest, and nobody waits for it; while many come, they wait for
// one another anyway, and a rest of some milliseconds is what they get back by it. It is used by one goroutine.
type pace struct {
	rate float64 // results a second, of the last moments
	last time.Time
}

const (
	paceSpan  = 200 * time.Millisecond // in which an older rate counts about a third
	paceFrom  = 300.0                  // results a second from which there is a rest
	paceFull  = 1200.0                 // from which it is the longest
	paceRest  = 4 * time.Millisecond   // the longest
	paceWorth = mergeBatch / 2         // results that are worth a commit: after such a batch there is no rest
)

// after returns how long to rest after a batch of so many.
func (p *pace) after(results int, now time.Time) time.Duration {
	since := max(now.Sub(p.last), 100*time.Microsecond)
	share := 1 - math.Exp(-float64(since)/float64(paceSpan))
	p.rate += share * (float64(results)/since.Seconds() - p.rate)
	p.last = now
	if results >= paceWorth {
		return 0
	}
	return time.Duration(float64(paceRest) * min(max(p.rate-paceFrom, 0)/(paceFull-paceFrom), 1))
}

// rest waits, unless ctx ends.
func rest(ctx context.Context, long time.Duration) {
	if long <= 0 {
		return
	}
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
