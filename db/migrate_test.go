package db_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"webflix/db"
	"webflix/db/dbtest"
)

func TestProcessesThatStartAtOnceMigrateOnce(t *testing.T) {
	t.Parallel()
	address := dbtest.URL(t)
	first, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	if _, err := first.ExecContext(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}

	var processes errgroup.Group
	for range 5 {
		processes.Go(func() error {
			process, err := db.Open(t.Context(), address, db.MaxConns(1))
			if err != nil {
				return err
			}
			defer func() { _ = process.Close() }()
			return process.Migrate(t.Context())
		})
	}
	if err := processes.Wait(); err != nil {
		t.Fatal(err)
	}
	var twice int
	err = first.GetContext(t.Context(), &twice,
		`SELECT count(*) FROM (SELECT version_id FROM goose_db_version GROUP BY version_id HAVING count(*) > 1) AS repeated`)
	if err != nil {
		t.Fatal(err)
	}
	if twice != 0 {
		t.Errorf("%d migrations ran more than once", twice)
	}
}

// While a new version rolls out, the one before runs on the new tables: a migration takes nothing away that it uses.
func TestMigrationsOnlyAdd(t *testing.T) {
	t.Parallel()
	files, err := db.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("found %v, %v", names, err)
	}
	taken := regexp.MustCompile(`(?i)\b(DROP\s+(TABLE|COLUMN|FUNCTION|TYPE|VIEW|INDEX|SEQUENCE|CONSTRAINT)|RENAME|TRUNCATE|SET\s+NOT\s+NULL|` +
		`ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE|DELETE\s+FROM)\b`)
	added := regexp.MustCompile(`(?i)ADD\s+COLUMN[^,;]*NOT\s+NULL[^,;]*`)
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		if what := taken.FindString(up); what != "" {
			t.Errorf("%s has %s: the version before still needs what it takes away; do that one release later", name, what)
		}
		for _, column := range added.FindAllString(up, -1) {
			if !strings.Contains(strings.ToUpper(column), "DEFAULT") {
				t.Errorf("%s has %s without a default, which the version before does not fill in", name, column)
			}
		}
	}
}
