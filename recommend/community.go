package recommend

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
)

// How the community criterion learns.
const (
	communityVersion = 1
	communitySize    = 64   // numbers that describe a film or a person
	communityRounds  = 8    // of alternating least squares
	communityWeight  = 0.1  // of a film that a person has not seen; one liked has 1
	communityPenalty = 0.01 // on large numbers, times how much a row has to explain
	communityFull    = 3    // watches after which the criterion is sure of itself, half-way
)

// community describes films and people by a few numbers each, whose products come closest to who likes what (implicit
// alternating least squares: Hu, Koren and Volinsky, 2008; settings after Rendle et al., "Revisiting the performance of
// iALS", 2022). A person is folded in from the task's history, so a new watch counts at once.
type community struct {
	catalog *Catalog
	canvas  *canvas
	factors factors
	gram    []float64 // products of the factors with themselves, times communityWeight
}

// factors are rows of communitySize numbers.
type factors []float32

func (f factors) row(i int32) []float32 {
	return f[int(i)*communitySize : (int(i)+1)*communitySize]
}

func trainCommunity(t *trainSet) ([]byte, error) {
	random := rand.New(rand.NewPCG(t.options.Seed, 1))
	n := t.catalog.Len()
	films, people := make(factors, n*communitySize), make(factors, len(t.users)*communitySize)
	for i := range films {
		films[i] = float32(random.NormFloat64() * 0.1 / 8)
	}
	start, users := t.byFilm()
	for round := range communityRounds {
		if t.options.stopped() {
			return nil, ErrStopped
		}
		t.options.progress("community", round, communityRounds)
		gram := films.gram(t)
		t.each(len(t.users), func(u int) {
			liked, _ := t.likings(u)
			films.fold(gram, liked, n, people.row(int32(u)))
		})
		gram = people.gram(t)
		t.each(n, func(f int) {
			people.fold(gram, users[start[f]:start[f+1]], len(t.users), films.row(int32(f)))
		})
	}
	w := newPart("community", communityVersion)
	w.float32s(films)
	return w.seal(), nil
}

// gram returns the sum of each row's products with itself, times communityWeight, summed in a fixed order.
func (f factors) gram(t *trainSet) []float64 {
	const block = 1024
	rows := len(f) / communitySize
	blocks := (rows + block - 1) / block
	sums := make([][]float64, blocks)
	parallel(t.options.Parallel, blocks, func(b int) {
		sum := make([]float64, communitySize*communitySize)
		for i := b * block; i < min((b+1)*block, rows); i++ {
			addProducts(sum, f.row(int32(i)), communityWeight)
		}
		sums[b] = sum
	})
	total := make([]float64, communitySize*communitySize)
	for _, sum := range sums {
		for i, v := range sum {
			total[i] += v
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

// fold writes into out the numbers that best explain the liked rows among all of f, of which there are all.
func (f factors) fold(gram []float64, liked []int32, all int, out []float32) {
	chol, right := f.system(gram, liked, all)
	if chol == nil {
		clear(out)
		return
	}
	if err := chol.SolveVecTo(right, right); err != nil {
		clear(out)
		return
	}
	for i := range out {
		out[i] = float32(right.AtVec(i))
	}
}

func (f factors) system(gram []float64, liked []int32, all int) (*mat.Cholesky, *mat.VecDense) {
	left := append([]float64(nil), gram...)
	right := mat.NewVecDense(communitySize, nil)
	for _, i := range liked {
		row := f.row(i)
		addProducts(left, row, 1)
		for a, x := range row {
			right.SetVec(a, right.AtVec(a)+(1+communityWeight)*float64(x))
		}
	}
	penalty := communityPenalty * (float64(len(liked)) + communityWeight*float64(all))
	for a := range communitySize {
		left[a*communitySize+a] += penalty
	}
	var chol mat.Cholesky
	if !chol.Factorize(mat.NewSymDense(communitySize, left)) {
		return nil, nil
	}
	return &chol, right
}

func openCommunity(catalog *Catalog, part []byte) (Criterion, error) {
	r, err := openPart(part, "community", communityVersion)
	if err != nil {
		return nil, err
	}
	c := &community{catalog: catalog, canvas: newCanvas(catalog), factors: r.float32s()}
	r.want(len(c.factors) == catalog.Len()*communitySize)
	if err := r.done(); err != nil {
		return nil, err
	}
	c.gram = c.factors.gram(&trainSet{options: &Options{}})
	return c, nil
}

// Score implements Criterion.
func (c *community) Score(task Task) (Scored, error) {
	liked := likedPlaces(c.catalog, task.History)
	if len(liked) == 0 {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	chol, right := c.factors.system(c.gram, liked, c.catalog.Len())
	if chol == nil {
		return Scored{Degraded: DegradedColdStart}, nil
	}
	person := make([]float32, communitySize)
	if err := chol.SolveVecTo(right, right); err != nil {
		return Scored{}, err
	}
	for i := range person {
		person[i] = float32(right.AtVec(i))
	}
	s := c.canvas.blank()
	defer c.canvas.sheets.Put(s)
	for i := range s.raw {
		s.raw[i] = dot(person, c.factors.row(int32(i)))
	}
	return c.canvas.rank(&task, s, confidence(len(liked), communityFull), func(place int32) []Evidence {
		return c.evidence(chol, liked, place)
	}), nil
}

// evidence splits a film's score into the films of the history: the score is linear in what they add to the person.
func (c *community) evidence(chol *mat.Cholesky, liked []int32, place int32) []Evidence {
	film := mat.NewVecDense(communitySize, nil)
	for a, x := range c.factors.row(place) {
		film.SetVec(a, float64(x))
	}
	if err := chol.SolveVecTo(film, film); err != nil {
		return nil
	}
	through := make([]float32, communitySize)
	for a := range through {
		through[a] = float32((1 + communityWeight) * film.AtVec(a))
	}
	var out []Evidence
	for _, f := range liked {
		out = append(out, Evidence{Movie: c.catalog.ids[f], Share: dot(through, c.factors.row(f))})
	}
	return out
}

// dot returns the product of two rows, summed in four lanes.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for i := 0; i+3 < len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	return s0 + s1 + s2 + s3
}
