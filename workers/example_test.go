package workers_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// Scale weighs one part of a notebook. It stands where a criterion of films stands.
type Scale map[int64]float32 // grams, by notebook

// Score implements workers.Scorer: the task's person is the notebook, and the only film to rank is itself.
func (s Scale) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	return recommend.Scored{Candidates: []recommend.Candidate{{Movie: int32(task.User), Score: s[task.User]}}}, 0, nil
}

// A notebook weighs what its screen, its body and its hardware weigh. Three workers each know one part, and none waits for
// another; two notebooks are on the scales at once, and the total comes from the same dispatcher, broker, workers and
// tally that rank films.
func Example() {
	parts := map[string]Scale{
		"screen":   {1: 210, 2: 340},
		"body":     {1: 520, 2: 890},
		"hardware": {1: 470, 2: 1120},
	}
	broker, ledger, clock, log := queue.NewMemory(), newLedger(), &workers.Clock{}, slog.New(slog.DiscardHandler)
	topology := queue.Topology{Prefix: "notebooks."}

	ctx, stop := context.WithCancel(context.Background())
	for _, q := range []queue.Queue{topology.Task("screen"), topology.Task("body"), topology.Task("hardware"), topology.Result()} {
		if err := broker.Declare(ctx, q); err != nil { // before the first notebook, else nobody would take its tasks
			fmt.Println(err)
		}
	}
	var roles sync.WaitGroup
	var blend recommend.Blend
	for part, scale := range parts {
		blend = append(blend, recommend.Weight{Criterion: part, Weight: 1})
		worker := &workers.Worker{
			Criterion: part, Scorer: scale, Broker: broker, Topology: topology, Clock: clock,
			Observer: workers.Unobserved{}, Log: log,
		}
		roles.Go(func() { _ = worker.Run(ctx) })
	}
	aggregator := workers.NewAggregator(ledger, &workers.Ladder{From: ledger}, nil, broker, topology, clock, workers.Unobserved{}, log)
	dispatcher := workers.NewDispatcher(ledger, broker, topology, clock, log)
	live := workers.NewLive(ledger, nil, broker, topology, clock, "replica", log)
	relay := &workers.Relay{Ledger: ledger, Broker: broker, Topology: topology, Clock: clock, Log: log}
	roles.Go(func() { _ = aggregator.Run(ctx) })
	roles.Go(func() { _ = dispatcher.Run(ctx) })
	roles.Go(func() { _ = live.Run(ctx) })
	roles.Go(func() { _ = relay.Run(ctx) }) // for a task that was sent before its worker had made its queue

	notebooks := []*recommend.Request{{User: 1}, {User: 2}}
	totals := make([]<-chan *recommend.Update, len(notebooks))
	for i, notebook := range notebooks {
		notebook.Replica = "replica"
		notebook.Spec = recommend.Spec{First: 1, Blend: blend, Deadline: 10 * time.Second}
		err := dispatcher.Dispatch(ctx, notebook, func(accepted *recommend.Request) { totals[i] = live.Follow(ctx, accepted) })
		if err != nil {
			fmt.Println(err)
		}
	}
	for _, updates := range totals {
		total := <-updates
		fmt.Printf("notebook %d weighs %.0f g, from %d of 3 parts\n",
			total.User, total.Picks[0].Score, total.Coverage.Succeeded)
	}
	stop()
	roles.Wait()
	_ = broker.Close()
	// Output:
	// notebook 1 weighs 1200 g, from 3 of 3 parts
	// notebook 2 weighs 2350 g, from 3 of 3 parts
}
