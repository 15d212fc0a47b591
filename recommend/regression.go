package recommend

import (
	"cmp"
	"errors"
	"math"
	"slices"
)

// regression says how to learn with which weights the films of a history speak for other films, by least squares with no film
// speaking for itself.
type regression struct {
	head    int     // films, the most liked, that are learned
	row     int     // most weights kept of a film
	penalty float64 // on large weights (lambda of EASE^R)
	noise   float64 // further penalty, for each liking of a film: as if that share of a history were missing (EDLAE)
	reach   float64 // seconds after which two likings of a person have little to do with each other; 0: for ever
}

// fit returns the weights by rows of speaking films. People with long histories count less: each by the root of its length.
func (g regression) fit(t *trainSet) (sparse, error) {
	head := mostLiked(t.counts(), g.head)
	n := len(head)
	gram := make([]float32, n*n)
	weights := make([]float32, len(t.users))
	var mass float64
	for u := range weights {
		likings := float64(t.start[u+1] - t.start[u])
		weights[u] = float32(math.Sqrt(100 / (likings + 10)))
		mass += float64(weights[u]) * likings
	}
	penalty := g.penalty * mass / float64(len(t.film))
	g.coOccurrences(t, head, weights, gram)
	if t.options.stopped() {
		return sparse{}, ErrStopped
	}
	for i := range n {
		gram[i*n+i] = gram[i*n+i]*float32(1+g.noise) + float32(penalty)
	}
	if !invert(gram, n) {
		return sparse{}, errors.New("the matrix of co-occurrences cannot be inverted")
	}
	rows := newSparse(t.catalog.Len(), g.row)
	t.each(n, func(i int) {
		row := make([]float32, n)
		for j := range n {
			if i != j {
				row[j] = -gram[i*n+j] / gram[j*n+j]
			}
		}
		rows.set(int(head[i]), head, row)
	})
	return rows.sparse(), nil
}

// coOccurrences writes, for each two of the films, the weight of the people who like both, less the further the two likings are
// apart. Each row sums in a fixed order.
func (g regression) coOccurrences(t *trainSet, films []int32, weights, into []float32) {
	n := len(films)
	place := make([]int32, t.catalog.Len())
	for i := range place {
		place[i] = -1
	}
	for i, f := range films {
		place[f] = int32(i)
	}
	start, users, which := t.byFilm()
	fade := newFade(g.reach)
	t.each(n, func(i int) {
		row := into[i*n : (i+1)*n]
		for k := start[films[i]]; k < start[films[i]+1]; k++ {
			liked, at := t.likings(int(users[k]))
			own, w := int(which[k]), weights[users[k]]
			row[i] += w
			add := func(q int) bool {
				near := fade.at(max(at[q]-at[own], at[own]-at[q]))
				if j := place[liked[q]]; j >= 0 {
					row[j] += w * near
				}
				return near > 0
			}
			for q := own + 1; q < min(len(liked), own+MaxHistory) && add(q); q++ {
			}
			for q := own - 1; q >= max(0, own-MaxHistory) && add(q); q-- {
			}
		}
	})
	for i := range n { // the two sums of a pair differ in their last bits
		for j := range i {
			into[i*n+j] = into[j*n+i]
		}
	}
}

// fade is a table of exp(-seconds/reach), 0 far away; of reach 0 it is 1 everywhere.
type fade struct {
	step   float64
	values []float32
}

func newFade(reach float64) fade {
	const steps, far = 1024, 5 // exp(-5) is below a per cent
	if reach == 0 {
		return fade{}
	}
	f := fade{step: reach * far / steps, values: make([]float32, steps)}
	for i := range f.values {
		f.values[i] = float32(math.Exp(-float64(i) * far / steps))
	}
	return f
}

func (f *fade) at(seconds int64) float32 {
	if f.values == nil {
		return 1
	}
	if i := int(float64(seconds) / f.step); i < len(f.values) {
		return f.values[i]
	}
	return 0
}

// mostLiked returns the places of the k films that most people like, ascending.
func mostLiked(counts []int32, k int) []int32 {
	var films []int32
	for f, n := range counts {
		if n > 0 {
			films = append(films, int32(f))
		}
	}
	slices.SortFunc(films, func(a, b int32) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	films = films[:min(k, len(films))]
	slices.Sort(films)
	return films
}
