package recommend

import (
	"math"
	"slices"
	"sync"
)

// How the popularity criterion counts.
const (
	popularityBucket = 7 * 24 * 3600 // seconds in which likings are counted together
	popularityKept   = 64            // moments whose popularity is kept, at least
	popularityRoom   = 16 << 20      // numbers that may be kept for more moments
)

// fading says how likings lose weight with age.
type fading struct {
	half   float64 // days after which a liking counts half
	always float64 // what every liking counts for besides, however old
}

// fadings lists the variants from which training chooses, by how they do on the validation part.
func fadings() []fading {
	return []fading{{60, 0.05}, {365, 0.05}, {14, 0.01}, {5, 0.01}}
}

// popularity scores films by how many people like them, each liking worth less the further it is from the request in time. It
// knows nothing of the person, and so serves who has no history.
type popularity struct {
	catalog *Catalog
	canvas  *canvas
	fading  fading
	first   int64   // Unix seconds at which bucket 0 starts
	start   []int32 // of each film's counts, and one more
	bucket  []uint16
	count   []uint16
	buckets int // that have likings, or are before one that has

	mu   sync.Mutex          // protects kept
	kept map[int64][]float32 // raw scores by bucket of the request
}

const popularityVersion = 2

func trainPopularity(t *trainSet, variant int) ([]byte, error) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, at := range t.at {
		first, last = min(first, at), max(last, at)
	}
	filmStart, users, which := t.byFilm()
	start := make([]int32, t.catalog.Len()+1)
	var bucket, count []uint16
	counts := make([]uint16, min((last-first)/popularityBucket, math.MaxUint16)+1)
	for f := range start[1:] {
		clear(counts)
		for k := filmStart[f]; k < filmStart[f+1]; k++ {
			_, at := t.likings(int(users[k]))
			if n := &counts[min((at[which[k]]-first)/popularityBucket, math.MaxUint16)]; *n < math.MaxUint16 {
				*n++
			}
		}
		for b, n := range counts {
			if n > 0 {
				bucket, count = append(bucket, uint16(b)), append(count, n)
			}
		}
		start[f+1] = int32(len(bucket))
	}
	w := newPart("popularity", popularityVersion)
	w.count(variant)
	w.int64(first)
	w.int32s(start)
	w.uint16s(bucket)
	w.uint16s(count)
	return w.seal(), nil
}

func openPopularity(catalog *Catalog, part []byte) (Criterion, error) {
	r, err := openPart(part, "popularity", popularityVersion)
	if err != nil {
		return nil, err
	}
	variant := r.count(0)
	r.want(variant < len(fadings()))
	p := &popularity{
		catalog: catalog, canvas: newCanvas(catalog), kept: map[int64][]float32{},
		fading: fadings()[min(variant, len(fadings())-1)],
		first:  r.int64(), start: r.int32s(), bucket: r.uint16s(), count: r.uint16s(),
	}
	for _, b := range p.bucket {
		p.buckets = max(p.buckets, int(b)+1)
	}
	r.want(len(p.bucket) == len(p.count) && ascending(p.start, catalog.Len(), len(p.bucket)))
	return p, r.done()
}

// variants implements tunable.
func (p *popularity) variants() []Criterion {
	var out []Criterion
	for _, f := range fadings() {
		out = append(out, &popularity{
			catalog: p.catalog, canvas: p.canvas, fading: f, kept: map[int64][]float32{},
			first: p.first, start: p.start, bucket: p.bucket, count: p.count, buckets: p.buckets,
		})
	}
	return out
}

// Score implements Criterion.
func (p *popularity) Score(task Task) (Scored, error) {
	s := p.canvas.sheet()
	defer p.canvas.done(s)
	copy(s.raw, p.around(task.At.Unix()))
	return p.canvas.rank(&task, s, 1, func(s *sheet) {
		for i, place := range s.best {
			s.pieces.add(i, Evidence{
				Label: "popular", Share: s.raw[place], Count: p.catalog.liked[place], Of: int32(p.catalog.people),
			})
		}
	}), nil
}

// around returns the popularity of each film at a moment: the logarithm, since the difference between 10 and 20 likings says
// more than that between 1,000 and 1,010.
func (p *popularity) around(at int64) []float32 {
	bucket := (min(at, p.catalog.latest) - p.first) / popularityBucket
	p.mu.Lock()
	raw, ok := p.kept[bucket]
	p.mu.Unlock()
	if ok {
		return raw
	}
	weights := p.weights(bucket)
	raw = make([]float32, p.catalog.Len())
	for f := range raw {
		var sum float64
		for k := p.start[f]; k < p.start[f+1]; k++ {
			sum += float64(p.count[k]) * weights[p.bucket[k]]
		}
		raw[f] = float32(math.Log1p(sum))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= max(popularityKept, popularityRoom/max(len(raw), 1)) {
		clear(p.kept)
	}
	p.kept[bucket] = raw
	return raw
}

// weights returns what a liking of each bucket counts for in a request of one.
func (p *popularity) weights(bucket int64) []float64 {
	const days = popularityBucket / 86400
	weights := make([]float64, p.buckets)
	for b := range weights {
		distance := math.Abs(float64(bucket-int64(b))) * days
		weights[b] = p.fading.always + math.Exp2(-distance/p.fading.half)
	}
	return weights
}

// ascending reports whether start is the starts of n lists that together have all elements.
func ascending(start []int32, n, all int) bool {
	return len(start) == n+1 && start[0] == 0 && int(start[n]) == all && slices.IsSorted(start)
}
