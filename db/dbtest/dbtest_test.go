package dbtest_test

import (
	"testing"

	"webflix/db"
	"webflix/db/dbtest"
)

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	one, two := dbtest.Open(t), dbtest.Open(t)
	if _, err := one.ExecContext(t.Context(), `INSERT INTO genres (name) VALUES ('Comedy')`); err != nil {
		t.Fatal(err)
	}
	for database, want := range map[*db.DB]int{one: 1, two: 0} {
		var got int
		if err := database.GetContext(t.Context(), &got, `SELECT count(*) FROM genres`); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("the database has %d genres, want %d", got, want)
		}
		if err := database.Migrate(t.Context()); err != nil {
			t.Errorf("migrate what is migrated: %v", err)
		}
	}
}
