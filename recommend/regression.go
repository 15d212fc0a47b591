package recommend

import (
	"cmp"
	"errors"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// fitRegression returns the weights with which each film of the history speaks for each other film, so that the sums come
// closest to who likes what (least squares, with a penalty of lambda and no film speaking for itself).
func fitRegression(t *trainSet, lambda float64) (sparse, error) {
	n := t.catalog.Len()
	head := mostLiked(t.counts(), historyHead)
	gram := mat.NewSymDense(len(head), nil)
	t.coOccurrences(head, gram)
	for i := range head {
		gram.SetSym(i, i, gram.At(i, i)+lambda)
	}
	var chol mat.Cholesky
	if !chol.Factorize(gram) {
		return sparse{}, errors.New("the matrix of co-occurrences cannot be inverted")
	}
	if err := chol.InverseTo(gram); err != nil {
		return sparse{}, err
	}
	place := make([]int, n) // in head, plus 1
	for i, f := range head {
		place[f] = i + 1
	}
	var rows sparse
	dense := make([]float32, n)
	for f := range n {
		clear(dense)
		if i := place[f] - 1; i >= 0 {
			for j, g := range head {
				if i != j {
					dense[g] = float32(-gram.At(i, j) / gram.At(j, j))
				}
			}
		}
		rows.setRow(dense, historyRow)
	}
	return rows, nil
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

// coOccurrences counts, for each two of the films, the people who like both.
func (t *trainSet) coOccurrences(films []int32, into *mat.SymDense) {
	place := make([]int32, t.catalog.Len())
	for i := range place {
		place[i] = -1
	}
	for i, f := range films {
		place[f] = int32(i)
	}
	start, users := t.byFilm()
	t.each(len(films), func(i int) {
		f := films[i]
		counts := make([]float64, len(films))
		for _, u := range users[start[f]:start[f+1]] {
			liked, _ := t.likings(int(u))
			for _, g := range liked {
				if j := place[g]; j >= 0 {
					counts[j]++
				}
			}
		}
		for j := i; j < len(films); j++ {
			into.SetSym(i, j, counts[j])
		}
	})
}
