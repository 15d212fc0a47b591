package workers_test

import (
	"slices"
	"testing"
	"time"

	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// sourced is a scorer that counts the tasks that it scores. Its scores depend on the hour.
type sourced struct {
	scorer

	scored *int
	model  int64
}

func (s sourced) Score(task *recommend.Task) (recommend.Scored, int64, error) {
	*s.scored++
	scored, err := s.scorer(task)
	return scored, s.model, err
}

func (s sourced) Source(task *queue.Sealed) (model, moment int64) {
	return s.model, task.At.Unix() / 3600
}

// TestScorebook asks again, with one thing changed each time: only the same content, model and moment are found again, whoever asks.
func TestScorebook(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	task := func(change func(*recommend.Task)) *recommend.Task {
		task := &recommend.Task{
			Criterion: "history", User: 7, At: noon, Deadline: noon.Add(time.Second), Limit: 10, Model: 3,
			History: []recommend.Watch{{Movie: 2, At: noon.Add(-time.Hour), Rating: 4}, {Movie: 9, At: noon.Add(-2 * time.Hour)}},
		}
		change(task)
		return task
	}
	for name, c := range map[string]struct {
		change func(*recommend.Task)
		model  int64
		found  bool
	}{
		"the same":            {func(*recommend.Task) {}, 3, true},
		"later in the hour":   {func(t *recommend.Task) { t.At = t.At.Add(time.Minute); t.Deadline = t.At }, 3, true},
		"somebody alike":      {func(t *recommend.Task) { t.User, t.Trace = 8, "00-1-2-01" }, 3, true},
		"in another hour":     {func(t *recommend.Task) { t.At = t.At.Add(time.Hour) }, 3, false},
		"by another model":    {func(*recommend.Task) {}, 4, false},
		"naming another":      {func(t *recommend.Task) { t.Model = 4 }, 3, false},
		"one watch more":      {func(t *recommend.Task) { t.History = append(t.History, t.History[1]) }, 3, false},
		"no history":          {func(t *recommend.Task) { t.History = nil }, 3, false},
		"another newest":      {func(t *recommend.Task) { t.History[0].Movie = 3 }, 3, false},
		"a newer newest":      {func(t *recommend.Task) { t.History[0].At = t.At }, 3, false},
		"a better rating":     {func(t *recommend.Task) { t.History[1].Rating = 5 }, 3, false},
		"one dismissed":       {func(t *recommend.Task) { t.Exclude = []int32{5} }, 3, false},
		"a filter":            {func(t *recommend.Task) { t.Filter.FromYear = 1990 }, 3, false},
		"seen films, too":     {func(t *recommend.Task) { t.Filter.IncludeSeen = true }, 3, false},
		"more candidates":     {func(t *recommend.Task) { t.Limit = 11 }, 3, false},
		"history as excluded": {func(t *recommend.Task) { t.History, t.Exclude = t.History[:1], []int32{9} }, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scored := 0
			w := &workers.Worker{
				Criterion: "history", Scorer: sourced{scorer(own), &scored, 3}, Observer: workers.Unobserved{}, Scorebook: workers.NewScorebook(1 << 20),
			}
			first, _, err := workers.ScoresOf(t.Context(), w, queue.EncodeTask(task(func(*recommend.Task) {})))
			if err != nil {
				t.Fatal(err)
			}
			w.Scorer = sourced{scorer(own), &scored, c.model}
			body := queue.EncodeTask(task(c.change))
			second, _, err := workers.ScoresOf(t.Context(), w, body)
			if err != nil {
				t.Fatal(err)
			}
			if found := scored == 1; found != c.found {
				t.Errorf("scored %d times", scored)
			}
			w.Scorebook = nil
			if anew, _, err := workers.ScoresOf(t.Context(), w, body); err != nil || !c.found && !slices.Equal(anew, second) {
				t.Errorf("not what is scored without a book: %v", err)
			}
			if c.found && !slices.Equal(first, second) {
				t.Error("found something else")
			}
		})
	}
}
