package workers

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/sethvargo/go-retry"

	"webflix/recommend"
)

// mergeAll merges what is gathered in a lane, again and again, until ctx ends. Unless it is eager it rests after a merge for as long as
// that makes the next one worth its commit.
func (a *Aggregator) mergeAll(ctx context.Context, lane *gathering) error {
	for ctx.Err() == nil {
		batch, again := lane.next(time.Now(), mergeBatch)
		if len(batch) == 0 {
			lane.wait(ctx, again)
			continue
		}
		come := join(batch)
		requests, err := a.merge(ctx, come)
		if errors.Is(err, recommend.ErrRefused) {
			for i := range batch {
				lane.done(batch[i:i+1], a.mergeApart(ctx, batch[i]))
			}
			continue
		}
		lane.done(batch, err)
		if !a.Eager {
			rest(ctx, restAfter(requests, len(come.answers)))
		}
	}
	return nil
}

// mergeApart merges one after another the results that the ledger refuses together: what is wrong with one must not hold up the others.
func (a *Aggregator) mergeApart(ctx context.Context, come *arrivals) error {
	for i := range come.msgs {
		_, err := a.merge(ctx, come.only(i))
		if errors.Is(err, recommend.ErrRefused) {
			come.refused = append(come.refused, refusal{come.from[i], err.Error()})
		} else if err != nil {
			return err
		}
	}
	return nil
}

// merge commits results and emits what comes of them. It returns how many requests they are of, and an error when ctx ended, or when
// something in them makes us panic: they are tried again, and are dead letters in the end.
func (a *Aggregator) merge(ctx context.Context, come *arrivals) (requests int, err error) {
	defer func() {
		if p := recover(); p != nil {
			a.Log.Error("a merge panicked", "requests", asked(come.answers), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("merge results: panic: %v", p)
		}
	}()
	start, began := time.Now(), a.Clock.Now()
	standings, err := a.mergeUntilDone(ctx, come.answers)
	if err != nil {
		return 0, err
	}
	a.Observer.Merged(len(come.answers), time.Since(start))
	requests = len(standings)
	a.trace(come.msgs, standings, began)
	standings, late := changed(standings, come.results)
	for _, criterion := range late {
		a.Observer.Late(criterion)
	}
	a.remember(standings, come.results)
	a.emit(ctx, standings)
	var failed []recommend.RequestID
	for i := range standings {
		s := &standings[i]
		if s.Final() {
			a.alarms.drop(s.ID)
			continue
		}
		if s.Complete() {
			failed = append(failed, s.ID)
		}
		a.alarms.set(s.ID, s.Deadline)
	}
	if len(failed) > 0 {
		if _, err := a.closeDue(ctx, failed); err != nil {
			a.Log.Warn("failed requests wait for their deadline", "requests", first(failed), "err", err)
		}
	}
	return requests, nil
}

// changed returns the requests whose ranking has at least one of the results in it. For the others all of them came too late,
// and the final has been emitted. It also returns the criteria of the results that are in no ranking: they came too late.
func changed(standings []recommend.Standing, results map[part]*recommend.Result) (out []recommend.Standing, late []string) {
	shown := make(map[part]bool, len(results))
	out = slices.DeleteFunc(standings, func(s recommend.Standing) bool {
		before := len(shown)
		for i := range s.Answers {
			if of := (part{s.ID, s.Answers[i].Criterion}); results[of] != nil {
				shown[of] = true
			}
		}
		return len(shown) == before
	})
	for of := range results {
		if !shown[of] {
			late = append(late, of.criterion)
		}
	}
	return out, late
}

// remember notes the results that the ledger stored just now, and whether it has some that were merged elsewhere. Those of an answer that
// it had before may be others.
func (a *Aggregator) remember(standings []recommend.Standing, results map[part]*recommend.Result) {
	now := time.Now()
	for i := range standings {
		s := &standings[i]
		for j := range s.Answers {
			r := results[part{s.ID, s.Answers[j].Criterion}]
			if r != nil && s.Answers[j].Payload != nil {
				a.book.add(s, r, now)
			}
		}
		a.book.check(s, now)
	}
}

// mergeUntilDone tries until the ledger takes the answers or ctx ends: a ledger that is away must not use up the
// deliveries of results that nothing is wrong with.
func (a *Aggregator) mergeUntilDone(ctx context.Context, answers []recommend.Answer) (out []recommend.Standing, err error) {
	backoff := retry.WithCappedDuration(time.Second, retry.WithJitterPercent(20, retry.NewExponential(10*time.Millisecond)))
	err = retry.Do(ctx, backoff, func(ctx context.Context) error {
		out, err = a.Ledger.Merge(ctx, answers)
		if err == nil || ctx.Err() != nil || errors.Is(err, recommend.ErrRefused) {
			return err
		}
		a.Log.Warn("results wait for the ledger", "requests", asked(answers), "err", err)
		return retry.RetryableError(err)
	})
	return out, err
}
