package recommend

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// The ladder below the criteria: pseudo-criteria under which the ledger keeps what answers a request that no criterion
// answered in time.
const (
	LadderLastKnown = "last-known"
	LadderPopular   = "popular"
)

// Tally makes the ranking of a request from the results that have come so far. The weights are renormalised over the
// criteria that answered, so a partial ranking is on the final one's scale. The sum runs in the blend's order: the same
// results give the same totals whatever the order they came in, and however often.
//
// A film that one criterion ranked and another did not gets the other's Floor.
func Tally(s *Standing, results []Result) Update {
	u := Update{
		Request: s.ID, User: s.User, Sequence: s.Sequence, Final: s.Final(),
		Took:     s.Now.Sub(s.ID.Time()),
		Criteria: make([]CriterionState, len(s.Spec.Blend)),
	}
	if u.Final {
		u.Took = s.FinalAt.Sub(s.ID.Time())
	}
	answered := make([]*Result, len(s.Spec.Blend))
	var ladder *Result
	for i := range results {
		r := &results[i]
		if at := s.Spec.Blend.Find(r.Criterion); at >= 0 {
			answered[at] = r
		} else if r.Criterion == LadderLastKnown || r.Criterion == LadderPopular {
			ladder = r
		}
	}
	var weight float64
	for i, w := range s.Spec.Blend {
		state, why := stateOf(w, answered[i], u.Final)
		u.Criteria[i] = state
		u.Coverage.count(state.Status)
		u.degrade(why)
		if state.Status == StatusDone {
			weight += w.Weight
		} else {
			answered[i] = nil
		}
	}
	total := s.Spec.Blend.Total()
	if total > 0 {
		u.Coverage.Percent = 100 * weight / total
	}
	if ladder != nil && u.Final && (weight == 0 || u.Coverage.Percent < s.Spec.MinCoverage) {
		u.degrade(ladder.Degraded)
		u.Picks = rank([]*Result{ladder}, []float64{1}, s.Spec.First)
		return u
	}
	if weight == 0 || math.IsInf(total/weight, 0) { // a say so small that no scale makes it the whole
		return u
	}
	var parts []*Result
	var scales []float64
	for i, r := range answered {
		if r != nil && s.Spec.Blend[i].Weight > 0 {
			parts = append(parts, r)
			scales = append(scales, s.Spec.Blend[i].Weight*(total/weight))
		}
	}
	u.Picks = rank(parts, scales, s.Spec.First)
	return u
}

func stateOf(w Weight, r *Result, final bool) (CriterionState, Degradation) {
	state := CriterionState{Criterion: w.Criterion, Weight: w.Weight}
	if r == nil {
		if !final {
			return state, ""
		}
		state.Status = StatusTimedOut
		return state, DegradedDeadline
	}
	state.Status, state.Wait, state.Work, state.Model, state.Worker = r.Status, r.Wait, r.Work, r.Model, r.Worker
	switch r.Status {
	case StatusFailed:
		return state, DegradedWorkerError
	case StatusRejected:
		return state, DegradedRejected
	case StatusTimedOut:
		return state, DegradedDeadline
	case StatusDone, StatusQueued:
	}
	return state, r.Degraded
}

func (c *Coverage) count(s Status) {
	switch s {
	case StatusDone:
		c.Succeeded++
	case StatusFailed:
		c.Failed++
	case StatusTimedOut:
		c.TimedOut++
	case StatusRejected:
		c.Rejected++
	case StatusQueued:
	}
}

func (u *Update) degrade(why Degradation) {
	if why != "" && !slices.Contains(u.Degraded, why) {
		u.Degraded = append(u.Degraded, why)
	}
}

// rank sums the parts' scores, each times its scale, and returns the best films with their shares. Equal totals are in
// the order of the films' ids.
func rank(parts []*Result, scales []float64, first int) []Pick {
	t, _ := tallies.Get().(*tallying)
	if t == nil {
		t = new(tallying)
	}
	defer tallies.Put(t)
	t.sum(parts, scales)
	best := t.best(first)
	places := t.places(parts, best)
	picks := make([]Pick, len(best))
	all := make([]Share, len(best)*len(parts)) // memory for every pick's shares
	t.evidence, t.ends = t.evidence[:0], t.ends[:0]
	for i, film := range best {
		shares := all[i*len(parts) : (i+1)*len(parts) : (i+1)*len(parts)]
		for p, r := range parts {
			shares[p] = Share{Criterion: r.Criterion, Score: scales[p] * float64(r.Floor)}
			if at := int(places[i*len(parts)+p]) - 1; at >= 0 {
				shares[p].Score = scales[p] * float64(r.Candidates[at].Score)
				t.evidence = r.appendEvidence(t.evidence, at, scales[p])
			}
			t.ends = append(t.ends, len(t.evidence))
		}
		picks[i] = Pick{Movie: film.movie, Score: film.total, Shares: shares}
	}
	evidence := slices.Clone(t.evidence) // of which they are parts
	from := 0
	for i, end := range t.ends {
		if end > from {
			all[i].Evidence = evidence[from:end:end]
		}
		from = end
	}
	clear(t.evidence)
	return picks
}

// tallying is the memory that a ranking is made in, for one after another.
type tallying struct {
	films  []tallied
	rows   []int32   // of every part's candidates, one part after another: the film's index, -1 for one that the part ranked before
	slots  []int32   // a hash table with linear probing, which a map would be slower than: a film's index plus 1, 0 for an empty slot
	floors []float64 // of each part, times its scale
	heap   []ranked

	evidence []Evidence // of each of the picks' shares
	ends     []int      // where it ends
}

