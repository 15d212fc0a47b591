package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// ModelStore is where trained models are.
type ModelStore interface {
	// ActiveModel returns the version and blend of the active model, or recommend.ErrNotFound before the first training.
	ActiveModel(ctx context.Context) (int64, recommend.Blend, error)
	// ModelParts returns the named parts of a version, without those that there are not.
	ModelParts(ctx context.Context, version int64, names []string) (map[string][]byte, error)
}

const (
	modelsEvery = time.Second     // how often a process looks for a new model
	blendAfter  = 3 * time.Second // how much later requests name it, so that workers have opened it by then
)

// ActiveModel follows the active model's version, blend and catalogue, for the roles that do not score.
type ActiveModel struct {
	Store ModelStore
	Log   *slog.Logger

	now atomic.Pointer[active]
}

type active struct {
	version int64
	blend   recommend.Blend
	catalog *recommend.Catalog
}

// Catalog returns the active model's catalogue, nil before the first training.
func (m *ActiveModel) Catalog() *recommend.Catalog {
	if a := m.now.Load(); a != nil {
		return a.catalog
	}
	return nil
}

// ActiveBlend returns the version and blend to score with, 0 and nil before the first training.
func (m *ActiveModel) ActiveBlend() (int64, recommend.Blend) {
	if a := m.now.Load(); a != nil {
		return a.version, a.blend
	}
	return 0, nil
}

// Run follows until ctx ends. A new version is named in requests a little after it has become active.
func (m *ActiveModel) Run(ctx context.Context) error {
	tick := time.NewTicker(modelsEvery)
	defer tick.Stop()
	var seen int64
	var since time.Time
	for {
		version, blend, err := m.Store.ActiveModel(ctx)
		if err == nil {
			if version != seen {
				seen, since = version, time.Now()
			}
			current, _ := m.ActiveBlend()
			if current == 0 || (current != version && time.Since(since) >= blendAfter) {
				err = m.take(ctx, version, blend)
			}
		}
		if err != nil && !errors.Is(err, recommend.ErrNotFound) && ctx.Err() == nil {
			m.Log.Warn("the last known model stays", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (m *ActiveModel) take(ctx context.Context, version int64, blend recommend.Blend) error {
	names := recommend.PartsOf()
	parts, err := m.Store.ModelParts(ctx, version, names)
	if err != nil {
		return err
	}
	catalog, err := (&recommend.Model{Parts: parts}).Catalog()
	if err != nil {
		return fmt.Errorf("open the catalogue of model %d: %w", version, err)
	}
	m.now.Store(&active{version, blend, catalog})
	return nil
}

// Scorers has one process's criteria, opened from the active model and from the one before it, so that a request is scored
// by all criteria with the same version while a new one arrives.
type Scorers struct {
	Store    ModelStore
	Criteria []string
	Parts    []string // of a model that these criteria need
	Open     func(version int64, parts map[string][]byte) (map[string]recommend.Criterion, error)
	Log      *slog.Logger

	opened atomic.Pointer[[]openModel] // newest first, at most two
}

type openModel struct {
	version  int64
	criteria map[string]recommend.Criterion
}

// Wait opens the active model, and returns when there is one and it is open, or when ctx ends.
func (s *Scorers) Wait(ctx context.Context) error {
	tick := time.NewTicker(modelsEvery / 4)
	defer tick.Stop()
	for said := false; ; {
		err := s.refresh(ctx)
		if err == nil {
			return nil
		}
		if !said {
			s.Log.Info("waiting for a model", "why", err)
			said = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for a model: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// Opened returns the version of the newest model that is open to score with, 0 for none.
func (s *Scorers) Opened() int64 {
	if opened := s.opened.Load(); opened != nil {
		return (*opened)[0].version
	}
	return 0
}

// Run opens new models as they become active, until ctx ends. One that cannot be opened is logged, and the last one stays.
func (s *Scorers) Run(ctx context.Context) error {
	tick := time.NewTicker(modelsEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("the last model stays", "err", err)
			}
		}
	}
}

func (s *Scorers) refresh(ctx context.Context) error {
	version, _, err := s.Store.ActiveModel(ctx)
	if err != nil {
		return err
	}
	var opened []openModel
	if now := s.opened.Load(); now != nil {
		opened = *now
	}
	if len(opened) > 0 && opened[0].version == version {
		return nil
	}
	parts, err := s.Store.ModelParts(ctx, version, s.Parts)
	if err != nil {
		return err
	}
	criteria, err := s.Open(version, parts)
	if err != nil {
		return fmt.Errorf("open model %d: %w", version, err)
	}
	next := []openModel{{version, criteria}}
	if len(opened) > 0 {
		next = append(next, opened[0])
	}
	s.opened.Store(&next)
	s.Log.Info("opened a model", "version", version, "criteria", s.Criteria)
	return nil
}

// Of returns the scorer of a criterion.
func (s *Scorers) Of(criterion string) Scorer { return scorerOf{s, criterion} }

type scorerOf struct {
	all       *Scorers
	criterion string
}

// model returns the version that a task names; if this process has another one only, that; nil when it has none.
func (s scorerOf) model(version int64) *openModel {
	opened := s.all.opened.Load()
	if opened == nil {
		return nil
	}
	for i := range *opened {
		if m := &(*opened)[i]; m.version == version {
			return m
		}
	}
	return &(*opened)[0]
}

// Source implements Sourced.
func (s scorerOf) Source(task *queue.Sealed) (version, moment int64) {
	model := s.model(task.Model)
	if model == nil {
		return 0, 0
	}
	return model.version, MomentOf(model.criteria[s.criterion], task)
}

// MomentOf returns what counts of the time of a task for a criterion's scores.
func MomentOf(c recommend.Criterion, task *queue.Sealed) int64 {
	if m, ok := c.(recommend.Momentary); ok {
		return m.Moment(task.At.Unix(), task.Newest, task.Oldest)
	}
	return 0
}

// Score scores with the version that the task names; if this process has another one only, with that, and says so.
func (s scorerOf) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	model := s.model(task.Model)
	if model == nil {
		return recommend.Scored{}, 0, errors.New("score: no model is open")
	}
	criterion := model.criteria[s.criterion]
	if criterion == nil {
		return recommend.Scored{}, model.version, fmt.Errorf("score: model %d has no criterion %s", model.version, s.criterion)
	}
	scored, err := criterion.Score(*task)
	if err == nil && task.Model != 0 && model.version != task.Model && scored.Degraded == "" {
		scored.Degraded = recommend.DegradedStaleModel
	}
	return scored, model.version, err
}
