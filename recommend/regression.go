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
	row     int     // most weights kept of a film of the head
	border  int     // most weights kept of a film that is not learned with the others, in each direction
	penalty float64 // on large weights (lambda of EASE^R)
	noise   float64 // further penalty, for each liking of a film: as if that share of a history were missing (EDLAE)
	reach   float64 // seconds after which two likings of a person have little to do with each other; 0: for ever
}

// fit returns the weights by rows of speaking films. People with long histories count less: each by the root of its length.
func (g regression) fit(t *trainSet) (sparse, error) {
	counts := t.counts()
	head := mostLiked(counts, headOf(len(mostLiked(counts, len(counts)))))
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
	c := newCoOccurrences(t, head, weights, g.reach)
	t.each(n, func(i int) { gram[i*n+i] = c.row(t, head[i], gram[i*n:(i+1)*n]) })
	if t.options.stopped() {
		return sparse{}, ErrStopped
	}
	for i := range n {
		for j := range i { // the two sums of a pair differ in their last bits
			gram[i*n+j] = gram[j*n+i]
		}
		gram[i*n+i] = gram[i*n+i]*float32(1+g.noise) + float32(penalty)
	}
	if !invert(gram, n) {
		return sparse{}, errors.New("the matrix of co-occurrences cannot be inverted")
	}
	borders := g.borders(t, c, gram, penalty)
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
	for _, b := range borders {
		speaking := make([]int32, len(b.head))
		for k, i := range b.head {
			speaking[k] = head[i]
			rows.add(int(head[i]), b.film, b.from[k])
		}
		rows.set(int(b.film), speaking, b.to)
	}
	return rows.sparse(), nil
}

// headOf returns how many of so many films, the most liked, are learned together. It costs the cube of their number, and on
// MovieLens 1M borders of 1,200 make as good lists as all 3,706 together.
func headOf(films int) int { return min(max(films/3, 1200), 4000) }

// coOccurrences sums up, for a film and each of some films, the weight of the people who like both, less the further the two
// likings are apart.
type coOccurrences struct {
	films   []int32
	place   []int32 // of each film of the catalogue among films, -1 for none
	weights []float32
	fade    fade
	start   []int // of each film's likings, as byFilm has them
	users   []int32
	which   []int32
}

func newCoOccurrences(t *trainSet, films []int32, weights []float32, reach float64) *coOccurrences {
	c := &coOccurrences{films: films, place: placesOf(films, t.catalog.Len()), weights: weights, fade: newFade(reach)}
	c.start, c.users, c.which = t.byFilm()
	return c
}

// placesOf returns the place of each film of a catalogue among some films, -1 for none.
func placesOf(films []int32, catalog int) []int32 {
	places := make([]int32, catalog)
	for i := range places {
		places[i] = -1
	}
	for i, f := range films {
		places[f] = int32(i)
	}
	return places
}

// row adds a film's sums to into, in a fixed order, and returns the weight of all people who like it. The film's own sum, when it
// is among the films, stays as it is.
func (c *coOccurrences) row(t *trainSet, film int32, into []float32) float32 {
	var all float32
	for k := c.start[film]; k < c.start[film+1]; k++ {
		liked, at := t.likings(int(c.users[k]))
		own, w := int(c.which[k]), c.weights[c.users[k]]
		all += w
		add := func(q int) bool {
			near := c.fade.at(max(at[q]-at[own], at[own]-at[q]))
			if j := c.place[liked[q]]; j >= 0 {
				into[j] += w * near
			}
			return near > 0
		}
		for q := own + 1; q < min(len(liked), own+MaxHistory) && add(q); q++ {
		}
		for q := own - 1; q >= max(0, own-MaxHistory) && add(q); q-- {
		}
	}
	return all
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
