package db_test

import (
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
