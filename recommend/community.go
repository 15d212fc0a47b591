package recommend

import (
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// How the community criterion learns.
const (
	communityVersion = 2
	communitySize    = 64    // numbers that describe a film or a person
	communityRounds  = 12    // of alternating least squares
	communityUnseen  = 3.65  // weight of all that a person has not seen, in mean histories
	communitySteps   = 3     // of conjugate gradients a round
	communityPenalty = 0.015 // on large numbers, times how much a row has to explain
	communityFull    = 3     // watches after which the criterion is sure of itself, half-way
)

// community describes films and people by a few numbers each, whose products come closest to who likes what (implicit
// alternating least squares: Hu, Koren and Volinsky, 2008; settings after Rendle et al., "Revisiting the performance of
// iALS", 2022). A person is folded in from the task's history, so a new watch counts at once.
type community struct {
	catalog *Catalog
	canvas  *canvas
	folds   sync.Pool // of *fold
	factors factors
	gram    []float64 // products of the factors with themselves, times the weight of an unseen film
	unseen  float64   // weight of all films as unseen
}

// factors are rows of communitySize numbers.
type factors []float32

func (f factors) row(i int32) []float32 {
	return f[int(i)*communitySize : (int(i)+1)*communitySize]
}

func trainCommunity(t *trainSet, _ int) ([]byte, error) {
	random := rand.New(rand.NewPCG(t.options.Seed, 1))
	n := t.catalog.Len()
	films, people := make(factors, n*communitySize), make(factors, len(t.users)*communitySize)
	for i := range films {
		films[i] = float32(random.NormFloat64() * 0.1 / 8)
	}
	unseen := communityUnseen * float64(len(t.film)) / (float64(len(t.users)) * float64(n))
	unseenFilms, unseenPeople := unseen*float64(n), unseen*float64(len(t.users))
	start, users, _ := t.byFilm()
	for round := range communityRounds {
		if t.options.stopped() {
			return nil, ErrStopped
		}
		t.options.progress("community", round, communityRounds)
		gram := square(films.gram(unseen, t.options.Parallel))
		t.each(len(t.users), func(u int) {
			liked, _ := t.likings(u)
			films.improve(gram, liked, unseenFilms, people.row(int32(u)))
		})
		gram = square(people.gram(unseen, t.options.Parallel))
		t.each(n, func(f int) {
			people.improve(gram, users[start[f]:start[f+1]], unseenPeople, films.row(int32(f)))
		})
	}
	w := newPart("community", communityVersion)
	w.float64(unseen)
	w.float32s(films)
	return w.seal(), nil
}

// improve brings x nearer to the numbers that best explain the liked rows among all of f, by a few steps of conjugate
// gradients (Takács, Pilászy and Tikk, 2011): the rounds need no more, and it costs far less than solving.
func (f factors) improve(gram blas32.General, liked []int32, unseen float64, x []float32) {
	penalty := float32(penaltyOf(len(liked), unseen))
	var a, p, ap, r [communitySize]float32
	apply := func(v, out []float32) {
		blas32.Gemv(blas.NoTrans, 1, gram, blas32.Vector{N: len(v), Inc: 1, Data: v}, 0, blas32.Vector{N: len(out), Inc: 1, Data: out})
		axpy(penalty, v, out)
		for _, k := range liked {
			row := f.row(k)
			axpy(dot(row, v), row, out)
		}
	}
	apply(x, a[:])
	for _, k := range liked {
		axpy(1, f.row(k), r[:])
	}
	axpy(-1, a[:], r[:])
	p = r
	rest := dot(r[:], r[:])
	for range communitySteps {
		if rest < 1e-12 {
			return
		}
		apply(p[:], ap[:])
		step := rest / dot(p[:], ap[:])
		axpy(step, p[:], x)
		axpy(-step, ap[:], r[:])
		next := dot(r[:], r[:])
		for i := range p {
			p[i] = r[i] + next/rest*p[i]
		}
		rest = next
	}
}

// square returns a matrix of communitySize rows in single precision.
func square(m []float64) blas32.General {
	out := newMatrix(communitySize, communitySize)
	for i, v := range m {
		out.Data[i] = float32(v)
	}
	return out
}

// penaltyOf returns the penalty on large numbers for a row with so many likings, and the weight of all rows as unseen.
func penaltyOf(liked int, unseen float64) float64 {
	return communityPenalty * (float64(liked) + unseen)
}

func dot(a, b []float32) float32 {
	return blas32.Dot(blas32.Vector{N: len(a), Inc: 1, Data: a}, blas32.Vector{N: len(b), Inc: 1, Data: b})
}

// axpy adds x, times factor, to y.
func axpy(factor float32, x, y []float32) {
	blas32.Axpy(factor, blas32.Vector{N: len(x), Inc: 1, Data: x}, blas32.Vector{N: len(y), Inc: 1, Data: y})
}

// gram returns the sum of each row's products with itself, times weight, summed in a fixed order.
func (f factors) gram(weight float64, parallelism int) []float64 {
	const block = 1024
	rows := len(f) / communitySize
	blocks := (rows + block - 1) / block
	sums := make([][]float64, blocks)
	parallel(parallelism, blocks, func(b int) {
		sum := make([]float64, communitySize*communitySize)
		for i := b * block; i < min((b+1)*block, rows); i++ {
			addProducts(sum, f.row(int32(i)), weight)
		}
		sums[b] = sum
	})
	total := make([]float64, communitySize*communitySize)
	for _, sum := range sums {
		for i, v := range sum {
			total[i] += v
		}
	}
	for a := range communitySize {
		for b := range a {
			total[a*communitySize+b] = total[b*communitySize+a]
		}
	}
	return total
}

// addProducts adds the upper half of the row's products with itself, times weight.
func addProducts(sum []float64, row []float32, weight float64) {
	for a, x := range row {
		wx := weight * float64(x)
		to := sum[a*communitySize : (a+1)*communitySize]
		for b := a; b < communitySize; b++ {
			to[b] += wx * float64(row[b])
		}
	}
}

func openCommunity(catalog *Catalog, part []byte) (Criterion, error) {
	r, err := openPart(part, "community", communityVersion)
	if err != nil {
		return nil, err
	}
	unseen, films := r.float64(), factors(r.float32s())
	r.want(len(films) == catalog.Len()*communitySize)
	if err := r.done(); err != nil {
		return nil, err
	}
	return newCommunity(catalog, films, unseen), nil
}

// newCommunity makes the criterion of the films' factors and the weight of one film as unseen.
func newCommunity(catalog *Catalog, films factors, unseen float64) *community {
	return &community{
		catalog: catalog, canvas: newCanvas(catalog), folds: sync.Pool{New: func() any { return new(fold) }},
		factors: films, gram: films.gram(unseen, 0), unseen: unseen * float64(catalog.Len()),
	}
}

// Score implements Criterion.
func (c *community) Score(task Task) (Scored, error) {
	w := c.folds.Get().(*fold)
	defer c.folds.Put(w)
	n := w.recall(c.catalog, task.History)
	if n == 0 || !w.describe(c) {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	s := c.canvas.sheet()
	defer c.canvas.done(s)
	all := blas32.General{Rows: len(s.raw), Cols: communitySize, Stride: communitySize, Data: c.factors}
	person := blas32.Vector{N: communitySize, Inc: 1, Data: w.person[:]}
	blas32.Gemv(blas.NoTrans, 1, all, person, 0, blas32.Vector{N: len(s.raw), Inc: 1, Data: s.raw})
	return c.canvas.rank(&task, s, confidence(n, communityFull), func(s *sheet) { w.explain(c, s) }), nil
}
