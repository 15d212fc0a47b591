package workers_test

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
	"webflix/workers"
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

// post publishes numbered messages, one after another, and returns what became, or will become, of them.
func post(ctx context.Context, o *workers.Outbox, from, to int) []error {
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
		outcomes := post(t.Context(), &workers.Outbox{Broker: broker}, 0, 30)
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
		post(t.Context(), &workers.Outbox{Broker: broker}, 0, 40)
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
		o := &workers.Outbox{Broker: broker}
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
