package workers

import (
	"context"
	"time"
)

// The longest rest after a batch of results, and the requests in it from which on it is that long. A batch of so many results
// is worth its commit: there is no rest after it.
const (
	longestRest = 8 * time.Millisecond
	fullRest    = 8
	worthCommit = 100
)

// restAfter says how long to rest after a batch of results, so that the next one is worth its commit: a commit costs PostgreSQL
// about the same for one result as for ten. Results of one request alone come when nobody else is asking, and there is no rest:
// nobody waits for it. When those of several come together they wait for one another anyway, and a rest of some milliseconds
// is what they get back by it.
func restAfter(requests, results int) time.Duration {
	if results >= worthCommit {
		return 0
	}
	return longestRest * time.Duration(min(max(requests-1, 0), fullRest-1)) / (fullRest - 1)
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
