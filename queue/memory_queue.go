package queue

import (
	"slices"
	"sync"
	"time"
)

// memoryQueue is a queue of the in-process broker.
type memoryQueue struct {
	Queue

	mu        sync.Mutex // protects what follows; nothing else is locked under it
	changed   sync.Cond  // messages have come, were settled or the queue has ended
	ready     ring[*memoryEntry]
	held      map[*memoryEntry]struct{} // delivered and not settled
	in, out   rate
	consumers int
	tight     int         // consumers one of whose handlers may wait for a message that it may not take
	timer     *time.Timer // expires the head; nil without TTL
	due       time.Time   // when timer fires, zero when it does not
	ended     bool
}

// memoryEntry is a message in a queue. Whoever took it from the queue owns it.
type memoryEntry struct {
	msg        Message
	at         time.Time // when it came into the queue
	deliveries int       // times it was given to a handler
	end        *death    // how it came into a dead-letter queue, nil if it did not die
}

// death says how a message ended in its queue.
type death struct {
	reason     string
	queue      string
	from       Address
	deliveries int
	at         time.Time
}

// tooLate reports whether it died of waiting, not of a failure. A message that did not die did not.
func (d *death) tooLate() bool {
	return d != nil && (d.reason == ReasonExpired || d.reason == ReasonMaxLength)
}

func newMemoryQueue(q Queue) *memoryQueue {
	made := &memoryQueue{Queue: q, held: make(map[*memoryEntry]struct{})}
	made.changed.L = &made.mu
	return made
}

// addresses returns where the queue receives from: as in AMQP, the default exchange leads to every queue by its name.
func (q *memoryQueue) addresses() []Address {
	own := Address{Key: q.Name}
	if q.Bind == own || q.Bind == (Address{}) {
		return []Address{own}
	}
	return []Address{own, q.Bind}
}

// put adds an entry and returns the oldest ones that are too many now.
func (q *memoryQueue) put(e *memoryEntry, now time.Time) (surplus []*memoryEntry, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return nil, ErrUnroutable
	}
	if q.MaxLength > 0 && q.ready.len() >= q.MaxLength {
		if q.KeepDead {
			return nil, ErrBusy
		}
		surplus = append(surplus, q.ready.popFront())
	}
	q.ready.pushBack(e)
	q.in.add(1, now)
	q.arm(now)
	if q.tight > 0 {
		q.changed.Broadcast()
	} else {
		q.changed.Signal() // whoever wakes up takes it
	}
	return surplus, nil
}

// take removes up to n entries from the head for a handler. The caller holds mu and has taken off what had expired.
func (q *memoryQueue) take(n int) []*memoryEntry {
	n = min(n, q.ready.len())
	if n <= 0 {
		return nil
	}
	taken := make([]*memoryEntry, n)
	for i := range taken {
		taken[i] = q.ready.popFront()
		taken[i].deliveries++
		q.held[taken[i]] = struct{}{}
	}
	return taken
}

// release notes that entries that were taken are dealt with. The caller holds mu.
func (q *memoryQueue) release(entries []*memoryEntry, now time.Time) {
	for _, e := range entries {
		delete(q.held, e)
	}
	q.out.add(len(entries), now)
}

// giveBack puts entries that were taken back at the head. The caller holds mu.
func (q *memoryQueue) giveBack(entries []*memoryEntry, now time.Time) {
	for _, e := range entries {
		delete(q.held, e)
	}
	if q.ended {
		return
	}
	for _, e := range slices.Backward(entries) {
		q.ready.pushFront(e)
	}
	q.arm(now)
	q.changed.Broadcast()
}

// expired removes the entries at the head that stayed too long. The caller holds mu.
func (q *memoryQueue) expired(now time.Time) []*memoryEntry {
	if q.TTL == 0 {
		return nil
	}
	var out []*memoryEntry
	for q.ready.len() > 0 && now.Sub(q.ready.front().at) >= q.TTL {
		out = append(out, q.ready.popFront())
	}
	return out
}

// arm sets the timer to the head's expiry. The caller holds mu.
func (q *memoryQueue) arm(now time.Time) {
	if q.timer == nil || q.ended {
		return
	}
	if q.ready.len() == 0 {
		return // a timer that is set already fires in vain once
	}
	due := q.ready.front().at.Add(q.TTL)
	if q.due.After(now) && !due.Before(q.due) {
		return
	}
	q.due = due
	q.timer.Reset(due.Sub(now))
}

func (q *memoryQueue) stats(now time.Time) Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Stats{
		Ready: q.ready.len(), Unacked: len(q.held), Consumers: q.consumers,
		In: q.in.perSecond(now), Out: q.out.perSecond(now),
	}
	if s.Ready > 0 {
		s.Oldest = now.Sub(q.ready.front().at)
	}
	for e := range q.held {
		s.Oldest = max(s.Oldest, now.Sub(e.at))
	}
	return s
}

// join counts a consumer in. It reports false when the queue has ended.
func (q *memoryQueue) join(sub *Subscription) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.consumers++
		if sub.tight() {
			q.tight++
		}
	}
	return !q.ended
}

// leave counts a consumer out.
func (q *memoryQueue) leave(sub *Subscription) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.consumers--
	if sub.tight() {
		q.tight--
	}
}

// endUnused ends a queue that is not durable and has no consumer, and reports whether it did.
func (q *memoryQueue) endUnused() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.Durable || q.consumers > 0 || q.ended {
		return false
	}
	q.stop()
	return true
}

func (q *memoryQueue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stop()
}

// stop ends the queue. The caller holds mu.
func (q *memoryQueue) stop() {
	q.ended = true
	q.ready = ring[*memoryEntry]{}
	if q.timer != nil {
		q.timer.Stop()
	}
	q.changed.Broadcast()
}
