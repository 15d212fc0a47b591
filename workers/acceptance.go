package workers

import (
	"context"
	"fmt"
	"slices"

	"webflix/queue"
	"webflix/recommend"
)

// accept commits requests, and answers those that cannot be accepted. It returns what is to be dispatched, each with its person's history
// as it is at that moment: one that is remembered is taken, and the ledger leaves out the request of who has a newer one. Who asks for
// the first time, and has watched enough that the blend is everybody's, is accepted with their history in one call; of the others the
// history is read first.
func (d *Dispatcher) accept(ctx context.Context, batch []*dispatch) []*dispatch {
	histories := make(map[int64]*queue.Packed, len(batch))
	var accepted []*dispatch
	d.recall(batch, histories)
	for tries := 0; len(batch) > 0; tries++ {
		var err error
		if tries > 0 {
			if err = d.read(ctx, batch, histories); err == nil {
				batch = d.known(batch, histories)
			}
		}
		if err == nil {
			err = d.commit(ctx, batch, histories, tries == mostTries)
		}
		if err != nil {
			for _, w := range batch {
				w.end(unavailable("the database", err))
			}
			break
		}
		var left []*dispatch
		for _, w := range batch {
			if w.req.ID != (recommend.RequestID{}) {
				w.history = histories[w.req.User]
				accepted = append(accepted, w)
				continue
			}
			left = append(left, w)
		}
		for _, w := range left {
			d.packs.drop(w.req.User)
			delete(histories, w.req.User)
		}
		batch = left
	}
	return accepted
}

// commit accepts the requests of those whose history is still the newest; with all, of everybody.
func (d *Dispatcher) commit(ctx context.Context, batch []*dispatch, histories map[int64]*queue.Packed, all bool) error {
	if len(batch) == 0 {
		return nil
	}
	reqs := make([]*recommend.Request, len(batch))
	for i, w := range batch {
		reqs[i] = w.req
		seen, k := recommend.SettledWatches, histories[w.req.User]
		switch {
		case k == nil:
			if w.req.Revision, w.req.Fewest = recommend.Unread, 1; w.req.Spec.Learned {
				w.req.Fewest = seen
			}
		case all:
			w.req.Revision, seen = 0, k.Seen
		default:
			w.req.Revision, seen = k.Revision, k.Seen
		}
		if w.req.Spec.Learned {
			w.req.Spec.Blend = w.blend.For(seen)
		}
	}
	if err := d.Ledger.Accept(ctx, reqs); err != nil {
		return err
	}
	for _, r := range reqs {
		if r.Profile != nil {
			histories[r.User] = d.keep(r.User, r.Profile)
			r.Profile = nil
		}
	}
	return nil
}

// mostTries is how often a request is put off because its person's history is not the one that it was asked with. Who records one
// watch after another gets a ranking by what was read last.
const mostTries = 4

// recall adds the histories that are remembered.
func (d *Dispatcher) recall(batch []*dispatch, to map[int64]*queue.Packed) {
	for _, w := range batch {
		if k := d.packs.get(w.req.User); k != nil {
			to[w.req.User] = k
		}
	}
}

// read adds the histories that are not there, as they are now.
func (d *Dispatcher) read(ctx context.Context, batch []*dispatch, to map[int64]*queue.Packed) error {
	var unread []int64
	for _, w := range batch {
		if to[w.req.User] == nil && !slices.Contains(unread, w.req.User) {
			unread = append(unread, w.req.User)
		}
	}
	if len(unread) == 0 {
		return nil
	}
	profiles, err := d.Ledger.Profiles(ctx, unread)
	if err != nil {
		return err
	}
	for user, p := range profiles {
		to[user] = d.keep(user, p)
	}
	return nil
}

// keep remembers a history, ready to be sent.
func (d *Dispatcher) keep(user int64, p *recommend.Profile) *queue.Packed {
	packed := queue.Pack(p)
	d.packs.put(user, packed)
	return packed
}

// known answers the requests of people that there are not.
func (d *Dispatcher) known(batch []*dispatch, histories map[int64]*queue.Packed) []*dispatch {
	known := batch[:0:0]
	for _, w := range batch {
		if histories[w.req.User] == nil {
			w.end(fmt.Errorf("user %d: %w", w.req.User, recommend.ErrNotFound))
			continue
		}
		known = append(known, w)
	}
	return known
}
