package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Memory is a broker inside the process, for a deployment of one process with nothing installed. It keeps what Broker
// promises, but its messages die with the process, and only the process reaches them.
type Memory struct {
	mu       sync.RWMutex // protects what follows
	queues   map[string]*memoryQueue
	routes   map[Address][]*memoryQueue // the slices are never changed, only replaced
	declared chan struct{}              // closed at the next declaration and by Close
	closed   bool
}

// NewMemory returns a broker without queues.
func NewMemory() *Memory {
	return &Memory{
		queues:   make(map[string]*memoryQueue),
		routes:   make(map[Address][]*memoryQueue),
		declared: make(chan struct{}),
	}
}

// Publish implements Broker.
func (m *Memory) Publish(ctx context.Context, msgs ...Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range msgs {
		if err := msgs[i].check(); err != nil {
			return err
		}
	}
	now := time.Now()
	var failure error
	for _, msg := range msgs { // copies: the caller's stay as they are
		msg.open()
		if err := m.post(&msg, nil, now); err != nil && !msg.Optional && failure == nil {
			failure = fmt.Errorf("publish to %s: %w", msg.To, err)
		}
	}
	return failure
}

// post puts a message into every queue that its addresses lead to.
func (m *Memory) post(msg *Message, end *death, now time.Time) error {
	taken, failure := false, error(nil)
	for to := range msg.addresses() {
		targets, err := m.route(to)
		if err != nil && !errors.Is(err, ErrUnroutable) {
			return err
		}
		for _, q := range targets {
			taken = true
			if q.Sift && end.tooLate() {
				continue
			}
			copied := *msg
			copied.To, copied.Also = to, nil
			surplus, err := q.put(&memoryEntry{msg: copied, at: now, end: end}, now)
			m.bury(q, surplus, ReasonMaxLength, now)
			failure = cmp.Or(failure, err)
		}
	}
	if !taken {
		return ErrUnroutable
	}
	return failure
}

func (m *Memory) route(to Address) ([]*memoryQueue, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, errClosed
	}
	targets := m.routes[to]
	if len(targets) == 0 {
		return nil, ErrUnroutable
	}
	return targets, nil
}

// bury sends what has left q to the queue's dead letters. As in RabbitMQ, what finds no queue there is gone.
func (m *Memory) bury(q *memoryQueue, entries []*memoryEntry, reason string, now time.Time) {
	if (q.DeadLetter == Address{}) {
		return
	}
	for _, e := range entries {
		end := &death{reason: reason, queue: q.Name, from: e.msg.To, deliveries: e.deliveries, at: now}
		dead := e.msg
		dead.To = q.DeadLetter
		_ = m.post(&dead, end, now)
	}
}

// Declare implements Broker.
func (m *Memory) Declare(ctx context.Context, q Queue) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := q.check(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fmt.Errorf("declare queue %s: %w", q.Name, errClosed)
	}
	if made, ok := m.queues[q.Name]; ok {
		if made.Queue != q {
			return fmt.Errorf("declare queue %s: it exists with other properties", q.Name)
		}
		return nil
	}
	made := newMemoryQueue(q)
	if q.TTL > 0 {
		made.timer = time.AfterFunc(q.TTL, func() { m.expire(made) })
	}
	m.queues[q.Name] = made
	for _, address := range made.addresses() {
		m.routes[address] = append(slices.Clone(m.routes[address]), made)
	}
	close(m.declared)
	m.declared = make(chan struct{})
	return nil
}

// expire runs on the queue's timer: it takes off what stayed too long even when nobody consumes.
func (m *Memory) expire(q *memoryQueue) {
	now := time.Now()
	q.mu.Lock()
	expired := q.expired(now)
	q.arm(now)
	q.mu.Unlock()
	m.bury(q, expired, ReasonExpired, now)
}

// find returns a queue, waiting for its declaration until ctx ends.
func (m *Memory) find(ctx context.Context, name string) (*memoryQueue, error) {
	for {
		m.mu.RLock()
		q, declared, closed := m.queues[name], m.declared, m.closed
		m.mu.RUnlock()
		if closed {
			return nil, errClosed
		}
		if q != nil {
			return q, nil
		}
		select {
		case <-declared:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// remove ends a queue that is not durable when its last consumer has left it.
func (m *Memory) remove(q *memoryQueue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !q.endUnused() {
		return
	}
	delete(m.queues, q.Name)
	for _, address := range q.addresses() {
		m.routes[address] = slices.DeleteFunc(slices.Clone(m.routes[address]), func(other *memoryQueue) bool { return other == q })
	}
}

// Stats implements Broker.
func (m *Memory) Stats(ctx context.Context, name string) (Stats, error) {
	if err := ctx.Err(); err != nil {
		return Stats{}, err
	}
	q, err := m.existing(name)
	if err != nil {
		return Stats{}, fmt.Errorf("read figures of queue %s: %w", name, err)
	}
	return q.stats(time.Now()), nil
}

func (m *Memory) existing(name string) (*memoryQueue, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return nil, errClosed
	}
	q, ok := m.queues[name]
	if !ok {
		return nil, errNoQueue
	}
	return q, nil
}

// Ready implements Broker.
func (m *Memory) Ready() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return errClosed
	}
	return nil
}

// Close implements Broker. Every message is gone after it.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	for _, q := range m.queues {
		q.end()
	}
	close(m.declared)
	return nil
}
