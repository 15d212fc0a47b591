package workers

import (
	"context"
	"slices"
	"sync"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// deadWatch is what was seen of the dead letters. Pipeline.reading protects it.
type deadWatch struct {
	counts []count // over queue.RateSpan, oldest first
	head   head
}

// count is how many dead letters there were at a moment.
type count struct {
	at    time.Time
	ready int
}

// head is the oldest dead letter, as it was looked at last.
type head struct {
	died   time.Time
	looked time.Time
	ready  int // letters that there were then
}

const (
	countEvery   = time.Second
	lookAtMost   = 30 * time.Second // after which the oldest dead letter is looked at again, though their number is the same
	statsTimeout = time.Second
)

// count counts the dead letters when that is a while ago: how fast they become more is not to be had otherwise.
func (p *Pipeline) count(ctx context.Context) {
	p.reading.Lock()
	defer p.reading.Unlock()
	now := p.Clock.Now()
	if n := len(p.dead.counts); n > 0 && now.Sub(p.dead.counts[n-1].at) < countEvery {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, statsTimeout)
	defer cancel()
	stats, err := p.Broker.Stats(ctx, p.Topology.Dead().Name)
	if err != nil || stats.In >= 0 {
		return // it is away, or knows by itself
	}
	p.drift(stats.Ready, now)
}

// queues returns the figures of every queue that is there. What the broker does not tell it takes from what the processes report,
// from the ledger, and from the dead letters themselves.
func (p *Pipeline) queues(ctx context.Context, now time.Time) []recommend.QueueState {
	p.reading.Lock()
	defer p.reading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, statsTimeout)
	defer cancel()
	var flows map[string]recommend.Flow // nil when they cannot be had, or are not needed
	if _, partial := p.Broker.(queue.Flows); partial {
		var err error
		if flows, err = p.Ledger.Flows(ctx); err != nil {
			p.Log.Debug("what is done with the queues cannot be had", "err", err)
		}
	}
	pending := sync.OnceValues(func() (recommend.Pending, error) { return p.Ledger.Pending(ctx) })
	var states []recommend.QueueState
	for i, q := range p.Topology.Shared(p.Criteria) {
		stats, err := p.Broker.Stats(ctx, q.Name)
		if err != nil {
			continue // a queue that nobody has declared yet, or a broker that is away
		}
		state := recommend.QueueState{
			Name: q.Name, Ready: stats.Ready, Unacked: stats.Unacked, Consumers: stats.Consumers, Oldest: stats.Oldest,
			In: stats.In, Out: stats.Out,
		}
		if i < len(p.Criteria) {
			state.Criterion = p.Criteria[i]
		}
		if flows != nil {
			p.complete(ctx, &state, flows[q.Name], now, pending)
		}
		states = append(states, state)
	}
	return states
}

// complete fills in what the broker does not tell of a queue. pending asks the ledger, and costs something.
func (p *Pipeline) complete(
	ctx context.Context, q *recommend.QueueState, f recommend.Flow, now time.Time,
	pending func() (recommend.Pending, error),
) {
	q.Unacked, q.In, q.Out, q.Oldest = f.Held, f.In, f.Out, 0
	if q.Name == p.Topology.Dead().Name {
		came, went := p.drift(q.Ready, now)
		q.In, q.Out = max(q.In, came), max(q.Out, went)
	}
	switch {
	case f.Held > 0 && !f.Oldest.IsZero(): // those that wait are newer: a queue is first in, first out
		q.Oldest = max(0, now.Sub(f.Oldest))
	case q.Ready == 0:
	case q.Name == p.Topology.Dead().Name:
		q.Oldest = p.oldestDead(ctx, q.Ready, now)
	default:
		found, err := pending()
		if err != nil {
			p.Log.Debug("the age of what waits cannot be had", "err", err)
			q.Oldest = -1
			return
		}
		q.Oldest = ageOf(q, &found)
	}
}

// ageOf returns how old the oldest message of a queue is that nobody holds one of, by the ledger.
func ageOf(q *recommend.QueueState, p *recommend.Pending) time.Duration {
	switch {
	case q.Criterion == "":
		return p.Open // no result is older than its request
	case q.Consumers == 0:
		return p.Oldest[q.Criterion]
	default:
		return p.Timely[q.Criterion]
	}
}

// drift notes how many dead letters there are, and returns how many came and went a second, as far as their numbers tell.
func (p *Pipeline) drift(ready int, now time.Time) (came, went float64) {
	p.dead.counts = append(p.dead.counts, count{at: now, ready: ready})
	counts := slices.DeleteFunc(p.dead.counts, func(c count) bool { return now.Sub(c.at) > queue.RateSpan })
	for i := range len(counts) - 1 {
		change := float64(counts[i+1].ready - counts[i].ready)
		came += max(0, change)
		went += max(0, -change)
	}
	p.dead.counts = counts
	return came / queue.RateSpan.Seconds(), went / queue.RateSpan.Seconds()
}

// oldestDead returns how old the oldest dead letter is, -1 when that is not known. Looking takes it off the queue for a
// moment, so it is looked at when something has changed.
func (p *Pipeline) oldestDead(ctx context.Context, ready int, now time.Time) time.Duration {
	letters, ok := p.Broker.(queue.DeadLetters)
	if !ok {
		return -1
	}
	if p.dead.head.ready != ready || now.Sub(p.dead.head.looked) > lookAtMost {
		list, err := letters.ListDead(ctx, p.Topology.Dead().Name, 1)
		if err != nil || len(list) == 0 {
			return -1
		}
		p.dead.head = head{died: list[0].Died, looked: now, ready: ready}
	}
	if p.dead.head.died.IsZero() {
		return -1
	}
	return max(0, now.Sub(p.dead.head.died))
}
