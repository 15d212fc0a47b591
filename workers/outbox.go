package workers

import (
	"context"
	"sync"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Outbox publishes what the workers of a process have to say. The first result of a request waits for nothing: it is what somebody sees
// first. The others wait a moment for each other, and go out in one message with whatever else has come: a message costs the broker,
// and the aggregator, about the same whatever is in it. While the broker has yet to confirm a few publications everything waits, so that
// a crowd's results cost a fraction of their number. It is safe for concurrent use.
type Outbox struct {
	Broker queue.Broker

	mu      sync.Mutex // protects what follows
	parcels map[recommend.RequestID]*parcel
	waiting []*posting
	ripe    bool        // what waits is to go as soon as it may
	alarm   *time.Timer // makes it ripe; nil when nothing waits for that
	posting int         // publications under way
	shared  time.Time   // until then other processes have some of the tasks of our requests, and nothing is worth waiting for
	tidied  time.Time
}

// parcel is what this process has to say about a request.
type parcel struct {
	criteria int // of the request, wherever their tasks are
	taken    int // tasks that came here
	ended    int // of them
	since    time.Time
	awaited  bool // some of its results waited for the others in vain
}

// posting is a message in an outbox.
type posting struct {
	msg  queue.Message
	of   recommend.RequestID
	done chan error // has room for one
}

// How long a result waits for the others of its request, how long none does when they came elsewhere, and how often requests are
// forgotten that are past any deadline.
const (
	outboxHold   = 3 * time.Millisecond
	outboxShared = 10 * time.Second
	outboxTidy   = time.Second
)

// Publications that may be under way, after how long one without a confirmation counts no more, so that others do not wait behind what
// the broker may never confirm, and the most messages, and bytes of them, in one.
const (
	outboxPostings = 8
	outboxPatience = 50 * time.Millisecond
	bundleMessages = 16
	bundleBytes    = 128 << 10
)

// take notes a task of a request of so many criteria. Publish or drop follows.
func (o *Outbox) take(of recommend.RequestID, criteria int) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.parcels[of]
	if p == nil {
		p = &parcel{criteria: criteria, since: time.Now()}
		if o.parcels == nil {
			o.parcels = map[recommend.RequestID]*parcel{}
		}
		o.parcels[of] = p
		o.forget(p.since)
	}
	p.taken++
}

// forget drops requests that some tasks of came to nobody, or to another process. The caller holds mu.
func (o *Outbox) forget(now time.Time) {
	if now.Sub(o.tidied) < outboxTidy {
		return
	}
	o.tidied = now
	for of, p := range o.parcels {
		if now.Sub(p.since) > recommend.MaxDeadline {
			delete(o.parcels, of)
		}
	}
}

// quiet reports whether nothing of a request has gone out from here, nor anything else is on its way.
func (o *Outbox) quiet(of recommend.RequestID) bool {
	if o == nil {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.parcels[of]
	return p != nil && p.ended == 0 && o.posting == 0 && len(o.waiting) == 0
}

// drop notes that a task brings no result this time.
func (o *Outbox) drop(ctx context.Context, of recommend.RequestID) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.end(of)
	o.send(ctx)
}

// end notes that a task of a request has ended, and reports whether the result of it is the first. The caller holds mu.
func (o *Outbox) end(of recommend.RequestID) (first bool) {
	p := o.parcels[of]
	if p == nil { // it is not known what to wait for
		o.ripe = true
		return true
	}
	if p.ended++; p.ended >= p.criteria {
		delete(o.parcels, of)
		o.ripe = true
	}
	return p.ended == 1
}

// Publish returns when the broker has confirmed the message, a result of a request, or as queue.Broker's does. One that is shown
// already may wait even if it is the first.
func (o *Outbox) Publish(ctx context.Context, of recommend.RequestID, msg queue.Message, shown bool) error {
	o.mu.Lock()
	if first := o.end(of); first && !shown || o.posting >= outboxPostings || time.Now().Before(o.shared) {
		o.ripe = true
	}
	if o.ripe && o.posting < outboxPostings && len(o.waiting) == 0 {
		o.ripe = false
		o.posting++
		o.mu.Unlock()
		defer o.underWay(ctx)()
		return o.Broker.Publish(ctx, msg)
	}
	p := &posting{msg: msg, of: of, done: make(chan error, 1)}
	o.waiting = append(o.waiting, p)
	o.send(ctx)
	if len(o.waiting) > 0 && !o.ripe && o.alarm == nil {
		o.alarm = time.AfterFunc(outboxHold, func() { o.ring(context.WithoutCancel(ctx)) })
	}
	o.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ring sends what has waited long enough.
func (o *Outbox) ring(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.waiting {
		if parcel := o.parcels[p.of]; parcel != nil && !parcel.awaited {
			parcel.awaited = true
			time.AfterFunc(outboxPatience, func() { o.judge(p.of) })
		}
	}
	o.ripe = true
	o.send(ctx)
}

// judge finds out whether the tasks that a request's results waited for in vain came later, or to another process.
func (o *Outbox) judge(of recommend.RequestID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.parcels[of]; p != nil && p.taken < p.criteria {
		o.shared = time.Now().Add(outboxShared)
	}
}

// send begins publications of what waits, as many as there may be. The caller holds mu.
func (o *Outbox) send(ctx context.Context) {
	for o.ripe && len(o.waiting) > 0 && o.posting < outboxPostings {
		n, size := 0, 0
		for n < len(o.waiting) && n < bundleMessages && (n == 0 || size+len(o.waiting[n].msg.Body) <= bundleBytes) {
			size += len(o.waiting[n].msg.Body)
			n++
		}
		batch := o.waiting[:n:n]
		o.waiting = o.waiting[n:]
		o.posting++
		go o.post(context.WithoutCancel(ctx), batch)
	}
	if len(o.waiting) > 0 {
		return
	}
	o.waiting, o.ripe = nil, false
	if o.alarm != nil {
		o.alarm.Stop()
		o.alarm = nil
	}
}

// underWay returns what to call when a publication has ended.
func (o *Outbox) underWay(ctx context.Context) (ended func()) {
	next := sync.OnceFunc(func() { o.next(ctx) })
	timer := time.AfterFunc(outboxPatience, next)
	return func() {
		timer.Stop()
		next()
	}
}

// next goes on with what waits when a publication has ended, or takes too long.
func (o *Outbox) next(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posting--
	o.send(ctx)
}

func (o *Outbox) post(ctx context.Context, batch []*posting) {
	msgs := make([]queue.Message, len(batch))
	for i, p := range batch {
		msgs[i] = p.msg
	}
	defer o.underWay(ctx)()
	ctx, cancel := context.WithTimeout(ctx, recommend.MaxDeadline) // nobody has use for its results any longer
	defer cancel()
	err := o.Broker.Publish(ctx, queue.Bundle(msgs))
	for _, p := range batch {
		p.done <- err
	}
}
