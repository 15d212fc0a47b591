package recommend

import (
	"slices"
	"testing"
	"time"
)

// A film that was rated badly is seen, and no liking: what is like it is not ranked higher for it.
func TestBadRatingIsNoLiking(t *testing.T) {
	t.Parallel()
	w := trained(t)
	criteria, err := w.model.Open()
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(3)
	bad := Watch{Movie: 1, At: task.History[0].At.Add(time.Hour), Rating: 1}
	with, without := task, task
	with.History = append([]Watch{bad}, task.History...)
	without.Exclude = append([]int32{bad.Movie}, task.Exclude...)
	for _, name := range []string{"history", "sittings", "next", "later", "community", "era"} {
		a, err := criteria[name].Score(with)
		if err != nil {
			t.Fatal(err)
		}
		b, err := criteria[name].Score(without)
		if err != nil {
			t.Fatal(err)
		}
		same := func(x, y Candidate) bool { return x.Movie == y.Movie && x.Score == y.Score }
		if len(a.Candidates) == 0 || !slices.EqualFunc(a.Candidates, b.Candidates, same) {
			t.Errorf("%s scores otherwise after a film rated 1 than with the film left out", name)
		}
	}
}

// To genres, a film that was rated badly speaks against.
func TestBadRatingSpeaksAgainstItsGenres(t *testing.T) {
	t.Parallel()
	w := trained(t)
	catalog, err := w.model.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenCriterion("genres", catalog, nil)
	if err != nil {
		t.Fatal(err)
	}
	alike := w.test[0].Movie
	at := time.Unix(1000, 0)
	score := func(rating float32) float32 {
		film, _ := catalog.Movie(alike)
		i := slices.IndexFunc(catalog.ids, func(id int32) bool {
			m, _ := catalog.Movie(id)
			return id != alike && slices.Equal(m.Genres, film.Genres)
		})
		if i < 0 {
			t.Fatal("no other film has the same genres")
		}
		scored, err := c.Score(Task{At: at, Limit: catalog.Len(), History: []Watch{{Movie: alike, At: at, Rating: rating}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, candidate := range scored.Candidates {
			if candidate.Movie == catalog.ids[i] {
				return candidate.Score
			}
		}
		return scored.Floor
	}
	if bad, good := score(1), score(5); bad >= 0 || good <= 0 {
		t.Errorf("a film of the same genres scores %v after a 1 and %v after a 5; want below and above the mean", bad, good)
	}
}

// A newcomer who picked genres gets what is popular of them, best first, from the first request on.
func TestNewcomersGenresAreServed(t *testing.T) {
	t.Parallel()
	r, err := NewRanker(trained(t).model)
	if err != nil {
		t.Fatal(err)
	}
	task := Task{At: time.Unix(r.Catalog.latest, 0), Filter: Filter{Genres: []string{"Horror", "Western"}}}
	u, err := r.Rank(task, Spec{First: 10, Filter: task.Filter})
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Picks) != 10 || !slices.Contains(u.Degraded, DegradedColdStart) {
		t.Fatalf("%d films, degraded by %v", len(u.Picks), u.Degraded)
	}
	best := int32(0)
	for place, n := range r.Catalog.liked {
		m, _ := r.Catalog.Movie(r.Catalog.ids[place])
		if slices.Contains(m.Genres, "Horror") || slices.Contains(m.Genres, "Western") {
			best = max(best, n)
		}
	}
	for i, p := range u.Picks {
		m, _ := r.Catalog.Movie(p.Movie)
		place, _ := r.Catalog.Place(p.Movie)
		if !slices.Contains(m.Genres, "Horror") && !slices.Contains(m.Genres, "Western") {
			t.Errorf("ranked %+v, of neither genre", m)
		}
		if i == 0 && r.Catalog.liked[place] < best/2 {
			t.Errorf("the first film is liked by %d people, another by %d", r.Catalog.liked[place], best)
		}
	}
}
