package bench

import (
	"context"
	"time"
)

// timerLate is how much later than asked the runtime's timers may fire while nothing else goes on: what polls for them counts
// milliseconds.
const timerLate = 2 * time.Millisecond

// waitUntil returns at a moment, some tens of microseconds after it, or when ctx ends, with its error.
func waitUntil(ctx context.Context, at time.Time) error {
	if early := time.Until(at) - timerLate; early > 0 {
		select {
		case <-time.After(early):
		case <-ctx.Done():
		}
	}
	if left := time.Until(at); left > 0 && ctx.Err() == nil {
		nap(left)
	}
	return ctx.Err()
}
