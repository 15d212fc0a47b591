package db_test

import (
	"testing"
	"time"

	"webflix/db/dbtest"
	"webflix/recommend"
)

func TestPendingIsTheOldestWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if p, err := d.Pending(t.Context()); err != nil || len(p.Oldest) != 0 || len(p.Timely) != 0 || p.Open != 0 {
		t.Fatalf("of an empty ledger: %+v, %v", p, err)
	}
	due := accept(t, d, 50*time.Millisecond, 0) // nobody waits for it any more, but its task may wait
	untilDue(t, d, due)
	merge(t, d, answer(due, "history"))
	older := accept(t, d, 10*time.Second, 0)
	newer := accept(t, d, 10*time.Second, 0)
	merge(t, d, answer(older, "genres"))
	p, err := d.Pending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	since := func(r *recommend.Request, d time.Duration) time.Duration { // of what was looked at in one moment
		return (d - p.Timely["genres"] - newer.ID.Time().Sub(r.ID.Time())).Round(time.Millisecond)
	}
	if p.Timely["genres"] <= 0 || p.Open <= p.Timely["genres"] {
		t.Errorf("the newer request has no answer of genres: %+v", p)
	}
	for what, off := range map[string]time.Duration{
		"genres of all": since(due, p.Oldest["genres"]), "history of all": since(older, p.Oldest["history"]),
		"history in time": since(older, p.Timely["history"]),
	} {
		if off != 0 {
			t.Errorf("%s is %v off: %+v", what, off, p)
		}
	}
}
