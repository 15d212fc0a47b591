package workers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

func (l *ledger) Recent(_ context.Context, since time.Time, limit int) ([]recommend.Standing, int, error) {
	if err := l.lock(); err != nil {
		return nil, 0, err
	}
	defer l.mu.Unlock()
	var out []recommend.Standing
	for id, e := range l.requests {
		if !id.Time().Before(since) {
			out = append(out, e.trail())
		}
	}
	slices.SortFunc(out, func(a, b recommend.Standing) int { return slices.Compare(b.ID[:], a.ID[:]) })
	return out[:min(limit, len(out))], len(out), nil
}

func (l *ledger) Trail(_ context.Context, id recommend.RequestID) (*recommend.Standing, error) {
	if err := l.lock(); err != nil {
		return nil, err
	}
	defer l.mu.Unlock()
	if e := l.requests[id]; e != nil {
		s := e.trail()
		return &s, nil
	}
	return nil, fmt.Errorf("request %s: %w", id, recommend.ErrNotFound)
}

// Flows implements workers.Trails: the in-process broker tells by itself.
func (l *ledger) Flows(context.Context) (map[string]recommend.Flow, error) {
	return nil, errors.New("nobody reports")
}

// Pending implements workers.Trails.
func (l *ledger) Pending(context.Context) (recommend.Pending, error) {
	return recommend.Pending{}, errors.New("nobody needs it")
}

// trail returns the request with all its answers, late ones too.
func (e *entry) trail() recommend.Standing {
	s := e.Standing
	s.Now = time.Now()
	for _, a := range e.answers {
		s.Answers = append(s.Answers, a)
	}
	return s
}

// Who looks at the pipeline sees each request's way through it, the turtle's late answer included, and nothing while nothing
// moves.
func TestPipelineShowsEachRequestsWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, nil, criterion{name: "genres", weight: 1, delay: 20 * ms}, criterion{name: "history", weight: 1, delay: time.Second})
		watched := &workers.Pipeline{Ledger: p.ledger, Broker: p.broker, Clock: p.clock, Criteria: []string{"genres", "history"}, Log: quiet()}
		p.run(watched.Run)
		frames, err := watched.Follow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if first := <-frames; len(first.Trails) != 0 || len(first.Queues) != 4 {
			t.Errorf("before any request: %+v", first)
		}
		follow(t, p.Recommender, wish(7, 300*ms))

		var trail recommend.Trail
		var fastest float64
		for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
			frame := <-frames
			fastest = max(fastest, frame.Queues[0].In)
			for _, trail = range frame.Trails {
				if trail.User != 7 {
					t.Errorf("the trail is of user %d", trail.User)
				}
			}
		}
		if fastest != 0.2 {
			t.Errorf("one task in five seconds is shown as %v a second", fastest)
		}
		done, late := trail.Steps[0], trail.Steps[1]
		if done.Status != recommend.StatusDone || done.Late || done.Finished.Sub(done.Started).Round(ms) != 20*ms {
			t.Errorf("the criterion in time: %+v", done)
		}
		if late.Status != recommend.StatusTimedOut || !late.Late || late.Merged.Before(trail.FinalAt) {
			t.Errorf("the turtle: %+v, final at %v", late, trail.FinalAt)
		}
		if frame := <-frames; len(frame.Trails) != 0 || frame.Requests != 0 {
			t.Errorf("while nothing moves: %+v", frame)
		}
		one, user, err := watched.Trail(t.Context(), trail.Request)
		if err != nil || user != 7 || len(one.Steps) != 2 {
			t.Errorf("the trail alone: %+v of %d, %v", one, user, err)
		}
	})
}
