package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/sethvargo/go-retry"

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
	Outbox    *Outbox // of this process; nil: each result is a publication of its own
	Topology  queue.Topology
	Clock     *Clock
	Observer  Observer
	Abandoned *Abandoned    // nil: every task is scored
	Scorebook *Scorebook    // of this criterion alone; nil: every task is scored anew
	Inside    bool          // the aggregator is in this process: scores are kept as it reads them, too
	Preview   *Preview      // nil: results are shown by the aggregator alone
	Tracer    *trace.Tracer // nil: no traces
	Log       *slog.Logger
	Name      string        // which process this is, for people who look
	Parallel  int           // tasks that are scored at once; 0: 2
	Delay     time.Duration // added to every task, to play the turtle; 0 in earnest

	scoring chan struct{} // a token for each task that is scored
}

// InHand is how many tasks a worker has at once, unless it scores more than half as many: some that are being scored, and those
// whose results the broker has yet to confirm, which takes longer than to score most of them. More would bring little, and in the
// hands of a slow worker they would wait while others are idle.
const InHand = 16

// Run works until ctx ends, and returns when the tasks under way are settled.
func (w *Worker) Run(ctx context.Context) error {
	q := w.Topology.Task(w.Criterion)
	if err := w.Broker.Declare(ctx, q); err != nil {
		return fmt.Errorf("start the worker of %s: %w", w.Criterion, err)
	}
	w.scoring = make(chan struct{}, cmp.Or(w.Parallel, 2))
	inHand := max(InHand, 2*w.Parallel)
	sub := queue.Subscription{Queue: q.Name, Prefetch: inHand, Parallel: inHand}
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
	if m.Delivery > 1 {
		w.Observer.Redelivered(w.Topology.Task(w.Criterion).Name)
	}
	task, err := m.Task(w.Criterion)
	if err != nil {
		return &queue.Rejection{Reason: err.Error()}
	}
	w.Outbox.take(task.Request, task.Asked)
	try, err := w.try(ctx, m, task)
	if err != nil || try.result == nil {
		w.Outbox.drop(ctx, task.Request)
		return err
	}
	defer try.span.End()
	if try.failure != nil {
		log := w.Log.With("criterion", w.Criterion, "request", task.Request, "trace", trace.ID(task.Trace))
		if m.Delivery <= limit {
			w.Outbox.drop(ctx, task.Request)
			log.Warn("a task failed and is tried again", "delivery", m.Delivery, "err", try.failure)
			return try.failure
		}
		log.Error("a task failed for good", "err", try.failure)
		try.result.Status = recommend.StatusRejected
	}
	result := queue.Message{
		To: w.Topology.Result().Bind, CorrelationID: m.CorrelationID, Trace: try.span.Parent(), Published: w.Clock.Now(),
	}
	result.SetResult(try.result, try.scores)
	shown := w.Preview.show(ctx, m.Replica, result, w.Outbox.quiet(task.Request))
	err = w.publish(ctx, task, result, shown)
	if err != nil {
		try.span.Fail(err)
		return fmt.Errorf("publish a result of %s: %w", w.Criterion, err)
	}
	w.Observer.Scored(w.Criterion, try.result.Status, try.result.Wait, try.result.Work)
	if try.failure != nil {
		return &queue.Rejection{Reason: try.failure.Error()}
	}
	return nil
}

// try is a task that had its turn.
type try struct {
	result  *recommend.Result // nil: nobody waits for it any more
	scores  *queue.Scores
	failure error      // of the criterion
	span    trace.Span // goes on until the task is settled
}

// try waits for a task's turn and scores it. It returns an error when the worker ends first.
func (w *Worker) try(ctx context.Context, m *queue.Message, task *queue.Sealed) (try, error) {
	select {
	case w.scoring <- struct{}{}:
		defer func() { <-w.scoring }()
	case <-ctx.Done():
		return try{}, fmt.Errorf("score a task of %s: %w", w.Criterion, ctx.Err())
	}
	start := w.Clock.Now()
	t := try{span: w.trace(m, task, start)}
	if !start.Before(task.Deadline) || w.Abandoned.Has(task.Request) {
		t.span.SetBool("webflix.expired", true)
		t.span.End()
		w.Observer.Expired(w.Criterion)
		return t, nil
	}
	t.result = &recommend.Result{
		Request: task.Request, Criterion: w.Criterion, Status: recommend.StatusDone, Worker: w.Name,
		Published: task.Published, Wait: max(0, start.Sub(task.Published)),
	}
	scoring := w.Tracer.Continue(t.span.Parent(), trace.Internal, "score", w.Criterion)
	t.scores, t.result.Model, t.failure = w.scores(ctx, task)
	t.result.Work = w.Clock.Now().Sub(start)
	scoring.Fail(t.failure)
	scoring.End()
	return t, nil
}

// publish sends a result. While the broker is away, or takes no messages, it tries again until the task's deadline: after an outage tasks
// may come over one connection before there is another to answer over, in an alarm they come and nothing may go, and nothing is wrong
// with them.
func (w *Worker) publish(ctx context.Context, task *queue.Sealed, msg queue.Message, shown bool) error {
	send := func(ctx context.Context) error { return w.Outbox.Publish(ctx, task.Request, msg, shown) }
	if w.Outbox == nil {
		send = func(ctx context.Context) error { return w.Broker.Publish(ctx, msg) }
	}
	again := retry.WithMaxDuration(task.Deadline.Sub(w.Clock.Now()), retry.NewConstant(publishPause))
	return retry.Do(ctx, again, func(ctx context.Context) error {
		err := send(ctx)
		send = func(ctx context.Context) error { return w.Broker.Publish(ctx, msg) } // the outbox counts a task's end once
		if errors.Is(err, queue.ErrUnavailable) || errors.Is(err, queue.ErrBusy) {
			return retry.RetryableError(err)
		}
		return err
	})
}

// publishPause is the pause before a result is sent again.
const publishPause = 20 * time.Millisecond

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
	if w.Inside {
		scores.Open()
	}
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
