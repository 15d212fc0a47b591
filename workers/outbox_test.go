package workers

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// confirming is a broker that confirms a publication when the test says so.
type confirming struct {
	queue.Broker

	mu       sync.Mutex
	sent     [][]string // what was in each publication
	confirms []chan error
}

func (c *confirming) Publish(_ context.Context, msgs ...queue.Message) error {
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
	confirm := make(chan error)
	c.mu.Lock()
	c.sent, c.confirms = append(c.sent, names), append(c.confirms, confirm)
	c.mu.Unlock()
	return <-confirm
}

// all returns what was in each publication so far.
func (c *confirming) all() [][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// confirmAll confirms whatever was sent.
func (c *confirming) confirmAll() {
	for i := 0; i < len(c.all()); i++ {
		c.confirms[i] <- nil
		synctest.Wait()
	}
}

// post publishes numbered messages, one after another, and returns what became, or will become, of them.
func post(ctx context.Context, o *Outbox, from, to int) []error {
	outcomes := make([]error, to)
	for i := from; i < to; i++ {
		go func() {
			outcomes[i] = o.Publish(ctx, recommend.RequestID{}, queue.Message{CorrelationID: strconv.Itoa(i), Body: []byte("scores")}, false)
		}()
		synctest.Wait()
	}
	return outcomes
}

func TestOutboxBundlesWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &confirming{}
		outcomes := post(t.Context(), &Outbox{Broker: broker}, 0, 30)
		alone := len(broker.sent)
		if alone < 2 || alone > 16 || slices.ContainsFunc(broker.sent, func(names []string) bool { return len(names) != 1 }) {
			t.Fatalf("before any confirmation, this was sent: %v", broker.sent)
		}
		broken := errors.New("the broker is gone")
		broker.confirms[0] <- nil
		synctest.Wait()
		broker.confirms[1] <- broken
		synctest.Wait()
		bundles := broker.sent[alone:]
		if len(bundles) != 2 || len(bundles[0]) < 2 || slices.Concat(bundles...)[0] != strconv.Itoa(alone) {
			t.Fatalf("two confirmations let this go: %v", bundles)
		}
		broker.confirms[alone] <- nil
		broker.confirms[alone+1] <- broken
		synctest.Wait()
		for i, err := range outcomes {
			failed := i == 1 || slices.Contains(bundles[1], strconv.Itoa(i))
			if errors.Is(err, broken) != failed {
				t.Errorf("message %d: %v", i, err)
			}
		}
		for _, confirm := range broker.confirms[2:alone] {
			confirm <- nil
		}
		synctest.Wait()
		if all := slices.Concat(broker.sent...); len(all) != 30 {
			t.Errorf("30 messages were sent as %v", all)
		}
	})
}

func TestOutboxDoesNotWaitForWhatIsNeverConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &confirming{}
		post(t.Context(), &Outbox{Broker: broker}, 0, 40)
		time.Sleep(time.Second)
		synctest.Wait()
		if all := slices.Concat(broker.sent...); len(all) != 40 {
			t.Errorf("while nothing is confirmed, of 40 messages these are sent: %v", all)
		}
		for _, confirm := range broker.confirms {
			confirm <- nil
		}
		synctest.Wait()
	})
}

func TestOutboxLetsGoOfWhoGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broker := &confirming{}
		o := &Outbox{Broker: broker}
		post(t.Context(), o, 0, 20)
		ctx, cancel := context.WithCancel(t.Context())
		outcomes := post(ctx, o, 20, 21)
		cancel()
		synctest.Wait()
		if !errors.Is(outcomes[20], context.Canceled) {
			t.Errorf("who gave up got %v", outcomes[20])
		}
		for i := 0; i < len(broker.confirms); i++ {
			broker.confirms[i] <- nil
			synctest.Wait()
		}
	})
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
				broker := &confirming{}
				defer broker.confirmAll()
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
		broker := &confirming{}
		defer broker.confirmAll()
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
