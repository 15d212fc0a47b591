package workers

import (
	"testing"
	"time"

	"webflix/recommend"
)

func TestLacks(t *testing.T) {
	t.Parallel()
	now := time.Now()
	spec := recommend.Spec{Blend: recommend.Blend{{Criterion: "genres"}, {Criterion: "history"}, {Criterion: "next"}}}
	standing := func(left time.Duration, answers ...string) *recommend.Standing {
		s := &recommend.Standing{Request: recommend.Request{ID: recommend.RequestID{1}, Spec: spec, Deadline: now.Add(left)}, Now: now}
		for _, criterion := range answers {
			s.Answers = append(s.Answers, recommend.Answer{Criterion: criterion})
		}
		return s
	}
	for name, c := range map[string]struct {
		merged *recommend.Standing // nil: nothing is known of the request
		more   int
		want   bool
	}{
		"of an unknown request nobody was shown anything": {nil, 1, false},
		"one of three is to come":                         {standing(time.Second, "genres"), 1, true},
		"it is complete":                                  {standing(time.Second, "genres"), 2, false},
		"its deadline is near":                            {standing(lastMoment, "genres"), 1, false},
		"another aggregator has merged some":              {standing(time.Second, "history", "genres"), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBook()
			if c.merged != nil {
				b.add(c.merged, &recommend.Result{Criterion: "genres"}, now)
				b.check(c.merged, now)
			}
			if got := b.lacks(recommend.RequestID{1}, c.more, now); got != c.want {
				t.Errorf("lacks more: %v, want %v", got, c.want)
			}
		})
	}
}

func TestGatheringHandsOutWhatIsRipe(t *testing.T) {
	t.Parallel()
	now := time.Now()
	g := newGathering()
	waits := func(recommend.RequestID, int) bool { return true }
	counts := func(_ recommend.RequestID, results int) bool { return results < 2 }
	come := func(request byte, at time.Duration) *arrivals {
		return &arrivals{
			at: now.Add(at), answers: []recommend.Answer{{Request: recommend.RequestID{request}}}, merged: make(chan error, 1),
		}
	}
	expect := func(what string, after time.Duration, want int) {
		t.Helper()
		batch, _ := g.next(now.Add(after), 3)
		if len(batch) != want {
			t.Errorf("%s: %d are handed out, want %d", what, len(batch), want)
		}
		g.done(batch, nil)
	}
	expect("nothing has come", time.Hour, 0)
	g.add(come(1, 0), waits)
	g.add(come(2, holdFor/2), waits)
	expect("all wait", holdFor-1, 0)
	if _, again := g.next(now, 3); !again.Equal(now.Add(holdFor)) {
		t.Errorf("the next look is %v from now, want %v", again.Sub(now), holdFor)
	}
	expect("the oldest has waited enough", holdFor, 2)
	g.add(come(1, 0), counts)
	expect("what was handed out is counted no more", 0, 0)
	g.add(come(1, 0), counts)
	expect("the second of its request", 0, 2)
	for range 4 {
		g.add(come(3, 0), counts)
	}
	expect("as many as fit", 0, 3)
	expect("the rest at once", 0, 1)
	g.add(come(4, 0), waits)
	merging, _ := g.next(now.Add(holdFor), 3)
	g.add(come(4, 0), counts)
	expect("what completes a request while the rest of it is being merged", 0, 1)
	g.done(merging, nil)
	if len(g.of) != 0 {
		t.Errorf("%d requests are remembered", len(g.of))
	}
}
