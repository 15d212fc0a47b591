package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"webflix/queue"
	"webflix/recommend"
)

// Fallbacks is what the ladder needs of the ledger and the catalogue.
type Fallbacks interface {
	// LastKnown returns the person's newest finished request before another one that criteria answered, or
	// recommend.ErrNotFound.
	LastKnown(ctx context.Context, user int64, before recommend.RequestID) (*recommend.Standing, error)
	FindFilms(ctx context.Context, q recommend.FilmQuery) (recommend.FilmPage, error)
	Opinions(ctx context.Context, movies map[int64][]int32) (map[int64][]recommend.Opinion, error)
}

// Ladder answers requests that too few criteria answered in time: with the person's last known ranking, else with what is
// popular. Its answer goes to the ledger like any other, so that the request reads the same ever after.
type Ladder struct {
	From Fallbacks
	Log  *slog.Logger // nil: nothing is logged
}

// Answer returns the best answer there is for the request.
func (l *Ladder) Answer(ctx context.Context, s *recommend.Standing) (recommend.Answer, error) {
	result, err := l.lastKnown(ctx, s)
	if errors.Is(err, recommend.ErrNotFound) {
		result, err = l.popular(ctx, s)
	}
	if err != nil {
		return recommend.Answer{}, err
	}
	return recommend.Answer{
		Request: s.ID, Criterion: result.Criterion, Scored: true, Payload: queue.EncodeResult(result),
	}, nil
}

// lastKnown takes over the films of the person's last ranking that they have not seen since and that pass the filter.
func (l *Ladder) lastKnown(ctx context.Context, s *recommend.Standing) (*recommend.Result, error) {
	last, err := l.From.LastKnown(ctx, s.User, s.ID)
	if err != nil {
		return nil, err
	}
	ranking, err := Ranking(last, nil)
	if err != nil { // a newer version wrote it, which was taken back
		if l.Log != nil {
			l.Log.Warn("a person's last ranking is passed over", "request", last.ID, "err", err)
		}
		return nil, fmt.Errorf("read a ranking to take over: %w", recommend.ErrNotFound)
	}
	if len(ranking.Picks) == 0 || !last.Spec.Filter.Same(&s.Spec.Filter) {
		return nil, fmt.Errorf("a ranking to take over: %w", recommend.ErrNotFound)
	}
	movies := make([]int32, len(ranking.Picks))
	for i, p := range ranking.Picks {
		movies[i] = p.Movie
	}
	all, err := l.From.Opinions(ctx, map[int64][]int32{s.User: movies})
	if err != nil {
		return nil, err
	}
	opinions := all[s.User]
	result := &recommend.Result{
		Request: s.ID, Criterion: recommend.LadderLastKnown, Status: recommend.StatusDone,
		Degraded: recommend.DegradedLastKnown,
	}
	for i, p := range ranking.Picks {
		seen := !opinions[i].WatchedAt.IsZero() && !s.Spec.Filter.IncludeSeen
		if !seen && !opinions[i].Dismissed {
			result.Candidates = append(result.Candidates, recommend.Candidate{Movie: p.Movie, Score: float32(p.Score)})
		}
	}
	return result, nil
}

func (l *Ladder) popular(ctx context.Context, s *recommend.Standing) (*recommend.Result, error) {
	page, err := l.From.FindFilms(ctx, recommend.FilmQuery{
		Filter: s.Spec.Filter, Viewer: s.User, Order: recommend.OrderPopular, Limit: s.Spec.First,
	})
	if err != nil {
		return nil, err
	}
	result := &recommend.Result{
		Request: s.ID, Criterion: recommend.LadderPopular, Status: recommend.StatusDone, Degraded: recommend.DegradedPopular,
	}
	for i, f := range page.Films {
		result.Candidates = append(result.Candidates, recommend.Candidate{
			Movie: f.ID, Score: float32(len(page.Films)-i) / float32(len(page.Films)),
		})
	}
	return result, nil
}
