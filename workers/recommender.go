package workers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"webflix/recommend"
)

// Recommender starts requests and follows them: what the API does with the pipeline.
type Recommender struct {
	Dispatcher *Dispatcher
	Live       *Live
	Blends     Blends
	Kinds      []recommend.CriterionInfo // every criterion that has a queue; the weight is used before the first training
}

// Blends knows the active model.
type Blends interface {
	// ActiveBlend returns the version and learned blend of the model that requests are to be scored with; 0 and nil before
	// the first training.
	ActiveBlend() (int64, recommend.Blend)
}

// Recommend starts a request and streams better and better updates. The channel is closed after the final update or when
// ctx ends, whichever is first. Errors: recommend.ErrNotFound, *recommend.InvalidError, *recommend.UnavailableError.
func (r *Recommender) Recommend(ctx context.Context, req recommend.Request) (<-chan *recommend.Update, error) {
	if err := r.complete(&req); err != nil {
		return nil, err
	}
	req.Replica = r.Live.Replica
	updates := make(chan (<-chan *recommend.Update), 1)
	following, leave := context.WithCancel(ctx)
	err := r.Dispatcher.Dispatch(ctx, &req, func(accepted *recommend.Request) {
		updates <- r.Live.Follow(following, accepted)
	})
	if err != nil {
		leave()
		return nil, err
	}
	context.AfterFunc(ctx, leave)
	return <-updates, nil
}

// Start starts a request that nobody follows yet, and returns it as it was accepted.
func (r *Recommender) Start(ctx context.Context, req recommend.Request) (*recommend.Standing, error) {
	if err := r.complete(&req); err != nil {
		return nil, err
	}
	req.Replica = r.Live.Replica
	if err := r.Dispatcher.Dispatch(ctx, &req, nil); err != nil {
		return nil, err
	}
	return &recommend.Standing{Request: req, Now: req.ID.Time()}, nil
}

// Attach follows a request that any replica accepted: the newest update at once, then as Recommend.
func (r *Recommender) Attach(ctx context.Context, id recommend.RequestID) (<-chan *recommend.Update, error) {
	return r.Live.Attach(ctx, id)
}

// Read returns requests, each with its newest update, without those that there are not.
func (r *Recommender) Read(ctx context.Context, ids []recommend.RequestID) ([]recommend.Ranked, error) {
	standings, err := r.Live.Ledger.Standings(ctx, ids)
	if err != nil {
		return nil, unavailable("the database", err)
	}
	ranked := make([]recommend.Ranked, len(standings))
	for i := range standings {
		newest, err := Ranking(&standings[i], r.Live.Catalogs)
		if err != nil {
			return nil, err
		}
		ranked[i] = recommend.Ranked{Standing: &standings[i], Newest: &newest}
	}
	return ranked, nil
}

// Criteria returns what can be asked, with the weights of the learned blend.
func (r *Recommender) Criteria(context.Context) ([]recommend.CriterionInfo, error) {
	infos := append([]recommend.CriterionInfo(nil), r.Kinds...)
	if _, blend := r.Blends.ActiveBlend(); blend != nil {
		for i := range infos {
			infos[i].Weight = 0
			if at := blend.Find(infos[i].Name); at >= 0 {
				infos[i].Weight = blend[at].Weight
			}
		}
	}
	return infos, nil
}

// complete fills in what the request leaves open, and checks the rest.
func (r *Recommender) complete(req *recommend.Request) error {
	s := &req.Spec
	version, learned := r.Blends.ActiveBlend()
	s.Model = version
	if s.First == 0 {
		s.First = recommend.DefaultFirst
	}
	if s.Deadline == 0 {
		s.Deadline = recommend.DefaultDeadline
	}
	s.Learned = len(s.Blend) == 0
	if s.Learned {
		s.Blend = r.familiar(learned)
	}
	if len(s.Blend) == 0 {
		for _, k := range r.Kinds {
			s.Blend = append(s.Blend, recommend.Weight{Criterion: k.Name, Weight: k.Weight})
		}
	}
	return r.check(s)
}

// familiar returns a blend without the criteria that this version does not have: a newer one, which is about to take over, may have
// trained the model already.
func (r *Recommender) familiar(blend recommend.Blend) recommend.Blend {
	unknown := func(w recommend.Weight) bool { return !r.known(w.Criterion) }
	if !slices.ContainsFunc(blend, unknown) {
		return blend
	}
	return slices.DeleteFunc(slices.Clone(blend), unknown)
}

func (r *Recommender) check(s *recommend.Spec) error {
	if s.First < 1 || s.First > recommend.MaxFirst {
		return invalid("first", "is %d; ask for 1 to %d films", s.First, recommend.MaxFirst)
	}
	if s.Deadline < recommend.MinDeadline || s.Deadline > recommend.MaxDeadline {
		return invalid("deadlineMs", "is %d; it must be from %d to %d", s.Deadline.Milliseconds(),
			recommend.MinDeadline.Milliseconds(), recommend.MaxDeadline.Milliseconds())
	}
	if s.MinCoverage < 0 || s.MinCoverage > 100 {
		return invalid("minCoverage", "is %v; it is a percentage", s.MinCoverage)
	}
	if s.Diversity < 0 || s.Diversity > 1 {
		return invalid("diversity", "is %v; it must be from 0 to 1", s.Diversity)
	}
	if err := s.Blend.Check(); err != nil {
		return invalid("weights", "%v", err)
	}
	for _, w := range s.Blend {
		if !r.known(w.Criterion) {
			return invalid("weights", "there is no criterion %.60q; there are %s", w.Criterion, r.names())
		}
	}
	return nil
}

func (r *Recommender) known(criterion string) bool {
	for _, k := range r.Kinds {
		if k.Name == criterion {
			return true
		}
	}
	return false
}

func (r *Recommender) names() string {
	names := make([]string, len(r.Kinds))
	for i, k := range r.Kinds {
		names[i] = k.Name
	}
	return strings.Join(names, ", ")
}

func invalid(field, format string, args ...any) error {
	return &recommend.InvalidError{Path: []string{"input", field}, Reason: fmt.Sprintf(format, args...)}
}
