package recommend

import (
	"math"
	"slices"
	"testing"
)

// A bordered film has the weights that it would have if it were learned together with the head.
func TestBorderIsALargerHead(t *testing.T) {
	t.Parallel()
	data := Generate(World{Seed: 3, Films: 60, People: 200, Ratings: 6_000})
	catalog, err := NewCatalog(data)
	if err != nil {
		t.Fatal(err)
	}
	set := newTrainSet(data, catalog, &Options{})
	weights := make([]float32, len(set.users))
	for u := range weights {
		weights[u] = 1
	}
	const penalty = 40
	g := regression{border: 60, noise: 0.5}
	inverse := func(films []int32) (*coOccurrences, []float32) {
		n := len(films)
		c, m := newCoOccurrences(set, films, weights, 0), make([]float32, n*n)
		for i, f := range films {
			m[i*n+i] = c.row(set, f, m[i*n:(i+1)*n])*float32(1+g.noise) + penalty
		}
		if !invert(m, n) {
			t.Fatal("no inverse")
		}
		return c, m
	}
	head := mostLiked(set.counts(), 20)
	c, m := inverse(head)
	borders := g.borders(set, c, m, penalty)
	if len(borders) < 20 {
		t.Fatalf("%d films outside the head", len(borders))
	}
	for _, b := range borders {
		films := append(slices.Clone(head), b.film)
		n := len(films)
		_, m := inverse(films)
		for k, j := range b.head {
			from, to := -m[int(j)*n+n-1]/m[n*n-1], -m[(n-1)*n+int(j)]/m[int(j)*n+int(j)]
			if math.Abs(float64(b.from[k]-from)) > 1e-4 || math.Abs(float64(b.to[k]-to)) > 1e-4 {
				t.Fatalf("film %d and %d: weights %v and %v, together %v and %v", b.film, head[j], b.from[k], b.to[k], from, to)
			}
		}
	}
}
