package db_test

import (
	"errors"
	"testing"
	"time"

	"webflix/db/dbtest"
	"webflix/recommend"
)

func TestBacklogIsWhatOpenRequestsWaitFor(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if b, err := d.Backlog(t.Context()); err != nil || len(b.Oldest) != 0 || b.Overdue != 0 {
		t.Fatalf("of an empty ledger the backlog is %+v, %v", b, err)
	}
	older := accept(t, d, time.Minute, 0)
	if _, err := d.ExecContext(t.Context(), `SELECT pg_sleep(0.05)`); err != nil {
		t.Fatal(err)
	}
	accept(t, d, time.Minute, 0)
	merge(t, d, answer(older, "history"))
	b, err := d.Backlog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Oldest) != 2 || b.Oldest["genres"] < 50*time.Millisecond || b.Oldest["history"] >= b.Oldest["genres"] || b.Overdue != 0 {
		t.Errorf("the backlog is %+v; of the older request only genres is open", b)
	}

	due := accept(t, d, 50*time.Millisecond, 0)
	untilDue(t, d, due)
	if b, err = d.Backlog(t.Context()); err != nil || b.Overdue <= 0 {
		t.Errorf("past a deadline the backlog is %+v, %v", b, err)
	}
}

func TestSchemaSaysWhatIsPending(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if s, err := d.Schema(t.Context()); err != nil || s.Pending() || s.Applied == 0 {
		t.Errorf("migrated, the schema is %+v, %v", s, err)
	}
	if _, err := d.ExecContext(t.Context(), `DROP TABLE goose_db_version`); err != nil {
		t.Fatal(err)
	}
	if s, err := d.Schema(t.Context()); err != nil || !s.Pending() || s.Applied != 0 {
		t.Errorf("never migrated, the schema is %+v, %v", s, err)
	}
	if _, _, err := d.ModelTrained(t.Context()); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("without a model: %v", err)
	}
}
