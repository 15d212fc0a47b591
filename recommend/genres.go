package recommend

import (
	"math"
	"math/bits"
	"time"
)

// How the genres criterion reads a history.
const (
	genresHalfLife = 365 * 24 * time.Hour // a watch this much older than the newest counts half
	genresFull     = 10                   // watches after which the criterion is sure of itself, half-way
)

// genres scores films by how much more than the catalogue at large the person watches their genres. Rare genres thus say more
// than those that every other film has, recent watches more than old ones, and what was rated badly speaks against.
type genres struct {
	catalog *Catalog
	canvas  *canvas
	base    []float64 // each genre's share of all likings
	mixes   []uint64  // the sets of genres that films have
	mix     []uint16  // which of them each film has
}

func openGenres(catalog *Catalog, _ []byte) (Criterion, error) {
	g := &genres{catalog: catalog, canvas: newCanvas(catalog), base: make([]float64, len(catalog.names))}
	var all float64
	for place, mask := range catalog.genres {
		n := float64(catalog.liked[place]) + 1
		all += n
		for ; mask != 0; mask &= mask - 1 {
			g.base[bits.TrailingZeros64(mask)] += n
		}
	}
	for i := range g.base {
		g.base[i] /= all
	}
	g.mixes, g.mix = mixesOf(catalog.genres)
	return g, nil
}

// mixesOf returns the different sets of genres and which of them each film has: films are many, mixes are few. What would be
// more than a number can tell apart, is as if of no genre.
func mixesOf(genres []uint64) (mixes []uint64, mix []uint16) {
	mixes, mix = []uint64{0}, make([]uint16, len(genres))
	known := map[uint64]uint16{0: 0}
	for place, mask := range genres {
		i, ok := known[mask]
		if !ok && len(mixes) <= math.MaxUint16 {
			i = uint16(len(mixes))
			known[mask] = i
			mixes = append(mixes, mask)
		}
		mix[place] = i
	}
	return mixes, mix
}

// Score implements Criterion.
func (g *genres) Score(task Task) (Scored, error) {
	s := g.canvas.sheet()
	defer g.canvas.done(s)
	lift, seen, n := g.affinity(&task)
	if n == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	scores := make([]float32, len(g.mixes)) // of no genre: 0
	for i, mask := range g.mixes[1:] {
		var sum float64
		for m := mask; m != 0; m &= m - 1 {
			sum += lift[bits.TrailingZeros64(m)]
		}
		scores[i+1] = float32(sum / math.Sqrt(float64(bits.OnesCount64(mask))))
	}
	for place, mix := range g.mix {
		s.raw[place] = scores[mix]
	}
	return g.canvas.rank(&task, s, confidence(n, genresFull), func(s *sheet) {
		for k, place := range s.best {
			mask := g.mixes[g.mix[place]]
			root := math.Sqrt(float64(bits.OnesCount64(mask)))
			for ; mask != 0; mask &= mask - 1 {
				i := bits.TrailingZeros64(mask)
				s.pieces.add(k, Evidence{
					Label: g.catalog.names[i], Share: float32(lift[i] / root), Count: int32(seen[i]), Of: int32(n),
				})
			}
		}
	}), nil
}

// affinity returns, for each genre, how much more the person watches it than people do, as a logarithm; how many films of
// the history have it; and how many films of the history have any.
func (g *genres) affinity(task *Task) (lift []float64, seen []int, n int) {
	lift, seen = make([]float64, len(g.base)), make([]int, len(g.base))
	var all float64
	for _, w := range task.History {
		place, ok := g.catalog.Place(w.Movie)
		if !ok || g.catalog.genres[place] == 0 {
			continue
		}
		n++
		weight := math.Exp2(-float64(task.History[0].At.Sub(w.At)) / float64(genresHalfLife))
		all += weight
		if w.Rating > 0 {
			weight *= float64(w.Rating-2.5) / 1.5 // 4 counts as 1, 1 as -1
		}
		for mask := g.catalog.genres[place]; mask != 0; mask &= mask - 1 {
			i := bits.TrailingZeros64(mask)
			lift[i] += weight
			seen[i]++
		}
	}
	const prior = 5 // watches like everyone's
	for i := range lift {
		lift[i] = math.Log((max(lift[i], 0) + prior*g.base[i] + 0.05) / ((all+prior)*g.base[i] + 0.05))
	}
	return lift, seen, n
}

// confidence is how sure a criterion is of itself after n watches: one half at half, towards 1 with more.
func confidence(n int, half float64) float64 { return float64(n) / (float64(n) + half) }
