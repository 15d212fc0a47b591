package recommend

import (
	"math"
	"math/rand/v2"
	"slices"
)

// How weights are learned.
const (
	learnPeople = 3000 // of the validation part, drawn by the seed
	learnAlone  = 1000 // of those, to choose variants by what they are worth alone
	learnMin    = 30   // people below whom nothing is learned
	learnTop    = 60   // candidates of each criterion that are looked at
	learnCut    = 10   // length of the lists that are judged

	learnMoments = 4    // at which a split by time looks at people
	learnLeast   = 0.05 // weight from which a criterion starts that has none
	learnHalves  = 4    // of the people, whose weights are averaged
	learnWorth   = 5e-5 // nDCG that a criterion must add
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
	base   []float32   // by candidate, see lean
}

// lessons cuts ratings into a part to train on and lessons with something held back and a history. Of a split by time, whose
// held part is all of one season, people are looked at as they were at several moments from well before the split on.
func (s Split) lessons(ratings []Rating, seed uint64) ([]Rating, []*lesson) {
	moments := []float64{s.Share}
	if s.By == "time" {
		first, last := s.Share*0.75, (1+s.Share)/2
		moments = moments[:0]
		for k := range learnMoments {
			moments = append(moments, first+(last-first)*float64(k)/(learnMoments-1))
		}
	}
	var train []Rating
	var all []*lesson
	for i, share := range moments {
		known, held := Split{By: s.By, Share: share}.Cut(ratings, seed)
		if i == 0 {
			train = slices.Clone(known)
		}
		h := NewHistories(known)
		if s.By == "time" {
			h.AskAtTheEnd()
		}
		byUser := heldBack(held)
		for _, user := range h.users {
			if len(byUser[user]) > 0 {
				all = append(all, newLesson(h.Task(user), byUser[user]))
			}
		}
	}
	random := rand.New(rand.NewPCG(seed, 4))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	all = all[:min(len(all), learnPeople)]
	// In the order of time, so that what criteria keep of a moment serves several people.
	slices.SortStableFunc(all, func(a, b *lesson) int { return a.task.At.Compare(b.task.At) })
	return train, all
}

func newLesson(task Task, held map[int32]bool) *lesson {
	l := &lesson{task: task, held: held}
	l.task.bare = true
	for i := range min(learnCut, len(held)) {
		l.ideal += 1 / math.Log2(float64(i)+2)
	}
	return l
}

// alone returns the nDCG of a criterion's own list for each lesson.
func alone(c Criterion, all []*lesson, parallelism int) ([]float64, error) {
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
	return gains, firstError(errs)
}

// better reports whether gains are above others of the same lessons by more than the standard error of the difference: of many
// variants that are alike, one is always best by chance.
func better(gains, others []float64) bool {
	var sum, square float64
	for i, g := range gains {
		d := g - others[i]
		sum += d
		square += d * d
	}
	n := float64(len(gains))
	return sum > 0 && sum*sum > square-sum*sum/n
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
	for i := range results {
		l.scores[i] = make([]float32, len(l.films))
		l.fill(i, &results[i])
	}
	return nil
}

// fill takes a criterion's scores of the candidates from its result.
func (l *lesson) fill(i int, r *Scored) {
	for j := range l.scores[i] {
		l.scores[i][j] = r.Floor
	}
	for _, c := range r.Candidates {
		if at, ok := slices.BinarySearch(l.films, c.Movie); ok {
			l.scores[i][at] = c.Score
		}
	}
}

// reask takes another criterion's scores in place of the i-th's. The candidates stay.
func (l *lesson) reask(i int, c Criterion) error {
	r, err := c.Score(l.task)
	if err == nil {
		l.fill(i, &r)
	}
	return err
}

// lean sums the candidates' scores by all criteria but the i-th.
func (l *lesson) lean(weights []float64, i int) {
	l.base = slices.Grow(l.base[:0], len(l.films))[:len(l.films)]
	clear(l.base)
	for k, w := range weights {
		if k == i || w == 0 {
			continue
		}
		for j, score := range l.scores[k] {
			l.base[j] += float32(w) * score
		}
	}
}

