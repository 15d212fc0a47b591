package db_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/recommend"
)

func TestAnotherDataSetTakesThePlaceOnlyWhenTold(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	mustImport(t, database, folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}), db.ImportOptions{})
	local := localUser(t, database, 1, 3)
	if err := database.Dismiss(t.Context(), local, 2); err != nil {
		t.Fatal(err)
	}
	other := folder(t, "other", map[string]string{
		"movies.dat":  "2::Matrix, The (1999)::Action|Sci-Fi\n9::Seven Samurai (1954)::War\n",
		"users.dat":   "1::F::1::10::48067\n7::F::1::10::48067\n",
		"ratings.dat": "1::9::3::1000000000\n",
	})
	before := contents(t, database)
	_, err := database.Import(t.Context(), other, db.ImportOptions{})
	if !errors.Is(err, db.ErrOtherDataset) || !strings.Contains(err.Error(), "small") || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("the error is %v", err)
	}
	if got := contents(t, database); !slices.Equal(got, before) {
		t.Errorf("a refused import changed something:\n%s", strings.Join(got, "\n"))
	}

	report := mustImport(t, database, other, db.ImportOptions{Replace: true})
	if !slices.Equal(report.Removed, []string{"small"}) || report.Users != 2 || report.Movies != 2 || report.Watches != 1 {
		t.Errorf("the report is %+v", report)
	}
	want := []string{
		"movie 2 The Matrix 1999 other", "movie 9 Seven Samurai 1954 other",
		"genre 2 Action", "genre 2 Sci-Fi", "genre 9 War",
		"user 1 Person 1 other", "user 7 Person 7 other", "user 100000001 Somebody local",
		"watch 1 9 1000000000 3",
		"watch 100000001 9 1700000000 4", // of film 3 before, which has the same title and year; film 1 has no successor
		"stats 2 0 0 0.000", "stats 9 2 3.5 1.000",
		"dataset other 2 2 1",
	}
	if got := contents(t, database); !slices.Equal(got, want) {
		t.Errorf("there is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if dismissed, err := database.Dismissed(t.Context(), []int64{local}, 10); err != nil || !slices.Equal(dismissed[local], []int32{2}) {
		t.Errorf("dismissed are %v, %v", dismissed, err)
	}
	if genres := value[int](t, database, `SELECT count(*) FROM genres`); genres != 3 {
		t.Errorf("%d genres are left, want 3", genres)
	}
}

// localUser makes a person who saw the films.
func localUser(t *testing.T, database *db.DB, films ...int32) int64 {
	t.Helper()
	user, err := database.CreateUser(t.Context(), "Somebody")
	if err != nil {
		t.Fatal(err)
	}
	var watches []recommend.Watch
	for _, f := range films {
		watches = append(watches, recommend.Watch{Movie: f, At: time.Unix(1_700_000_000, 0), Rating: 4})
	}
	if err := database.Record(t.Context(), user.ID, watches); err != nil {
		t.Fatal(err)
	}
	return user.ID
}

func TestDemoMakesRoomForADataSet(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	if loaded, err := database.LoadDemo(t.Context()); err != nil || !loaded {
		t.Fatalf("the demo is loaded: %v, %v", loaded, err)
	}
	matrix := value[int32](t, database, `SELECT id FROM movies WHERE title = 'The Matrix'`)
	local := localUser(t, database, matrix)
	path := folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV})

	kept := mustImport(t, database, path, db.ImportOptions{KeepDemo: true})
	if len(kept.Removed) != 0 || value[int](t, database, `SELECT count(*) FROM movies WHERE dataset = 'webflix'`) < 650 {
		t.Errorf("the demo is not kept: %+v", kept)
	}
	report := mustImport(t, database, path, db.ImportOptions{})
	if !slices.Equal(report.Removed, []string{db.DemoDataset}) || report.Watches != 5 {
		t.Errorf("the report is %+v", report)
	}
	if n := value[int](t, database, `SELECT count(*) FROM movies`); n != 4 {
		t.Errorf("there are %d films, want 4", n)
	}
	if n := value[int](t, database, `SELECT count(*) FROM users`); n != 3 {
		t.Errorf("there are %d people, want 3", n)
	}
	if film := value[int32](t, database, `SELECT movie_id FROM watches WHERE user_id = $1`, local); film != 2 {
		t.Errorf("the local person saw film %d, want 2", film)
	}
	if again, err := database.LoadDemo(t.Context()); err != nil || again {
		t.Errorf("beside another data set, the demo is loaded: %v, %v", again, err)
	}
}

func TestProcessesThatStartAtOnceLoadTheDemoOnce(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	loads := make(chan bool, 4)
	var processes errgroup.Group
	for range cap(loads) {
		processes.Go(func() error {
			loaded, err := database.LoadDemo(t.Context())
			loads <- loaded
			return err
		})
	}
	if err := processes.Wait(); err != nil {
		t.Fatal(err)
	}
	close(loads)
	times := 0
	for loaded := range loads {
		if loaded {
			times++
		}
	}
	if times != 1 {
		t.Errorf("the demo was loaded %d times", times)
	}
	var counts struct{ Movies, Users, Watches int }
	if err := database.GetContext(t.Context(), &counts, `SELECT movies, users, watches FROM datasets WHERE name = 'webflix'`); err != nil {
		t.Fatal(err)
	}
	if counts.Movies != value[int](t, database, `SELECT count(*) FROM movies`) ||
		counts.Users != value[int](t, database, `SELECT count(*) FROM users`) ||
		counts.Watches != value[int](t, database, `SELECT count(*) FROM watches`) {
		t.Errorf("the data set is recorded as %+v", counts)
	}
	if n := value[int](t, database, `SELECT count(*) FROM movie_stats WHERE watches > 0`); n < 650 {
		t.Errorf("%d films have figures", n)
	}
}
