// Package workers holds the roles of the pipeline: the dispatcher and the relay that send tasks out, the workers that score
// them, the aggregator that sums the scores, and the live hub that brings updates to whoever waits for them. They know one
// another only through the broker and the ledger.
package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Accepter is what the dispatcher needs of the ledger.
type Accepter interface {
	// Accept commits all requests or none, and gives each its ID and Deadline, save those whose person has another
	// Revision by now or is gone: their ID stays zero. It reads the Profile of who is recommend.Unread, if they have watched Fewest
	// films, and else leaves them out, too. The ledger may lose what it accepted until Sync has returned.
	Accept(ctx context.Context, reqs []*recommend.Request) error
	// Sync returns when neither this request nor anything that was committed before it can be lost any more; an error when the
	// ledger has lost it.
	Sync(ctx context.Context, newest recommend.RequestID) error
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
	packs generations[int64, *queue.Packed] // the histories of who asked lately; the ledger accepts no request with an old one
}

// Most requests that are accepted in one transaction, and of how many such batches the tasks may be under way at once.
const (
	acceptBatch  = 128
	sendingBatch = 8
)

// Publishing tasks may take this long; what is not out by then is the relay's.
const publishTimeout = 2 * time.Second

// packsSize is the room for each generation of histories: together they are some ten thousand people's.
const packsSize = 32 << 20

type dispatch struct {
	req      *recommend.Request
	blend    recommend.Blend // that was asked for, or learned
	accepted func(*recommend.Request)
	done     chan error // holds one
	span     trace.Span
	history  *queue.Packed // that it was accepted with
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
		queue: make(chan *dispatch, acceptBatch), packs: generations[int64, *queue.Packed]{room: packsSize},
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
	w := &dispatch{req: req, blend: req.Spec.Blend, accepted: accepted, done: make(chan error, 1)}
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
	var sending errgroup.Group
	sending.SetLimit(sendingBatch)
	defer func() { _ = sending.Wait() }() // it returns no errors
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
			d.take(context.WithoutCancel(ctx), batch, &sending)
		}
	}
}

// take accepts a batch, and lets its tasks go out while the ledger makes sure that it cannot be lost. It returns when that is done: one
// transaction is under way at a time, and what comes meanwhile shares the next.
func (d *Dispatcher) take(ctx context.Context, batch []*dispatch, sending *errgroup.Group) {
	timely, cancel := context.WithTimeout(ctx, recommend.MaxDeadline)
	defer cancel()
	batch = d.accept(timely, batch)
	if len(batch) == 0 {
		return
	}
	synced := make(chan error, 1)
	sending.Go(func() error {
		d.send(ctx, batch, synced)
		return nil
	})
	synced <- d.Ledger.Sync(timely, batch[len(batch)-1].req.ID)
}

// send sends the tasks of requests that were accepted, and tells those who wait once the ledger cannot lose them. Should it have lost
// them, the results of the tasks change nothing.
func (d *Dispatcher) send(ctx context.Context, batch []*dispatch, synced <-chan error) {
	tasks := make([]queue.Message, len(batch))
	var spans trace.Spans
	for i, w := range batch {
		if w.accepted != nil {
			w.accepted(w.req)
		}
		tasks[i] = taskOf(w.req, w.history, d.Topology, d.Clock.Now())
		if w.span.On() {
			w.span.Set("webflix.request", w.req.ID.String())
			spans.Add(w.span)
		}
	}
	var published sync.WaitGroup
	published.Go(func() { spans.End(d.publish(ctx, tasks)) })
	err := <-synced
	if err != nil {
		err = unavailable("the database", err)
	}
	for _, w := range batch {
		w.done <- err // from here on the request is its owner's again
	}
	published.Wait()
}

func (d *Dispatcher) publish(ctx context.Context, tasks []queue.Message) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	err := d.Broker.Publish(ctx, tasks...)
	if err != nil {
		d.Log.Warn("tasks are left to the relay", "requests", namesOf(tasks), "err", err)
	}
	return err
}

// taskOf returns the message that asks every criterion of a request: each of their queues gets it.
func taskOf(req *recommend.Request, history *queue.Packed, topology queue.Topology, now time.Time) queue.Message {
	criteria := make([]string, len(req.Spec.Blend))
	for i, w := range req.Spec.Blend {
		criteria[i] = w.Criterion
	}
	body := queue.EncodeTaskOf(&recommend.Task{
		Request: req.ID, User: req.User, At: req.ID.Time(), Deadline: req.Deadline, Published: now,
		Filter: req.Spec.Filter, Limit: candidatesFor(req.Spec.First), Model: req.Spec.Model, Trace: req.Trace,
	}, history, criteria)
	to, also := topology.TaskAddresses(criteria)
	replica := req.Replica
	if !req.Spec.AllowPartial {
		replica = "" // nobody would see a preview
	}
	return queue.Message{
		To: to, Also: also, Type: queue.TypeTask, CorrelationID: req.ID.String(), Trace: req.Trace, Replica: replica,
		Published: now, Body: body,
	}
}

// candidatesFor returns how many candidates to ask each criterion for: enough that the blend's best are among them.
func candidatesFor(first int) int { return max(recommend.CandidateLimit, 3*first) }

// unavailable turns a failure of a server into what a client is told.
func unavailable(what string, err error) error {
	return &recommend.UnavailableError{
		What: what, Overloaded: errors.Is(err, queue.ErrBusy), RetryAfter: time.Second, Err: err,
	}
}
