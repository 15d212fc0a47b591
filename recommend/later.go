package recommend

import (
	"errors"
	"math"
)

// How the later criterion learns.
const (
	laterAway    = 24 * 3600 // seconds without a liking after which a person is away
	laterPenalty = 3000.0    // on large weights, times the mean weight of a return
	laterRow     = 600       // most weights kept of a film
)

// trainLater learns what people like when they come back: by least squares, from all that they liked before they were away for a
// day to all that they liked since, once for each time that they came back. history knows what goes together; most of that
// is named in one sitting, on the day on which a person is asked for films to begin with. The weights have history's closed form
// with other targets, and films may speak for themselves (Steck, "Embarrassingly shallow autoencoders for sparse data", 2019). It
// scores like history.
func trainLater(t *trainSet, variant int) ([]byte, error) {
	r := newReturns(t)
	counts := t.counts()
	head := mostLiked(counts, headOf(len(mostLiked(counts, len(counts)))))
	n := len(head)
	rows := newSparse(len(counts), laterRow)
	if r.count > 0 {
		gram, turned, weights := newMatrix(n, n), newMatrix(n, n), newMatrix(n, n)
		place := placesOf(head, len(counts))
		start, users, which := t.byFilm()
		penalty := float32(laterPenalty * r.total / float64(r.count))
		t.each(n, func(i int) {
			before, since := gram.Data[i*n:(i+1)*n], turned.Data[i*n:(i+1)*n]
			for k := start[head[i]]; k < start[head[i]+1]; k++ {
				r.add(t, int(users[k]), int(which[k]), place, before, since)
			}
			before[i] += penalty
		})
		if t.options.stopped() {
			return nil, ErrStopped
		}
		if !invert(gram.Data, n) {
			return nil, errors.New("the matrix of what was liked before cannot be inverted")
		}
		multiply(weights, 1, gram, turned, false)
		t.each(n, func(i int) { rows.set(int(head[i]), head, weights.Data[i*n:(i+1)*n]) })
	}
	w := newPart("later", historyVersion)
	w.count(variant)
	m := rows.sparse()
	m.encode(w)
	return w.seal(), nil
}

func openLater(catalog *Catalog, part []byte) (Criterion, error) {
	return openRegression(catalog, part, "later")
}

// returns are the times at which people came back. Each counts the less the more a person had liked before, and since.
type returns struct {
	after []float32 // of each liking of the train set, the sum of the weights of the returns that came after it
	count int
	total float64 // sum of all weights
}

func newReturns(t *trainSet) *returns {
	r := &returns{after: make([]float32, len(t.film))}
	for u := range t.users {
		_, at := t.likings(u)
		sum := 0.0
		for k := len(at) - 2; k >= 0; k-- {
			if at[k+1]-at[k] > laterAway {
				before, since := float64(k+1), float64(len(at)-k-1)
				weight := 10 / math.Sqrt((before+10)*since)
				sum += weight
				r.count++
			}
			r.after[t.start[u]+k] = float32(sum)
		}
		r.total += sum
	}
	return r
}

// add adds what a person's liking of a film says: to before, the weight of the returns that found both it and another film
// liked already; to since, of those that found only the other.
func (r *returns) add(t *trainSet, user, own int, place []int32, before, since []float32) {
	liked, _ := t.likings(user)
	after := r.after[t.start[user]:t.start[user+1]]
	from, to := max(0, own-MaxHistory), min(len(liked), own+MaxHistory)
	for q := from; q < own; q++ {
		if j := place[liked[q]]; j >= 0 {
			before[j] += after[own]
			since[j] += after[q] - after[own]
		}
	}
	for q := own; q < to && after[q] > 0; q++ {
		if j := place[liked[q]]; j >= 0 {
			before[j] += after[q]
		}
	}
}
