package recommend

import (
	"math"
	"sync"
)

// How the next criterion learns.
const (
	nextSpan   = 10.0 // films after which what follows has little to do with a film
	nextWindow = 40   // films that are looked at after each
	nextPrior  = 50.0 // likings that a film needs for what follows it to mean something
	nextTilt   = 0.2  // how much films that follow everything are held back
	nextRow    = 600  // most followers kept of a film
)

// trainNext learns what comes after what: for each film, the share of each film among those liked soon after it (a Markov
// chain with a fading memory; see Rendle, Freudenthaler and Schmidt-Thieme, 2010). It scores like history.
func trainNext(t *trainSet, variant int) ([]byte, error) {
	counts := t.counts()
	var fade [nextWindow + 1]float32
	for d := range fade {
		fade[d] = float32(math.Exp(-float64(d) / nextSpan))
	}
	start, users, which := t.byFilm()
	rows := newSparse(len(counts), nextRow)
	row := sync.Pool{New: func() any { return newAccumulator(len(counts)) }}
	t.each(len(counts), func(f int) {
		after := row.Get().(*accumulator)
		defer row.Put(after)
		var all float64
		for k := start[f]; k < start[f+1]; k++ {
			liked, _ := t.likings(int(users[k]))
			own := int(which[k])
			for q := own + 1; q < min(len(liked), own+nextWindow); q++ {
				after.add(liked[q], fade[q-own])
				all += float64(fade[q-own])
			}
		}
		films, weights := after.take()
		for i, g := range films {
			weights[i] = float32(float64(weights[i]) / (all + nextPrior) / math.Pow(float64(counts[g])+10, nextTilt))
		}
		rows.set(f, films, weights)
	})
	w := newPart("next", historyVersion)
	w.count(variant)
	m := rows.sparse()
	m.encode(w)
	return w.seal(), nil
}

func openNext(catalog *Catalog, part []byte) (Criterion, error) {
	return openRegression(catalog, part, "next")
}
