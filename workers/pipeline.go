package workers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

// Trails is what the pipeline's picture needs of the ledger.
type Trails interface {
	// Recent returns up to limit requests accepted since then, newest first, with all their answers, late ones too,
	// and how many there were. Of an answer's payload it may read the first recommend.ResultHead bytes alone, and so may Trail.
	Recent(ctx context.Context, since time.Time, limit int) ([]recommend.Standing, int, error)
	// Trail returns one request with all its answers, or recommend.ErrNotFound.
	Trail(ctx context.Context, id recommend.RequestID) (*recommend.Standing, error)
	// Flows returns what all processes together do with each queue.
	Flows(ctx context.Context) (map[string]recommend.Flow, error)
	// Pending tells how old what waits for an answer is.
	Pending(ctx context.Context) (recommend.Pending, error)
}

// Pipeline watches the queues and the ledger for people who look at the pipeline. While nobody looks it does no more than count
// the dead letters every second.
type Pipeline struct {
	Ledger   Trails
	Broker   queue.Broker
	Topology queue.Topology
	Clock    *Clock
	Criteria []string
	Log      *slog.Logger

	mu     sync.Mutex // protects what follows
	frames map[chan *recommend.Frame]struct{}

	reading sync.Mutex // protects dead
	dead    deadWatch

	drawing sync.Mutex       // protects whole
	whole   *recommend.Frame // the last one that goes back as far as a first frame does
}

const (
	frameEvery   = 250 * time.Millisecond
	frameSpan    = 12 * time.Second // how far back a first frame goes: a request with the longest deadline is in it
	frameTrails  = 40
	frameOverlap = 250 * time.Millisecond // what was stamped before a frame and committed after it is in the next
	rateSpan     = queue.RateSpan
)

// Frame returns the pipeline as it is, or was a moment ago, with the requests of the last few seconds. Many who ask at once get
// the same picture: it takes a reading of every queue.
func (p *Pipeline) Frame(ctx context.Context) (*recommend.Frame, error) {
	p.drawing.Lock()
	defer p.drawing.Unlock()
	now := p.Clock.Now()
	if p.whole != nil && now.Sub(p.whole.At) < frameEvery {
		return p.whole, nil
	}
	frame, err := p.frame(ctx, now.Add(-frameSpan))
	if err == nil {
		p.whole = frame
	}
	return frame, err
}

// Follow streams frames, the first at once. The channel is closed when ctx ends. Who reads slowly misses frames.
func (p *Pipeline) Follow(ctx context.Context) (<-chan *recommend.Frame, error) {
	first, err := p.Frame(ctx)
	if err != nil {
		return nil, err
	}
	out := make(chan *recommend.Frame, 1)
	out <- first
	p.mu.Lock()
	if p.frames == nil {
		p.frames = map[chan *recommend.Frame]struct{}{}
	}
	p.frames[out] = struct{}{}
	p.mu.Unlock()
	context.AfterFunc(ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.frames, out)
		close(out)
	})
	return out, nil
}

// Run makes frames until ctx ends, one reading for all who follow.
func (p *Pipeline) Run(ctx context.Context) error {
	tick := time.NewTicker(frameEvery)
	defer tick.Stop()
	last := p.Clock.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			p.count(ctx)
			if !p.followed() {
				last = p.Clock.Now()
				continue
			}
			frame, err := p.frame(ctx, last.Add(-frameOverlap))
			if err != nil {
				if ctx.Err() == nil {
					p.Log.Warn("no picture of the pipeline", "err", err)
				}
				continue
			}
			last = frame.At
			p.offer(frame)
		}
	}
}

func (p *Pipeline) followed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.frames) > 0
}

func (p *Pipeline) offer(frame *recommend.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for out := range p.frames {
		select {
		case <-out: // drop the unread one
		default:
		}
		out <- frame // it has room, and only we send, under the lock
	}
}

// Trail returns a request's way through the pipeline, and who asked for it.
func (p *Pipeline) Trail(ctx context.Context, id recommend.RequestID) (*recommend.Trail, int64, error) {
	s, err := p.Ledger.Trail(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	trail := trailOf(s)
	return &trail, s.User, nil
}

// frame reads the queues, and the requests that moved since then.
func (p *Pipeline) frame(ctx context.Context, since time.Time) (*recommend.Frame, error) {
	now := p.Clock.Now()
	frame := &recommend.Frame{At: now, Queues: p.queues(ctx, now)}
	standings, total, err := p.Ledger.Recent(ctx, now.Add(-frameSpan), 4*frameTrails)
	if err != nil {
		return nil, fmt.Errorf("read the pipeline: %w", err)
	}
	recent := 0
	for i := range standings {
		s := &standings[i]
		if now.Sub(s.ID.Time()) <= rateSpan {
			recent++
		}
		trail := trailOf(s)
		if !movedSince(&trail, since) {
			continue
		}
		frame.Requests++
		if len(frame.Trails) < frameTrails {
			frame.Trails = append(frame.Trails, trail)
		}
	}
	if len(standings) < total && recent == len(standings) {
		recent = int(float64(total) * rateSpan.Seconds() / frameSpan.Seconds()) // more than were read: the span's mean
	}
	frame.Rate = float64(recent) / rateSpan.Seconds()
	return frame, nil
}

func movedSince(t *recommend.Trail, since time.Time) bool {
	if t.Accepted.After(since) || t.FinalAt.After(since) {
		return true
	}
	for i := range t.Steps {
		if t.Steps[i].Merged.After(since) {
			return true
		}
	}
	return false
}

// trailOf reads a request's moments from its answers. A task's own clock readings are the database's, too.
func trailOf(s *recommend.Standing) recommend.Trail {
	trail := recommend.Trail{
		Request: s.ID, User: s.User, Accepted: s.ID.Time(), Deadline: s.Deadline, FinalAt: s.FinalAt,
		Steps: make([]recommend.Step, len(s.Spec.Blend)),
	}
	for i, w := range s.Spec.Blend {
		trail.Steps[i].Criterion = w.Criterion
		if s.Final() {
			trail.Steps[i].Status = recommend.StatusTimedOut
		}
	}
	for _, a := range s.Answers {
		at := s.Spec.Blend.Find(a.Criterion)
		if at < 0 {
			continue
		}
		r, err := queue.DecodeResultHead(a.Payload)
		if err != nil {
			continue // the ranking says so; a picture can do without
		}
		step := &trail.Steps[at]
		step.Merged, step.Late, step.Worker = a.At, a.Late, r.Worker
		if !a.Late {
			step.Status = r.Status
		}
		step.Published = r.Published
		step.Started = r.Published.Add(r.Wait)
		step.Finished = step.Started.Add(r.Work)
	}
	return trail
}
