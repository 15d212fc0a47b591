package workers

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Unanswered is what the relay needs of the ledger.
type Unanswered interface {
	// Unanswered claims open requests without any answer, half a second old and after every further half second.
	Unanswered(ctx context.Context, limit int) ([]recommend.Standing, error)
	Profiles(ctx context.Context, users []int64) (map[int64]*recommend.Profile, error)
}

// Relay sends the tasks of requests again that were committed and have no answer: their API replica died between the
// commit and the publish, or the broker lost them. Any number of relays may run; each claims what it sends.
type Relay struct {
	Ledger   Unanswered
	Broker   queue.Broker
	Topology queue.Topology
	Clock    *Clock
	Tracer   *trace.Tracer // nil: no traces
	Log      *slog.Logger
}

const (
	relayEvery = 100 * time.Millisecond
	relayBatch = 200
)

// Run works until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	tick := time.NewTicker(relayEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if r.Broker.Ready() != nil {
				continue // a claim now would be lost
			}
			if err := r.relay(ctx); err != nil && ctx.Err() == nil {
				r.Log.Warn("requests wait for the relay", "err", err)
			}
		}
	}
}

func (r *Relay) relay(ctx context.Context) error {
	standings, err := r.Ledger.Unanswered(ctx, relayBatch)
	if err != nil || len(standings) == 0 {
		return err
	}
	standings = r.lost(ctx, standings)
	if len(standings) == 0 {
		return nil
	}
	users := make([]int64, len(standings))
	for i := range standings {
		users[i] = standings[i].User
	}
	profiles, err := r.Ledger.Profiles(ctx, users)
	if err != nil {
		return err
	}
	var tasks []queue.Message
	var spans trace.Spans
	for i := range standings {
		span := r.Tracer.Continue(standings[i].Trace, trace.Producer, "relay", "")
		standings[i].Trace = span.Parent()
		spans.Add(span)
		if p := profiles[standings[i].User]; p != nil {
			tasks = append(tasks, taskOf(&standings[i].Request, queue.Pack(p), r.Topology, r.Clock.Now()))
		}
	}
	r.Log.Info("sending tasks again", "requests", namesOf(tasks))
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err = r.Broker.Publish(ctx, tasks...)
	spans.End(err)
	return err
}

// lost returns the requests whose tasks cannot be waiting still: one of their queues is empty. To send tasks again that wait
// behind others would double the work just when there is too much of it. A request that is passed over is looked at again
// half a second later.
func (r *Relay) lost(ctx context.Context, standings []recommend.Standing) []recommend.Standing {
	ctx, cancel := context.WithTimeout(ctx, statsTimeout)
	defer cancel()
	waiting := map[string]bool{} // by criterion
	return slices.DeleteFunc(standings, func(s recommend.Standing) bool {
		for _, w := range s.Spec.Blend {
			if _, known := waiting[w.Criterion]; !known {
				stats, err := r.Broker.Stats(ctx, r.Topology.Task(w.Criterion).Name)
				waiting[w.Criterion] = err == nil && stats.Ready > 0
			}
			if !waiting[w.Criterion] {
				return false
			}
		}
		return true
	})
}
