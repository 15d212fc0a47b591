package workers

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"

	"webflix/queue"
	"webflix/recommend"
)

// choosy is a ledger that panics over one request.
type choosy struct {
	Merger

	poison recommend.RequestID
}

func (l choosy) Merge(_ context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	if slices.ContainsFunc(answers, func(a recommend.Answer) bool { return a.Request == l.poison }) {
		panic("no such request")
	}
	return nil, nil
}

// What breaks a merge brings its own lane's results again, and nobody else's; a bundle that has some of them comes again whole.
func TestLanesFailByThemselves(t *testing.T) {
	t.Parallel()
	good, poison := recommend.RequestID{15: 2}, recommend.RequestID{15: 3}
	topology := queue.Topology{}
	message := func(id recommend.RequestID, criterion string) queue.Message {
		m := queue.Message{To: topology.Result().Bind, CorrelationID: id.String()}
		m.SetResult(&recommend.Result{Request: id, Criterion: criterion}, queue.PackScores(&recommend.Scored{}))
		return m
	}
	msgs := []queue.Message{
		message(good, "era"), message(poison, "era"), message(good, "next"),
		queue.Bundle([]queue.Message{message(good, "later"), message(poison, "later")}),
		{Type: "garbage"},
	}
	batch := make([]*queue.Message, len(msgs))
	for i := range msgs {
		batch[i] = &msgs[i]
	}

	a := NewAggregator(choosy{poison: poison}, nil, nil, nil, topology, new(Clock), Unobserved{}, slog.New(slog.DiscardHandler))
	a.lanes = newLanes(2)
	ctx, end := context.WithCancel(t.Context())
	var merging [2]chan error
	for i, lane := range a.lanes {
		merging[i] = make(chan error, 1)
		go func() { merging[i] <- a.mergeAll(ctx, lane) }()
	}
	outcomes := a.take(ctx, batch)
	end()
	for i := range merging {
		if err := <-merging[i]; err != nil {
			t.Error(err)
		}
	}
	for i, want := range []string{"done", "again", "done", "again", "buried"} {
		got := "done"
		if _, rejected := errors.AsType[*queue.Rejection](outcomes[i]); rejected {
			got = "buried"
		} else if outcomes[i] != nil {
			got = "again"
		}
		if got != want {
			t.Errorf("message %d is %s, want %s: %v", i, got, want, outcomes[i])
		}
	}
}
