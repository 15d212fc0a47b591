package db_test

import (
	"bytes"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/recommend"
)

func accept(t *testing.T, d *db.DB, deadline time.Duration, minCoverage float64) *recommend.Request {
	t.Helper()
	req := &recommend.Request{User: 7, Replica: "a", Trace: "00-1-2-01", Spec: recommend.Spec{
		First: 10, Deadline: deadline, MinCoverage: minCoverage, AllowPartial: true,
		Filter: recommend.Filter{Genres: []string{"Drama"}, MinRating: 3},
		Blend:  recommend.Blend{{Criterion: "history", Weight: 3}, {Criterion: "genres", Weight: 1}},
	}}
	if err := d.Accept(t.Context(), []*recommend.Request{req}); err != nil {
		t.Fatal(err)
	}
	return req
}

func merge(t *testing.T, d *db.DB, answers ...recommend.Answer) []recommend.Standing {
	t.Helper()
	standings, err := d.Merge(t.Context(), answers)
	if err != nil {
		t.Fatal(err)
	}
	return standings
}

func answer(req *recommend.Request, criterion string) recommend.Answer {
	return recommend.Answer{Request: req.ID, Criterion: criterion, Scored: true, Payload: []byte{0, 1, 255, '\\'}}
}

// untilDue returns when the request's deadline has passed by the database's clock.
func untilDue(t *testing.T, d *db.DB, req *recommend.Request) {
	t.Helper()
	if _, err := d.ExecContext(t.Context(), `SELECT pg_sleep_until($1)`, req.Deadline.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
}

func TestAcceptGivesIDAndDeadlineOfOneMoment(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	reqs := make([]*recommend.Request, 50)
	for i := range reqs {
		reqs[i] = &recommend.Request{User: int64(i), Spec: recommend.Spec{Deadline: time.Duration(i+1) * time.Second}}
	}
	if err := d.Accept(t.Context(), reqs); err != nil {
		t.Fatal(err)
	}
	seen := map[recommend.RequestID]bool{}
	for i, r := range reqs {
		if seen[r.ID] {
			t.Fatalf("id %s was given twice", r.ID)
		}
		seen[r.ID] = true
		if got := r.Deadline.Sub(r.ID.Time()).Truncate(time.Second); got != r.Spec.Deadline {
			t.Errorf("request %d: the deadline is %v after the id's time, want %v", i, got, r.Spec.Deadline)
		}
	}
	standings, err := d.Standings(t.Context(), []recommend.RequestID{reqs[3].ID})
	if err != nil || len(standings) != 1 {
		t.Fatalf("read back: %v, %v", standings, err)
	}
	if standings[0].User != 3 || !standings[0].Deadline.Equal(reqs[3].Deadline) {
		t.Errorf("ids were given in another order than the requests': %+v", standings[0])
	}
}

func TestSyncLeavesNothingToLose(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	ask := func(to any, query string, args ...any) {
		t.Helper()
		if err := d.GetContext(t.Context(), to, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	var commits, before string
	ask(&commits, `SHOW synchronous_commit`) // "off" with a throwaway server, where nobody waits for the disk
	for range 20 {
		req := accept(t, d, time.Second, 0)
		ask(&before, `SELECT pg_current_wal_insert_lsn()`)
		if err := d.Sync(t.Context(), req.ID); err != nil {
			t.Fatal(err)
		}
		var onDisk bool
		if ask(&onDisk, `SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn`, before); !onDisk && commits != "off" {
			t.Fatalf("what stands before %s in the log is not on disk", before)
		}
	}
	if err := d.Sync(t.Context(), recommend.RequestID{1}); err == nil {
		t.Error("a request that there is not counts as kept")
	}
}

func TestAcceptLeavesOutWhoseHistoryIsNewer(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	mustImport(t, d, folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}), db.ImportOptions{})
	revisionOf := func() int64 {
		t.Helper()
		profiles, err := d.Profiles(t.Context(), []int64{1})
		if err != nil || profiles[1] == nil {
			t.Fatal(profiles, err)
		}
		return profiles[1].Revision
	}
	old := revisionOf()
	for _, step := range []struct { // in this order: an end wants a beginning
		what   string
		change func() error
	}{
		{"a watch", func() error { return d.Record(t.Context(), 1, []recommend.Watch{{Movie: 1, At: time.Unix(1, 0)}}) }},
		{"a dismissal", func() error { return d.Dismiss(t.Context(), 1, 2) }},
		{"its end", func() error { return d.Restore(t.Context(), 1, 2) }},
		{"the end of a watch", func() error { _, err := d.Remove(t.Context(), 1, []int32{1}); return err }},
		{"a correction", func() error {
			_, err := d.ExecContext(t.Context(), `UPDATE watches SET watched_at = now()`)
			return err
		}},
		{"another import", func() error {
			_, err := d.Import(t.Context(), folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}), db.ImportOptions{})
			return err
		}},
	} {
		if err := step.change(); err != nil {
			t.Fatal(err)
		}
		current := revisionOf()
		stale := &recommend.Request{User: 1, Revision: old, Spec: recommend.Spec{Deadline: time.Second}}
		fresh := &recommend.Request{User: 1, Revision: current, Spec: recommend.Spec{Deadline: 2 * time.Second}}
		nobody := &recommend.Request{User: 404, Revision: 1, Spec: recommend.Spec{Deadline: time.Second}}
		if err := d.Accept(t.Context(), []*recommend.Request{stale, nobody, fresh}); err != nil {
			t.Fatal(err)
		}
		none := recommend.RequestID{}
		if stale.ID != none || nobody.ID != none || fresh.ID == none || fresh.Deadline.Sub(fresh.ID.Time()) < 2*time.Second {
			t.Errorf("after %s, requests of revisions %d and %d, and of nobody: %+v, %+v, %+v", step.what, old, current, stale, fresh, nobody)
		}
		old = current
	}
}

