package model

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"webflix/recommend"
)

// PipelineFrame is the pipeline at a moment, as the viewer sees it.
type PipelineFrame struct {
	*recommend.Frame
	Viewer int64 // whose trails are theirs; 0: nobody's
}

// Queues returns every queue.
func (f PipelineFrame) Queues() []Queue {
	queues := make([]Queue, len(f.Frame.Queues))
	for i, q := range f.Frame.Queues {
		queues[i] = Queue{q}
	}
	return queues
}

// Trails returns the requests that moved.
func (f PipelineFrame) Trails() []Trail {
	trails := make([]Trail, len(f.Frame.Trails))
	for i := range f.Frame.Trails {
		t := &f.Frame.Trails[i]
		trails[i] = Trail{Trail: t, Mine: f.Viewer != 0 && t.User == f.Viewer}
	}
	return trails
}

// Queue is a message queue of the pipeline.
type Queue struct {
	q recommend.QueueState
}

// Name returns the queue's name.
func (q Queue) Name() string { return q.q.Name }

// Criterion returns the criterion whose tasks it holds, nil for other queues.
func (q Queue) Criterion() *string { return unlessZero(q.q.Criterion) }

// Ready returns how many messages wait.
func (q Queue) Ready() int { return q.q.Ready }

// Unacked returns how many messages workers hold, nil when not known.
func (q Queue) Unacked() *int {
	if q.q.Unacked < 0 {
		return nil
	}
	return &q.q.Unacked
}

// Consumers returns how many workers read from it.
func (q Queue) Consumers() int { return q.q.Consumers }

// OldestMs returns how long the oldest message has waited, nil when not known.
func (q Queue) OldestMs() *float64 {
	if q.q.Oldest < 0 {
		return nil
	}
	ms := milliseconds(q.q.Oldest)
	return &ms
}

// InPerSecond returns how many messages come, nil when not known.
func (q Queue) InPerSecond() *float64 { return known(q.q.In) }

// OutPerSecond returns how many messages are dealt with, nil when not known.
func (q Queue) OutPerSecond() *float64 { return known(q.q.Out) }

func known(rate float64) *float64 {
	if rate < 0 {
		return nil
	}
	return &rate
}

// Trail is a request's way through the pipeline.
type Trail struct {
	*recommend.Trail
	Mine bool // the viewer asked for it
}

// RequestID returns the request's global id.
func (t Trail) RequestID() string { return RequestID(t.Request) }

// AcceptedAt returns when it was accepted.
func (t Trail) AcceptedAt() time.Time { return t.Accepted }

// DeadlineAt returns when its final ranking comes at the latest.
func (t Trail) DeadlineAt() time.Time { return t.Deadline }

// FinalAt returns when its final ranking was fixed, nil while it is open.
func (t Trail) FinalAt() *time.Time { return unlessZeroTime(t.Trail.FinalAt) }

// Steps returns one step for each criterion.
func (t Trail) Steps() []Step {
	steps := make([]Step, len(t.Trail.Steps))
	for i, s := range t.Trail.Steps {
		steps[i] = Step{s}
	}
	return steps
}

// Step is a criterion's part of a trail.
type Step struct {
	recommend.Step
}

// PublishedAt returns when the task was handed to the broker.
func (s Step) PublishedAt() *time.Time { return unlessZeroTime(s.Published) }

// StartedAt returns when a worker took it.
func (s Step) StartedAt() *time.Time { return unlessZeroTime(s.Started) }

// FinishedAt returns when the worker had scored it.
func (s Step) FinishedAt() *time.Time { return unlessZeroTime(s.Finished) }

// MergedAt returns when an aggregator had committed it.
func (s Step) MergedAt() *time.Time { return unlessZeroTime(s.Merged) }

// Worker returns which worker it was.
func (s Step) Worker() *string { return unlessZero(s.Step.Worker) }

// Model is a trained model.
type Model struct {
	recommend.ModelInfo
}

// ID returns the global id.
func (m Model) ID() string { return KindModel + ":" + strconv.FormatInt(m.ModelInfo.Version, 10) }

// Version returns the version.
func (m Model) Version() int { return int(m.ModelInfo.Version) }

// Bytes returns the size.
func (m Model) Bytes() float64 { return float64(m.ModelInfo.Bytes) }

// Blend returns the learned weights.
func (m Model) Blend() []recommend.CriterionInfo {
	known := recommend.Criteria()
	criteria := make([]recommend.CriterionInfo, len(m.ModelInfo.Blend))
	for i, w := range m.ModelInfo.Blend {
		criteria[i] = recommend.CriterionInfo{Name: w.Criterion, Weight: w.Weight}
		if at := slices.IndexFunc(known, func(k recommend.CriterionInfo) bool { return k.Name == w.Criterion }); at >= 0 {
			criteria[i].Description = known[at].Description
		}
	}
	return criteria
}

// Metrics returns the figures on the validation part, by name.
func (m Model) Metrics() []Metric {
	metrics := make([]Metric, 0, len(m.ModelInfo.Metrics))
	for name, value := range m.ModelInfo.Metrics {
		metrics = append(metrics, Metric{Name: name, Value: value})
	}
	slices.SortFunc(metrics, func(a, b Metric) int { return cmp.Compare(a.Name, b.Name) })
	return metrics
}
