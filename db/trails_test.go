package db_test

import (
	"testing"
	"time"

	"webflix/db/dbtest"
	"webflix/recommend"
)

func TestTrafficIsWhatWasSentAndWhatWaits(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if traffic, err := d.Traffic(t.Context(), time.Second); err != nil || len(traffic) != 0 {
		t.Fatalf("of an empty ledger: %v, %v", traffic, err)
	}
	due := accept(t, d, 50*time.Millisecond, 0) // nobody waits for it any more
	untilDue(t, d, due)
	older := accept(t, d, 10*time.Second, 0)
	accept(t, d, 10*time.Second, 0)
	merge(t, d, answer(older, "history"))
	traffic, err := d.Traffic(t.Context(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for criterion, want := range map[string]recommend.Traffic{
		"history": {Sent: 0.3, Answered: 0.1, Waiting: 1}, "genres": {Sent: 0.3, Waiting: 2},
	} {
		got := traffic[criterion]
		if got.Oldest <= 0 {
			t.Errorf("%s: the oldest task is %v old", criterion, got.Oldest)
		}
		if got.Oldest = 0; got != want {
			t.Errorf("%s: %+v, want %+v", criterion, got, want)
		}
	}
}
