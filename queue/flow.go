package queue

import (
	"sync"
	"time"
)

// Flow is what one process does with a queue.
type Flow struct {
	Held    int       // deliveries that it has not settled
	Oldest  time.Time // when the oldest of them was published, by the database's clock; zero when none says
	In, Out float64   // messages that it published there, and that it dealt with, a second; over RateSpan
}

// Flows is a broker that several processes share: each knows only its own part.
type Flows interface {
	// Flow returns what this process does with a queue.
	Flow(q Queue) Flow
}

// flows counts what a process does with queues. Its methods are safe for concurrent use.
type flows struct {
	mu        sync.Mutex // protects what follows
	published map[Address]*rate
	consumed  map[string]*consumption
}

// consumption is what a process's subscriptions do with a queue.
type consumption struct {
	out  rate
	held map[*intake]map[uint64]time.Time // when each delivery was published, by its tag
}

func newFlows() *flows {
	return &flows{published: make(map[Address]*rate), consumed: make(map[string]*consumption)}
}

// publish counts a message that the broker holds now.
func (f *flows) publish(to Address) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.published[to]
	if r == nil {
		r = &rate{}
		f.published[to] = r
	}
	r.add(1, time.Now())
}

// take counts a delivery.
func (f *flows) take(in *intake, tag uint64, published time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.consumed[in.consumer.sub.Queue]
	if c == nil {
		c = &consumption{held: make(map[*intake]map[uint64]time.Time)}
		f.consumed[in.consumer.sub.Queue] = c
	}
	if c.held[in] == nil {
		c.held[in] = make(map[uint64]time.Time)
	}
	c.held[in][tag] = published
}

// settle counts deliveries as dealt with, or as gone back to the queue.
func (f *flows) settle(in *intake, tags [unhandled + 1][]uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.consumed[in.consumer.sub.Queue]
	if c == nil {
		return
	}
	for what, of := range tags {
		for _, tag := range of {
			delete(c.held[in], tag)
		}
		if what := verdict(what); what == handled || what == buried {
			c.out.add(len(of), time.Now())
		}
	}
}

// end forgets an intake: what it still held goes back to the queue.
func (f *flows) end(in *intake) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c := f.consumed[in.consumer.sub.Queue]; c != nil {
		delete(c.held, in)
	}
}

func (f *flows) of(q *Queue) Flow {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	var flow Flow
	if r := f.published[q.Bind]; r != nil {
		flow.In = r.perSecond(now)
	}
	c := f.consumed[q.Name]
	if c == nil {
		return flow
	}
	flow.Out = c.out.perSecond(now)
	for _, held := range c.held {
		flow.Held += len(held)
		for _, published := range held {
			if !published.IsZero() && (flow.Oldest.IsZero() || published.Before(flow.Oldest)) {
				flow.Oldest = published
			}
		}
	}
	return flow
}

// Flow implements Flows.
func (r *RabbitMQ) Flow(q Queue) Flow { return r.flows.of(&q) }
