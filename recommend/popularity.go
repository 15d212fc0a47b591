package recommend

import (
	"math"
	"slices"
	"sync"
)

// How the popularity criterion counts.
const (
	popularityDay    = 24 * 3600         // seconds
	popularityBucket = 7 * popularityDay // seconds in which likings are counted together
	popularityKept   = 64                // moments whose popularity is kept, at least
	popularityRoom   = 16 << 20          // numbers that may be kept for more moments
)

// fading says what a liking counts for.
type fading struct {
	half   float64 // days after which it counts half
	always float64 // what every liking counts for besides, however old
	first  float64 // times what it counts for on the first day of who liked it, to those who are past theirs
	amid   float64 // times what the criterion says to who has watched within a day
}

// fadings lists the variants from which training chooses, by what they add to the blend. On their first day, people who are
// asked for films to begin with name those that they saw long ago; what they like when they come back says more about now.
// And people in the midst of such a day go on with what everyone names, while those who come back want what is theirs.
func fadings() []fading {
	var all []fading
	for _, amid := range []float64{1, 3} {
		for _, first := range []float64{0.15, 1} {
			for _, half := range []float64{60, 365, 7} {
				all = append(all, fading{half: half, always: 0.05, first: first, amid: amid})
			}
		}
	}
	return all
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
	count   []uint16 // likings
	again   []uint16 // those that are not of a person's first day
	buckets int      // that have likings, or are before one that has

	mu   sync.Mutex           // protects kept
	kept map[moment][]float32 // raw scores
}

// moment is when popularity is asked for, and what a liking of a first day counts for.
type moment struct {
	bucket int64
	first  float64
}

const popularityVersion = 3

func trainPopularity(t *trainSet, variant int) ([]byte, error) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, at := range t.at {
		first, last = min(first, at), max(last, at)
	}
	filmStart, users, which := t.byFilm()
	start := make([]int32, t.catalog.Len()+1)
	var bucket, count, again []uint16
	counts := make([][2]uint16, min((last-first)/popularityBucket, math.MaxUint16)+1)
	for f := range start[1:] {
		clear(counts)
		for k := filmStart[f]; k < filmStart[f+1]; k++ {
			_, at := t.likings(int(users[k]))
			n := &counts[min((at[which[k]]-first)/popularityBucket, math.MaxUint16)]
			if n[0] == math.MaxUint16 {
				continue
			}
			n[0]++
			if at[which[k]]-at[0] > popularityDay {
				n[1]++
			}
		}
		for b, n := range counts {
			if n[0] > 0 {
				bucket, count, again = append(bucket, uint16(b)), append(count, n[0]), append(again, n[1])
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
	w.uint16s(again)
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
		catalog: catalog, canvas: newCanvas(catalog), kept: map[moment][]float32{},
		fading: fadings()[min(variant, len(fadings())-1)],
		first:  r.int64(), start: r.int32s(), bucket: r.uint16s(), count: r.uint16s(), again: r.uint16s(),
	}
	for _, b := range p.bucket {
		p.buckets = max(p.buckets, int(b)+1)
	}
	r.want(len(p.bucket) == len(p.count) && len(p.bucket) == len(p.again) && ascending(p.start, catalog.Len(), len(p.bucket)))
	for k, n := range p.again {
		r.want(k < len(p.count) && n <= p.count[k])
	}
	return p, r.done()
}

// variants implements tunable.
func (p *popularity) variants() []Criterion {
	var out []Criterion
	for _, f := range fadings() {
		out = append(out, &popularity{
			catalog: p.catalog, canvas: p.canvas, fading: f, kept: map[moment][]float32{},
			first: p.first, start: p.start, bucket: p.bucket, count: p.count, again: p.again, buckets: p.buckets,
		})
	}
	return out
}

// Score implements Criterion.
func (p *popularity) Score(task Task) (Scored, error) {
	s := p.canvas.sheet()
	defer p.canvas.done(s)
	m, say := moment{bucket: p.bucketOf(task.At.Unix()), first: 1}, 1.0
	if n := len(task.History); n > 0 {
		var amid bool
		if m, amid = p.momentOf(task.At.Unix(), task.History[0].At.Unix(), task.History[n-1].At.Unix()); amid {
			say = p.fading.amid
		}
	}
	copy(s.raw, p.around(m))
	return p.canvas.rank(&task, s, say, func(s *sheet) {
		for i, place := range s.best {
			s.pieces.add(i, Evidence{
				Label: "popular", Share: s.raw[place], Count: p.catalog.liked[place], Of: int32(p.catalog.people),
			})
		}
	}), nil
}

// bucketOf returns the bucket of a time, the last one of all that come after the data.
func (p *popularity) bucketOf(at int64) int64 {
	return (min(at, p.catalog.latest) - p.first) / popularityBucket
}

// momentOf returns what counts of the time of a request by who has a history, and whether it is in the midst of a day of watching.
func (p *popularity) momentOf(at, newest, oldest int64) (m moment, amid bool) {
	m = moment{bucket: p.bucketOf(at), first: 1}
	if at-oldest > popularityDay {
		m.first = p.fading.first
	}
	return m, at-newest <= popularityDay
}

// Moment implements Momentary.
func (p *popularity) Moment(at, newest, oldest int64) int64 {
	m, amid := p.momentOf(at, newest, oldest)
	number := m.bucket << 2
	if at-oldest > popularityDay {
		number |= 1
	}
	if amid {
		number |= 2
	}
	return number
}

// around returns the popularity of each film at a moment: likings, not their logarithm, since history and its like score
// films by how many people go on to them, too, and a sum wants one scale.
func (p *popularity) around(m moment) []float32 {
	p.mu.Lock()
	raw, ok := p.kept[m]
	p.mu.Unlock()
	if ok {
		return raw
	}
	weights := p.weights(m.bucket)
	raw = make([]float32, p.catalog.Len())
	for f := range raw {
		var sum float64
		for k := p.start[f]; k < p.start[f+1]; k++ {
			worth := float64(p.again[k]) + m.first*float64(p.count[k]-p.again[k])
			sum += worth * weights[p.bucket[k]]
		}
		raw[f] = float32(sum)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= max(popularityKept, popularityRoom/max(len(raw), 1)) {
		clear(p.kept)
	}
	p.kept[m] = raw
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
