package db_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"webflix/db"
	"webflix/db/dbtest"
)

// movieLens returns the path of a published data set, which the project may not contain. They lie in the folder
// WEBFLIX_TEST_DATA, or in shared/data beside the project's; without the file the test is skipped.
func movieLens(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("WEBFLIX_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("set WEBFLIX_TEST_DATA to a folder with %s of grouplens.org/datasets/movielens: %v", name, err)
	}
	return path
}

func TestMovieLensLatestSmall(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	path := movieLens(t, "ml-latest-small.zip")
	for range 2 {
		report := mustImport(t, database, path, db.ImportOptions{})
		t.Logf("%+v", report)
		if report.Movies != 9742 || report.Users != 610 || report.Watches != 100_836 || report.Duplicates != 0 || report.Skipped != 0 {
			t.Errorf("the report is %+v", report)
		}
	}
	for title, year := range map[string]int{
		"The City of Lost Children": 1995, "Seven": 1995, "Shanghai Triad": 1995, "Babylon 5": 0, "Death Note: Desu nôto": 2006,
		"(500) Days of Summer": 2009, "The Lord of the Rings: The Two Towers": 2002, "Les Misérables": 1995, "Das Boot": 1981,
	} {
		if n := value[int](t, database, `SELECT count(*) FROM movies WHERE title = $1 AND year = $2`, title, year); n != 1 {
			t.Errorf("%d films are %q of %d, want 1", n, title, year)
		}
	}
	var odd []string
	err := database.SelectContext(t.Context(), &odd, `
		SELECT title FROM movies WHERE title = '' OR title ~ ', (The|A|An|Les?|La|Il|El|L''|Der|Die|Das)$' OR title ~ '\(\d{4}\)$'`)
	if err != nil || len(odd) > 0 {
		t.Errorf("these are no display titles: %q, %v", odd, err)
	}
}

func TestMovieLens1M(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some ten seconds")
	}
	t.Parallel()
	database := dbtest.Open(t)
	path := movieLens(t, "ml-1m.zip")
	for i := range 2 {
		report := mustImport(t, database, path, db.ImportOptions{})
		t.Logf("%+v", report)
		if report.Movies != 3883 || report.Users != 6040 || report.Watches != 1_000_209 || report.Changed != int64(1-i)*1_000_209 {
			t.Errorf("the report is %+v", report)
		}
	}
	if genres := value[int](t, database, `SELECT count(*) FROM genres`); genres != 18 {
		t.Errorf("there are %d genres, want 18", genres)
	}
	var latin []string
	err := database.SelectContext(t.Context(), &latin, `SELECT title FROM movies WHERE title ~ '[^ -~]' ORDER BY title`)
	if err != nil || !slices.Contains(latin, "Les Misérables") {
		t.Errorf("titles with accents are %q, %v", latin, err)
	}
}
