package workers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/queue"
	"webflix/recommend"
)

// Abandoned knows the requests that nobody waits for any more, so that a process's workers pass over their tasks. It is a
// courtesy to those who do wait: a notice that is lost costs work, nothing else.
type Abandoned struct {
	Broker   queue.Broker
	Topology queue.Topology
	Process  string // this process's name
	Log      *slog.Logger

	mu          sync.Mutex // protects what follows
	young, aged map[recommend.RequestID]struct{}
}

const abandonPrefetch = 100

// Has reports whether the request is abandoned. A nil Abandoned knows of none.
func (a *Abandoned) Has(id recommend.RequestID) bool {
	if a == nil {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, young := a.young[id]
	_, aged := a.aged[id]
	return young || aged
}

// Run listens for notices until ctx ends. A notice is kept for at least the longest deadline.
func (a *Abandoned) Run(ctx context.Context) error {
	q := a.Topology.Abandoned(a.Process)
	if err := a.Broker.Declare(ctx, q); err != nil {
		return fmt.Errorf("listen for abandoned requests: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		tick := time.NewTicker(recommend.MaxDeadline)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				a.mu.Lock()
				a.young, a.aged = nil, a.young
				a.mu.Unlock()
			}
		}
	})
	g.Go(func() error {
		sub := queue.Subscription{Queue: q.Name, Prefetch: abandonPrefetch, Batch: abandonPrefetch}
		return a.Broker.Consume(ctx, sub, a.receive)
	})
	return g.Wait()
}

func (a *Abandoned) receive(_ context.Context, batch []*queue.Message) []error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.young == nil {
		a.young = map[recommend.RequestID]struct{}{}
	}
	outcomes := make([]error, len(batch))
	for i, m := range batch {
		id, err := recommend.ParseRequestID(m.CorrelationID)
		if err != nil {
			outcomes[i] = &queue.Rejection{Reason: err.Error()}
			continue
		}
		a.young[id] = struct{}{}
	}
	return outcomes
}

// abandon closes a request that its last follower has given up, and tells the workers. It does nothing when the request is
// followed from another replica by now.
func (l *Live) abandon(id recommend.RequestID) {
	ctx, cancel := context.WithTimeout(context.Background(), publishTimeout)
	defer cancel()
	ours, err := l.Ledger.Abandon(ctx, id, l.Replica)
	if err != nil || !ours {
		if err != nil {
			l.Log.Debug("an abandoned request goes on until its deadline", "request", id, "err", err)
		}
		return
	}
	err = l.Broker.Publish(ctx, queue.Message{
		To: l.Topology.Abandoned("").Bind, Type: queue.TypeAbandoned, CorrelationID: id.String(), Optional: true,
		Published: l.Clock.Now(),
	})
	if err != nil {
		l.Log.Debug("an abandoned request's tasks are scored all the same", "request", id, "err", err)
	}
}
