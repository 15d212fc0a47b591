package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// sizes are bodies as the pipeline sends them.
type sizes struct {
	tasks   [][]byte
	results map[string][]byte // by criterion
}

func (s *Setup) sizes(ctx context.Context, blend recommend.Blend, people []int64) (*sizes, error) {
	people = people[:min(512, len(people))]
	profiles, err := s.DB.Profiles(ctx, people)
	if err != nil {
		return nil, err
	}
	z := &sizes{results: map[string][]byte{}}
	for i, user := range people {
		task := recommend.Task{
			User: user, At: time.Now(), Deadline: time.Now(), Published: time.Now(),
			History: profiles[user].History, Exclude: profiles[user].Exclude, Limit: recommend.CandidateLimit,
		}
		z.tasks = append(z.tasks, queue.EncodeTask(&task))
		for _, w := range blend {
			if i > 0 {
				break
			}
			scored, err := s.criteria[w.Criterion].Score(task)
			if err != nil {
				s.Log.Warn("a result without candidates stands for a criterion", "criterion", w.Criterion, "err", err)
			}
			r := recommend.Result{Criterion: w.Criterion, Status: recommend.StatusDone}
			z.results[w.Criterion] = queue.EncodeResultOf(&r, queue.PackScores(&scored))
		}
	}
	return z, nil
}

// mean returns how long a task is.
func (z *sizes) mean() int {
	all := 0
	for _, task := range z.tasks {
		all += len(task)
	}
	return all / max(len(z.tasks), 1)
}

// bare fans messages out and in with nothing behind them: the same queues, sizes, confirmations and acknowledgements.
func (s *Setup) bare(
	ctx context.Context, blend recommend.Blend, crew crew, z *sizes,
) (asker, func() error, error) {
	for _, q := range s.queues(blend) {
		if err := s.Broker.Declare(ctx, q); err != nil {
			return nil, nil, err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	var (
		roles   sync.WaitGroup
		waiting sync.Map // number of a request: a channel
		counts  sync.Map // number of a request: *atomic.Int32
		failure atomic.Pointer[error]
	)
	consume := func(sub queue.Subscription, h queue.Handler) {
		roles.Go(func() {
			if err := s.Broker.Consume(ctx, sub, h); err != nil {
				failure.Store(&err)
			}
		})
	}
	for _, w := range blend {
		for range crew.workers {
			sub := queue.Subscription{Queue: s.Topology.Task(w.Criterion).Name, Prefetch: workers.InHand, Parallel: workers.InHand}
			consume(sub, func(ctx context.Context, batch []*queue.Message) []error {
				outcomes := make([]error, len(batch))
				for i, m := range batch {
					outcomes[i] = s.Broker.Publish(ctx, queue.Message{
						To: s.Topology.Result().Bind, Type: queue.TypeResult, CorrelationID: m.CorrelationID, Body: z.results[w.Criterion],
					})
				}
				return outcomes
			})
		}
	}
	consume(queue.Subscription{Queue: s.Topology.Result().Name, Prefetch: 400, Batch: 200}, func(_ context.Context, batch []*queue.Message) []error {
		for _, m := range batch { // an aggregator hands rankings to subscribers of the same process without a message
			n, _ := counts.LoadOrStore(m.CorrelationID, new(atomic.Int32))
			if int(n.(*atomic.Int32).Add(1)) < len(blend) { //nolint:forcetypeassert // nothing else is stored
				continue
			}
			counts.Delete(m.CorrelationID)
			if done, ok := waiting.LoadAndDelete(m.CorrelationID); ok {
				close(done.(chan struct{})) //nolint:forcetypeassert // nothing else is stored
			}
		}
		return nil
	})
	var serial atomic.Uint64
	ask := func(ctx context.Context, i int) (outcome, error) {
		start := time.Now()
		id := fmt.Sprintf("%x", binary.BigEndian.AppendUint64(make([]byte, 8), serial.Add(1)))
		done := make(chan struct{})
		waiting.Store(id, done)
		tasks := make([]queue.Message, len(blend))
		for j, w := range blend {
			tasks[j] = queue.Message{To: s.Topology.Task(w.Criterion).Bind, Type: queue.TypeTask, CorrelationID: id, Body: z.tasks[i%len(z.tasks)]}
		}
		if err := s.Broker.Publish(ctx, tasks...); err != nil {
			return outcome{}, err
		}
		select {
		case <-done:
		case <-time.After(30 * time.Second):
			return outcome{}, errors.New("an update was lost")
		case <-ctx.Done():
			return outcome{}, ctx.Err()
		}
		return outcome{first: time.Since(start), final: time.Since(start), coverage: 100}, nil
	}
	end := func() error {
		stop()
		roles.Wait()
		if err := failure.Load(); err != nil {
			return *err
		}
		return nil
	}
	return ask, end, nil
}
