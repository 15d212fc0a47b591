package db_test

import (
	"slices"
	"testing"
	"time"

	"webflix/db"
	"webflix/db/dbtest"
)

func TestFilmCacheShowsWhatAnImportChanged(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	change := func(query string) {
		t.Helper()
		if _, err := d.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	titles := func(c *db.FilmCache, ids ...int32) []string {
		t.Helper()
		films, err := c.Films(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for i := range films {
			out = append(out, films[i].Title)
		}
		return out
	}
	change(`INSERT INTO datasets (name, movies, users, watches) VALUES ('a', 2, 0, 0)`)
	change(`INSERT INTO movies (id, title, year, dataset) VALUES (1, 'Alien', 1979, 'a'), (2, 'Big', 1988, 'a')`)
	eager, lazy := db.NewFilmCache(d, 0), db.NewFilmCache(d, time.Hour)
	for range 2 {
		for _, c := range []*db.FilmCache{eager, lazy} {
			if got := titles(c, 2, 9, 1, 2); !slices.Equal(got, []string{"Big", "Alien", "Big"}) {
				t.Errorf("the films are %q", got)
			}
		}
	}
	change(`UPDATE movies SET title = 'Aliens' WHERE id = 1`)
	for _, c := range []*db.FilmCache{eager, lazy} {
		if got := titles(c, 1); !slices.Equal(got, []string{"Alien"}) {
			t.Errorf("the films are read again: %q", got)
		}
	}
	change(`UPDATE datasets SET imported_at = imported_at + interval '1 second'`)
	if got := titles(eager, 1, 2); !slices.Equal(got, []string{"Aliens", "Big"}) {
		t.Errorf("after an import the films are %q", got)
	}
	if got := titles(lazy, 1); !slices.Equal(got, []string{"Alien"}) {
		t.Errorf("the catalogue is looked at too often: %q", got)
	}
	change(`DELETE FROM movies WHERE id = 2; UPDATE datasets SET imported_at = imported_at + interval '1 second'`)
	if got := titles(eager, 1, 2); !slices.Equal(got, []string{"Aliens"}) {
		t.Errorf("a film that is gone is shown: %q", got)
	}
}