func TestAcceptReadsTheProfileOfWhoIsUnread(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	mustImport(t, d, folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}), db.ImportOptions{})
	profiles, err := d.Profiles(t.Context(), []int64{1})
	if err != nil || profiles[1] == nil || profiles[1].Seen == 0 {
		t.Fatal(profiles, err)
	}
	ask := func(user int64, fewest int) *recommend.Request {
		return &recommend.Request{User: user, Revision: recommend.Unread, Fewest: fewest, Spec: recommend.Spec{Deadline: time.Second}}
	}
	known, newcomer, nobody := ask(1, profiles[1].Seen), ask(1, profiles[1].Seen+1), ask(404, 0)
	if err := d.Accept(t.Context(), []*recommend.Request{newcomer, nobody, known}); err != nil {
		t.Fatal(err)
	}
	none := recommend.RequestID{}
	if known.ID == none || !reflect.DeepEqual(known.Profile, profiles[1]) {
		t.Errorf("who has watched enough is accepted as %v with %+v, not %+v", known.ID, known.Profile, profiles[1])
	}
	if newcomer.ID != none || newcomer.Profile != nil || nobody.ID != none {
		t.Errorf("who has watched too little, or is nobody, is accepted: %+v, %+v", newcomer, nobody)
	}
}

func TestMergeTakesEachAnswerOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	req := accept(t, d, 10*time.Second, 0)

	first := merge(t, d, answer(req, "history"), answer(req, "history"))
	if len(first) != 1 || len(first[0].Answers) != 1 || first[0].Final() || first[0].Sequence != 1 {
		t.Fatalf("one answer, sent twice, gives %+v", first)
	}
	if got := first[0].Answers[0]; string(got.Payload) != "\x00\x01\xff\\" || !got.Scored {
		t.Errorf("the answer comes back as %+v", got)
	}
	read, err := d.Standings(t.Context(), []recommend.RequestID{req.ID})
	if err != nil {
		t.Fatal(err)
	}
	if got := read[0].Answers[0]; string(got.Payload) != "\x00\x01\xff\\" || !got.Scored || got.At.IsZero() || read[0].Sequence != 1 {
		t.Errorf("the answer reads back as %+v of %+v", got, read[0])
	}
	if s := first[0].Spec; s.Filter.MinRating != 3 || s.Blend[0].Weight != 3 || s.Deadline != 10*time.Second {
		t.Errorf("the spec reads back as %+v", s)
	}
	last := merge(t, d, answer(req, "genres"))
	if !last[0].Final() || last[0].Sequence != 2 || len(last[0].Answers) != 2 {
		t.Fatalf("the last answer gives %+v", last)
	}
	for _, a := range last[0].Answers { // who merged it before has it
		if had := a.Payload != nil; had != (a.Criterion == "genres") {
			t.Errorf("the answer of %s comes back with its payload: %v", a.Criterion, had)
		}
	}
	again := merge(t, d, answer(req, "genres"))
	if again[0].Sequence != 2 || !again[0].FinalAt.Equal(last[0].FinalAt) {
		t.Errorf("redelivered after the final, it changes the request: %+v", again)
	}
	unknown := merge(t, d, recommend.Answer{Request: recommend.RequestID{1}, Criterion: "genres", Payload: []byte{1}})
	if len(unknown) != 0 {
		t.Errorf("an answer to no request gives %+v", unknown)
	}
}

func TestTwoAggregatorsFinaliseOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	for range 20 {
		a, b := accept(t, d, 10*time.Second, 0), accept(t, d, 10*time.Second, 0)
		var wg sync.WaitGroup
		var finals [2][]recommend.Standing
		for i, batch := range [][]recommend.Answer{
			{answer(a, "history"), answer(b, "genres")},
			{answer(b, "history"), answer(a, "genres")},
		} {
			wg.Go(func() {
				standings, err := d.Merge(t.Context(), batch)
				if err != nil {
					t.Error(err)
				}
				for _, s := range standings {
					if s.Final() {
						finals[i] = append(finals[i], s)
					}
				}
			})
		}
		wg.Wait()
		all := slices.Concat(finals[0], finals[1])
		if len(all) != 2 || all[0].ID == all[1].ID {
			t.Fatalf("two requests completed by two aggregators at once have finals %+v", all)
		}
	}
}

// What comes to two aggregators at once is stored by one of them, and the other knows that it was not.
func TestTwoAggregatorsStoreAnAnswerOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	for range 20 {
		a, b := accept(t, d, 10*time.Second, 0), accept(t, d, 10*time.Second, 0)
		merge(t, d, answer(b, "genres")) // one of them is answered in part
		var wg sync.WaitGroup
		var stored [2]int
		for i := range stored {
			wg.Go(func() {
				standings, err := d.Merge(t.Context(), []recommend.Answer{answer(a, "genres"), answer(a, "history"), answer(b, "genres"), answer(b, "history")})
				if err != nil {
					t.Error(err)
				}
				for _, s := range standings {
					if !s.Final() || len(s.Answers) != 2 {
						t.Errorf("two answers give %+v", s)
					}
					for _, answer := range s.Answers {
						if answer.Payload != nil {
							stored[i]++
						}
					}
				}
			})
		}
		wg.Wait()
		if stored[0]+stored[1] != 3 {
			t.Errorf("three answers that came twice were stored %v times", stored)
		}
	}
}

// An aggregator tries again until the ledger is back, but not what it will never take.
func TestMergeSaysWhatItRefusesForGood(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	req := accept(t, d, time.Hour, 0)
	for _, criterion := range []string{"gen\x00res", "gen\xffres"} {
		if _, err := d.Merge(t.Context(), []recommend.Answer{answer(req, criterion)}); !errors.Is(err, recommend.ErrRefused) {
			t.Errorf("an answer of %q: %v", criterion, err)
		}
	}
	_ = d.Close()
	if _, err := d.Merge(t.Context(), []recommend.Answer{answer(req, "genres")}); err == nil || errors.Is(err, recommend.ErrRefused) {
		t.Errorf("without a database: %v", err)
	}
}

