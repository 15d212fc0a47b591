package workers_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

// Whoever unsubscribes stops the work that nobody else waits for; whoever merely loses the connection may come back for it.
func TestUnsubscribingStopsTheWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cause  error
		second bool // another follower stays
		scored int32
	}{
		"the only follower unsubscribes": {recommend.ErrUnsubscribed, false, 0},
		"the connection is lost":         {nil, false, 1},
		"another follower stays":         {recommend.ErrUnsubscribed, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := start(t, nil, criterion{name: "genres", weight: 1, absent: true})
				abandoned := &workers.Abandoned{Broker: p.broker, Process: "w", Log: quiet()}
				p.run(abandoned.Run)
				synctest.Wait()

				ctx, cancel := context.WithCancelCause(t.Context())
				updates, err := p.Recommend(ctx, wish(7, time.Second))
				if err != nil {
					t.Fatal(err)
				}
				if c.second {
					if _, err := p.Attach(t.Context(), p.ledger.only()); err != nil {
						t.Fatal(err)
					}
				}
				cancel(c.cause)
				synctest.Wait()
				for u := range updates { // closed, or this never ends
					if len(u.Picks) > 0 {
						t.Errorf("a ranking came of nothing: %+v", u)
					}
				}

				var scored atomic.Int32
				w := &workers.Worker{
					Criterion: "genres", Broker: p.broker, Clock: p.clock, Observer: workers.Unobserved{}, Log: quiet(), Abandoned: abandoned,
					Scorer: scorer(func(task *recommend.Task) (recommend.Scored, error) {
						scored.Add(1)
						return own(task)
					}),
				}
				p.run(w.Run)
				time.Sleep(2 * time.Second) // of the bubble
				if got := scored.Load(); got != c.scored {
					t.Errorf("%d tasks were scored, want %d", got, c.scored)
				}
				if r := read(t, p.Recommender, p.ledger.only()); !r.Final() {
					t.Errorf("the request is left open: %+v", r)
				}
			})
		})
	}
}

// Who attaches to another's request and unsubscribes again takes nothing from those who wait for it, wherever they do.
func TestWhoAttachedAbandonsNothing(t *testing.T) {
	t.Parallel()
	for name, attach := range map[string]func(p *pipeline) *workers.Recommender{
		"on another replica": func(p *pipeline) *workers.Recommender { return p.replica("b") },
		"on the same one":    func(p *pipeline) *workers.Recommender { return p.Recommender },
	} {
		for _, followed := range []bool{true, false} { // else it was started for a later reader
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := start(t, nil, criterion{name: "genres", weight: 1}, criterion{name: "history", weight: 1, delay: 400 * ms})
					req := wish(7, time.Second)
					if followed {
						if _, err := p.Recommend(t.Context(), req); err != nil {
							t.Fatal(err)
						}
					} else if _, err := p.Start(t.Context(), req); err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithCancelCause(t.Context())
					if _, err := attach(p).Attach(ctx, p.ledger.only()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(100 * ms) // of the bubble
					cancel(recommend.ErrUnsubscribed)
					time.Sleep(time.Second)
					if r := read(t, p.Recommender, p.ledger.only()); !r.Final() || r.Coverage() != 100 {
						t.Errorf("the final covers %v %%, followed: %v", r.Coverage(), followed)
					}
				})
			})
		}
	}
}

// only returns the id of the one request there is.
func (l *ledger) only() recommend.RequestID {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.requests {
		return id
	}
	return recommend.RequestID{}
}
