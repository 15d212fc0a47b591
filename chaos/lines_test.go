package chaos

import "testing"

func TestReportReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	want := line{
		Case: "a case, 5 %", Times: 1, Kills: 2, Requests: 3, Finals: 4, Partial: 5, Refused: 6, Attached: 7, Lost: 8, Duplicated: 9,
		Wrong: 10, Disorder: 11, LatestMs: -12, ShownMs: 13, Run: "today",
	}
	if got, ok := readLine(want.markdown()); !ok || got != want {
		t.Errorf("wrote %+v, read %+v, %v", want, got, ok)
	}
	promise := pledge{"P2", "what", "1 ms", "at most 2 ms", "today"}
	if got, ok := readPledge(promise.markdown()); !ok || got != promise {
		t.Errorf("wrote %+v, read %+v, %v", promise, got, ok)
	}
}

func TestWholeRunHasItsKillsAndRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kills, requests int
		enough          bool
	}{{100, 50_000, true}, {99, 50_000, false}, {100, 49_999, false}} {
		l := lines{all: map[string]line{"one": {Kills: c.kills}, "other": {Requests: c.requests}}}
		if err := l.enough(); err == nil != c.enough {
			t.Errorf("%d kills and %d requests: %v", c.kills, c.requests, err)
		}
	}
}
