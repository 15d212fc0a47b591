package workers

import (
	"context"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// outgoing is a broker that confirms at once and notes what was in each publication.
type outgoing struct {
	queue.Broker

	mu   sync.Mutex
	sent [][]string
}

func (b *outgoing) Publish(_ context.Context, msgs ...queue.Message) error {
	var names []string
	for i := range msgs {
		opened, err := queue.Unbundle(&msgs[i])
		if err != nil {
			return err
		}
		for _, m := range opened {
			names = append(names, m.CorrelationID)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, names)
	return nil
}

func (b *outgoing) all() [][]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sent)
}

// say publishes a numbered result of a request of three criteria, which are all under way.
func say(t *testing.T, o *Outbox, of recommend.RequestID, number int, shown bool) {
	t.Helper()
	go func() {
		_ = o.Publish(context.Background(), of, queue.Message{CorrelationID: strconv.Itoa(number), Body: []byte("scores")}, shown)
	}()
	synctest.Wait()
}

func TestOutboxSendsARequestsLaterResultsTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		shown bool
		want  []int // results in each publication
	}{{"the first one is urgent", false, []int{1, 2}}, {"the first one is shown already", true, []int{3}}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broker := &outgoing{}
				o := &Outbox{Broker: broker}
				of := recommend.RequestID{1}
				for range 3 {
					o.take(of, 3)
				}
				start := time.Now()
				for n := range 3 {
					say(t, o, of, n, c.shown)
				}
				var got []int
				for _, names := range broker.all() {
					got = append(got, len(names))
				}
				if !slices.Equal(got, c.want) || time.Since(start) > 0 {
					t.Errorf("after %v, three results are sent as %v", time.Since(start), broker.all())
				}
			})
		})
	}
}

func TestOutboxWaitsForNobodysResultsLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &outgoing{}
		o := &Outbox{Broker: broker}
		ask := func(id byte) (sent int) { // two of three tasks come here
			of, before := recommend.RequestID{id}, len(broker.all())
			o.take(of, 3)
			o.take(of, 3)
			say(t, o, of, 0, false)
			say(t, o, of, 1, false)
			return len(broker.all()) - before
		}
		if sent := ask(1); sent != 1 {
			t.Errorf("the second result waits for nothing: %v", broker.all())
		}
		time.Sleep(outboxHold)
		synctest.Wait()
		if len(broker.all()) != 2 {
			t.Errorf("after %v the second result still waits: %v", outboxHold, broker.all())
		}
		time.Sleep(outboxPatience)
		synctest.Wait()
		if sent := ask(2); sent != 2 {
			t.Errorf("results wait for those of tasks that another process has: %v", broker.all())
		}
		o.take(recommend.RequestID{3}, 1)
		o.drop(t.Context(), recommend.RequestID{3})
		if o.parcels[recommend.RequestID{3}] != nil {
			t.Error("a task without a result is waited for")
		}
	})
}

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
