package recommend

import (
	"math"
	"strings"
	"testing"
)

// The numbers that explain a film are those that ranked it: shares sum to the score; evidence never exceeds what it is part of;
// and what a film of the history is said to add is what goes away without that film.
func TestReasonsAddUp(t *testing.T) {
	t.Parallel()
	w := trained(t)
	r, err := NewRanker(w.model)
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Blend {
		r.Blend[i].Weight = float64(i) + 1 // so that every criterion has a say
	}
	named := 0
	for user := int64(1); user <= 20; user++ {
		update, err := r.Rank(w.task(user), Spec{First: 20, Blend: r.Blend})
		if err != nil {
			t.Fatal(err)
		}
		for _, pick := range update.Picks {
			var sum float64
			for _, share := range pick.Shares {
				sum += share.Score
			}
			if sum != pick.Score {
				t.Errorf("film %d: shares sum to %v, the score is %v", pick.Movie, sum, pick.Score)
			}
			for _, reason := range Explain(pick, r.Catalog.Title) {
				rest := reason.Score
				for _, e := range reason.Evidence {
					named++
					rest -= float64(e.Share)
				}
				if rest != reason.Rest || reason.Text == "" || strings.Contains(reason.Text, "  ") {
					t.Errorf("film %d: %+v does not add up", pick.Movie, reason)
				}
			}
		}
	}
	if named == 0 {
		t.Error("no reason names what it rests on")
	}
}

// With every piece of evidence shown, the pieces and one constant of the person make each film's whole score.
func TestEvidenceIsTheWholeScore(t *testing.T) {
	t.Parallel()
	w := trained(t)
	criteria, err := w.model.Open()
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := w.model.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(3)
	task.History = task.History[:min(3, len(task.History))] // as few films as evidence has room for
	for _, name := range []string{"history", "sittings", "community"} {
		scored, err := criteria[name].Score(task)
		if err != nil {
			t.Fatal(err)
		}
		var constants []float64
		for i, c := range scored.Candidates[:10] {
			complete := len(scored.Evidence[i]) == len((memory{}).recall(catalog, task.History)) // negative pieces are not shown
			rest := float64(c.Score)
			for _, e := range scored.Evidence[i] {
				rest -= float64(e.Share)
			}
			if complete {
				constants = append(constants, rest)
			}
		}
		if len(constants) < 2 {
			t.Errorf("%s: too few films with all their evidence", name)
		}
		for _, rest := range constants {
			if math.Abs(rest-constants[0]) > 1e-4 {
				t.Errorf("%s: what evidence leaves of the scores differs: %v", name, constants)
				break
			}
		}
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	titles := func(movie int32) string { return map[int32]string{1: "Dark City", 2: "12 Monkeys"}[movie] }
	for want, share := range map[string]Share{
		"because you watched Dark City and 12 Monkeys":  {Criterion: "history", Evidence: []Evidence{{Movie: 1}, {Movie: 9}, {Movie: 2}}},
		"41 % of what you watch is science fiction":     {Criterion: "genres", Evidence: []Evidence{{Label: "Science Fiction", Count: 41, Of: 100}}},
		"38 of the 50 people nearest to you liked it":   {Criterion: "neighbours", Evidence: []Evidence{{Label: "people", Count: 38, Of: 50}}},
		"people watch it soon after Dark City":          {Criterion: "next", Evidence: []Evidence{{Movie: 1}}},
		"people who watched Dark City come back for it": {Criterion: "later", Evidence: []Evidence{{Movie: 1}}},
		"6 of the 9 films you like are from the 1990s":  {Criterion: "era", Evidence: []Evidence{{Label: "1990s", Count: 6, Of: 9}}},
		"what you watched speaks for it":                {Criterion: "history"},
		"the genres you watch speak for it":             {Criterion: "genres"},
		"many people watch it":                          {Criterion: LadderPopular},
		"it was on your last list":                      {Criterion: LadderLastKnown},
		"the criterion weather speaks for it":           {Criterion: "weather"},
		"300 of 500 people liked it":                    {Criterion: "popularity", Evidence: []Evidence{{Label: "popular", Count: 300, Of: 500}}},
	} {
		share.Score = 1
		reasons := Explain(Pick{Shares: []Share{share}}, titles)
		if len(reasons) != 1 || reasons[0].Text != want {
			t.Errorf("reasons %+v, want %q", reasons, want)
		}
	}
}
