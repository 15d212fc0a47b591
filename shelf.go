package main

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/recommend"
	"webflix/workers"
)

// shelf shows the stored models, and what the active one says of films.
type shelf struct {
	*db.DB
	scorers *workers.Scorers // with similarBy among its criteria
	clock   *workers.Clock
}

// similarBy is the criterion that knows which films go together.
const similarBy = "history"

// Similar returns the films that go best with one: what would be recommended to a person who has seen that film alone. It
// returns none for a film that the model does not know.
func (s *shelf) Similar(_ context.Context, movie int32, limit int) ([]int32, error) {
	now := s.clock.Now()
	scored, _, err := s.scorers.Of(similarBy).Score(&recommend.Task{
		Criterion: similarBy, At: now, Deadline: now.Add(time.Second), Limit: limit,
		History: []recommend.Watch{{Movie: movie, At: now}},
	})
	if err != nil {
		return nil, &recommend.UnavailableError{What: "the model of similar films", RetryAfter: time.Second, Err: err}
	}
	movies := make([]int32, len(scored.Candidates))
	for i, c := range scored.Candidates {
		movies[i] = c.Movie
	}
	return movies, nil
}

// openShelf shares the workers' models when they run in this process, and opens what it needs otherwise.
func (p *process) openShelf(ctx context.Context, g *errgroup.Group) *shelf {
	if p.scorers == nil {
		p.scorers = p.newScorers(similarBy)
		g.Go(func() error {
			if err := p.scorers.Wait(ctx); err != nil {
				return ignoreCancel(ctx, err)
			}
			return p.scorers.Run(ctx)
		})
	}
	return &shelf{DB: p.db, scorers: p.scorers, clock: p.clock}
}

// newScorers returns criteria that follow the active model. One that an older model has nothing for stays closed; nothing
// asks it, since requests go by that model's blend.
func (p *process) newScorers(criteria ...string) *workers.Scorers {
	return &workers.Scorers{
		Store: p.db, Criteria: criteria, Parts: recommend.PartsOf(criteria...), Log: p.log,
		Open: func(version int64, parts map[string][]byte) (map[string]recommend.Criterion, error) {
			m := &recommend.Model{Version: version, Parts: parts}
			return m.Open(slices.DeleteFunc(slices.Clone(criteria), func(name string) bool {
				return slices.ContainsFunc(recommend.PartsOf(name), func(part string) bool { return parts[part] == nil })
			})...)
		},
	}
}
