package queue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pauses before a failed message returns to its queue, and how a subscription ends.
const (
	ackPatience  = 100 * time.Millisecond
	firstPause   = 10 * time.Millisecond
	longestPause = time.Second
	defaultGrace = 5 * time.Second
	drainTime    = 2 * time.Second // how long a subscription that asked for no more still starts handlers for what it was given
)

// verdict is what becomes of a message when its handler is done with it.
type verdict uint8

const (
	handled   verdict = iota // acknowledge it
	failed                   // return it, and count the delivery
	buried                   // dead-letter it
	unhandled                // return it, nobody had a fair try
)

// graceful returns a context that ends grace later than ctx, and what ends it at once: call it when no handler runs any
// more.
func graceful(ctx context.Context, grace time.Duration) (context.Context, func()) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-work.Done():
		}
	})
	return work, func() {
		stop()
		cancel()
	}
}

// handle calls the handler and returns one outcome for each message.
func handle(ctx context.Context, h Handler, batch []*Message) (outcomes []error) {
	defer func() {
		if p := recover(); p != nil {
			outcomes = repeat(fmt.Errorf("panic: %v", p), len(batch))
		}
	}()
	switch outcomes = h(ctx, batch); len(outcomes) {
	case len(batch):
		return outcomes
	case 0:
		return make([]error, len(batch))
	default:
		return repeat(fmt.Errorf("the handler returned %d outcomes for %d messages", len(outcomes), len(batch)), len(batch))
	}
}

func repeat(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// judge turns a handler's outcome into a verdict, with the reason if it is buried. limit is the queue's delivery limit, 0
// for none; work is the handler's context.
func judge(work context.Context, outcome error, m *Message, limit int) (verdict, string) {
	if outcome == nil {
		return handled, ""
	}
	if rejection, ok := errors.AsType[*Rejection](outcome); ok {
		return buried, shorten(rejection.Reason)
	}
	if work.Err() != nil {
		return unhandled, ""
	}
	if limit > 0 && m.Delivery > limit {
		return buried, shorten(ReasonDeliveryLimit + ": " + outcome.Error())
	}
	return failed, ""
}

// pauseAfter returns how long a message waits before it returns to its queue after a failed delivery, the first being 1.
func pauseAfter(delivery int) time.Duration {
	if delivery > 10 { // and no shift overflows
		return longestPause
	}
	return min(firstPause<<max(delivery-1, 0), longestPause)
}

// wait waits for a while, or until ctx ends.
func wait(ctx context.Context, pause time.Duration) { waitFor(ctx, nil, pause) }

// waitFor waits for a while, or until ctx ends or gone is closed.
func waitFor(ctx context.Context, gone <-chan struct{}, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-gone:
	case <-ctx.Done():
	}
}
