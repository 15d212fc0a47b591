package recommend

import (
	"cmp"
	"math"
	"slices"
	"sync"
)

// How films outside the head get their weights.
const (
	borderMin   = 3  // likings that a film needs
	borderBlock = 16 // films that are done together, so that a row of the inverse serves several
)

// border is a film outside the head, as if it alone were added to it: its weights follow from the head's inverse, bordered by
// one row and column, without another inversion. Films outside the head say nothing of each other.
type border struct {
	film int32
	head []int32   // the films of the head, by their index, ascending
	from []float32 // the weight of each for this film
	to   []float32 // of this film for each
}

// borders returns the films outside the head that enough people like, with as many weights as g.border says, the largest.
func (g regression) borders(t *trainSet, c *coOccurrences, inverse []float32, penalty float64) []border {
	var out []border
	for film, n := range t.counts() {
		if n >= borderMin && c.place[film] < 0 {
			out = append(out, border{film: int32(film)})
		}
	}
	type blockOf struct{ row, sums [borderBlock][]float32 }
	n := len(c.films)
	memory := sync.Pool{New: func() any {
		b := &blockOf{}
		for i := range b.row {
			b.row[i], b.sums[i] = make([]float32, n), make([]float32, n)
		}
		return b
	}}
	t.each((len(out)+borderBlock-1)/borderBlock, func(block int) {
		if t.options.stopped() {
			return
		}
		b := memory.Get().(*blockOf)
		defer memory.Put(b)
		films := out[block*borderBlock : min((block+1)*borderBlock, len(out))]
		var own [borderBlock]float32
		for i := range films {
			clear(b.row[i])
			clear(b.sums[i])
			own[i] = c.row(t, films[i].film, b.row[i])
		}
		for j := range n {
			for i := range films {
				if x := b.row[i][j]; x != 0 {
					axpy(x, inverse[j*n:(j+1)*n], b.sums[i])
				}
			}
		}
		for i := range films {
			complement := float64(own[i])*(1+g.noise) + penalty - float64(dot(b.row[i], b.sums[i]))
			films[i].keep(b.sums[i], complement, inverse, g.border)
		}
	})
	return out
}

// keep notes the largest weights. Those of the head for the film are weights; complement is the film's own part of the larger
// matrix (Schur's).
func (b *border) keep(weights []float32, complement float64, inverse []float32, most int) {
	for j, w := range weights {
		if w != 0 {
			b.head = append(b.head, int32(j))
		}
	}
	if len(b.head) > most {
		slices.SortFunc(b.head, func(x, y int32) int {
			return cmp.Or(cmp.Compare(math.Abs(float64(weights[y])), math.Abs(float64(weights[x]))), cmp.Compare(x, y))
		})
		b.head = slices.Clone(b.head[:most])
		slices.Sort(b.head)
	}
	n := len(weights)
	for _, j := range b.head {
		w := float64(weights[j])
		b.from = append(b.from, float32(w))
		b.to = append(b.to, float32(w/(complement*float64(inverse[int(j)*n+int(j)])+w*w)))
	}
}
