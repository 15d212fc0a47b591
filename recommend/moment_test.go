package recommend

import (
	"reflect"
	"testing"
	"time"
)

// Workers remember scores by the moment: at the same one, or at any time where a criterion has none, the same is scored alike.
func TestScoresDependOnTheMomentAlone(t *testing.T) {
	t.Parallel()
	w := trained(t)
	criteria, err := w.model.Open(CriterionNames()...)
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(7)
	newest, oldest := task.History[0].At, task.History[len(task.History)-1].At
	var times []time.Time
	for _, from := range []time.Time{oldest, newest, newest.Add(200 * 24 * time.Hour)} {
		for _, after := range []time.Duration{-time.Hour, 0, time.Millisecond, time.Hour, 24*time.Hour - 1, 24*time.Hour + 1, 8 * 24 * time.Hour} {
			times = append(times, from.Add(after))
		}
	}
	for name, c := range criteria {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := map[int64]Scored{}
			for _, at := range times {
				own := task
				own.At = at
				scored, err := c.Score(own)
				if err != nil {
					t.Fatal(err)
				}
				var moment int64
				if m, ok := c.(Momentary); ok {
					moment = m.Moment(at.Unix(), newest.Unix(), oldest.Unix())
				}
				if before, ok := known[moment]; ok && !reflect.DeepEqual(before, scored) {
					t.Errorf("at %v other scores than before, at the same moment", at)
				}
				known[moment] = scored
			}
			if _, ok := c.(Momentary); ok && len(known) < 3 {
				t.Errorf("only %d moments were tried", len(known))
			}
		})
	}
}
