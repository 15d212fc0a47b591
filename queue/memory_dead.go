package queue

import (
	"context"
	"fmt"
	"time"
)

// ListDead implements DeadLetters.
func (m *Memory) ListDead(ctx context.Context, queue string, limit int) ([]DeadLetter, error) {
	q, err := m.deadQueue(ctx, queue)
	if err != nil {
		return nil, fmt.Errorf("list dead letters in %s: %w", queue, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	letters := make([]DeadLetter, min(max(limit, 0), q.ready.len()))
	for i := range letters {
		letters[i] = q.ready.at(i).letter()
	}
	return letters, nil
}

// ReplayDead implements DeadLetters.
func (m *Memory) ReplayDead(ctx context.Context, queue string, pick func(*DeadLetter) bool) (int, error) {
	q, err := m.deadQueue(ctx, queue)
	if err != nil {
		return 0, fmt.Errorf("replay dead letters in %s: %w", queue, err)
	}
	q.mu.Lock()
	all := q.take(q.ready.len())
	q.mu.Unlock()
	var (
		stay, replayed []*memoryEntry
		now            = time.Now()
	)
	for _, e := range all {
		e.deliveries--
		letter := e.letter()
		if e.end == nil || err != nil || pick != nil && !pick(&letter) {
			stay = append(stay, e)
			continue
		}
		again := e.msg
		again.To = e.end.from
		if err = m.post(&again, nil, now); err != nil {
			err = fmt.Errorf("replay to %s: %w", again.To, err)
			stay = append(stay, e)
			continue
		}
		replayed = append(replayed, e)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(replayed, now)
	q.giveBack(stay, now)
	return len(replayed), err
}

// PurgeDead implements DeadLetters.
func (m *Memory) PurgeDead(ctx context.Context, queue string) (int, error) {
	q, err := m.deadQueue(ctx, queue)
	if err != nil {
		return 0, fmt.Errorf("purge dead letters in %s: %w", queue, err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.ready.len()
	q.ready = ring[*memoryEntry]{}
	q.out.add(n, time.Now())
	return n, nil
}

func (m *Memory) deadQueue(ctx context.Context, name string) (*memoryQueue, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return m.existing(name)
}

func (e *memoryEntry) letter() DeadLetter {
	letter := DeadLetter{Message: e.msg}
	if e.end != nil {
		letter.Reason, letter.Queue, letter.From = e.end.reason, e.end.queue, e.end.from
		letter.Deliveries, letter.Died = e.end.deliveries, e.end.at
	}
	return letter
}
