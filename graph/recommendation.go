package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"webflix/graph/model"
	"webflix/recommend"
)

// maxWait is the longest that a query waits for a final ranking.
const maxWait = 10 * time.Second

// request checks an input and makes a request of it.
func (r *Resolver) request(ctx context.Context, in model.RecommendInput) (recommend.Request, error) {
	user, err := whose(ctx, in.User)
	if err != nil {
		return recommend.Request{}, err
	}
	filter, err := movieFilter(in.Filter, false, "input", "filter")
	if err != nil {
		return recommend.Request{}, err
	}
	spec := recommend.Spec{
		First:        valueOr(in.First, recommend.DefaultFirst),
		Filter:       filter,
		Deadline:     time.Duration(valueOr(in.DeadlineMs, int(recommend.DefaultDeadline.Milliseconds()))) * time.Millisecond,
		MinCoverage:  valueOr(in.MinCoverage, 0),
		AllowPartial: valueOr(in.AllowPartial, true),
		Diversity:    valueOr(in.Diversity, 0),
	}
	for _, w := range in.Weights {
		spec.Blend = append(spec.Blend, recommend.Weight{Criterion: w.Criterion, Weight: w.Weight})
	}
	return recommend.Request{User: user, Trace: traceOf(ctx), Spec: spec}, r.checkSpec(&spec)
}

func (r *Resolver) checkSpec(s *recommend.Spec) error {
	mostFirst := min(recommend.MaxFirst, r.mostFirst)
	wrong := func(field, reason string) error {
		return &recommend.InvalidError{Path: []string{"input", field}, Reason: reason}
	}
	switch {
	case s.First < 1 || s.First > mostFirst:
		return wrong("first", fmt.Sprintf("must be from 1 to %d", mostFirst))
	case s.Deadline < recommend.MinDeadline || s.Deadline > recommend.MaxDeadline:
		return wrong("deadlineMs", fmt.Sprintf("must be from %d to %d",
			recommend.MinDeadline.Milliseconds(), recommend.MaxDeadline.Milliseconds()))
	case !(s.MinCoverage >= 0 && s.MinCoverage <= 100):
		return wrong("minCoverage", "must be from 0 to 100 per cent")
	case !(s.Diversity >= 0 && s.Diversity <= 1):
		return wrong("diversity", "must be from 0 to 1")
	}
	for _, w := range s.Blend {
		if !slices.Contains(recommend.CriterionNames(), w.Criterion) {
			return wrong("weights", fmt.Sprintf("there is no criterion %.40q", w.Criterion))
		}
		if w.Weight > math.MaxFloat32 {
			return wrong("weights", "a weight is too large")
		}
	}
	if len(s.Blend) > 0 {
		if err := s.Blend.Check(); err != nil {
			return wrong("weights", err.Error())
		}
	}
	return nil
}

// recommendation reads a request that the viewer may follow. Others' are not found.
func (r *Resolver) recommendation(ctx context.Context, id recommend.RequestID) (*model.Recommendation, error) {
	ranked, err := loadersOf(ctx).requests.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if ranked == nil || !r.mayFollow(ctx, ranked.User) {
		return nil, recommend.ErrNotFound
	}
	return accepted(ranked.Standing, ranked.Newest), nil
}

// mayAttach reports whether there is a request that the viewer may follow. A subscription has no loaders before its first event.
func (r *Resolver) mayAttach(ctx context.Context, id recommend.RequestID) error {
	found, err := r.Recommender.Read(ctx, []recommend.RequestID{id})
	if err != nil {
		return err
	}
	if len(found) == 0 || !r.mayFollow(ctx, found[0].User) {
		return recommend.ErrNotFound
	}
	return nil
}

// rankings reads requests, and announces the films of those that the viewer may follow.
func (r *Resolver) rankings(ctx context.Context, ids []recommend.RequestID) (map[recommend.RequestID]*recommend.Ranked, error) {
	found, err := r.Recommender.Read(ctx, ids)
	if err != nil {
		return nil, err
	}
	ranked := make(map[recommend.RequestID]*recommend.Ranked, len(found))
	for i := range found {
		ranked[found[i].ID] = &found[i]
		if r.mayFollow(ctx, found[i].User) {
			loadersOf(ctx).films.announce(named(found[i].Newest)...)
		}
	}
	return ranked, nil
}

