package workers_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

// ledger is a ledger in memory that keeps what the database's promises, by the machine's clock: with testing/synctest, by
// the bubble's. Everybody is known to it, with an empty history.
type ledger struct {
	mu       sync.Mutex   // protects what follows
	away     bool         // every call fails
	refuses  string       // a criterion whose answers are not taken, however often they come
	sync     func() error // nil: at once
	serial   uint64
	requests map[recommend.RequestID]*entry
	popular  []recommend.Film
	merges   int            // that were asked for
	unlucky  int64          // whose films cannot be found
	seen     map[int32]bool // by everybody
}

type entry struct {
	recommend.Standing
	answers map[string]recommend.Answer
	relayed int
}

func newLedger() *ledger {
	return &ledger{requests: map[recommend.RequestID]*entry{}, seen: map[int32]bool{}}
}

var errAway = errors.New("the ledger is away")

func (l *ledger) lock() error {
	l.mu.Lock()
	if l.away {
		l.mu.Unlock()
		return errAway
	}
	return nil
}

// setAway makes every call fail, or no longer.
func (l *ledger) setAway(away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = away
}

// setSync makes Sync do something; nil: nothing.
func (l *ledger) setSync(sync func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sync = sync
}

// lose forgets all requests, as a power cut does with those that are not on disk.
func (l *ledger) lose() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.requests)
}

// spoil makes all answers unreadable, as those of a newer version are.
func (l *ledger) spoil() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.requests {
		for criterion, a := range e.answers {
			a.Payload = []byte("of a newer version")
			e.answers[criterion] = a
		}
	}
}

func (l *ledger) Accept(_ context.Context, reqs []*recommend.Request) error {
	if err := l.lock(); err != nil {
		return err
	}
	defer l.mu.Unlock()
	now := time.Now()
	for _, r := range reqs {
		if r.Revision == recommend.Unread {
			continue
		}
		l.serial++
		var stamp [8]byte
		binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixMilli()))
		copy(r.ID[:6], stamp[2:])
		binary.BigEndian.PutUint64(r.ID[8:], l.serial)
		r.Deadline = now.Add(r.Spec.Deadline)
		l.requests[r.ID] = &entry{Standing: recommend.Standing{Request: *r}, answers: map[string]recommend.Answer{}}
	}
	return nil
}

func (l *ledger) Sync(context.Context, recommend.RequestID) error {
	l.mu.Lock()
	sync := l.sync
	l.mu.Unlock()
	if sync == nil {
		return nil
	}
	return sync()
}

func (l *ledger) Profiles(_ context.Context, users []int64) (map[int64]*recommend.Profile, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	profiles := map[int64]*recommend.Profile{}
	for _, u := range users {
		if u > 0 {
			profiles[u] = &recommend.Profile{History: []recommend.Watch{{Movie: int32(u), At: time.Unix(0, 0)}}} // nobody's is another's
		}
	}
	return profiles, nil
}

func (l *ledger) Merge(_ context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	l.merges++
	if slices.ContainsFunc(answers, func(a recommend.Answer) bool { return a.Criterion == l.refuses }) {
		return nil, fmt.Errorf("merge: %w", recommend.ErrRefused)
	}
	touched := map[recommend.RequestID]bool{}
	for _, a := range answers {
		e := l.requests[a.Request]
		if e == nil {
			continue
		}
		touched[a.Request] = true
		if _, ok := e.answers[a.Criterion]; ok {
			continue
		}
		a.At, a.Late = time.Now(), e.Final()
		e.answers[a.Criterion] = a
	}
	for id := range touched {
		e := l.requests[id]
		if e.Final() {
			continue
		}
		e.Sequence++
		if n := len(slices.DeleteFunc(slices.Collect(maps.Values(e.answers)), func(a recommend.Answer) bool { return !a.Scored })); n == len(e.Spec.Blend) {
			e.FinalAt = time.Now()
		}
	}
	return l.standings(slices.Collect(maps.Keys(touched))), nil
}

func (l *ledger) CloseDue(_ context.Context, failed []recommend.RequestID, limit int) ([]recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var due []recommend.RequestID
	for id, e := range l.requests {
		if late := !e.Deadline.After(time.Now()) && len(due) < limit; !e.Final() && (late || slices.Contains(failed, id)) {
			due = append(due, id)
		}
	}
	for _, s := range l.standings(due) {
		if s.Coverage() > 0 && s.Coverage() >= s.Spec.MinCoverage {
			l.close(s.ID)
		}
	}
	return l.standings(due), nil
}

