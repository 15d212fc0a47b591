package workers

import (
	"log/slog"
	"testing"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

func TestLiveShowsOneResultBeforeTheLedgerHasIt(t *testing.T) {
	t.Parallel()
	req := &recommend.Request{ID: recommend.RequestID{7}, User: 1, Deadline: time.Now().Add(time.Minute), Spec: recommend.Spec{
		First: 5, AllowPartial: true, Deadline: time.Minute,
		Blend: recommend.Blend{{Criterion: "history", Weight: 1}, {Criterion: "era", Weight: 1}},
	}}
	l := NewLive(nil, nil, nil, queue.Topology{}, &Clock{}, "here", slog.New(slog.DiscardHandler))
	updates := l.Follow(t.Context(), req)
	result := func(criterion string, status recommend.Status, movie int32) *queue.Message {
		body := queue.EncodeResult(&recommend.Result{
			Request: req.ID, Criterion: criterion, Status: status, Candidates: []recommend.Candidate{{Movie: movie, Score: 1}},
		})
		return &queue.Message{Type: queue.TypeResult, CorrelationID: req.ID.String(), Body: body}
	}
	for _, m := range []*queue.Message{
		result("era", recommend.StatusFailed, 1),
		{Type: queue.TypeResult, CorrelationID: req.ID.String(), Body: []byte("garbage")},
		result("history", recommend.StatusDone, 2),
		result("era", recommend.StatusDone, 3), // something is shown by now
	} {
		if outcomes := l.receive(t.Context(), []*queue.Message{m}); outcomes[0] != nil {
			t.Errorf("a preview that is of no use is refused: %v", outcomes[0])
		}
	}
	u := <-updates
	if u.Final || u.Sequence != 0 || len(u.Picks) != 1 || u.Picks[0].Movie != 2 {
		t.Errorf("the first ranking is %+v", u)
	}
	select {
	case u := <-updates:
		t.Errorf("a second ranking came of it: %+v", u)
	default:
	}
}