// start starts a request that nobody follows yet.
func (r *Resolver) start(ctx context.Context, in model.RecommendInput) (*model.Recommendation, error) {
	req, err := r.request(ctx, in)
	if err != nil {
		return nil, err
	}
	standing, err := r.Recommender.Start(ctx, req)
	if err != nil {
		return nil, err
	}
	first := recommend.Tally(standing, nil)
	return accepted(standing, &first), nil
}

// await starts a request and waits for its final ranking, or for as long as is asked.
func (r *Resolver) await(ctx context.Context, in model.RecommendInput, waitMs *int) (*model.Recommendation, error) {
	wait := time.Duration(valueOr(waitMs, 0)) * time.Millisecond
	if wait < 0 || wait > maxWait {
		return nil, &recommend.InvalidError{Path: []string{"waitMs"}, Reason: fmt.Sprintf("must be from 0 to %d", maxWait.Milliseconds())}
	}
	started, err := r.start(ctx, in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	updates, err := r.Recommender.Attach(ctx, started.Request)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	for updates != nil && !started.Newest.Final {
		select {
		case <-ctx.Done():
			return started, nil
		case update, ok := <-updates:
			if !ok {
				return started, nil
			}
			started.Newest = update
		}
	}
	return started, nil
}

func accepted(s *recommend.Standing, newest *recommend.Update) *model.Recommendation {
	return &model.Recommendation{Request: s.ID, AcceptedAt: s.ID.Time(), DeadlineAt: s.Deadline, Newest: newest}
}

// named returns the films that a ranking names, each once: the ranked ones first, then those that are reasons.
func named(u *recommend.Update) []int32 {
	var ids []int32
	known := make(map[int32]bool)
	want := func(movie int32) {
		if movie != 0 && !known[movie] {
			known[movie] = true
			ids = append(ids, movie)
		}
	}
	for i := range u.Picks {
		want(u.Picks[i].Movie)
	}
	for i := range u.Picks {
		for _, s := range u.Picks[i].Shares {
			for _, e := range s.Evidence {
				want(e.Movie)
			}
		}
	}
	return ids
}

// rankedFilms reads the films that rankings name, and announces them to the loaders.
func (r *Resolver) rankedFilms(ctx context.Context, ids []int32) (map[int32]*recommend.Film, error) {
	movies, err := r.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	films := make(map[int32]*recommend.Film, len(movies))
	for _, m := range movies {
		films[m.Film.ID] = m.Film
	}
	return films, nil
}

// picks makes a ranking ready to be shown. All films that it names are read at once, with those of the rankings beside it.
func (r *Resolver) picks(ctx context.Context, u *recommend.Update) ([]model.Pick, error) {
	ids := named(u)
	films, err := loadersOf(ctx).films.all(ctx, ids)
	if err != nil {
		return nil, err
	}
	ranked := make([]int32, len(u.Picks))
	for i := range u.Picks {
		ranked[i] = u.Picks[i].Movie
	}
	picks := make([]model.Pick, 0, len(u.Picks))
	for i := range u.Picks {
		if films[u.Picks[i].Movie] != nil { // else the film was taken out of the catalogue since
			picks = append(picks, model.NewPick(i+1, &u.Picks[i], ranked, films))
		}
	}
	return picks, nil
}

// events makes the updates of a request the events of a subscription, or its error the only one.
func events(ctx context.Context, updates <-chan *recommend.Update, err error) (<-chan model.RecommendEvent, error) {
	if err != nil {
		event, err := outcome[model.RecommendEvent](nil, err)
		if err != nil {
			return nil, err
		}
		only := make(chan model.RecommendEvent, 1)
		only <- event
		close(only)
		return only, nil
	}
	return newest(ctx, updates, func(u *recommend.Update) model.RecommendEvent {
		return model.RecommendationUpdate{Update: u}
	}), nil
}
