package recommend

import (
	"math"
	"math/rand/v2"
	"slices"
)

// How weights are learned.
const (
	learnPeople = 3000 // of the validation part, drawn by the seed
	learnMin    = 30   // people below whom nothing is learned
	learnTop    = 60   // candidates of each criterion that are looked at
	learnCut    = 10   // length of the lists that are judged
)

// tunable is a criterion with variants that need no training of their own.
type tunable interface {
	// variants returns one criterion for each variant, in the order in which train counts them. They share memory.
	variants() []Criterion
}

// lesson is one person of the validation part: the candidates, their scores by every criterion, and what was held back.
type lesson struct {
	task   Task
	held   map[int32]bool
	ideal  float64     // gain of the best list there could be
	films  []int32     // candidates, ascending
	hit    []bool      // whether each was held back
	scores [][]float32 // by criterion and candidate
}

// lessons draws people with something held back and a history.
func lessons(train, held []Rating, split Split, seed uint64) []*lesson {
	h := NewHistories(slices.Clone(train))
	if split.By == "time" {
		h.AsOf = h.newest
	}
	byUser := heldBack(held)
	var all []*lesson
	for _, user := range h.users {
		if len(byUser[user]) == 0 {
			continue
		}
		l := &lesson{task: h.Task(user), held: byUser[user]}
		l.task.bare = true
		for i := range min(learnCut, len(l.held)) {
			l.ideal += 1 / math.Log2(float64(i)+2)
		}
		all = append(all, l)
	}
	random := rand.New(rand.NewPCG(seed, 4))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(len(all), learnPeople)]
	// In the order of time, so that what criteria keep of a moment serves several people.
	slices.SortStableFunc(all, func(a, b *lesson) int { return a.task.At.Compare(b.task.At) })
	return all
}

// alone returns the mean nDCG of a criterion's own lists.
func alone(c Criterion, all []*lesson, parallelism int) (float64, error) {
	gains, errs := make([]float64, len(all)), make([]error, len(all))
	parallel(parallelism, len(all), func(i int) {
		l := all[i]
		task := l.task
		task.Limit = learnCut
		scored, err := c.Score(task)
		errs[i] = err
		for rank, candidate := range scored.Candidates {
			if l.held[candidate.Movie] {
				gains[i] += 1 / math.Log2(float64(rank)+2) / l.ideal
			}
		}
	})
	return mean(gains), firstError(errs)
}

// ask fills in every criterion's scores of the candidates: the best of each, with the floors that Tally uses.
func (l *lesson) ask(criteria []Criterion) error {
	results := make([]Scored, len(criteria))
	for i, c := range criteria {
		var err error
		if results[i], err = c.Score(l.task); err != nil {
			return err
		}
	}
	place := map[int32]int{}
	for _, r := range results {
		for _, c := range r.Candidates[:min(learnTop, len(r.Candidates))] {
			place[c.Movie] = 0
		}
	}
	l.films = l.films[:0]
	for movie := range place {
		l.films = append(l.films, movie)
	}
	slices.Sort(l.films)
	l.hit = make([]bool, len(l.films))
	for i, movie := range l.films {
		place[movie] = i
		l.hit[i] = l.held[movie]
	}
	l.scores = make([][]float32, len(criteria))
	for i, r := range results {
		l.scores[i] = make([]float32, len(l.films))
		for j := range l.scores[i] {
			l.scores[i][j] = r.Floor
		}
		for _, c := range r.Candidates {
			if at, ok := place[c.Movie]; ok {
				l.scores[i][at] = c.Score
			}
		}
	}
	return nil
}

// gain returns the nDCG of the list that the weights make.
func (l *lesson) gain(weights []float64) float64 {
	var best [learnCut]struct {
		score float32
		film  int
	}
	n := 0
	for j := range l.films {
		var score float32
		for i, w := range weights {
			score += float32(w) * l.scores[i][j]
		}
		if n == learnCut && score <= best[n-1].score {
			continue
		}
		if n < learnCut {
			n++
		}
		at := n - 1
		for ; at > 0 && best[at-1].score < score; at-- {
			best[at] = best[at-1]
		}
		best[at].score, best[at].film = score, j
	}
	var gain float64
	for rank, b := range best[:n] {
		if l.hit[b.film] {
			gain += 1 / math.Log2(float64(rank)+2)
		}
	}
	return gain / l.ideal
}

// learnWeights returns the weights that make the best lists, and their mean nDCG: the best of climbs from the weights given, from all
// alike, and from each criterion that is best alone.
func learnWeights(weights []float64, all []*lesson, parallelism int) ([]float64, float64) {
	gains := make([]float64, len(all))
	try := func(w []float64) float64 {
		parallel(parallelism, len(all), func(i int) { gains[i] = all[i].gain(w) })
		return mean(gains)
	}
	alike, single, most := make([]float64, len(weights)), make([]float64, len(weights)), 0.0
	for i := range weights {
		alike[i] = 0.5
		one := make([]float64, len(weights))
		one[i] = 1
		if value := try(one); value > most {
			single, most = one, value
		}
	}
	best, at := weights, math.Inf(-1)
	for _, start := range [][]float64{weights, alike, single} {
		w := slices.Clone(start)
		if value := climb(w, try); value > at {
			best, at = w, value
		}
	}
	return best, at
}

// climb improves the weights one after another while the value rises, by smaller and smaller steps, and returns the value. A
// weight that changes nothing becomes 0.
func climb(weights []float64, try func([]float64) float64) float64 {
	best := try(weights)
	for _, step := range []float64{0.5, 0.25, 0.1, 0.05} {
		for i := range weights {
			for _, change := range []float64{step, -step} {
				for {
					other := slices.Clone(weights)
					other[i] = max(0, other[i]+change)
					value := try(other)
					if value <= best+1e-6 {
						break
					}
					best = value
					copy(weights, other)
				}
			}
		}
	}
	for i, w := range weights {
		weights[i] = 0
		if value := try(weights); value < best-1e-5 {
			weights[i] = w
		} else {
			best = value
		}
	}
	return best
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / math.Max(float64(len(values)), 1)
}

func firstError(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
