package workers

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"webflix/queue"
)

// Pressure watches how deep the queues are, so that requests are refused while they cost nothing yet, instead of accepted and
// answered too late. One criterion that lags behind is no pressure: a request is then final at its deadline without it. Only
// when every criterion does, or the results pile up, or finals come late, is there no point in more.
type Pressure struct {
	Broker   queue.Broker
	Topology queue.Topology
	Blends   Blends      // whose criteria count: nobody asks the others
	Depth    int         // messages in a queue that are too many; 0: never
	Late     func() bool // whether finals come late; nil: not known
	Log      *slog.Logger

	high atomic.Bool
}

const pressureEvery = 500 * time.Millisecond

// High reports whether more is asked than can be answered. A nil Pressure never is.
func (p *Pressure) High() bool {
	return p != nil && (p.high.Load() || p.Late != nil && p.Late())
}

// Run watches until ctx ends.
func (p *Pressure) Run(ctx context.Context) error {
	if p.Depth == 0 {
		return nil
	}
	tick := time.NewTicker(pressureEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			high := p.tooDeep(ctx)
			if high != p.high.Swap(high) {
				p.Log.Warn("the queues changed whether they take more requests", "overloaded", high)
			}
		}
	}
}

// tooDeep looks at the queues. What cannot be read counts as shallow: Dispatch finds out by itself when the broker is away.
func (p *Pressure) tooDeep(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, pressureEvery)
	defer cancel()
	deep := func(name string) bool {
		stats, err := p.Broker.Stats(ctx, name)
		return err == nil && stats.Ready > p.Depth
	}
	if deep(p.Topology.Result().Name) {
		return true
	}
	_, blend := p.Blends.ActiveBlend()
	for _, w := range blend {
		if w.Weight > 0 && !deep(p.Topology.Task(w.Criterion).Name) {
			return false
		}
	}
	return blend.Total() > 0
}
