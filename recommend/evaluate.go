package recommend

import (
	"errors"
	"fmt"
	"slices"
)

// Trial says how to evaluate.
type Trial struct {
	Options
	K         int       // length of the lists; 0: 10
	Ablation  bool      // measure each criterion alone and left out, too
	ColdStart []int     // lengths to which histories are cut for further lines, newest films kept
	Diversity []float64 // of the lists of further lines, as in Spec
}

// Report is what an evaluation found.
type Report struct {
	K       int    `json:"k"`
	People  int    `json:"people"` // measured: with films held back and a history
	Cold    int    `json:"cold"`   // with films held back and no history; measured in a line of their own
	Films   int    `json:"films"`
	Ratings int    `json:"ratings"` // trained on
	Blend   Blend  `json:"blend"`
	Lines   []Line `json:"lines"`
}

// Line is the figures of one way to rank.
type Line struct {
	Name     string    `json:"name"` // "blend", "history alone", "without history", "blend, diversity 0.3", "popularity, 3 films"
	People   int       `json:"people"`
	Measures []Measure `json:"measures"`
}

// Value returns a measure's value, 0 when there is none of this name.
func (l *Line) Value(name string) float64 {
	for _, m := range l.Measures {
		if m.Name == name {
			return m.Value
		}
	}
	return 0
}

// Evaluate trains on the data and measures how well the films of test are ranked among all that each person has not seen:
// the model's blend and, when the trial says so, each criterion alone and left out. Only likings in test are held against a
// ranking. The criteria, number of candidates, normalisation and sums are production's.
func Evaluate(data *Dataset, test []Rating, trial Trial) (*Report, error) {
	model, err := Train(data, trial.Options)
	if err != nil {
		return nil, err
	}
	return EvaluateModel(model, data, test, trial)
}

// EvaluateModel is Evaluate for a model that was trained on the data.
func EvaluateModel(model *Model, data *Dataset, test []Rating, trial Trial) (*Report, error) {
	ranker, err := NewRanker(model)
	if err != nil {
		return nil, err
	}
	e := &evaluation{
		trial: trial, ranker: ranker, held: heldBack(test), histories: NewHistories(slices.Clone(data.Ratings)),
	}
	if e.trial.K <= 0 {
		e.trial.K = 10
	}
	if trial.Validate.By == "time" {
		e.histories.AskAtTheEnd()
	}
	warm, cold := e.people()
	if len(warm)+len(cold) == 0 {
		return nil, errors.New("nobody in the test data likes a film")
	}
	report := &Report{
		K: e.trial.K, People: len(warm), Cold: len(cold), Films: ranker.Catalog.Len(), Ratings: len(data.Ratings), Blend: model.Blend,
	}
	blends := []way{{name: "blend", blend: model.Blend, learned: true}}
	if trial.Ablation {
		blends = append(blends, ablation(model.Blend)...)
	}
	for _, d := range trial.Diversity {
		blends = append(blends, way{
			name: fmt.Sprintf("blend, diversity %g", d), blend: model.Blend, learned: true, diversity: d,
		})
	}
	popular := way{name: "popularity", blend: Blend{{Criterion: "popularity", Weight: 1}}}
	if err := e.measure(report, warm, -1, "", blends...); err != nil {
		return nil, err
	}
	for _, n := range trial.ColdStart {
		if err := e.measure(report, warm, n, fmt.Sprintf(", %d films", n), blends[0], popular); err != nil {
			return nil, err
		}
	}
	if err := e.measure(report, cold, -1, ", no history", blends[0], popular); err != nil {
		return nil, err
	}
	return report, nil
}

// way is one way to rank.
type way struct {
	name      string
	blend     Blend
	learned   bool // the blend is the model's, or what is left of it: it is suited to each person
	diversity float64
}

// ablation returns the blends of each criterion alone, then of each left out that has a say.
func ablation(blend Blend) []way {
	var alone, without []way
	for i, w := range blend {
		alone = append(alone, way{name: w.Criterion + " alone", blend: Blend{{Criterion: w.Criterion, Weight: 1}}})
		rest := slices.Delete(slices.Clone(blend), i, i+1)
		if w.Weight > 0 && rest.Check() == nil {
			without = append(without, way{name: "without " + w.Criterion, blend: rest, learned: true})
		}
	}
	return append(alone, without...)
}

type evaluation struct {
	trial     Trial
	ranker    *Ranker
	held      map[int64]map[int32]bool
	histories *Histories
}

// heldBack returns each person's liked films.
func heldBack(test []Rating) map[int64]map[int32]bool {
	held := map[int64]map[int32]bool{}
	for _, r := range test {
		if !r.Liked() {
			continue
		}
		if held[r.User] == nil {
			held[r.User] = map[int32]bool{}
		}
		held[r.User][r.Movie] = true
	}
	return held
}

// people returns who has films held back, with and without a history, ascending.
func (e *evaluation) people() (warm, cold []int64) {
	for user := range e.held {
		if _, ok := slices.BinarySearch(e.histories.users, user); ok {
			warm = append(warm, user)
		} else {
			cold = append(cold, user)
		}
	}
	slices.Sort(warm)
	slices.Sort(cold)
	return warm, cold
}

// measure appends a line for each way to rank. Histories are cut to the newest films, unless that is negative.
func (e *evaluation) measure(report *Report, people []int64, newest int, suffix string, blends ...way) error {
	if len(people) == 0 {
		return nil
	}
	lists := make([][][]int32, len(blends)) // by blend and person
	for b := range blends {
		lists[b] = make([][]int32, len(people))
	}
	errs := make([]error, len(people))
	parallel(e.trial.Parallel, len(people), func(p int) {
		if e.trial.stopped() {
			errs[p] = ErrStopped
			return
		}
		task := cut(e.histories.Task(people[p]), newest)
		task.bare = true
		results, err := e.ranker.Score(task)
		errs[p] = err
		for b := range blends {
			spec := Spec{First: e.trial.K, Blend: blends[b].blend, Diversity: blends[b].diversity}
			if blends[b].learned {
				spec.Blend = spec.Blend.For(len(task.History))
			}
			for _, pick := range tallyOnce(results, spec, e.ranker.Catalog).Picks {
				lists[b][p] = append(lists[b][p], pick.Movie)
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	draws := newBootstrap(len(people), e.trial.Seed)
	metrics := make([]listMetrics, len(people))
	for b := range blends {
		for p, user := range people {
			metrics[p] = judge(lists[b][p], e.held[user], e.trial.K, e.ranker.Catalog)
		}
		covered := shown(lists[b], e.trial.K, report.Films)
		report.Lines = append(report.Lines, Line{
			Name: blends[b].name + suffix, People: len(people),
			Measures: append(draws.measures(metrics), Measure{Name: "coverage", Value: covered, Low: covered, High: covered}),
		})
	}
	return nil
}

// cut keeps the newest films of a history. The others stay out of the ranking.
func cut(task Task, newest int) Task {
	if newest < 0 || newest >= len(task.History) {
		return task
	}
	for _, w := range task.History[newest:] {
		task.Exclude = append(task.Exclude, w.Movie)
	}
	task.History = task.History[:newest]
	return task
}
