package recommend

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Ranker ranks films with a whole model in one program, through the criteria, candidates and Tally that the pipeline uses. It
// is safe for concurrent use.
type Ranker struct {
	Blend    Blend
	Catalog  *Catalog
	criteria []Criterion // in the blend's order
}

// NewRanker opens all criteria of the model's blend.
func NewRanker(m *Model) (*Ranker, error) {
	criteria, err := m.Open()
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	r := &Ranker{Blend: slices.Clone(m.Blend)}
	for _, w := range m.Blend {
		r.criteria = append(r.criteria, criteria[w.Criterion])
	}
	if r.Catalog, err = m.Catalog(); err != nil {
		return nil, err
	}
	return r, nil
}

// Score asks every criterion.
func (r *Ranker) Score(task Task) ([]Result, error) {
	results := make([]Result, len(r.criteria))
	for i, c := range r.criteria {
		name := r.Blend[i].Criterion
		task.Criterion = name
		scored, err := c.Score(task)
		if err != nil {
			return nil, fmt.Errorf("score criterion %s: %w", name, err)
		}
		results[i] = Result{
			Criterion: name, Status: StatusDone,
			Candidates: scored.Candidates, Evidence: scored.Evidence, Floor: scored.Floor, Degraded: scored.Degraded,
		}
	}
	return results, nil
}

// Rank returns the final ranking for a task by the model's blend; spec's own blend, when it has one, goes before.
func (r *Ranker) Rank(task Task, spec Spec) (Update, error) {
	if len(spec.Blend) == 0 {
		spec.Blend = r.Blend.For(len(task.History) + len(task.Exclude))
	}
	results, err := r.Score(task)
	if err != nil {
		return Update{}, err
	}
	return tallyOnce(results, spec, r.Catalog), nil
}

// tallyOnce makes the final ranking of results that are all there.
func tallyOnce(results []Result, spec Spec, catalog *Catalog) Update {
	s := Standing{Request: Request{Spec: spec}, FinalAt: time.Unix(0, 0)}
	return TallyDiverse(&s, results, catalog)
}

// Histories are the watches of a data set by person, as tasks carry them.
type Histories struct {
	AsOf    int64   // when tasks are asked, Unix seconds; 0: at each person's newest watch
	users   []int64 // ascending
	start   []int   // of each person's ratings, and one more
	ratings []Rating
	newest  int64
}

// NewHistories sorts the ratings by person and time. It keeps and reorders the slice.
func NewHistories(ratings []Rating) *Histories {
	slices.SortFunc(ratings, func(a, b Rating) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(b.At, a.At), cmp.Compare(b.Movie, a.Movie))
	})
	h := &Histories{ratings: ratings}
	for i, r := range ratings {
		h.newest = max(h.newest, r.At)
		if i == 0 || r.User != ratings[i-1].User {
			h.users = append(h.users, r.User)
			h.start = append(h.start, i)
		}
	}
	h.start = append(h.start, len(ratings))
	return h
}

// AskAtTheEnd makes everyone ask when the data end, as after a split by time, rather than at their own newest watch.
func (h *Histories) AskAtTheEnd() { h.AsOf = h.newest }

// Users returns everyone's id, ascending.
func (h *Histories) Users() []int64 { return h.users }

// Task returns what is asked of the criteria for a person. For someone without any watch, AsOf 0 is the data's newest.
func (h *Histories) Task(user int64) Task {
	task := Task{User: user, At: time.Unix(cmp.Or(h.AsOf, h.newest), 0)}
	u, ok := slices.BinarySearch(h.users, user)
	if !ok {
		return task
	}
	own := h.ratings[h.start[u]:h.start[u+1]]
	if h.AsOf == 0 {
		task.At = time.Unix(own[0].At, 0)
	}
	for i, r := range own {
		if i < MaxHistory {
			task.History = append(task.History, Watch{Movie: r.Movie, At: time.Unix(r.At, 0), Rating: r.Rating})
		} else {
			task.Exclude = append(task.Exclude, r.Movie)
		}
	}
	return task
}

// RankAll ranks for every user, on as many goroutines as parallel says (0: one a core), and calls out for each in the order
// of users, one at a time. It returns the first error, of the ranking or of out.
func RankAll(r *Ranker, h *Histories, users []int64, spec Spec, parallelism int, out func(user int64, picks []Pick) error) error {
	const chunk = 256
	for from := 0; from < len(users); from += chunk {
		some := users[from:min(from+chunk, len(users))]
		updates, errs := make([]Update, len(some)), make([]error, len(some))
		parallel(parallelism, len(some), func(i int) { updates[i], errs[i] = r.Rank(h.Task(some[i]), spec) })
		for i, user := range some {
			if errs[i] != nil {
				return fmt.Errorf("rank for user %d: %w", user, errs[i])
			}
			if err := out(user, updates[i].Picks); err != nil {
				return err
			}
		}
	}
	return nil
}