func TestDeadlineClosesWithWhatHasCome(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	enough, tooLittle, none := accept(t, d, 50*time.Millisecond, 0), accept(t, d, 50*time.Millisecond, 50), accept(t, d, 50*time.Millisecond, 0)
	open := accept(t, d, time.Hour, 0)
	merge(t, d, answer(enough, "history"), answer(tooLittle, "genres"))
	untilDue(t, d, none)

	standings, err := d.CloseDue(t.Context(), nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	final := map[recommend.RequestID]bool{}
	for _, s := range standings {
		final[s.ID] = s.Final()
	}
	if want := map[recommend.RequestID]bool{enough.ID: true, tooLittle.ID: false, none.ID: false}; !maps.Equal(final, want) {
		t.Fatalf("closed %v, want %v", final, want)
	}
	late := merge(t, d, answer(enough, "genres"))
	if late[0].Sequence != 2 || len(late[0].Answers) != 1 {
		t.Errorf("a late answer changes the final: %+v", late[0])
	}
	trail, err := d.Trail(t.Context(), enough.ID)
	if err != nil || len(trail.Answers) != 2 {
		t.Errorf("the late answer was not kept: %+v, %v", trail, err)
	}
	long := answer(open, "history")
	long.Payload = bytes.Repeat([]byte{7}, 4*recommend.ResultHead)
	merge(t, d, long)
	if trail, err = d.Trail(t.Context(), open.ID); err != nil || len(trail.Answers[0].Payload) != recommend.ResultHead {
		t.Errorf("a trail reads more than the heads of payloads: %v", err)
	}
	rung := recommend.Answer{Request: none.ID, Criterion: recommend.LadderPopular, Scored: true, Payload: []byte{1}}
	closed, err := d.CloseWith(t.Context(), []recommend.Answer{rung})
	if err != nil || !closed[0].Final() || closed[0].Answers[0].Criterion != recommend.LadderPopular {
		t.Errorf("closed from the ladder: %+v, %v", closed, err)
	}
	if s, err := d.Standings(t.Context(), []recommend.RequestID{open.ID}); err != nil || s[0].Final() {
		t.Errorf("a request before its deadline was closed: %+v, %v", s, err)
	}
}

func TestFailedCriterionClosesBeforeTheDeadline(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	req := accept(t, d, time.Hour, 0)
	failed := answer(req, "genres")
	failed.Scored = false
	standings := merge(t, d, answer(req, "history"), failed)
	if standings[0].Final() || !standings[0].Complete() || standings[0].Coverage() != 75 {
		t.Fatalf("with one criterion failed: %+v", standings[0])
	}
	closed, err := d.CloseDue(t.Context(), []recommend.RequestID{req.ID}, 10)
	if err != nil || len(closed) != 1 || !closed[0].Final() {
		t.Errorf("closed %+v, %v", closed, err)
	}
}

func TestRelayClaimsWhatNobodyAnswered(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	answered, lost, short := accept(t, d, time.Hour, 0), accept(t, d, time.Hour, 0), accept(t, d, 100*time.Millisecond, 0)
	merge(t, d, answer(answered, "genres"))
	if fresh, err := d.Unanswered(t.Context(), 10); err != nil || len(fresh) != 0 {
		t.Fatalf("fresh requests are claimed: %+v, %v", fresh, err)
	}
	half := *short
	half.Deadline = lost.ID.Time().Add(510 * time.Millisecond)
	untilDue(t, d, &half)
	var claimed [2][]recommend.Standing
	var wg sync.WaitGroup
	for i := range claimed {
		wg.Go(func() {
			var err error
			if claimed[i], err = d.Unanswered(t.Context(), 10); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all := slices.Concat(claimed[0], claimed[1])
	if len(all) != 1 || all[0].ID != lost.ID {
		t.Errorf("two relays claim %+v, want %s once", all, lost.ID)
	}
}

// TestRelayMakesUpForNoOutage claims a request of more than a second once, not as often as it could have been.
func TestRelayMakesUpForNoOutage(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	req := accept(t, d, time.Hour, 0)
	late := *req
	late.Deadline = req.ID.Time().Add(1010 * time.Millisecond)
	untilDue(t, d, &late)
	for _, want := range []int{1, 0} {
		if claimed, err := d.Unanswered(t.Context(), 10); err != nil || len(claimed) != want {
			t.Errorf("claimed %+v, %v; want %d", claimed, err, want)
		}
	}
}

func TestAttachMovesARequestToAnotherReplica(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	req := accept(t, d, time.Hour, 0)
	if s, err := d.Attach(t.Context(), req.ID, "b"); err != nil || s.Replica != "b" {
		t.Fatalf("attached: %+v, %v", s, err)
	}
	if s := merge(t, d, answer(req, "genres")); s[0].Replica != "b" {
		t.Errorf("updates go to %q", s[0].Replica)
	}
	if _, err := d.Attach(t.Context(), recommend.RequestID{9}, "b"); !errors.Is(err, recommend.ErrNotFound) {
		t.Errorf("attach to no request: %v", err)
	}
}

// TestRequestsBeforeTheFirstPartitionMoveIntoIt accepts requests while nobody has made partitions yet, as an API does that
// starts before the first aggregator, and goes on while they are made.
func TestRequestsBeforeTheFirstPartitionMoveIntoIt(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	early := accept(t, d, time.Hour, 0)
	merge(t, d, answer(early, "history"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				req := accept(t, d, time.Hour, 0)
				for _, criterion := range []string{"history", "genres"} {
					if s := merge(t, d, answer(req, criterion)); len(s) != 1 {
						t.Errorf("a request is nowhere: %+v", s)
					}
				}
			}
		})
	}
	if _, err := d.Maintain(t.Context(), 7*24*time.Hour); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if s := merge(t, d, answer(early, "genres")); len(s) != 1 || !s[0].Final() || len(s[0].Answers) != 2 {
		t.Errorf("a request that moved gives %+v", s)
	}
	var left, open int
	if err := d.GetContext(t.Context(), &left, `SELECT count(*) FROM requests_default`); err != nil || left != 0 {
		t.Errorf("%d requests of today stay in the default partition, %v", left, err)
	}
	if err := d.GetContext(t.Context(), &open, `SELECT count(*) FROM requests WHERE final_at IS NULL`); err != nil || open != 0 {
		t.Errorf("%d requests lost answers, %v", open, err)
	}
}

func TestOldPartitionsAreDroppedWhole(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	if dropped, err := d.Maintain(t.Context(), 7*24*time.Hour); err != nil || len(dropped) != 0 {
		t.Fatalf("dropped %v, %v", dropped, err)
	}
	req := accept(t, d, time.Hour, 0)
	var where string
	if err := d.GetContext(t.Context(), &where, `SELECT tableoid::regclass::text FROM requests WHERE id = $1`, req.ID); err != nil {
		t.Fatal(err)
	}
	if want := "requests_" + req.ID.Time().UTC().Format("20060102"); where != want {
		t.Errorf("a request of today lies in %s, want %s", where, want)
	}
	dropped, err := d.Maintain(t.Context(), -48*time.Hour)
	if err != nil || !slices.Contains(dropped, where) {
		t.Fatalf("dropped %v, %v; want %s among them", dropped, err, where)
	}
	if s, err := d.Standings(t.Context(), []recommend.RequestID{req.ID}); err != nil || len(s) != 0 {
		t.Errorf("the old request is still there: %+v, %v", s, err)
	}
}
