package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Scorer scores tasks of one criterion.
type Scorer interface {
	// Score scores the task with the model that it names, if that can be had, and returns the version that it used.
	Score(task *recommend.Task) (scored recommend.Scored, model int64, err error)
}

// Worker takes the tasks of one criterion off its queue, whoever they are for, and publishes their results.
type Worker struct {
	Criterion string
	Scorer    Scorer
	Broker    queue.Broker
	Topology  queue.Topology
	Clock     *Clock
	Observer  Observer
	Abandoned *Abandoned    // nil: every task is scored
	Scorebook *Scorebook    // of this criterion alone; nil: every task is scored anew
	Tracer    *trace.Tracer // nil: no traces
	Log       *slog.Logger
	Name      string        // which process this is, for people who look
	Parallel  int           // tasks that are scored at once; 0: 2
	Delay     time.Duration // added to every task, to play the turtle; 0 in earnest
}

// Run works until ctx ends, and returns when the tasks under way are settled.
func (w *Worker) Run(ctx context.Context) error {
	q := w.Topology.Task(w.Criterion)
	if err := w.Broker.Declare(ctx, q); err != nil {
		return fmt.Errorf("start the worker of %s: %w", w.Criterion, err)
	}
	parallel := w.Parallel
	if parallel == 0 {
		parallel = 2
	}
	sub := queue.Subscription{Queue: q.Name, Prefetch: 2 * parallel, Parallel: parallel}
	return w.Broker.Consume(ctx, sub, func(ctx context.Context, batch []*queue.Message) []error {
		outcomes := make([]error, len(batch))
		for i, m := range batch {
			outcomes[i] = w.handle(ctx, m, q.DeliveryLimit)
		}
		return outcomes
	})
}

// handle scores one task: score, publish, confirm; the caller acknowledges. A task that fails is tried again up to the
// queue's limit; the last failure is published as the criterion's result, so that nobody waits for it, and dead-lettered.
func (w *Worker) handle(ctx context.Context, m *queue.Message, limit int) error {
	start := w.Clock.Now()
	if m.Delivery > 1 {
		w.Observer.Redelivered(w.Topology.Task(w.Criterion).Name)
	}
	if m.Type != queue.TypeTask {
		return &queue.Rejection{Reason: fmt.Sprintf("a message of type %.60q is no %s", m.Type, queue.TypeTask)}
	}
	task, err := queue.OpenTask(m.Body)
	if err != nil {
		return &queue.Rejection{Reason: err.Error()}
	}
	if task.Criterion != w.Criterion {
		return &queue.Rejection{Reason: fmt.Sprintf("a task of criterion %.60q came to the worker of %s", task.Criterion, w.Criterion)}
	}
	span := w.trace(m, task, start)
	defer span.End()
	if !start.Before(task.Deadline) || w.Abandoned.Has(task.Request) {
		span.SetBool("webflix.expired", true)
		w.Observer.Expired(w.Criterion)
		return nil // nobody waits for it any more
	}
	result := &recommend.Result{
		Request: task.Request, Criterion: w.Criterion, Status: recommend.StatusDone, Worker: w.Name,
		Published: task.Published, Wait: max(0, start.Sub(task.Published)),
	}
	scoring := w.Tracer.Continue(span.Parent(), trace.Internal, "score", w.Criterion)
	scores, model, failure := w.scores(ctx, task)
	result.Work = w.Clock.Now().Sub(start)
	scoring.Fail(failure)
	scoring.End()
	if failure != nil {
		log := w.Log.With("criterion", w.Criterion, "request", task.Request, "trace", trace.ID(task.Trace))
		if m.Delivery <= limit {
			log.Warn("a task failed and is tried again", "delivery", m.Delivery, "err", failure)
			return failure
		}
		log.Error("a task failed for good", "err", failure)
		result.Status = recommend.StatusRejected
	}
	result.Model = model
	err = w.Broker.Publish(ctx, queue.Message{
		To: w.Topology.Result().Bind, Type: queue.TypeResult, CorrelationID: m.CorrelationID, Trace: span.Parent(),
		Published: w.Clock.Now(), Body: queue.EncodeResultOf(result, scores),
	})
	if err != nil {
		span.Fail(err)
		return fmt.Errorf("publish a result of %s: %w", w.Criterion, err)
	}
	w.Observer.Scored(w.Criterion, result.Status, result.Wait, result.Work)
	if failure != nil {
		return &queue.Rejection{Reason: failure.Error()}
	}
	return nil
}

// trace starts the span of a task, with its time in the queue behind it: two brokers' and two machines' clocks are one here,
// the database's.
func (w *Worker) trace(m *queue.Message, task *queue.Sealed, start time.Time) trace.Span {
	span := w.Tracer.ContinueAt(task.Trace, trace.Consumer, "task", w.Criterion, task.Published)
	if !span.On() {
		return span
	}
	span.Set("webflix.request", m.CorrelationID)
	span.Set("webflix.worker", w.Name)
	span.SetInt("webflix.delivery", m.Delivery)
	w.Tracer.ContinueAt(span.Parent(), trace.Internal, "wait", w.Criterion, task.Published).EndAt(start)
	return span
}

// scores returns what the scorer makes of a task, or made of it before. A failure is remembered by nobody.
func (w *Worker) scores(ctx context.Context, task *queue.Sealed) (*queue.Scores, int64, error) {
	if err := w.dawdle(ctx); err != nil {
		return queue.PackScores(&recommend.Scored{}), 0, err
	}
	source, version := w.Scorebook.sourceOf(w.Scorer, task)
	if version != 0 {
		if known := w.Scorebook.entries.get(source); known != nil {
			w.Observer.Remembered(w.Criterion)
			return known.scores, known.model, nil
		}
	}
	scored, model, err := w.score(task.Unseal())
	scores := queue.PackScores(&scored)
	if err == nil && model != 0 && model == version { // and no other model was opened meanwhile
		w.Scorebook.entries.put(source, &entry{scores, model})
	}
	return scores, model, err
}

// score calls the scorer and turns a panic into an error: a model that trips over one person must not end the process.
func (w *Worker) score(task *recommend.Task) (scored recommend.Scored, model int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.Error("a criterion panicked", "criterion", w.Criterion, "request", task.Request, "trace", trace.ID(task.Trace),
				"panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("score %s: panic: %v", w.Criterion, p)
		}
	}()
	return w.Scorer.Score(task)
}

// dawdle plays the turtle.
func (w *Worker) dawdle(ctx context.Context) error {
	if w.Delay > 0 {
		select {
		case <-time.After(w.Delay):
		case <-ctx.Done():
			return errors.New("score: the worker is ending")
		}
	}
	return nil
}
