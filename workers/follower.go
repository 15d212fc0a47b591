package workers

import (
	"sync"
	"time"

	"webflix/recommend"
)

// coalesce is the least time between two partial updates to a follower.
const coalesce = 50 * time.Millisecond

// follower receives the updates of one request. Each is a whole ranking, so only the newest unread one is kept.
type follower struct {
	out      chan *recommend.Update // holds one; closed by end, or after the final
	partials bool                   // whether partial updates are wanted

	mu       sync.Mutex // protects what follows; nothing blocks under it
	sequence int64      // of the newest update taken
	pending  *recommend.Update
	timer    *time.Timer // running while a pause between partials lasts
	ended    bool
}

func newFollower(partials bool) *follower {
	return &follower{out: make(chan *recommend.Update, 1), partials: partials, sequence: -1}
}

// offer hands an update on: the first at once, further partials one a pause, the final at once, and nothing after it.
// An update that is not newer than the last is dropped.
func (f *follower) offer(u *recommend.Update) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || u.Sequence <= f.sequence || (!u.Final && !f.partials) {
		return
	}
	f.sequence = u.Sequence
	switch {
	case u.Final:
		f.put(u)
		f.close()
	case f.timer != nil:
		f.pending = u
	default:
		f.put(u)
		f.timer = time.AfterFunc(coalesce, f.flush)
	}
}

// flush ends a pause: it hands on what has come meanwhile, and starts the next pause then.
func (f *follower) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.timer = nil
	if f.ended || f.pending == nil {
		return
	}
	f.put(f.pending)
	f.pending = nil
	f.timer = time.AfterFunc(coalesce, f.flush)
}

// end closes the channel without a final: the follower has left.
func (f *follower) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.ended {
		f.close()
	}
}

// put replaces an unread update. It never blocks, since every sender holds mu.
func (f *follower) put(u *recommend.Update) {
	select {
	case <-f.out: // drop the unread one
	default:
	}
	f.out <- u
}

func (f *follower) close() {
	f.ended = true
	if f.timer != nil {
		f.timer.Stop()
	}
	close(f.out)
}
