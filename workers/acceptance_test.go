package workers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// newcomers is a ledger that accepts in one call the first request that wants no settled history, leaves out the others, and then goes away.
type newcomers struct{ *ledger }

func (l newcomers) Accept(_ context.Context, reqs []*recommend.Request) error {
	for i, r := range reqs {
		if r.Fewest == 1 {
			r.ID, r.Deadline = recommend.RequestID{byte(i + 1)}, time.Now().Add(time.Second)
			r.Profile = &recommend.Profile{History: []recommend.Watch{{Movie: 9}}}
		}
	}
	return nil
}

func (newcomers) Profiles(context.Context, []int64) (map[int64]*recommend.Profile, error) {
	return nil, errAway
}

// Two requests of one newcomer may share a batch. What becomes of one must not take the other's history away.
func TestRequestKeepsTheHistoryThatItWasAcceptedWith(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		memory := queue.NewMemory()
		topology := queue.Topology{}
		if err := memory.Declare(ctx, topology.Task("genres")); err != nil {
			t.Fatal(err)
		}
		d := workers.NewDispatcher(newcomers{newLedger()}, memory, topology, &workers.Clock{}, quiet())
		var outcomes [2]error
		var asking, running sync.WaitGroup
		for i := range outcomes {
			asking.Go(func() {
				req := wish(7, time.Second)
				req.Spec.Blend = recommend.Blend{{Criterion: "genres", Weight: 1}}
				req.Spec.Learned = i == 0
				outcomes[i] = d.Dispatch(ctx, &req, nil)
			})
		}
		synctest.Wait() // both wait to be accepted together
		running.Go(func() { _ = d.Run(ctx) })
		asking.Wait()
		synctest.Wait() // the task has gone out
		if away, ok := errors.AsType[*recommend.UnavailableError](outcomes[0]); !ok || !errors.Is(away.Err, errAway) || outcomes[1] != nil {
			t.Errorf("got %v and %v", outcomes[0], outcomes[1])
		}
		stats, err := memory.Stats(ctx, topology.Task("genres").Name)
		if err != nil || stats.Ready != 1 {
			t.Errorf("the queue has %+v, %v", stats, err)
		}
		cancel()
		running.Wait()
		_ = memory.Close()
	})
}
