package workers

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Clock reads the database's clock without asking it each time: deadlines are absolute and travel between machines whose
// own clocks may be an hour off, or set while we run. The zero Clock is the machine's own.
type Clock struct {
	set atomic.Pointer[reading]
}

// reading is what the database's clock said at a moment of this machine's, which counts on from it however its own clock is set.
type reading struct{ said, at time.Time }

// Now returns the time by the database's clock, to about half a round trip.
func (c *Clock) Now() time.Time {
	if r := c.set.Load(); r != nil {
		return r.said.Add(time.Since(r.at))
	}
	return time.Now()
}

// Until returns how long it is until t, by the database's clock.
func (c *Clock) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

// Timekeeper has the clock that all roles go by.
type Timekeeper interface {
	Now(ctx context.Context) (time.Time, error)
}

// Sync asks for the time once, and takes the fastest of three answers for the truest.
func (c *Clock) Sync(ctx context.Context, of Timekeeper) error {
	best := time.Duration(-1)
	for range 3 {
		start := time.Now()
		now, err := of.Now(ctx)
		if err != nil {
			return fmt.Errorf("set the clock: %w", err)
		}
		trip := time.Since(start)
		if best < 0 || trip < best {
			best = trip
			c.set.Store(&reading{said: now, at: start.Add(trip / 2)})
		}
	}
	return nil
}

// Run sets the clock every so often until ctx ends. While the database is away the clock runs on as it was set.
func (c *Clock) Run(ctx context.Context, of Timekeeper, every time.Duration, log *slog.Logger) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := c.Sync(ctx, of); err != nil && ctx.Err() == nil {
				log.Warn("the clock runs on as it was set", "err", err)
			}
		}
	}
}
