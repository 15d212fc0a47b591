package bench

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"webflix/db"
	"webflix/recommend"
)

// memoryLedger keeps requests in memory and forgets each when it is final: what the pipeline costs without the database's
// commits. It keeps no deadlines.
type memoryLedger struct {
	*db.DB // reads

	mu   sync.Mutex // protects open
	open map[recommend.RequestID]*recommend.Standing
}

func newMemoryLedger(store *db.DB) *memoryLedger {
	return &memoryLedger{DB: store, open: map[recommend.RequestID]*recommend.Standing{}}
}

// Accept implements workers.Accepter.
func (l *memoryLedger) Accept(_ context.Context, reqs []*recommend.Request) error {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range reqs {
		if r.Revision == recommend.Unread {
			continue
		}
		var stamp [8]byte
		binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixMilli()))
		copy(r.ID[:6], stamp[2:])
		_, _ = rand.Read(r.ID[6:]) // it never fails
		r.Deadline = now.Add(r.Spec.Deadline)
		l.open[r.ID] = &recommend.Standing{Request: *r}
	}
	return nil
}

// Sync implements workers.Accepter: there is no disk.
func (l *memoryLedger) Sync(context.Context, recommend.RequestID) error { return nil }

// Merge implements workers.Merger.
func (l *memoryLedger) Merge(_ context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var touched []recommend.RequestID
	seen := make(map[recommend.RequestID]bool, len(answers))
	for _, a := range answers {
		s := l.open[a.Request]
		if s == nil {
			continue
		}
		s.Answers = append(s.Answers, a)
		if !seen[a.Request] {
			seen[a.Request] = true
			touched = append(touched, a.Request)
		}
	}
	standings := make([]recommend.Standing, 0, len(touched))
	for _, id := range touched {
		s := l.open[id]
		s.Sequence++
		s.Now = time.Now()
		if len(s.Answers) == len(s.Spec.Blend) {
			s.FinalAt = s.Now
			delete(l.open, id)
		}
		standings = append(standings, *s)
	}
	return standings, nil
}

// CloseDue implements workers.Merger.
func (l *memoryLedger) CloseDue(context.Context, []recommend.RequestID, int) ([]recommend.Standing, error) {
	return nil, nil
}

// CloseWith implements workers.Merger.
func (l *memoryLedger) CloseWith(context.Context, []recommend.Answer) ([]recommend.Standing, error) {
	return nil, nil
}

// Attach implements workers.Requests.
func (l *memoryLedger) Attach(_ context.Context, id recommend.RequestID, _ string) (*recommend.Standing, error) {
	return nil, fmt.Errorf("request %s: %w", id, recommend.ErrNotFound)
}

// Standings implements workers.Requests.
func (l *memoryLedger) Standings(context.Context, []recommend.RequestID) ([]recommend.Standing, error) {
	return nil, nil
}

// Abandon implements workers.Requests.
func (l *memoryLedger) Abandon(context.Context, recommend.RequestID, string) (bool, error) {
	return false, nil
}
