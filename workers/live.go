package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/queue"
	"webflix/recommend"
	"webflix/trace"
)

// Requests is what the live hub needs of the ledger.
type Requests interface {
	// Attach sends a request's further updates to replica and returns it as it is, or recommend.ErrNotFound.
	Attach(ctx context.Context, id recommend.RequestID, replica string) (*recommend.Standing, error)
	// Standings returns requests as they are, without those that there are not.
	Standings(ctx context.Context, ids []recommend.RequestID) ([]recommend.Standing, error)
	// Abandon makes an open request due now, if it is still replica's, and reports whether it was.
	Abandon(ctx context.Context, id recommend.RequestID, replica string) (bool, error)
}

// Live brings updates to the followers on one API replica. Updates come over the replica's own queue; shortly after a
// request's deadline the hub also reads it from the ledger, so a lost message cannot hide a final.
type Live struct {
	Ledger   Requests
	Catalogs Catalogs // nil: no ranking is varied
	Broker   queue.Broker
	Topology queue.Topology
	Clock    *Clock
	Replica  string
	Observer Observer
	Tracer   *trace.Tracer // nil: no traces
	Log      *slog.Logger

	late      atomic.Bool
	listening atomic.Bool

	mu        sync.Mutex // protects what follows
	followers map[recommend.RequestID]*followed
}

// followed is a request with followers on this replica.
type followed struct {
	request   recommend.Request
	followers []*follower
	shown     bool      // an update has come
	attached  bool      // somebody came to it later: others may follow it elsewhere, or come yet, and it is never abandoned
	readAt    time.Time // when to read it from the ledger, by the database's clock
}

const (
	livePrefetch = 500
	readAfter    = 50 * time.Millisecond  // from the deadline to the hub's own reading
	readAgain    = 250 * time.Millisecond // until the final is there
	readEvery    = 25 * time.Millisecond
	readBatch    = 500

	lateAfter = 250 * time.Millisecond // from the deadline of a final that is not there
	lateMost  = 10                     // requests that may be so late before there must not be more
)

// NewLive returns a hub that works once Run is called.
func NewLive(
	ledger Requests, catalogs Catalogs, broker queue.Broker, topology queue.Topology, clock *Clock, replica string, log *slog.Logger,
) *Live {
	return &Live{
		Ledger: ledger, Catalogs: catalogs, Broker: broker, Topology: topology, Clock: clock, Replica: replica, Log: log,
		Observer: Unobserved{}, followers: map[recommend.RequestID]*followed{},
	}
}

// Run works until ctx ends.
func (l *Live) Run(ctx context.Context) error {
	q := l.Topology.Live(l.Replica)
	if err := l.Broker.Declare(ctx, q); err != nil {
		return fmt.Errorf("start the live hub: %w", err)
	}
	l.listening.Store(true)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.read(ctx) })
	g.Go(func() error {
		sub := queue.Subscription{Queue: q.Name, Prefetch: livePrefetch, Batch: livePrefetch, Parallel: 1}
		return l.Broker.Consume(ctx, sub, l.receive)
	})
	return g.Wait()
}

func (l *Live) receive(_ context.Context, batch []*queue.Message) []error {
	outcomes := make([]error, len(batch))
	for i, m := range batch {
		if queue.IsResult(m.Type) {
			l.preview(m)
			continue
		}
		if m.Type != queue.TypeUpdate {
			outcomes[i] = &queue.Rejection{Reason: fmt.Sprintf("a message of type %.60q is no %s", m.Type, queue.TypeUpdate)}
			continue
		}
		u, err := queue.DecodeUpdate(m.Body)
		if err != nil {
			outcomes[i] = &queue.Rejection{Reason: err.Error()}
			continue
		}
		l.take(u, m.Trace)
	}
	return outcomes
}

// take hands an update to its followers, below a span of whoever sent it. Nobody changes the update any more.
func (l *Live) take(u *recommend.Update, parent string) {
	span := l.Tracer.Continue(parent, trace.Consumer, "deliver", "")
	span.SetBool("webflix.final", u.Final)
	l.deliver(u)
	span.End()
}

// Follow returns the updates of a request from now on, until its final one or until ctx ends; then the channel is closed.
// A follower who is slow gets the newest update and misses older ones, never the final one. When the last one unsubscribes
// (recommend.ErrUnsubscribed is the cause of its ctx), the request is abandoned, unless somebody has attached to it.
func (l *Live) Follow(ctx context.Context, req *recommend.Request) <-chan *recommend.Update {
	return l.follow(ctx, req, false)
}

