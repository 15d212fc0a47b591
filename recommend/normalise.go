package recommend

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// explained is how many of the best candidates carry evidence: more than a ranking can show, fewer than a message holds.
const explained = 60

// evidenceKept is how many pieces of evidence a candidate carries at most.
const evidenceKept = 4

// canvas lends the memory that scoring one task needs. It is safe for concurrent use.
type canvas struct {
	catalog *Catalog
	sheets  sync.Pool
}

type sheet struct {
	raw  []float32 // the raw score of each film, by place
	open []bool    // whether it may be ranked
}

func newCanvas(c *Catalog) *canvas {
	return &canvas{catalog: c, sheets: sync.Pool{New: func() any {
		return &sheet{raw: make([]float32, c.Len()), open: make([]bool, c.Len())}
	}}}
}

// blank returns a sheet with raw scores of zero. Give it back with sheets.Put.
func (v *canvas) blank() *sheet {
	s := v.sheets.Get().(*sheet)
	clear(s.raw)
	return s
}

// unit is how a raw score becomes a normalised one: (raw - mean) * scale.
type unit struct{ mean, scale float64 }

// evidenceOf returns what the raw score of the film at a place rests on, with shares in the raw score's unit.
type evidenceOf func(place int32) []Evidence

// rank turns raw scores into the best candidates. A score is normalised over all the films that may be ranked, so that
// criteria can be summed: it says by how many standard deviations a film is above the mean, times confidence (0 to 1), which
// is low when the criterion knows little of the person. Floor is the mean of what is left out. Equal scores are in the order
// of ids. With nothing to tell films apart there are no candidates.
func (v *canvas) rank(task *Task, s *sheet, confidence float64, why evidenceOf) Scored {
	n := v.catalog.mark(task, s.open)
	u, ok := measure(s, n, confidence)
	if !ok {
		return Scored{}
	}
	limit := task.Limit
	if limit <= 0 {
		limit = CandidateLimit
	}
	best := top(s, min(limit, n))
	out := Scored{Candidates: make([]Candidate, len(best))}
	var kept float64
	for i, place := range best {
		score := (float64(s.raw[place]) - u.mean) * u.scale
		kept += score
		out.Candidates[i] = Candidate{Movie: v.catalog.ids[place], Score: float32(score)}
		if !task.bare && why != nil && i < explained {
			out.Candidates[i].Evidence = weigh(why(place), u.scale)
		}
	}
	if rest := n - len(best); rest > 0 {
		out.Floor = float32(-kept / float64(rest)) // all normalised scores sum to zero
	}
	return out
}

// measure returns the unit of the open films' raw scores; false when they are all alike.
func measure(s *sheet, n int, confidence float64) (unit, bool) {
	var sum, square float64
	for i, ok := range s.open {
		if ok {
			x := float64(s.raw[i])
			sum += x
			square += x * x
		}
	}
	if n == 0 {
		return unit{}, false
	}
	mean := sum / float64(n)
	deviation := math.Sqrt(max(square/float64(n)-mean*mean, 0))
	if deviation <= 1e-6*math.Abs(mean) || deviation == 0 || confidence == 0 {
		return unit{}, false
	}
	return unit{mean: mean, scale: confidence / deviation}, true
}

// top returns the places of the k best open films, best first, without sorting the others.
func top(s *sheet, k int) []int32 {
	heap := make([]int32, 0, k) // the worst of the best is on top
	worse := func(a, b int32) bool {
		return s.raw[a] < s.raw[b] || s.raw[a] == s.raw[b] && a > b
	}
	sink := func(i int) {
		for {
			child := 2*i + 1
			if child >= len(heap) {
				return
			}
			if child+1 < len(heap) && worse(heap[child+1], heap[child]) {
				child++
			}
			if !worse(heap[child], heap[i]) {
				return
			}
			heap[i], heap[child] = heap[child], heap[i]
			i = child
		}
	}
	for i, ok := range s.open {
		if !ok {
			continue
		}
		if len(heap) < k {
			heap = append(heap, int32(i))
			if len(heap) == k {
				for j := k/2 - 1; j >= 0; j-- {
					sink(j)
				}
			}
			continue
		}
		if k > 0 && worse(heap[0], int32(i)) {
			heap[0] = int32(i)
			sink(0)
		}
	}
	slices.SortFunc(heap, func(a, b int32) int {
		return cmp.Or(cmp.Compare(s.raw[b], s.raw[a]), cmp.Compare(a, b))
	})
	return heap
}

// weigh keeps the weightiest evidence that speaks for the film, the first of equal ones first, with shares in the normalised
// score's unit. A long history gives hundreds of pieces for each of the films that are explained, so they are not sorted.
func weigh(evidence []Evidence, scale float64) []Evidence {
	kept := make([]Evidence, 0, evidenceKept)
	for _, e := range evidence {
		if e.Share <= 0 || len(kept) == evidenceKept && e.Share <= kept[evidenceKept-1].Share {
			continue
		}
		if len(kept) < evidenceKept {
			kept = append(kept, e)
		}
		i := len(kept) - 1
		for ; i > 0 && kept[i-1].Share < e.Share; i-- {
			kept[i] = kept[i-1]
		}
		kept[i] = e
	}
	for i := range kept {
		kept[i].Share = float32(float64(kept[i].Share) * scale)
	}
	return kept
}