func (l *ledger) CloseWith(_ context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var ids []recommend.RequestID
	for _, a := range answers {
		ids = append(ids, a.Request)
		if e := l.requests[a.Request]; e != nil && !e.Final() {
			a.At = time.Now()
			e.answers[a.Criterion] = a
			l.close(a.Request)
		}
	}
	return l.standings(ids), nil
}

func (l *ledger) close(id recommend.RequestID) {
	l.requests[id].Sequence++
	l.requests[id].FinalAt = time.Now()
}

func (l *ledger) Unanswered(_ context.Context, limit int) ([]recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var ids []recommend.RequestID
	for id, e := range l.requests {
		due := e.ID.Time().Add(time.Duration(e.relayed+1) * 500 * time.Millisecond)
		if !e.Final() && len(e.answers) == 0 && !time.Now().Before(due) && time.Until(e.Deadline) > 10*time.Millisecond && len(ids) < limit {
			e.relayed++
			ids = append(ids, id)
		}
	}
	return l.standings(ids), nil
}

func (l *ledger) Attach(_ context.Context, id recommend.RequestID, replica string) (*recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	e := l.requests[id]
	if e == nil {
		return nil, fmt.Errorf("request %s: %w", id, recommend.ErrNotFound)
	}
	if !e.Final() {
		e.Replica = replica
	}
	return &l.standings([]recommend.RequestID{id})[0], nil
}

func (l *ledger) Standings(_ context.Context, ids []recommend.RequestID) ([]recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	return l.standings(ids), nil
}

func (l *ledger) LastKnown(_ context.Context, user int64, before recommend.RequestID) (*recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	var last *recommend.Standing
	for _, s := range l.standings(slices.Collect(maps.Keys(l.requests))) {
		older := slices.Compare(s.ID[:], before[:]) < 0 && (last == nil || slices.Compare(s.ID[:], last.ID[:]) > 0)
		if s.User == user && s.Final() && s.Coverage() > 0 && older {
			last = &s
		}
	}
	if last == nil {
		return nil, fmt.Errorf("a finished request of user %d: %w", user, recommend.ErrNotFound)
	}
	return last, nil
}

func (l *ledger) FindFilms(_ context.Context, q recommend.FilmQuery) (recommend.FilmPage, error) {
	if err := l.lock(); err != nil {
		return recommend.FilmPage{}, err
	}
	defer l.mu.Unlock()
	if q.Viewer == l.unlucky {
		return recommend.FilmPage{}, errAway
	}
	return recommend.FilmPage{Films: l.popular[:min(q.Limit, len(l.popular))]}, nil
}

// read reads one request.
func read(t *testing.T, r *workers.Recommender, id recommend.RequestID) recommend.Ranked {
	t.Helper()
	ranked, err := r.Read(t.Context(), []recommend.RequestID{id})
	if err != nil || len(ranked) != 1 {
		t.Fatalf("read %s: %d requests, %v", id, len(ranked), err)
	}
	return ranked[0]
}

func (l *ledger) Opinions(_ context.Context, asked map[int64][]int32) (map[int64][]recommend.Opinion, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	opinions := make(map[int64][]recommend.Opinion, len(asked))
	for user, movies := range asked {
		for _, m := range movies {
			o := recommend.Opinion{Movie: m}
			if l.seen[m] {
				o.WatchedAt = time.Now()
			}
			opinions[user] = append(opinions[user], o)
		}
	}
	return opinions, nil
}

// answers returns every answer to a request, late ones too, by criterion.
func (l *ledger) answers(id recommend.RequestID) map[string]recommend.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.requests[id].answers)
}

// standings returns requests in the order of their ids, without late answers. The caller holds mu.
func (l *ledger) standings(ids []recommend.RequestID) []recommend.Standing {
	var out []recommend.Standing
	for _, id := range ids {
		e := l.requests[id]
		if e == nil {
			continue
		}
		s := e.Standing
		s.Now, s.Answers = time.Now(), nil
		for _, a := range e.answers {
			if !a.Late {
				s.Answers = append(s.Answers, a)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b recommend.Standing) int { return cmp.Compare(string(a.ID[:]), string(b.ID[:])) })
	return out
}

func (l *ledger) Abandon(_ context.Context, id recommend.RequestID, replica string) (bool, error) {
	if err := l.lock(); err != nil {
		return false, err
	}
	defer l.mu.Unlock()
	e := l.requests[id]
	if e == nil || e.Replica != replica || e.Final() {
		return false, nil
	}
	e.Deadline = time.Now()
	return true, nil
}
