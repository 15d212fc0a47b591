package recommend

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

func standing(first int, blend ...Weight) *Standing {
	id := RequestID{6: 0x70, 8: 0x80}
	return &Standing{
		Request: Request{ID: id, User: 1, Spec: Spec{First: first, Blend: blend, AllowPartial: true}},
		Now:     id.Time().Add(20 * time.Millisecond),
	}
}

func done(criterion string, floor float32, candidates ...Candidate) Result {
	return Result{Criterion: criterion, Status: StatusDone, Floor: floor, Candidates: candidates}
}

// The textbook case: a notebook's weight is the sum of its screen, body and hardware.
func TestTallySumsWeightedScores(t *testing.T) {
	t.Parallel()
	s := standing(2, Weight{"screen", 1}, Weight{"body", 1}, Weight{"hardware", 2})
	results := []Result{
		done("hardware", 0, Candidate{Movie: 1, Score: 0.25}, Candidate{Movie: 2, Score: 0.5}),
		done("screen", 0, Candidate{Movie: 2, Score: 0.75}, Candidate{Movie: 1, Score: 0.5}),
		done("body", 0, Candidate{Movie: 1, Score: 1}, Candidate{Movie: 2, Score: 1.5}),
	}
	u := Tally(s, results)
	if len(u.Picks) != 2 || u.Picks[0].Movie != 2 || u.Picks[0].Score != 3.25 || u.Picks[1].Score != 2 {
		t.Errorf("ranked %+v, want film 2 with 3.25 and film 1 with 2", u.Picks)
	}
	if u.Coverage.Percent != 100 || u.Coverage.Succeeded != 3 || len(u.Degraded) != 0 || u.Final {
		t.Errorf("coverage %+v, degraded %v, final %v", u.Coverage, u.Degraded, u.Final)
	}
}

func TestTallyRenormalisesOverWhoAnswered(t *testing.T) {
	t.Parallel()
	s := standing(5, Weight{"a", 3}, Weight{"b", 1}, Weight{"c", 0})
	u := Tally(s, []Result{done("a", -1, Candidate{Movie: 7, Score: 2})})
	if got, want := u.Picks[0].Score, 2*4.0; got != want {
		t.Errorf("a partial score is %v, want %v: on the scale of the whole blend", got, want)
	}
	if u.Coverage.Percent != 75 || u.Criteria[1].Status != StatusQueued || u.Criteria[0].Weight != 3 {
		t.Errorf("coverage %v, criteria %+v", u.Coverage, u.Criteria)
	}
	s.FinalAt = s.Now
	u = Tally(s, []Result{done("a", -1, Candidate{Movie: 7, Score: 2}), {Criterion: "b", Status: StatusRejected}})
	want := []Degradation{DegradedRejected, DegradedDeadline}
	if !u.Final || !reflect.DeepEqual(u.Degraded, want) || u.Coverage.TimedOut != 1 || u.Coverage.Rejected != 1 {
		t.Errorf("the final is degraded by %v (%+v), want %v", u.Degraded, u.Coverage, want)
	}
}

func TestTallyScalesNothingUpBeyondAllNumbers(t *testing.T) {
	t.Parallel()
	s := standing(5, Weight{"a", 3}, Weight{"b", 5e-324})
	if u := Tally(s, []Result{done("b", 0, Candidate{Movie: 7, Score: 2})}); len(u.Picks) > 0 {
		t.Errorf("ranked %+v", u.Picks)
	}
}

func TestTallyGivesTheFloorToWhatACriterionLeftOut(t *testing.T) {
	t.Parallel()
	s := standing(5, Weight{"a", 1}, Weight{"b", 1})
	u := Tally(s, []Result{
		done("a", -0.5, Candidate{Movie: 1, Score: 1}),
		done("b", -0.25, Candidate{Movie: 2, Score: 1}),
	})
	if u.Picks[0].Movie != 1 || u.Picks[0].Score != 0.75 || u.Picks[1].Score != 0.5 {
		t.Errorf("ranked %+v", u.Picks)
	}
}

func TestFilmThatAResultHasTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	u := Tally(standing(5, Weight{"a", 1}, Weight{"b", 1}), []Result{
		done("a", 0, Candidate{Movie: 1, Score: 2}, Candidate{Movie: 1, Score: 1}), done("b", -1, Candidate{Movie: 2, Score: 1}),
	})
	if len(u.Picks) != 2 || u.Picks[0].Movie != 1 || u.Picks[0].Score != 1 || u.Picks[1].Score != 1 {
		t.Errorf("ranked %+v", u.Picks)
	}
}

