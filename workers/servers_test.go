package workers_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/queue"
	"webflix/queue/queuetest"
	"webflix/recommend"
	"webflix/trace"
	"webflix/workers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(stopping{m}) }

// stopping runs the tests, and then ends the PostgreSQL that they may have started.
type stopping struct{ m *testing.M }

func (s stopping) Run() int { return dbtest.Main(s.m) }

// onServers runs a test on a real database, with the in-process broker and with RabbitMQ: three workers of each of three
// criteria, two aggregators and two API replicas. "together" is as one process runs its roles: one eager aggregator, which knows the
// first replica's hub, and workers that are inside and remember what they score.
func onServers(t *testing.T, test func(t *testing.T, store *db.DB, replicas [2]*workers.Recommender)) {
	t.Helper()
	onTracedServers(t, nil, test)
}

func onTracedServers(t *testing.T, tracer *trace.Tracer, test func(t *testing.T, store *db.DB, replicas [2]*workers.Recommender)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		store, replicas := serve(t, queue.NewMemory(), queue.Topology{}, tracer, false)
		test(t, store, replicas)
	})
	t.Run("together", func(t *testing.T) {
		t.Parallel()
		store, replicas := serve(t, queue.NewMemory(), queue.Topology{}, tracer, true)
		test(t, store, replicas)
	})
	t.Run("rabbitmq", func(t *testing.T) {
		t.Parallel()
		topology, dial := onRabbitMQ(t, "genres", "history", "community")
		store, replicas := serve(t, dial(), topology, tracer, false)
		test(t, store, replicas)
	})
}

func serve(t *testing.T, broker queue.Broker, topology queue.Topology, tracer *trace.Tracer, together bool) (*db.DB, [2]*workers.Recommender) {
	t.Helper()
	store := dbtest.Open(t)
	_, err := store.ExecContext(t.Context(), `INSERT INTO users (id, name, dataset) SELECT n, 'Person ' || n, 'test' FROM generate_series(1, 2000) n`)
	if err != nil {
		t.Fatal(err)
	}
	clock := &workers.Clock{}
	if err := clock.Sync(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var roles sync.WaitGroup
	run := func(role func(ctx context.Context) error) {
		roles.Go(func() {
			if err := role(ctx); err != nil {
				t.Errorf("a role ended: %v", err)
			}
		})
	}
	t.Cleanup(func() {
		cancel()
		roles.Wait()
		_ = broker.Close()
	})
	p := &pipeline{}
	declare := []queue.Queue{topology.Dead(), topology.Result()}
	for _, name := range []string{"genres", "history", "community"} {
		declare = append(declare, topology.Task(name))
		p.blend = append(p.blend, recommend.Weight{Criterion: name, Weight: 1})
	}
	for _, q := range declare {
		if err := broker.Declare(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []recommend.CriterionInfo
	outbox := &workers.Outbox{Broker: broker}
	aggregators := 2
	if together {
		outbox, aggregators = nil, 1
	}
	for _, w := range p.blend {
		kinds = append(kinds, recommend.CriterionInfo{Name: w.Criterion})
		for i := range 3 {
			worker := &workers.Worker{
				Criterion: w.Criterion, Scorer: scorer(own), Broker: broker, Outbox: outbox, Topology: topology, Clock: clock,
				Observer: workers.Unobserved{}, Tracer: tracer, Log: quiet(), Name: fmt.Sprintf("%s-%d", w.Criterion, i), Inside: together,
			}
			if together {
				worker.Scorebook = workers.NewScorebook(1 << 20)
			}
			run(worker.Run)
		}
	}
	var replicas [2]*workers.Recommender
	for i := range replicas {
		dispatcher := workers.NewDispatcher(store, broker, topology, clock, quiet())
		live := workers.NewLive(store, nil, broker, topology, clock, fmt.Sprintf("replica-%d", i), quiet())
		dispatcher.Tracer, live.Tracer = tracer, tracer
		run(dispatcher.Run)
		run(live.Run)
		replicas[i] = &workers.Recommender{Dispatcher: dispatcher, Live: live, Blends: p, Kinds: kinds}
	}
	for range aggregators {
		a := workers.NewAggregator(store, &workers.Ladder{From: store}, nil, broker, topology, clock, workers.Unobserved{}, quiet())
		a.Tracer, a.Eager = tracer, together
		if together {
			a.Local = replicas[0].Live
		}
		run(a.Run)
		run((&workers.Relay{Ledger: store, Broker: broker, Topology: topology, Clock: clock, Tracer: tracer, Log: quiet()}).Run)
	}
	for _, r := range replicas { // a partial ranking that is sent before is lost
		for !r.Live.Listening() {
			select {
			case <-time.After(time.Millisecond):
			case <-t.Context().Done():
				t.Fatal("a replica did not begin to listen")
			}
		}
	}
	return store, replicas
}

// onRabbitMQ returns queues of the test's own, and a function that connects another process to the broker.
func onRabbitMQ(t *testing.T, criteria ...string) (queue.Topology, func() *queue.RabbitMQ) {
	t.Helper()
	url := queuetest.URL(t)
	topology := queue.Topology{Prefix: queuetest.Prefix()}
	t.Cleanup(func() { // after the roles have ended
		names := []string{topology.Live("").Bind.Exchange}
		for _, q := range topology.Shared(criteria) {
			names = append(names, q.Name, q.Bind.Exchange)
		}
		queuetest.Delete(t, names...)
	})
	return topology, func() *queue.RabbitMQ {
		broker, err := queue.Dial(queue.Config{URL: url, Name: t.Name()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = broker.Close() })
		return broker
	}
}

func TestTwoInterleavedRequestsMixNoScore(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, _ *db.DB, replicas [2]*workers.Recommender) {
		for pair := range int64(30) {
			finals := make(chan moment, 2)
			for i, replica := range replicas {
				go func() { finals <- last(follow(t, replica, wish(2*pair+int64(i)+1, 10*time.Second))) }()
			}
			for range replicas {
				checkOwn(t, (<-finals).Update)
			}
		}
	})
}

func TestThousandConcurrentRequestsEndInOneFinalEach(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, store *db.DB, replicas [2]*workers.Recommender) {
		const crowd = 1000
		finals := make(chan moment, crowd)
		for i := range int64(crowd) {
			go func() { finals <- last(follow(t, replicas[i%2], wish(i+1, 10*time.Second))) }()
		}
		for range crowd {
			mixesNothing(t, (<-finals).Update) // on a slow machine some may have missed the deadline
		}
		var ledger struct{ Requests, Finals, Scores int }
		err := store.GetContext(t.Context(), &ledger, `
			SELECT count(*) AS requests, count(final_at) AS finals, (SELECT count(*) FROM scores WHERE NOT late) AS scores FROM requests`)
		if err != nil {
			t.Fatal(err)
		}
		if ledger.Requests != crowd || ledger.Finals != crowd || ledger.Scores == 0 {
			t.Errorf("the ledger has %+v", ledger)
		}
	})
}