// tallied is a film that any part ranked, with the sum of the parts before next.
type tallied struct {
	total float64
	movie int32
	next  int32
	place int32 // among the best, from 1; 0 for none
}

var tallies sync.Pool //nolint:gochecknoglobals // of *tallying

// sum adds up what the parts give to each film that any of them ranked. A film's terms are added in the order of the parts, floors
// among them, each rounded before: its shares add up to its total.
func (t *tallying) sum(parts []*Result, scales []float64) {
	most := 0
	t.floors = t.floors[:0]
	for p, r := range parts {
		most += len(r.Candidates)
		t.floors = append(t.floors, scales[p]*float64(r.Floor))
	}
	size := 1 << bits.Len(uint(2*most))
	t.slots = slices.Grow(t.slots[:0], size)[:size]
	clear(t.slots)
	t.films, t.rows = t.films[:0], t.rows[:0]
	before := 0.0 // of a film that the parts so far left out
	for p, r := range parts {
		for i := range r.Candidates {
			c := &r.Candidates[i]
			row := t.row(c.Movie, before, p)
			film := &t.films[row]
			if int(film.next) > p {
				t.rows = append(t.rows, -1)
				continue
			}
			t.rows = append(t.rows, row)
			for ; int(film.next) < p; film.next++ {
				film.total += t.floors[film.next]
			}
			film.total += float64(scales[p] * float64(c.Score))
			film.next++
		}
		before += t.floors[p]
	}
	for row := range t.films {
		for film := &t.films[row]; int(film.next) < len(parts); film.next++ {
			film.total += t.floors[film.next]
		}
	}
}

// row returns a film's index. One that is new has the sum of the parts before.
func (t *tallying) row(movie int32, before float64, part int) int32 {
	mask := uint32(len(t.slots) - 1)
	slot := uint32(movie) * 2654435769 >> 7 & mask
	for t.slots[slot] != 0 {
		if row := t.slots[slot] - 1; t.films[row].movie == movie {
			return row
		}
		slot = (slot + 1) & mask
	}
	t.films = append(t.films, tallied{total: before, movie: movie, next: int32(part)})
	t.slots[slot] = int32(len(t.films))
	return int32(len(t.films) - 1)
}

// places returns where the parts have the best films: for each film and part the candidate's index plus 1, 0 for none.
func (t *tallying) places(parts []*Result, best []ranked) []int32 {
	places := make([]int32, len(best)*len(parts))
	for i, film := range best {
		t.films[film.row].place = int32(i + 1)
	}
	rows := t.rows
	for p, r := range parts {
		for i, row := range rows[:len(r.Candidates)] {
			if row < 0 {
				continue
			}
			if at := t.films[row].place; at > 0 {
				places[int(at-1)*len(parts)+p] = int32(i + 1)
			}
		}
		rows = rows[len(r.Candidates):]
	}
	return places
}

// appendEvidence appends a candidate's evidence, with shares in the unit of its score times the scale.
func (r *Result) appendEvidence(list []Evidence, candidate int, scale float64) []Evidence {
	if r.Evidence == nil {
		return list
	}
	from := len(list)
	list = r.Evidence.AppendOf(list, candidate)
	for i := from; i < len(list); i++ {
		list[i].Share = float32(float64(list[i].Share) * scale)
	}
	return list
}

// ranked is a film with its total.
type ranked struct {
	movie int32
	row   int32
	total float64
}

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.movie, b.movie))
}

// best returns the first films of the ranking, until the next one is made. It keeps a heap of the best so far, the worst of them on
// top, so that only they are ever sorted.
func (t *tallying) best(first int) []ranked {
	heap := t.heap[:0]
	for row := range t.films {
		film := ranked{movie: t.films[row].movie, row: int32(row), total: t.films[row].total}
		switch {
		case len(heap) < first:
			heap = append(heap, film)
			if len(heap) == first {
				for i := first/2 - 1; i >= 0; i-- {
					siftDown(heap, i)
				}
			}
		case first > 0 && film.total >= heap[0].total && film.compare(heap[0]) < 0:
			heap[0] = film
			siftDown(heap, 0)
		}
	}
	slices.SortFunc(heap, ranked.compare)
	t.heap = heap
	return heap
}

func siftDown(heap []ranked, i int) {
	for {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[worst].compare(heap[child]) < 0 {
				worst = child
			}
		}
		if worst == i {
			return
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}

// Age returns how long ago the request was accepted when the ledger was read.
func (s *Standing) Age() time.Duration { return s.Now.Sub(s.ID.Time()) }

// Coverage returns the weight of the criteria that answered with scores, in per cent of the blend's.
func (s *Standing) Coverage() float64 {
	var weight float64
	for _, a := range s.Answers {
		if at := s.Spec.Blend.Find(a.Criterion); at >= 0 && a.Scored {
			weight += s.Spec.Blend[at].Weight
		}
	}
	if total := s.Spec.Blend.Total(); total > 0 {
		return 100 * weight / total
	}
	return 0
}

// Complete reports whether every criterion of the blend has answered, well or not.
func (s *Standing) Complete() bool {
	for _, w := range s.Spec.Blend {
		if !slices.ContainsFunc(s.Answers, func(a Answer) bool { return a.Criterion == w.Criterion }) {
			return false
		}
	}
	return true
}
