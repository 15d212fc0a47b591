package recommend

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
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
	films := gather(parts)
	best := films.best(parts, scales, first)
	picks := make([]Pick, len(best))
	all := make([]Share, len(best)*len(parts)) // memory for every pick's shares, and for what they rest on
	evidence := make([]Evidence, 0, len(all)*evidenceKept)
	for i, film := range best {
		shares := all[i*len(parts) : (i+1)*len(parts) : (i+1)*len(parts)]
		for p, r := range parts {
			shares[p] = Share{Criterion: r.Criterion, Score: scales[p] * float64(r.Floor)}
			if at := films.at(film.row, p); at > 0 {
				shares[p].Score = scales[p] * float64(r.Candidates[at-1].Score)
				from := len(evidence)
				if evidence = r.appendEvidence(evidence, int(at-1), scales[p]); len(evidence) > from {
					shares[p].Evidence = evidence[from:len(evidence):len(evidence)]
				}
			}
		}
		picks[i] = Pick{Movie: film.movie, Score: film.total, Shares: shares}
	}
	return picks
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

// gathered is the films that any part ranked. A row has a film's place in each part: 0 for none, else its index plus 1.
type gathered struct {
	movies []int32
	places []int32 // len(movies) rows of parts places
	parts  int
}

func (g *gathered) at(row int32, part int) int32 { return g.places[int(row)*g.parts+part] }

// gather finds which films the parts share. Its hash table is its own, with linear probing: a map took most of the time of
// a tally.
func gather(parts []*Result) *gathered {
	most := 0
	for _, r := range parts {
		most += len(r.Candidates)
	}
	g := &gathered{movies: make([]int32, 0, most), places: make([]int32, most*len(parts)), parts: len(parts)}
	mask := uint32(1)<<bits.Len(uint(2*most)) - 1
	rows := make([]int32, mask+1) // a row's index plus 1; 0 for an empty slot
	for p, r := range parts {
		for i := range r.Candidates {
			movie := r.Candidates[i].Movie
			slot := uint32(movie) * 2654435769 >> 7 & mask
			for rows[slot] != 0 && g.movies[rows[slot]-1] != movie {
				slot = (slot + 1) & mask
			}
			if rows[slot] == 0 {
				g.movies = append(g.movies, movie)
				rows[slot] = int32(len(g.movies))
			}
			g.places[int(rows[slot]-1)*len(parts)+p] = int32(i) + 1
		}
	}
	return g
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

// best returns the first films of the ranking. It keeps a heap of the best so far, the worst of them on top, so that only
// they are ever sorted.
func (g *gathered) best(parts []*Result, scales []float64, first int) []ranked {
	heap := make([]ranked, 0, first)
	for row, movie := range g.movies {
		film := ranked{movie: movie, row: int32(row)}
		for p, r := range parts {
			score := r.Floor
			if at := g.at(film.row, p); at > 0 {
				score = r.Candidates[at-1].Score
			}
			film.total += scales[p] * float64(score)
		}
		switch {
		case len(heap) < first:
			heap = append(heap, film)
			if len(heap) == first {
				for i := first/2 - 1; i >= 0; i-- {
					siftDown(heap, i)
				}
			}
		case first > 0 && film.compare(heap[0]) < 0:
			heap[0] = film
			siftDown(heap, 0)
		}
	}
	slices.SortFunc(heap, ranked.compare)
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
