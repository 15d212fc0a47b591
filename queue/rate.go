package queue

import "time"

// RateSpan is how far back rates look.
const RateSpan = 5 * time.Second

const (
	rateTick  = 250 * time.Millisecond
	rateTicks = int64(RateSpan / rateTick)
)

// rate counts what happened in the last while. The zero value has counted nothing. It is for one goroutine at a time.
type rate struct {
	counts [rateTicks]int
	newest int64 // the tick that was counted into last
}

// add counts n events at a moment. Moments do not go back by more than the span.
func (r *rate) add(n int, now time.Time) {
	r.advance(now)
	r.counts[r.newest%rateTicks] += n
}

// perSecond returns how many events there were a second, over the whole span: what has just begun is low at first.
func (r *rate) perSecond(now time.Time) float64 {
	r.advance(now)
	sum := 0
	for _, n := range r.counts {
		sum += n
	}
	return float64(sum) / RateSpan.Seconds()
}

// advance forgets what is older than the span.
func (r *rate) advance(now time.Time) {
	tick := now.UnixNano() / int64(rateTick)
	for i := max(r.newest+1, tick-rateTicks+1); i <= tick; i++ {
		r.counts[i%rateTicks] = 0
	}
	r.newest = max(r.newest, tick)
}
