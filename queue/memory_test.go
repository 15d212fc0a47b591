package queue

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
)

// The tests in this file are of time, which the in-process broker takes from the standard library: they run in a bubble.

func TestMemoryExpiresAtTheHeadWithoutConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewMemory()
		defer func() { _ = b.Close() }()
		dead, q := testQueue("", "dead"), testQueue("", "q")
		q.TTL, q.DeadLetter = 10*time.Second, dead.Bind
		declareAll(t, b, dead, q)
		for range 3 {
			publish(t, b, Message{To: q.Bind})
			time.Sleep(3 * time.Second) //nolint:forbidigo // the bubble's clock
		}
		for _, step := range []struct {
			until time.Duration // since the last step
			ready int
			age   time.Duration
		}{{0, 3, 9 * time.Second}, {time.Second, 2, 7 * time.Second}, {3 * time.Second, 1, 7 * time.Second}, {3 * time.Second, 0, 0}} {
			time.Sleep(step.until) //nolint:forbidigo // the bubble's clock
			synctest.Wait()
			s, err := b.Stats(t.Context(), q.Name)
			if err != nil || s.Ready != step.ready || s.Oldest != step.age {
				t.Errorf("got %+v, %v; want %d messages, the oldest %v old", s, err, step.ready, step.age)
			}
		}
		if letters, _ := b.ListDead(t.Context(), dead.Name, 9); len(letters) != 3 || letters[0].Reason != ReasonExpired {
			t.Errorf("the dead letters are %+v", letters)
		}
	})
}

func TestMemoryReturnsFailuresAfterTheirPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewMemory()
		defer func() { _ = b.Close() }()
		dead, q := testQueue("", "dead"), testQueue("", "q")
		q.DeliveryLimit, q.DeadLetter = 3, dead.Bind
		declareAll(t, b, dead, q)
		start := time.Now()
		var at []time.Duration
		stop := consume(t, b, Subscription{Queue: q.Name}, func(context.Context, []*Message) []error {
			at = append(at, time.Since(start))
			return []error{errors.New("no")}
		})
		publish(t, b, Message{To: q.Bind})
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		stop()
		want := []time.Duration{0, 10 * time.Millisecond, 30 * time.Millisecond, 70 * time.Millisecond}
		if len(at) != len(want) {
			t.Fatalf("it was delivered at %v, want %v", at, want)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("delivery %d was at %v, want %v", i+1, at[i], want[i])
			}
		}
		if s, _ := b.Stats(t.Context(), q.Name); s != (Stats{}) {
			t.Errorf("the queue has %+v", s)
		}
	})
}

func TestMemoryBatchLingersAsLongAsItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewMemory()
		defer func() { _ = b.Close() }()
		q := testQueue("", "q")
		declareAll(t, b, q)
		start := time.Now()
		var sizes []int
		var at []time.Duration
		stop := consume(t, b, Subscription{Queue: q.Name, Batch: 3, Linger: 5 * time.Second},
			func(_ context.Context, batch []*Message) []error {
				sizes, at = append(sizes, len(batch)), append(at, time.Since(start))
				return nil
			})
		for range 4 { // at 0, 2, 4 and 6 s
			publish(t, b, Message{To: q.Bind})
			time.Sleep(2 * time.Second) //nolint:forbidigo // the bubble's clock
		}
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		stop()
		if len(sizes) != 2 || sizes[0] != 3 || sizes[1] != 1 || at[0] != 4*time.Second || at[1] != 11*time.Second {
			t.Errorf("batches of %v at %v, want 3 at 4s and 1 at 11s", sizes, at)
		}
	})
}

func TestMemoryCutsHandlersOffAfterTheirGrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := NewMemory()
		defer func() { _ = b.Close() }()
		q := testQueue("", "q")
		declareAll(t, b, q)
		publish(t, b, Message{To: q.Bind}, Message{To: q.Bind})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := b.Consume(ctx, Subscription{Queue: q.Name}, func(ctx context.Context, _ []*Message) []error {
			<-ctx.Done()
			return []error{ctx.Err()}
		}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second+defaultGrace {
			t.Errorf("it took %v", took)
		}
		if s, _ := b.Stats(t.Context(), q.Name); s.Ready != 2 || s.Unacked != 0 || s.Consumers != 0 {
			t.Errorf("the queue has %+v", s)
		}
		h, got := collect()
		defer consume(t, b, Subscription{Queue: q.Name}, h)()
		if m := <-got; m.Delivery != 1 {
			t.Errorf("delivery is %d: a handler that was cut off had no fair try", m.Delivery)
		}
	})
}

// Messages that stay in the process are read once; what that gives must be what their bodies say.
func TestMemoryBringsWhatBodiesSay(t *testing.T) {
	t.Parallel()
	b := NewMemory()
	defer func() { _ = b.Close() }()
	genres, history, result := testQueue("x", "genres"), testQueue("x", "history"), testQueue("", "result")
	declareAll(t, b, genres, history, result)
	receive := func(q Queue) *Message {
		h, got := collect()
		stop := consume(t, b, Subscription{Queue: q.Name}, h)
		defer stop()
		return next(t, got)
	}

	task := sampleTask()
	body := EncodeTaskOf(task, Pack(&recommend.Profile{History: task.History, Exclude: task.Exclude}), []string{"genres", "history"})
	publish(t, b, Message{To: genres.Bind, Also: []string{history.Bind.Key}, Type: TypeTask, Body: body})
	for _, q := range []Queue{genres, history} {
		m := receive(q)
		if m.task == nil {
			t.Errorf("a task comes from %s as it was sent", q.Name)
		}
		for _, criterion := range []string{"genres", "history", "era"} {
			got, err := m.Task(criterion)
			want, failure := OpenTask(TypeTask, body, criterion)
			if (err == nil) != (failure == nil) {
				t.Errorf("%s is asked: %v, by the body: %v", criterion, err, failure)
			} else if err == nil && !reflect.DeepEqual(got.Unseal(), want.Unseal()) {
				t.Errorf("%s is asked %+v, by the body %+v", criterion, got.Unseal(), want.Unseal())
			}
		}
	}

	r := sampleResult()
	scores := PackScores(&recommend.Scored{Candidates: r.Candidates, Floor: r.Floor, Degraded: r.Degraded, Evidence: r.Evidence.(recommend.Explained)})
	for _, opened := range []bool{false, true} {
		if opened {
			scores.Open()
		}
		msg := Message{To: result.Bind}
		msg.SetResult(r, scores)
		publish(t, b, msg)
		m := receive(result)
		if (m.result != nil) != opened {
			t.Errorf("of opened scores: %v, a result comes read: %v", opened, m.result != nil)
		}
		got, err := m.Result()
		if err != nil {
			t.Fatal(err)
		}
		want, err := readResult(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(explained(got), want) {
			t.Errorf("the result is %+v, by the body %+v", explained(got), want)
		}
	}
}
