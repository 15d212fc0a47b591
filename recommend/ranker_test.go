package recommend

import (
	"errors"
	"slices"
	"testing"
)

func TestRankAllIsTheSameInParallel(t *testing.T) {
	t.Parallel()
	w := trained(t)
	r, err := NewRanker(w.model)
	if err != nil {
		t.Fatal(err)
	}
	h := NewHistories(slices.Clone(w.train.Ratings))
	lists := func(parallelism int) (all []int32) {
		err := RankAll(r, h, h.Users()[:40], Spec{First: 5}, parallelism, func(user int64, picks []Pick) error {
			all = append(all, int32(user))
			for _, p := range picks {
				all = append(all, p.Movie)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if one, four := lists(1), lists(4); len(one) != 40*6 || !slices.Equal(one, four) {
		t.Errorf("one goroutine and four rank differently, or too little: %d and %d numbers", len(one), len(four))
	}
	full := errors.New("disk full")
	if err := RankAll(r, h, h.Users(), Spec{First: 5}, 2, func(int64, []Pick) error { return full }); !errors.Is(err, full) {
		t.Errorf("error %v, want the writer's", err)
	}
}

func TestNextWatchCountsAtOnce(t *testing.T) {
	t.Parallel()
	w := trained(t)
	r, err := NewRanker(w.model)
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(5)
	before, err := r.Rank(task, Spec{First: 10})
	if err != nil {
		t.Fatal(err)
	}
	watched := before.Picks[0].Movie
	task.History = append([]Watch{{Movie: watched, At: task.At, Rating: 5}}, task.History...)
	after, err := r.Rank(task, Spec{First: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range after.Picks {
		if p.Movie == watched {
			t.Errorf("film %d is ranked after it was watched", watched)
		}
	}
	if before.Picks[1].Score == after.Picks[0].Score {
		t.Error("the scores did not move")
	}
}

func TestDiversityVariesGenres(t *testing.T) {
	t.Parallel()
	w := trained(t)
	r, err := NewRanker(w.model)
	if err != nil {
		t.Fatal(err)
	}
	spread := func(diversity float64) (sum float64) {
		for user := int64(1); user <= 30; user++ {
			u, err := r.Rank(w.task(user), Spec{First: 10, Diversity: diversity})
			if err != nil {
				t.Fatal(err)
			}
			var list []int32
			for _, p := range u.Picks {
				list = append(list, p.Movie)
			}
			sum += variety(list, r.Catalog)
		}
		return sum
	}
	if plain, varied := spread(0), spread(0.5); varied < plain*1.05 {
		t.Errorf("genres vary by %v with diversity and by %v without", varied, plain)
	}
}

func TestFilterAndExclusions(t *testing.T) {
	t.Parallel()
	w := trained(t)
	r, err := NewRanker(w.model)
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(9)
	task.Filter = Filter{Genres: []string{"Drama", "No Such Genre"}, WithoutGenres: []string{"Comedy"}, FromYear: 1960, ToYear: 1999, MinRating: 3}
	task.Exclude = []int32{1, 2, 3, 4, 5}
	u, err := r.Rank(task, Spec{First: 50})
	if err != nil {
		t.Fatal(err)
	}
	if len(u.Picks) == 0 {
		t.Fatal("nothing is ranked")
	}
	for _, p := range u.Picks {
		m, _ := r.Catalog.Movie(p.Movie)
		if !slices.Contains(m.Genres, "Drama") || slices.Contains(m.Genres, "Comedy") || m.Year < 1960 || m.Year > 1999 || m.ID <= 5 {
			t.Errorf("ranked %+v", m)
		}
	}
}

func TestSimilarAndTrending(t *testing.T) {
	t.Parallel()
	r, err := NewRanker(trained(t).model)
	if err != nil {
		t.Fatal(err)
	}
	like, err := r.Similar(1, 5, Filter{})
	if err != nil || len(like) != 5 || slices.ContainsFunc(like, func(c Candidate) bool { return c.Movie == 1 }) {
		t.Errorf("similar films %v, error %v", like, err)
	}
	if _, err := r.Similar(99999, 5, Filter{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
	if hot, err := r.Trending(7, Filter{}); err != nil || len(hot) != 7 {
		t.Errorf("trending films %v, error %v", hot, err)
	}
}
