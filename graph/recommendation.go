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
	standing, update, err := r.Recommender.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.mayFollow(ctx, standing.User) {
		return nil, recommend.ErrNotFound
	}
	return accepted(standing, update), nil
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

// picks makes a ranking ready to be shown. All films that it names are read at once.
func (r *Resolver) picks(ctx context.Context, u *recommend.Update) ([]model.Pick, error) {
	var ids []int32
	films := make(map[int32]*recommend.Film)
	want := func(movie int32) {
		if _, ok := films[movie]; movie != 0 && !ok {
			films[movie] = nil
			ids = append(ids, movie)
		}
	}
	for i := range u.Picks {
		want(u.Picks[i].Movie)
	}
	ranked := ids
	for i := range u.Picks {
		for _, s := range u.Picks[i].Shares {
			for _, e := range s.Evidence {
				want(e.Movie)
			}
		}
	}
	movies, err := r.byID(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, m := range movies {
		films[m.Film.ID] = m.Film
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