// Redelivery, duplicates and reordering cannot change a total, and the shares add up to it, bit for bit.
func TestTallyIsTheSameWhateverTheOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var blend Blend
		var results []Result
		for _, name := range []string{"a", "b", "c", "d"} {
			blend = append(blend, Weight{name, random.Float64()})
			r := done(name, float32(random.NormFloat64()-2))
			for _, movie := range random.Perm(60)[:40] {
				r.Candidates = append(r.Candidates, Candidate{Movie: int32(movie), Score: float32(random.NormFloat64())})
			}
			r.Evidence = Explained(slices.Repeat([][]Evidence{{{Movie: 3, Share: 0.5}}}, len(r.Candidates)))
			results = append(results, r)
		}
		s := standing(20, blend...)
		want := Tally(s, results)
		for range 10 {
			shuffled := slices.Clone(results)
			shuffled = append(shuffled, results[random.IntN(4)])
			random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if got := Tally(s, shuffled); !reflect.DeepEqual(got, want) {
				t.Fatalf("another order gives another ranking:\n%+v\n%+v", got, want)
			}
		}
		for _, p := range want.Picks {
			var sum float64
			for _, share := range p.Shares {
				sum += share.Score
			}
			if math.Float64bits(sum) != math.Float64bits(p.Score) {
				t.Fatalf("the shares of film %d add up to %v, its score is %v", p.Movie, sum, p.Score)
			}
		}
	}
}

func TestTallyTakesTheLadderOnlyForWantOfBetter(t *testing.T) {
	t.Parallel()
	ladder := done(LadderPopular, 0, Candidate{Movie: 9, Score: 1})
	ladder.Degraded = DegradedPopular
	s := standing(5, Weight{"a", 1}, Weight{"b", 1})
	s.FinalAt = s.Now
	u := Tally(s, []Result{ladder})
	if len(u.Picks) != 1 || u.Picks[0].Movie != 9 || !slices.Contains(u.Degraded, DegradedPopular) || u.Coverage.Percent != 0 {
		t.Errorf("with no answer: %+v", u)
	}
	answered := done("a", 0, Candidate{Movie: 1, Score: 1})
	if u = Tally(s, []Result{ladder, answered}); u.Picks[0].Movie != 1 {
		t.Errorf("with half of the blend: %+v", u.Picks)
	}
	s.Spec.MinCoverage = 60
	if u = Tally(s, []Result{answered, ladder}); u.Picks[0].Movie != 9 || u.Coverage.Percent != 50 {
		t.Errorf("with less than was asked for: %+v", u.Picks)
	}
}

func TestTallyOfNothingIsEmpty(t *testing.T) {
	t.Parallel()
	u := Tally(standing(5, Weight{"a", 1}), nil)
	if len(u.Picks) != 0 || u.Coverage.Percent != 0 || u.Criteria[0].Status != StatusQueued || u.Took != 20*time.Millisecond {
		t.Errorf("got %+v", u)
	}
}

func TestBlendCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		blend Blend
		ok    bool
	}{
		"usual":     {Blend{{"a", 1}, {"b", 0}}, true},
		"empty":     {Blend{}, false},
		"no weight": {Blend{{"a", 0}}, false},
		"negative":  {Blend{{"a", 2}, {"b", -1}}, false},
		"twice":     {Blend{{"a", 1}, {"a", 1}}, false},
		"infinite":  {Blend{{"a", math.Inf(1)}}, false},
		"overflow":  {Blend{{"a", math.MaxFloat64}, {"b", math.MaxFloat64}}, false},
		"NaN":       {Blend{{"a", math.NaN()}}, false},
	} {
		if err := c.blend.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRequestIDReadsBack(t *testing.T) {
	t.Parallel()
	const text = "01934f6a-7c00-7abc-8def-0123456789ab"
	id, err := ParseRequestID(text)
	if err != nil || id.String() != text {
		t.Fatalf("%s reads back as %s, %v", text, id, err)
	}
	if got := id.Time().UTC(); got.Year() != 2024 {
		t.Errorf("its time is %v", got)
	}
	for _, bad := range []string{"", "x", text[:35], text + "0", "01934f6a07c00-7abc-8def-0123456789ab", "0193zz6a-7c00-7abc-8def-0123456789ab"} {
		if _, err := ParseRequestID(bad); err == nil {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

func BenchmarkTally(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var results []Result
	var blend Blend
	for _, name := range []string{"a", "b", "c", "d"} {
		blend = append(blend, Weight{name, 1})
		r := done(name, 0)
		for i, movie := range random.Perm(3000)[:CandidateLimit] {
			r.Candidates = append(r.Candidates, Candidate{Movie: int32(movie), Score: float32(CandidateLimit - i)})
		}
		results = append(results, r)
	}
	s := standing(20, blend...)
	b.ReportAllocs()
	for b.Loop() {
		Tally(s, results)
	}
}
