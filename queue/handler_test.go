package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestOutcomesBecomeVerdicts(t *testing.T) {
	t.Parallel()
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	failure := errors.New("no")
	for _, c := range []struct {
		name     string
		cutOff   bool
		outcome  error
		delivery int
		limit    int
		want     verdict
		reason   string
	}{
		{"done", false, nil, 1, 3, handled, ""},
		{"done, though cut off", true, nil, 1, 3, handled, ""},
		{"rejected", false, &Rejection{Reason: "bad"}, 1, 3, buried, "bad"},
		{"rejected deep inside", false, fmt.Errorf("read: %w", &Rejection{Reason: "bad"}), 1, 0, buried, "bad"},
		{"first failure", false, failure, 1, 3, failed, ""},
		{"last failure but one", false, failure, 3, 3, failed, ""},
		{"last failure", false, failure, 4, 3, buried, "delivery_limit: no"},
		{"no limit", false, failure, 4000, 0, failed, ""},
		{"cut off", true, failure, 4, 3, unhandled, ""},
	} {
		work := t.Context()
		if c.cutOff {
			work = cut
		}
		got, reason := judge(work, c.outcome, &Message{Delivery: c.delivery}, c.limit)
		if got != c.want || reason != c.reason {
			t.Errorf("%s: got %d with reason %q, want %d with %q", c.name, got, reason, c.want, c.reason)
		}
	}
}

func TestHandlersMistakesAreErrors(t *testing.T) {
	t.Parallel()
	batch := []*Message{{}, {}, {}}
	for name, h := range map[string]Handler{
		"panic":             func(context.Context, []*Message) []error { panic("oops") },
		"panic of nil":      func(context.Context, []*Message) []error { panic(nil) },
		"too few outcomes":  func(context.Context, []*Message) []error { return make([]error, 2) },
		"too many outcomes": func(context.Context, []*Message) []error { return make([]error, 4) },
	} {
		outcomes := handle(t.Context(), h, batch)
		if len(outcomes) != 3 || outcomes[0] == nil || outcomes[2] == nil {
			t.Errorf("%s: got %v, want an error for each message", name, outcomes)
		}
	}
}

func TestPausesDouble(t *testing.T) {
	t.Parallel()
	for delivery, want := range map[int]time.Duration{
		-1: 10 * time.Millisecond, 0: 10 * time.Millisecond, 1: 10 * time.Millisecond, 2: 20 * time.Millisecond,
		4: 80 * time.Millisecond, 7: 640 * time.Millisecond, 8: time.Second, 1 << 30: time.Second,
	} {
		if got := pauseAfter(delivery); got != want {
			t.Errorf("after delivery %d: got %v, want %v", delivery, got, want)
		}
	}
}
