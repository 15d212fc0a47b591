package workers

import (
	"sync"
	"time"

	"webflix/recommend"
)

// book remembers what an aggregator has merged of open requests, so that no answer is read back from the ledger or decoded
// again. It may forget: what is not in it is in the ledger.
type book struct {
	mu      sync.Mutex // protects what follows
	pages   map[recommend.RequestID]*page
	waiting map[recommend.RequestID]*recommend.Standing // partial rankings whose turn has not come
	foreign time.Time                                   // when an answer was last seen that another aggregator merged
}

// page is a request's answers, as far as this aggregator merged them.
type page struct {
	results []recommend.Result // never changed, only added to
	told    time.Time          // when the last partial ranking was sent; zero: none was
	shown   int                // answers in the first one, when it was sent before the ledger had them
	wants   int                // answers that complete it
	end     time.Time          // when the request is final at the latest, by whoever closes it
}

// Most pages, each of some kilobytes, and how long after its deadline a request's page is kept.
const (
	mostPages = 5_000
	pageStay  = time.Second
)

func newBook() *book {
	return &book{pages: map[recommend.RequestID]*page{}, waiting: map[recommend.RequestID]*recommend.Standing{}}
}

// add notes an answer that the ledger has stored.
func (b *book) add(s *recommend.Standing, r *recommend.Result, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.page(&s.Request, now, s.Deadline.Sub(s.Now)); p.find(r.Criterion) < 0 {
		p.results = append(p.results, *r)
	}
}

// check notes that another aggregator is at work, too, if it merged answers of a request that has a page here.
func (b *book) check(s *recommend.Standing, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.pages[s.ID]; p != nil && len(p.results) < len(s.Answers) {
		b.foreign = now
	}
}

// lacks reports whether a request that is known here still lacks answers when so many more are merged, and has the time to wait for
// them. While others merge, too, nobody knows.
func (b *book) lacks(id recommend.RequestID, more int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[id]
	return p != nil && len(p.results)+more < p.wants && now.Add(lastMoment).Before(p.end.Add(-pageStay)) && now.Sub(b.foreign) > apart
}

// How long before its deadline a request waits for nothing, and for how long an aggregator that has seen another's answer takes it that
// it is not alone.
const (
	lastMoment = 25 * time.Millisecond
	apart      = 10 * time.Second
)

// page returns a request's page, a new one if it has none. The caller holds mu.
func (b *book) page(req *recommend.Request, now time.Time, left time.Duration) *page {
	p := b.pages[req.ID]
	if p == nil {
		if len(b.pages) >= mostPages {
			for other := range b.pages {
				delete(b.pages, other)
				break
			}
		}
		p = &page{wants: len(req.Spec.Blend), end: now.Add(left + pageStay)}
		b.pages[req.ID] = p
	}
	return p
}

// begin notes that the first partial ranking of a request, of so many answers, is sent before the ledger has them; the request is open
// for left. It reports false, and notes nothing, when the request has a page.
func (b *book) begin(req *recommend.Request, answers int, now time.Time, left time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages[req.ID] != nil {
		return false
	}
	p := b.page(req, now, left)
	p.told, p.shown = now, answers
	return true
}

func (p *page) find(criterion string) int {
	for i := range p.results {
		if p.results[i].Criterion == criterion {
			return i
		}
	}
	return -1
}

// results returns a standing's answers, or false when some of them are not here.
func (b *book) results(s *recommend.Standing) ([]recommend.Result, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[s.ID]
	if p == nil {
		return nil, false
	}
	out := make([]recommend.Result, len(s.Answers))
	for i := range s.Answers {
		at := p.find(s.Answers[i].Criterion)
		if at < 0 {
			return nil, false
		}
		out[i] = p.results[at]
	}
	return out, true
}

// turn reports whether a partial ranking may be sent now: followers are shown one
// in so long, and the ones between would be made and carried for nobody. One whose turn has not come waits, until due hands
// it out or a newer one takes its place.
func (b *book) turn(s *recommend.Standing, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pages[s.ID]
	if p == nil {
		return true
	}
	if len(s.Answers) <= p.shown {
		return false // it is what was sent
	}
	if now.Sub(p.told) < coalesce {
		b.waiting[s.ID] = s
		return false
	}
	p.told = now
	delete(b.waiting, s.ID)
	return true
}

// due returns the partial rankings whose turn has come, and drops the pages of requests that are past their end.
func (b *book) due(now time.Time) []recommend.Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []recommend.Standing
	for id, s := range b.waiting {
		if p := b.pages[id]; p == nil || now.Sub(p.told) >= coalesce {
			out = append(out, *s)
			delete(b.waiting, id)
		}
	}
	for id, p := range b.pages {
		if now.After(p.end) {
			delete(b.pages, id)
		}
	}
	return out
}

// close takes out the page of a request that is final.
func (b *book) close(id recommend.RequestID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.pages, id)
	delete(b.waiting, id)
}
