package workers_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// BenchmarkPipeline answers requests one after another, from the dispatcher to the final, by five criteria that have their
// results ready, over the in-process broker and a ledger in memory: what the roles themselves cost.
func BenchmarkPipeline(b *testing.B) {
	broker, topology, clock, log := queue.NewMemory(), queue.Topology{}, &workers.Clock{}, slog.New(slog.DiscardHandler)
	defer func() { _ = broker.Close() }()
	ledger := newLedger()
	live := workers.NewLive(ledger, nil, broker, topology, clock, "a", log)
	aggregator := workers.NewAggregator(ledger, nil, nil, broker, topology, clock, workers.Unobserved{}, log)
	aggregator.Local = live
	dispatcher := workers.NewDispatcher(ledger, broker, topology, clock, log)
	roles := []func(context.Context) error{live.Run, aggregator.Run, dispatcher.Run}
	random := rand.New(rand.NewPCG(1, 1))
	var blend recommend.Blend
	for _, c := range []string{"sittings", "next", "community", "genres", "era"} {
		if err := broker.Declare(b.Context(), topology.Task(c)); err != nil {
			b.Fatal(err)
		}
		blend = append(blend, recommend.Weight{Criterion: c, Weight: 1})
		var scored recommend.Scored
		for range recommend.CandidateLimit {
			scored.Candidates = append(scored.Candidates, recommend.Candidate{Movie: random.Int32N(4000), Score: random.Float32()})
		}
		w := &workers.Worker{
			Criterion: c, Scorer: scorer(func(*recommend.Task) (recommend.Scored, error) { return scored, nil }),
			Broker: broker, Topology: topology, Clock: clock, Observer: workers.Unobserved{}, Log: log,
		}
		roles = append(roles, w.Run)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, len(roles))
	for _, role := range roles {
		go func() { ended <- role(ctx) }()
	}
	b.ReportAllocs()
	for b.Loop() {
		req := &recommend.Request{User: 7, Replica: "a", Spec: recommend.Spec{
			First: recommend.DefaultFirst, Blend: blend, Deadline: 10 * time.Second, AllowPartial: true,
		}}
		var updates <-chan *recommend.Update
		err := dispatcher.Dispatch(ctx, req, func(req *recommend.Request) { updates = live.Follow(ctx, req) })
		if err != nil {
			b.Fatal(err)
		}
		final := false
		for u := range updates {
			final = u.Final
		}
		if !final {
			b.Fatal("no final")
		}
	}
	stop()
	for range roles {
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}
