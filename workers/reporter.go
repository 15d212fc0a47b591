package workers

import (
	"context"
	"log/slog"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Reports takes in what processes do with queues.
type Reports interface {
	// ReportFlows replaces what a process does with queues. What it does not mention it does nothing with.
	ReportFlows(ctx context.Context, process string, flows []recommend.Flow) error
}

// Reporter tells the others what this process does with the queues: over AMQP the broker does not. It writes nothing while the
// process does nothing.
type Reporter struct {
	Ledger   Reports
	Flows    queue.Flows
	Topology queue.Topology
	Criteria []string
	Process  string // tells this process from all others
	Log      *slog.Logger
}

const (
	reportEvery   = time.Second
	reportTimeout = time.Second
)

// Run reports until ctx ends, and then takes its report back.
func (r *Reporter) Run(ctx context.Context) error {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	var last []recommend.Flow
	for {
		select {
		case <-ctx.Done():
			if len(last) > 0 {
				r.report(context.WithoutCancel(ctx), nil)
			}
			return nil
		case <-tick.C:
			now := r.flows()
			if len(now) > 0 || len(last) > 0 {
				r.report(ctx, now)
			}
			last = now
		}
	}
}

// flows returns what this process does with the queues that roles share, without those that it does nothing with.
func (r *Reporter) flows() []recommend.Flow {
	var flows []recommend.Flow
	for _, q := range r.Topology.Shared(r.Criteria) {
		f := r.Flows.Flow(q)
		if f.Held > 0 || f.In > 0 || f.Out > 0 {
			flows = append(flows, recommend.Flow{Queue: q.Name, Held: f.Held, Oldest: f.Oldest, In: f.In, Out: f.Out})
		}
	}
	return flows
}

func (r *Reporter) report(ctx context.Context, flows []recommend.Flow) {
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	if err := r.Ledger.ReportFlows(ctx, r.Process, flows); err != nil && ctx.Err() == nil {
		r.Log.Debug("the pipeline's picture lacks what this process does", "err", err)
	}
}