func (l *Live) follow(ctx context.Context, req *recommend.Request, attached bool) <-chan *recommend.Update {
	f := newFollower(req.Spec.AllowPartial)
	l.mu.Lock()
	of := l.followers[req.ID]
	if of == nil {
		of = &followed{request: *req, readAt: req.Deadline.Add(readAfter)}
		l.followers[req.ID] = of
	}
	of.followers = append(of.followers, f)
	of.attached = of.attached || attached
	l.mu.Unlock()
	context.AfterFunc(ctx, func() {
		if unwanted := l.leave(req.ID, f); unwanted && errors.Is(context.Cause(ctx), recommend.ErrUnsubscribed) {
			l.abandon(req.ID)
		}
	})
	return f.out
}

// Attach follows a request that any replica accepted: its newest update at once, then as Follow. It returns
// recommend.ErrNotFound for a request that there is not.
func (l *Live) Attach(ctx context.Context, id recommend.RequestID) (<-chan *recommend.Update, error) {
	standing, err := l.Ledger.Attach(ctx, id, l.Replica)
	if err != nil {
		return nil, err
	}
	updates := l.follow(ctx, &standing.Request, true)
	// What was emitted between the two lines above went by, so read the request once more.
	standings, err := l.Ledger.Standings(ctx, []recommend.RequestID{id})
	if err != nil {
		return nil, err
	}
	l.deliverStandings(standings)
	return updates, nil
}

// follows returns a request that is followed here, and whether an update of it has come; nil for any other one, and for one whose
// followers want its final alone.
func (l *Live) follows(id recommend.RequestID) (req *recommend.Request, shown bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.followers[id]
	if of == nil || !of.request.Spec.AllowPartial {
		return nil, false
	}
	return &of.request, of.shown
}

// Following returns the number of requests that are followed here.
func (l *Live) Following() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.followers)
}

func (l *Live) deliver(u *recommend.Update) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.followers[u.Request]
	if of == nil {
		return
	}
	if !of.shown && !u.Final {
		l.Observer.Shown(u)
	}
	of.shown = true
	for _, f := range of.followers {
		f.offer(u)
	}
	if u.Final {
		delete(l.followers, u.Request)
	}
}

// leave ends a follower, and reports whether nobody wants its request any more: it was the last here, there is no final, and nobody has
// attached to it.
func (l *Live) leave(id recommend.RequestID, gone *follower) (unwanted bool) {
	gone.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.followers[id]
	if of == nil {
		return false
	}
	for i, f := range of.followers {
		if f == gone {
			of.followers = append(of.followers[:i], of.followers[i+1:]...)
			break
		}
	}
	if len(of.followers) > 0 {
		return false
	}
	delete(l.followers, id)
	return !of.attached
}

// read reads requests from the ledger whose final should have come.
func (l *Live) read(ctx context.Context) error {
	tick := time.NewTicker(readEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			ids := l.overdue()
			if len(ids) == 0 {
				continue
			}
			standings, err := l.Ledger.Standings(ctx, ids)
			if err != nil {
				if ctx.Err() == nil {
					l.Log.Warn("finals wait for the ledger", "requests", first(ids), "err", err)
				}
				continue
			}
			l.deliverStandings(standings)
		}
	}
}

// overdue returns requests to read now, and puts each off.
func (l *Live) overdue() []recommend.RequestID {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Clock.Now()
	var ids []recommend.RequestID
	late := 0
	for id, of := range l.followers {
		if now.Sub(of.request.Deadline) > lateAfter {
			late++
		}
		if !now.Before(of.readAt) && len(ids) < readBatch {
			of.readAt = now.Add(readAgain)
			ids = append(ids, id)
		}
	}
	l.late.Store(late > lateMost)
	return ids
}

// Listening reports whether the replica has its queue. Updates that are sent before get lost, but for what the hub reads after the
// deadline.
func (l *Live) Listening() bool { return l.listening.Load() }

// Late reports whether finals come much later than their deadlines: more is asked than can be answered.
func (l *Live) Late() bool { return l.late.Load() }

func (l *Live) deliverStandings(standings []recommend.Standing) {
	for i := range standings {
		u, err := Ranking(&standings[i], l.Catalogs)
		if err != nil {
			l.Log.Error("a request's answers cannot be read", "request", standings[i].ID,
				"trace", trace.ID(standings[i].Trace), "err", err)
			continue
		}
		l.deliver(&u)
	}
}
