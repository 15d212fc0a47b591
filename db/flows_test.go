package db_test

import (
	"slices"
	"testing"
	"time"

	"webflix/db/dbtest"
	"webflix/recommend"
)

func TestFlowsAreTheSumOfWhatLiveProcessesReport(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	earlier := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	later := earlier.Add(time.Second)
	report := func(process string, flows ...recommend.Flow) {
		t.Helper()
		if err := d.ReportFlows(t.Context(), process, flows); err != nil {
			t.Fatal(err)
		}
	}
	report("dead", recommend.Flow{Queue: "result", Held: 100, In: 100})
	if _, err := d.ExecContext(t.Context(), `UPDATE flows SET reported_at = reported_at - interval '4 seconds'`); err != nil {
		t.Fatal(err)
	}
	report("a", recommend.Flow{Queue: "result", Held: 5}, recommend.Flow{Queue: "dead", In: 1})
	report("a", recommend.Flow{Queue: "result", Held: 2, Oldest: later, Out: 3.5})
	report("b", recommend.Flow{Queue: "result", Held: 1, Oldest: earlier, Out: 1}, recommend.Flow{Queue: "task.era", In: 7})
	flows, err := d.Flows(t.Context())
	if err != nil || len(flows) != 2 {
		t.Fatalf("%+v, %v", flows, err)
	}
	got := flows["result"]
	if got.Oldest.Before(earlier) || !got.Oldest.Before(later) {
		t.Errorf("the oldest is of %v", got.Oldest)
	}
	if _, err := d.ExecContext(t.Context(), `UPDATE flows SET reported_at = reported_at - interval '1500 ms' WHERE process = 'b'`); err != nil {
		t.Fatal(err)
	}
	if flows, err := d.Flows(t.Context()); err != nil || flows["result"].Oldest.Before(later) {
		t.Errorf("what was held a while ago has grown older since: %v, %v", flows["result"].Oldest, err)
	}
	got.Oldest = time.Time{}
	if want := (recommend.Flow{Queue: "result", Held: 3, Out: 4.5}); got != want {
		t.Errorf("results: %+v, want %+v", got, want)
	}
	if got := flows["task.era"]; got.In != 7 || !got.Oldest.IsZero() {
		t.Errorf("tasks: %+v", got)
	}
	if _, err := d.ExecContext(t.Context(), `UPDATE flows SET reported_at = reported_at - interval '2 hours' WHERE process = 'dead'`); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Maintain(t.Context(), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	var processes []string
	if err := d.SelectContext(t.Context(), &processes, `SELECT DISTINCT process FROM flows ORDER BY process`); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(processes, []string{"a", "b"}) {
		t.Errorf("reports are left of %q", processes)
	}
	report("a")
	report("b")
	if flows, err = d.Flows(t.Context()); err != nil || len(flows) != 0 {
		t.Errorf("while nobody does anything: %+v, %v", flows, err)
	}
}
