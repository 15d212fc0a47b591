package workers

import (
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// arrivals are the results of a batch of messages.
type arrivals struct {
	at      time.Time
	again   bool             // some were delivered before
	msgs    []*queue.Message // out of their bundles: one result each
	answers []recommend.Answer
	results map[part]*recommend.Result // what is in the answers
	merged  chan error                 // has room for one: what became of them
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

// open takes results out of their messages. It returns what becomes of those that cannot be read, nil for the others; what else is in
// a bundle with one of them counts.
func (a *Aggregator) open(batch []*queue.Message) (*arrivals, []error) {
	come := &arrivals{at: time.Now(), results: make(map[part]*recommend.Result, len(batch)), merged: make(chan error, 1)}
	outcomes := make([]error, len(batch))
	for i, m := range batch {
		if m.Delivery > 1 {
			come.again = true
			a.Observer.Redelivered(a.Topology.Result().Name)
		}
		msgs, err := queue.Unbundle(m)
		for _, m := range msgs {
			if failure := come.add(m); failure != nil {
				err = failure
			}
		}
		if err != nil {
			outcomes[i] = &queue.Rejection{Reason: err.Error()}
		}
	}
	return come, outcomes
}

// add takes one result in.
func (c *arrivals) add(m *queue.Message) error {
	r, err := m.Result()
	if err != nil {
		return err
	}
	c.msgs = append(c.msgs, m)
	c.put(r, m.Body)
	return nil
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
