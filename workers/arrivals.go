package workers

import (
	"context"
	"fmt"
	"slices"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// arrivals are the results of a batch of messages that go into one lane.
type arrivals struct {
	lane    *gathering
	at      time.Time
	again   bool             // some were delivered before
	from    []int            // places in the batch of the messages that brought them
	msgs    []*queue.Message // out of their bundles: one result each
	answers []recommend.Answer
	results map[part]*recommend.Result // what is in the answers
	refused []refusal                  // what the ledger will not take; the rest is merged
	merged  chan error                 // has room for one: what became of them
}

// refusal is a message with a result that the ledger will not take, by its place in the batch.
type refusal struct {
	place int
	why   string
}

// join returns several batches' results as one's.
func join(batch []*arrivals) *arrivals {
	if len(batch) == 1 {
		return batch[0]
	}
	all := &arrivals{results: map[part]*recommend.Result{}}
	for _, come := range batch {
		all.msgs = append(all.msgs, come.msgs...)
		for i := range come.answers {
			answer := &come.answers[i]
			all.put(come.results[part{answer.Request, answer.Criterion}], answer.Payload)
		}
	}
	return all
}

// open takes results out of their messages, into the lanes of their requests. It returns what becomes of messages that cannot be read, nil
// for the others; what else is in a bundle with one of them counts.
func (a *Aggregator) open(batch []*queue.Message) ([]*arrivals, []error) {
	var all []*arrivals
	now := time.Now()
	outcomes := make([]error, len(batch))
	for i, m := range batch {
		if m.Delivery > 1 {
			a.Observer.Redelivered(a.Topology.Result().Name)
		}
		msgs, err := queue.Unbundle(m)
		for _, one := range msgs {
			r, failure := one.Result()
			if failure != nil {
				err = failure
				continue
			}
			lane := a.laneOf(r.Request)
			at := slices.IndexFunc(all, func(come *arrivals) bool { return come.lane == lane })
			if at < 0 {
				at = len(all)
				all = append(all, &arrivals{lane: lane, at: now, results: make(map[part]*recommend.Result, len(batch)), merged: make(chan error, 1)})
			}
			come := all[at]
			come.again = come.again || m.Delivery > 1
			come.from = append(come.from, i)
			come.msgs = append(come.msgs, one)
			come.put(r, one.Body)
		}
		if err != nil {
			outcomes[i] = &queue.Rejection{Reason: err.Error()}
		}
	}
	return all, outcomes
}

// outcome waits for what became of them, unless ctx ends first.
func (c *arrivals) outcome(ctx context.Context) error {
	select {
	case err := <-c.merged:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-c.merged: // it came while another lane was waited for
		return err
	default:
		return fmt.Errorf("merge results: %w", ctx.Err())
	}
}

// only returns one of the results.
func (c *arrivals) only(i int) *arrivals {
	one := &arrivals{msgs: c.msgs[i : i+1], results: map[part]*recommend.Result{}}
	if r, err := c.msgs[i].Result(); err == nil { // it was read before
		one.put(r, c.msgs[i].Body)
	}
	return one
}

// laneOf returns the lane of a request: all its results are in one, merged one after another.
func (a *Aggregator) laneOf(id recommend.RequestID) *gathering {
	return a.lanes[int(id[len(id)-1])%len(a.lanes)]
}

// put adds a result. Of two of the same criterion the first counts, as in the ledger.
func (c *arrivals) put(r *recommend.Result, payload []byte) {
	of := part{r.Request, r.Criterion}
	if c.results[of] != nil {
		return
	}
	c.results[of] = r
	c.answers = append(c.answers, recommend.Answer{
		Request: r.Request, Criterion: r.Criterion, Scored: r.Status == recommend.StatusDone, Payload: payload,
	})
}

// part is an answer's place: one criterion's part in a request.
type part struct {
	request   recommend.RequestID
	criterion string
}
