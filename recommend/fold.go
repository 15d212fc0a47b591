package recommend

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// fold is the memory that it takes to describe a person by the numbers of community, from the films that they like.
type fold struct {
	liked    []int32                                // places of the films
	turned   []float32                              // communitySize rows of one number a film
	products [communitySize * communitySize]float32 // of the rows with each other; the upper half
	left     [communitySize * communitySize]float64 // of the equations, then its factor; a triangle
	factor   [communitySize * communitySize]float32 // the same factor
	right    [communitySize]float64                 // of the equations
	person   [communitySize]float32                 // the numbers that best explain what the person likes
	through  [communitySize * explained]float32     // columns: what takes a liked film's numbers to its share of a film's score
	shares   []float32
}

// recall notes the films that the history speaks for, newest first, and returns how many there are.
func (w *fold) recall(c *Catalog, history []Watch) int {
	w.liked = w.liked[:0]
	for i := range history {
		if place, ok := c.Place(history[i].Movie); ok && history[i].Liked() {
			w.liked = append(w.liked, place)
		}
	}
	return len(w.liked)
}

// describe finds the person's numbers; false when there are none.
func (w *fold) describe(c *community) bool {
	n := len(w.liked)
	if cap(w.turned) < n*communitySize {
		w.turned, w.shares = make([]float32, n*communitySize), make([]float32, n)
	}
	w.turned = w.turned[:n*communitySize]
	clear(w.right[:])
	for k, place := range w.liked {
		for a, x := range c.factors.row(place) {
			w.turned[a*n+k] = x
			w.right[a] += float64(x)
		}
	}
	blas32.Syrk(blas.NoTrans, 1, w.films(), 0, blas32.Symmetric{
		Uplo: blas.Upper, N: communitySize, Stride: communitySize, Data: w.products[:],
	})
	for a := range communitySize {
		for b := a; b < communitySize; b++ {
			w.left[a*communitySize+b] = c.gram[a*communitySize+b] + float64(w.products[a*communitySize+b])
		}
		w.left[a*communitySize+a] += penaltyOf(n, c.unseen)
	}
	t := triangle(w.left[:])
	if !t.factorise() {
		return false
	}
	t.solve(w.right[:], w.person[:])
	return true
}

// films is the liked films as a matrix of one column each.
func (w *fold) films() blas32.General {
	n := len(w.liked)
	return blas32.General{Rows: communitySize, Cols: n, Stride: n, Data: w.turned}
}

// explain splits the scores of the films at s.best into the films of the history: a score is linear in what each of them adds
// to the person.
func (w *fold) explain(c *community, s *sheet) {
	n := len(s.best)
	through := blas32.General{Rows: communitySize, Cols: n, Stride: n, Data: w.through[:communitySize*n]}
	for i, place := range s.best {
		for a, x := range c.factors.row(place) {
			through.Data[a*n+i] = x
		}
	}
	for i, x := range w.left {
		w.factor[i] = float32(x)
	}
	factor := blas32.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: communitySize, Stride: communitySize, Data: w.factor[:]}
	blas32.Trsm(blas.Left, blas.Trans, 1, factor, through)
	blas32.Trsm(blas.Left, blas.NoTrans, 1, factor, through)
	films := w.films()
	shares := blas32.Vector{N: len(w.liked), Inc: 1, Data: w.shares[:len(w.liked)]}
	var own [communitySize]float32 // a column of through: its stride is slow
	for i := range s.best {
		for a := range own {
			own[a] = through.Data[a*n+i]
		}
		blas32.Gemv(blas.Trans, 1, films, blas32.Vector{N: communitySize, Inc: 1, Data: own[:]}, 0, shares)
		for k, share := range shares.Data {
			if share > s.pieces.least[i] {
				s.pieces.add(i, Evidence{Movie: c.catalog.ids[w.liked[k]], Share: share})
			}
		}
	}
}