// gain returns the nDCG of the list that comes of what lean summed and the weight of the i-th criterion.
func (l *lesson) gain(i int, weight float64) float64 {
	var best [learnCut]struct {
		score float32
		film  int
	}
	n := 0
	own := l.scores[i]
	for j, score := range l.base {
		score += float32(weight) * own[j]
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

// class is lessons that are learned from together.
type class struct {
	lessons  []*lesson
	parallel int
	gains    []float64
}

func newClass(lessons []*lesson, parallelism int) *class {
	return &class{lessons: lessons, parallel: parallelism, gains: make([]float64, len(lessons))}
}

// each calls do for every lesson, and returns the first error.
func (c *class) each(do func(l *lesson) error) error {
	errs := make([]error, len(c.lessons))
	parallel(c.parallel, len(c.lessons), func(i int) { errs[i] = do(c.lessons[i]) })
	return firstError(errs)
}

// value returns the mean nDCG of the lists that the weights make; c.gains are those of the lessons.
func (c *class) value(weights []float64) float64 {
	c.lean(weights, 0)
	return c.gain(0, weights[0])
}

func (c *class) lean(weights []float64, i int) {
	parallel(c.parallel, len(c.lessons), func(k int) { c.lessons[k].lean(weights, i) })
}

func (c *class) gain(i int, weight float64) float64 {
	parallel(c.parallel, len(c.lessons), func(k int) { c.gains[k] = c.lessons[k].gain(i, weight) })
	return mean(c.gains)
}

// learn returns the weights that make the best lists, which sum to 1, and their mean nDCG. It takes the best of climbs from the
// weights given, from all alike, and from the criterion that is best alone. From there each of some random halves of the
// lessons goes on by itself, and the weights are the mean of where they end, so that what only helps a few people cancels out
// (bagging: Breiman, 1996).
func (c *class) learn(weights []float64, seed uint64) ([]float64, float64) {
	alike, single, most := make([]float64, len(weights)), make([]float64, len(weights)), -1.0
	for i := range weights {
		alike[i] = 0.5
		one := make([]float64, len(weights))
		one[i] = 1
		if value := c.value(one); value > most {
			single, most = one, value
		}
	}
	best, at := weights, math.Inf(-1)
	for _, start := range [][]float64{weights, alike, single} {
		w := slices.Clone(start)
		if value := c.climb(w); value > at {
			best, at = w, value
		}
	}
	total := make([]float64, len(weights))
	random := rand.New(rand.NewPCG(seed, 5))
	for range learnHalves {
		half := make([]*lesson, 0, len(c.lessons)/2)
		for _, i := range random.Perm(len(c.lessons))[:len(c.lessons)/2] {
			half = append(half, c.lessons[i])
		}
		w := slices.Clone(best)
		newClass(half, c.parallel).climb(w)
		share(w)
		for i := range w {
			total[i] += w[i]
		}
	}
	value := c.prune(total)
	share(total)
	return total, value
}

// share makes the weights sum to 1.
func share(weights []float64) {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for i := range weights {
		if sum > 0 {
			weights[i] /= sum
		}
	}
}

// climb improves the weights one after another while the value rises, by smaller and smaller steps, and returns the value.
func (c *class) climb(weights []float64) float64 {
	best := c.value(weights)
	for _, step := range []float64{0.5, 0.25, 0.1, 0.05} {
		for i := range weights {
			c.lean(weights, i)
			for _, change := range []float64{step, -step} {
				for {
					other := max(0, weights[i]+change)
					value := c.gain(i, other)
					if value <= best+1e-6 {
						break
					}
					best, weights[i] = value, other
				}
			}
		}
	}
	return best
}

// prune makes 0 what changes next to nothing, since every criterion costs a task a request, and returns the value.
func (c *class) prune(weights []float64) float64 {
	best := c.value(weights)
	for i, w := range weights {
		c.lean(weights, i)
		if value := c.gain(i, 0); w > 0 && value > best-learnWorth {
			best, weights[i] = value, 0
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
