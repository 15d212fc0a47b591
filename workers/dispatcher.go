// Package workers holds the roles of the pipeline: the dispatcher and the relay that send tasks out, the workers that score
// them, the aggregator that sums the scores, and the live hub that brings updates to whoever waits for them. They know one
// another only through the broker and the ledger.
package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Accepter is what the dispatcher needs of the ledger.
type Accepter interface {
	// Accept commits all requests or none, and gives each its ID and Deadline.
	Accept(ctx context.Context, reqs []*recommend.Request) error
	// Profiles reads what scoring needs to know of people; those that there are not are left out.
	Profiles(ctx context.Context, users []int64) (map[int64]*recommend.Profile, error)
}

// Dispatcher accepts requests and sends a task to each of their criteria. Requests that arrive while others are being
// committed share the next transaction, so that a crowd does not pay for a commit each.
type Dispatcher struct {
	Ledger   Accepter
	Broker   queue.Broker
	Topology queue.Topology
	Clock    *Clock
	Log      *slog.Logger
	Pressure *Pressure     // nil: nothing is refused for the depth of a queue
	Tracer   *trace.Tracer // nil: no traces

	queue chan *dispatch
}

// Most requests that are accepted in one transaction, and how many such batches may be under way at once.
const (
	acceptBatch   = 128
	acceptBatches = 4
)

// Publishing tasks may take this long; what is not out by then is the relay's.
const publishTimeout = 2 * time.Second

type dispatch struct {
	req      *recommend.Request
	accepted func(*recommend.Request)
	done     chan error // holds one
	span     trace.Span
}

// end ends a dispatch that failed.
func (w *dispatch) end(err error) {
	w.span.Fail(err)
	w.span.End()
	w.done <- err
}

// NewDispatcher returns a dispatcher that works once Run is called.
func NewDispatcher(ledger Accepter, broker queue.Broker, topology queue.Topology, clock *Clock, log *slog.Logger) *Dispatcher {
	return &Dispatcher{
		Ledger: ledger, Broker: broker, Topology: topology, Clock: clock, Log: log,
		queue: make(chan *dispatch, acceptBatch),
	}
}

// Dispatch accepts a request, calls accepted, and then sends its tasks: whoever wants its updates starts to listen in
// accepted, before anything can be answered. When Dispatch returns nil the request is in the ledger and will be answered,
// whatever breaks. Errors: recommend.ErrNotFound for an unknown person, *recommend.UnavailableError.
func (d *Dispatcher) Dispatch(ctx context.Context, req *recommend.Request, accepted func(*recommend.Request)) error {
	if d.Pressure.High() {
		return &recommend.UnavailableError{What: "the pipeline", Overloaded: true, RetryAfter: time.Second}
	}
	if err := d.Broker.Ready(); err != nil {
		return unavailable("the message broker", err)
	}
	w := &dispatch{req: req, accepted: accepted, done: make(chan error, 1)}
	w.span = d.Tracer.Continue(req.Trace, trace.Producer, "dispatch", "")
	req.Trace = w.span.Parent() // in the ledger: whoever goes on with the request goes on from here
	select {
	case d.queue <- w:
	case <-ctx.Done():
		w.span.End()
		return fmt.Errorf("dispatch a request: %w", ctx.Err())
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done(): // it may be accepted all the same, and is then answered to nobody
		return fmt.Errorf("dispatch a request: %w", ctx.Err())
	}
}

// Run works until ctx ends, and returns when what was begun is finished.
func (d *Dispatcher) Run(ctx context.Context) error {
	var batches errgroup.Group
	batches.SetLimit(acceptBatches)
	defer func() { _ = batches.Wait() }() // they return no errors
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-d.queue:
			batch := append(make([]*dispatch, 0, acceptBatch), first)
			for more := true; more && len(batch) < acceptBatch; {
				select {
				case w := <-d.queue:
					batch = append(batch, w)
				default:
					more = false
				}
			}
			batches.Go(func() error {
				d.handle(context.WithoutCancel(ctx), batch)
				return nil
			})
		}
	}
}

func (d *Dispatcher) handle(ctx context.Context, batch []*dispatch) {
	ctx, cancel := context.WithTimeout(ctx, recommend.MaxDeadline)
	defer cancel()
	profiles, batch, err := d.accept(ctx, batch)
	if err != nil {
		for _, w := range batch {
			w.end(unavailable("the database", err))
		}
		return
	}
	var tasks []queue.Message
	var spans trace.Spans
	for _, w := range batch {
		if w.accepted != nil {
			w.accepted(w.req)
		}
		tasks = append(tasks, tasksOf(w.req, profiles[w.req.User], d.Topology, d.Clock.Now())...)
		if w.span.On() {
			w.span.Set("webflix.request", w.req.ID.String())
			spans.Add(w.span)
		}
		w.done <- nil // from here on the request is its owner's again
	}
	ctx, cancel = context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err = d.Broker.Publish(ctx, tasks...)
	if err != nil {
		d.Log.Warn("tasks are left to the relay", "requests", namesOf(tasks), "err", err)
	}
	spans.End(err)
}

// accept commits the requests of known people, and answers those of unknown ones. It returns what is left to dispatch.
func (d *Dispatcher) accept(ctx context.Context, batch []*dispatch) (map[int64]*recommend.Profile, []*dispatch, error) {
	users := make([]int64, len(batch))
	for i, w := range batch {
		users[i] = w.req.User
	}
	profiles, err := d.Ledger.Profiles(ctx, users)
	if err != nil {
		return nil, batch, err
	}
	known := batch[:0:0]
	var reqs []*recommend.Request
	for _, w := range batch {
		if profiles[w.req.User] == nil {
			w.end(fmt.Errorf("user %d: %w", w.req.User, recommend.ErrNotFound))
			continue
		}
		if w.req.Spec.Learned {
			w.req.Spec.Blend = w.req.Spec.Blend.For(profiles[w.req.User].Seen)
		}
		known = append(known, w)
		reqs = append(reqs, w.req)
	}
	if len(known) == 0 {
		return nil, nil, nil
	}
	if err := d.Ledger.Accept(ctx, reqs); err != nil {
		return nil, known, err
	}
	return profiles, known, nil
}

// tasksOf returns the messages that ask each criterion of a request.
func tasksOf(req *recommend.Request, p *recommend.Profile, topology queue.Topology, now time.Time) []queue.Message {
	msgs := make([]queue.Message, 0, len(req.Spec.Blend))
	for _, w := range req.Spec.Blend {
		body := queue.EncodeTask(&recommend.Task{
			Request: req.ID, Criterion: w.Criterion, User: req.User,
			At: req.ID.Time(), Deadline: req.Deadline, Published: now,
			History: p.History, Exclude: p.Exclude, Filter: req.Spec.Filter,
			Limit: candidatesFor(req.Spec.First), Model: req.Spec.Model, Trace: req.Trace,
		})
		msgs = append(msgs, queue.Message{
			To: topology.Task(w.Criterion).Bind, Type: queue.TypeTask, CorrelationID: req.ID.String(), Trace: req.Trace,
			Published: now, Body: body,
		})
	}
	return msgs
}

// candidatesFor returns how many candidates to ask each criterion for: enough that the blend's best are among them.
func candidatesFor(first int) int { return max(recommend.CandidateLimit, 3*first) }

// unavailable turns a failure of a server into what a client is told.
func unavailable(what string, err error) error {
	return &recommend.UnavailableError{
		What: what, Overloaded: errors.Is(err, queue.ErrBusy), RetryAfter: time.Second, Err: err,
	}
}
