package queue

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"webflix/recommend"
)

var update = flag.Bool("update", false, "write the golden files anew") //nolint:gochecknoglobals // a test's flag

func moment(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.Local()
}

func sampleID() recommend.RequestID {
	id, err := recommend.ParseRequestID("01934f6a-7c00-7abc-8def-0123456789ab")
	if err != nil {
		panic(err)
	}
	return id
}

func sampleTask() *recommend.Task {
	return &recommend.Task{
		Request: sampleID(), Criterion: "history", User: 42,
		At: moment("2026-11-23T10:00:00.123456Z"), Deadline: moment("2026-11-23T10:00:01.123456Z"),
		Published: moment("2026-11-23T10:00:00.125Z"),
		History: []recommend.Watch{
			{Movie: 541, At: moment("2026-11-22T20:00:00Z"), Rating: 4.5},
			{Movie: 2571, At: moment("2026-11-20T20:00:00Z")},
			{Movie: 10_000_003, At: moment("2024-02-29T00:00:00Z"), Rating: 0.5},
		},
		Exclude: []int32{3, 77, 10_000_001},
		Filter: recommend.Filter{
			Genres: []string{"Sci-Fi"}, WithoutGenres: []string{"Horror", "War"}, FromYear: 1970, ToYear: 1999,
			MinRating: 3.5, IncludeSeen: true,
		},
		Limit: 300, Model: 7, Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

func sampleResult() *recommend.Result {
	return &recommend.Result{
		Request: sampleID(), Criterion: "community", Status: recommend.StatusDone, Degraded: recommend.DegradedStaleModel,
		Model: 7, Published: moment("2026-11-23T10:00:00.125Z"), Wait: 1500 * time.Microsecond, Work: 700 * time.Microsecond,
		Worker: "worker-3", Floor: -0.25,
		Candidates: []recommend.Candidate{
			{Movie: 1748, Score: 4.25}, {Movie: 32, Score: 3.125},
		},
		Evidence: recommend.Explained{
			{{Movie: 541, Share: 2.5}, {Label: "people nearest to you", Share: 1.75, Count: 38, Of: 50}},
		},
	}
}

// readResult decodes a result, and its evidence with it.
func readResult(body []byte) (*recommend.Result, error) {
	r, err := DecodeResult(body)
	if err != nil {
		return nil, err
	}
	return explained(r), nil
}

// explained returns a result whose evidence has been read.
func explained(r *recommend.Result) *recommend.Result {
	own := *r
	if r.Evidence == nil {
		return &own
	}
	var all recommend.Explained
	for i := range r.Candidates {
		if list := r.Evidence.AppendOf(nil, i); list != nil {
			all = append(all, make(recommend.Explained, i-len(all))...)
			all = append(all, list)
		}
	}
	own.Evidence = all
	return &own
}

func sampleUpdate() *recommend.Update {
	return &recommend.Update{
		Request: sampleID(), User: 42, Sequence: 3, Final: true, Took: 12 * time.Millisecond,
		Coverage: recommend.Coverage{Percent: 62.5, Succeeded: 2, Failed: 1, TimedOut: 1},
		Degraded: []recommend.Degradation{recommend.DegradedDeadline, recommend.DegradedWorkerError},
		Criteria: []recommend.CriterionState{
			{Criterion: "history", Status: recommend.StatusDone, Weight: 1, Wait: 1000, Work: 2000, Model: 7, Worker: "w"},
			{Criterion: "genres", Status: recommend.StatusTimedOut, Weight: 0.25},
		},
		Picks: []recommend.Pick{{Movie: 1748, Score: 5.5, Shares: []recommend.Share{
			{Criterion: "history", Score: 5.5, Evidence: []recommend.Evidence{{Movie: 541, Share: 2}}},
		}}},
	}
}

func sampleBundle() []Message {
	return []Message{
		{Type: typeResult1, CorrelationID: "a", Trace: "00-1-1-01", Published: moment("2026-11-23T10:00:00.125Z"), Body: []byte("scores of a")},
		{Type: typeResult1, CorrelationID: "b", Body: []byte("scores of b")},
	}
}

func unbundle(m Message) ([]Message, error) {
	opened, err := Unbundle(&m)
	if err != nil {
		return nil, err
	}
	var msgs []Message
	for _, m := range opened {
		msgs = append(msgs, *m)
	}
	return msgs, nil
}

// The golden files are each version as it was first sent: a message that waited in a queue over an upgrade must still be read.
func TestWireFormStaysReadable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file   string
		value  any
		encode func() []byte
		decode func([]byte) (any, error)
	}{
		{
			"task-2.bin", sampleTask(),
			func() []byte {
				task := sampleTask()
				return EncodeTaskOf(task, Pack(&recommend.Profile{History: task.History, Exclude: task.Exclude}), []string{"genres", "history"})
			},
			func(b []byte) (any, error) { return DecodeTask(b, "history") },
		},
		{
			"bundle-1.bin", sampleBundle(),
			func() []byte { m := Bundle(sampleBundle()); return m.Body },
			func(b []byte) (any, error) { return unbundle(Message{Type: TypeBundle, Body: b}) },
		},
		{
			"result-2.bin", sampleResult(),
			func() []byte { return EncodeResult(sampleResult()) },
			func(b []byte) (any, error) { return readResult(b) },
		},
		{
			"update-1.bin", sampleUpdate(),
			func() []byte { return EncodeUpdate(sampleUpdate()) },
			func(b []byte) (any, error) { return DecodeUpdate(b) },
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata", c.file)
			if *update {
				if err := os.WriteFile(path, c.encode(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.encode(); !bytes.Equal(got, golden) {
				t.Errorf("encoded as\n%x\nwant\n%x", got, golden)
			}
			got, err := c.decode(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.value) {
				t.Errorf("decoded\n%+v\nwant\n%+v", got, c.value)
			}
			if _, err := c.decode(append(bytes.Clone(golden), 1, 2, 3)); err != nil {
				t.Errorf("a field that a later version adds at the end is not passed over: %v", err)
			}
			for n := range len(golden) {
				if _, err := c.decode(golden[:n]); err == nil {
					t.Fatalf("the first %d of %d bytes are taken for a whole message", n, len(golden))
				}
			}
		})
	}
}

func TestWireSortsExclusions(t *testing.T) {
	t.Parallel()
	task := sampleTask()
	task.Exclude = []int32{9, 3, 7}
	got, err := DecodeTask(EncodeTask(task), task.Criterion)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int32{3, 7, 9}; !reflect.DeepEqual(got.Exclude, want) {
		t.Errorf("exclusions arrive as %v, want %v", got.Exclude, want)
	}
}

func TestTasksOfTheVersionBeforeAreRead(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "task-1.bin"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := OpenTask("task/1", golden, "history")
	if err != nil {
		t.Fatal(err)
	}
	if got := sealed.Unseal(); !reflect.DeepEqual(got, sampleTask()) {
		t.Errorf("decoded\n%+v\nwant\n%+v", got, sampleTask())
	}
}

func TestResultsOfTheVersionBeforeAreRead(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("testdata", "result-1.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readResult(golden); err != nil || !reflect.DeepEqual(got, sampleResult()) {
		t.Errorf("decoded\n%+v, %v, want\n%+v", got, err, sampleResult())
	}
	head, err := DecodeResultHead(golden)
	if err != nil || head.Criterion != sampleResult().Criterion || head.Worker != sampleResult().Worker {
		t.Errorf("the head is %+v, %v", head, err)
	}
	if !IsResult("result/1") || !IsResult(TypeResult) || IsResult(TypeTask) {
		t.Error("the wrong types are results")
	}
}

// What is rounded must change no ranking that anybody would notice: scores by a thousandth of their range at the most, whatever it is,
// and their order not at all.
func TestResultsAreRoundedALittle(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(i int) float32{
		"as a criterion's": func(i int) float32 { return 8 / float32(i+1) },
		"below zero":       func(i int) float32 { return -1e-6 * float32(i) },
		"all alike":        func(int) float32 { return 0.1 },
		"in no order":      func(i int) float32 { return float32(i*i%7) - 3 },
		"enormous":         func(i int) float32 { return math.MaxFloat32 - math.MaxFloat32/300*float32(i) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := recommend.Result{Criterion: "genres", Floor: -0.1, Candidates: make([]recommend.Candidate, 300)}
			explained := make(recommend.Explained, 60)
			sent.Evidence = explained
			low, high := of(0), of(0)
			for i := range sent.Candidates {
				score := of(i)
				low, high = min(low, score), max(high, score)
				sent.Candidates[i] = recommend.Candidate{Movie: int32(i * 13), Score: score}
				if i < len(explained) {
					explained[i] = []recommend.Evidence{{Movie: 7, Share: score / 3}}
				}
			}
			got, err := DecodeResult(EncodeResult(&sent))
			if err != nil {
				t.Fatal(err)
			}
			most := (float64(high)-float64(low))/(2*scoreSteps) + math.Max(math.Abs(float64(low)), math.Abs(float64(high)))*1e-7
			for i, c := range got.Candidates {
				want := sent.Candidates[i]
				if c.Movie != want.Movie || math.Abs(float64(c.Score)-float64(want.Score)) > most {
					t.Fatalf("film %d with %v arrives as film %d with %v", want.Movie, want.Score, c.Movie, c.Score)
				}
				if i > 0 && (want.Score-sent.Candidates[i-1].Score)*(c.Score-got.Candidates[i-1].Score) < 0 {
					t.Errorf("film %d changes places with the one before it", want.Movie)
				}
				evidence := got.Evidence.AppendOf(nil, i)
				if i < len(explained) != (len(evidence) == 1) {
					t.Fatalf("film %d arrives with %d pieces of evidence", want.Movie, len(evidence))
				}
				for _, e := range evidence {
					share := float64(explained[i][0].Share)
					if e.Movie != 7 || math.Abs(float64(e.Share)-share) > math.Abs(share)/256 {
						t.Errorf("a share of %v arrives as %v", share, e.Share)
					}
				}
			}
		})
	}
}

func TestEvidenceStaysWithItsCandidate(t *testing.T) {
	t.Parallel()
	sent := recommend.Result{
		Criterion:  "genres",
		Candidates: []recommend.Candidate{{Movie: 1, Score: 3}, {Movie: 2, Score: 2}, {Movie: 3, Score: 1}},
		Evidence:   recommend.Explained{nil, {{Movie: 9, Share: 1}, {Label: "Drama", Share: 0.5}}},
	}
	got, err := readResult(EncodeResult(&sent))
	if err != nil || !reflect.DeepEqual(got.Evidence, sent.Evidence) {
		t.Errorf("evidence %v arrives as %v, %v", sent.Evidence, got.Evidence, err)
	}
}

func TestResultsThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(e *encoder){
		"a score above the highest": func(e *encoder) {
			e.uint(1)
			e.float32(0)
			e.float32(1)
			e.uint(7)
			e.int(-1)
			e.uint(0)
		},
		"a score below the lowest": func(e *encoder) {
			e.uint(1)
			e.float32(0)
			e.float32(1)
			e.uint(7)
			e.int(scoreSteps + 1)
			e.uint(0)
		},
		"a score that wraps around": func(e *encoder) {
			e.uint(1)
			e.float32(0)
			e.float32(1)
			e.uint(7)
			e.int(math.MinInt64)
			e.uint(0)
		},
		"evidence of nobody": func(e *encoder) { e.uint(0); e.uint(1); e.uint(0) },
		"far too much evidence": func(e *encoder) {
			e.uint(1)
			e.float32(0)
			e.float32(1)
			e.uint(7)
			e.int(0)
			e.uint(1)
			e.uint(mostPieces + 1)
			for range mostPieces + 1 {
				e.piece(&recommend.Evidence{Movie: 1, Share: 1})
			}
		},
	} {
		e := encoder{}
		e.float32(0)
		write(&e)
		if got, err := DecodeResult(EncodeResultOf(sampleResult(), &Scores{body: e.b})); err == nil {
			t.Errorf("%s is read: %+v", name, got)
		}
	}
}

func TestNumbersArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8192, -8193, 16383, 16384, math.MaxInt64, math.MinInt64} {
		e := encoder{}
		e.int(v)
		e.uint(uint64(v))
		d := decoder{b: e.b}
		if got, unsigned := d.int(), d.uint(); got != v || unsigned != uint64(v) || d.err != nil || len(d.b) > 0 {
			t.Errorf("%d arrives as %d and %d, %v, with %d bytes left", v, got, unsigned, d.err, len(d.b))
		}
		for n := range len(e.b) {
			cut := decoder{b: e.b[:n]}
			if cut.int(); cut.err == nil {
				cut.uint()
			}
			if cut.err == nil {
				t.Errorf("%d is read from the first %d of %d bytes", v, n, len(e.b))
			}
		}
	}
}

func TestWhatIsNoScoreIsRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []float32{float32(math.NaN()), math.Float32frombits(0x7fffffff), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for i, scored := range []recommend.Result{
			{Floor: bad},
			{Candidates: []recommend.Candidate{{Movie: 1, Score: 1}, {Movie: 2, Score: bad}}},
			{Candidates: []recommend.Candidate{{Movie: 1, Score: 1}}, Evidence: recommend.Explained{{{Movie: 2, Share: bad}}}},
		} {
			scored.Criterion = "genres"
			if got, err := DecodeResult(EncodeResult(&scored)); err == nil {
				t.Errorf("%v in place %d is read: %+v", bad, i, got)
			}
		}
	}
}

// The ledger takes not every text: a result that it refuses would hold up those that are merged with it.
func TestResultsAreOfNamedCriteria(t *testing.T) {
	t.Parallel()
	for name, is := range map[string]bool{
		"genres": true, "last-known": true, "a.newer_one2": true, strings.Repeat("a", 64): true,
		"": false, "gen\x00res": false, "gen\xffres": false, "Genres": false, "gen res": false, strings.Repeat("a", 65): false,
	} {
		body := EncodeResult(&recommend.Result{Criterion: name})
		if _, err := DecodeResult(body); (err == nil) != is {
			t.Errorf("a result of %q: %v", name, err)
		}
		if _, err := DecodeResultHead(body); (err == nil) != is {
			t.Errorf("the head of a result of %q: %v", name, err)
		}
	}
}

func TestTaskIsForThoseItNames(t *testing.T) {
	t.Parallel()
	body := EncodeTaskOf(sampleTask(), Pack(&recommend.Profile{}), []string{"genres", "history"})
	for criterion, ours := range map[string]bool{"genres": true, "history": true, "gen": false, "": false} {
		if _, err := OpenTask(TypeTask, body, criterion); (err == nil) != ours {
			t.Errorf("a task of genres and history is opened by %q: %v", criterion, err)
		}
	}
}

func TestOneMessageNeedsNoBundle(t *testing.T) {
	t.Parallel()
	alone := sampleBundle()[0]
	if got := Bundle([]Message{alone}); !reflect.DeepEqual(got, alone) {
		t.Errorf("a message alone becomes %+v", got)
	}
	if got, err := unbundle(alone); err != nil || !reflect.DeepEqual(got, []Message{alone}) {
		t.Errorf("a message that is no bundle holds %+v, %v", got, err)
	}
}

func FuzzUnbundle(f *testing.F) {
	f.Add(Bundle(sampleBundle()).Body)
	f.Fuzz(func(t *testing.T, b []byte) {
		opened, err := Unbundle(&Message{Type: TypeBundle, Body: b})
		if err != nil && len(opened) > 0 {
			t.Errorf("a bundle that cannot be read holds %d messages", len(opened))
		}
	})
}

func TestHeadOfAResult(t *testing.T) {
	t.Parallel()
	whole := sampleResult()
	whole.Worker = strings.Repeat("a-long-name.", 20)
	body := EncodeResult(whole)
	head, err := DecodeResultHead(body[:min(len(body), recommend.ResultHead)])
	if err != nil {
		t.Fatal(err)
	}
	want := *whole
	want.Floor, want.Candidates, want.Evidence = 0, nil, nil
	if !reflect.DeepEqual(*head, want) {
		t.Errorf("the head is %+v, want %+v", *head, want)
	}
	if _, err := DecodeResultHead(body[:20]); err == nil {
		t.Error("a part of a head was read")
	}
}

func FuzzDecodeTask(f *testing.F) {
	f.Add(EncodeTask(sampleTask()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if task, err := DecodeTask(b, "history"); err == nil {
			if _, err := DecodeTask(EncodeTask(task), "history"); err != nil {
				t.Errorf("what was decoded cannot be sent on: %v", err)
			}
		}
	})
}

func FuzzDecodeResult(f *testing.F) {
	f.Add(EncodeResult(sampleResult()))
	if golden, err := os.ReadFile(filepath.Join("testdata", "result-1.bin")); err == nil {
		f.Add(golden)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := DecodeResult(b); err == nil {
			if _, err := DecodeResult(EncodeResult(r)); err != nil {
				t.Errorf("what was decoded cannot be sent on: %v", err)
			}
		}
	})
}

func FuzzDecodeUpdate(f *testing.F) {
	f.Add(EncodeUpdate(sampleUpdate()))
	f.Fuzz(func(t *testing.T, b []byte) {
		if u, err := DecodeUpdate(b); err == nil {
			if _, err := DecodeUpdate(EncodeUpdate(u)); err != nil {
				t.Errorf("what was decoded cannot be sent on: %v", err)
			}
		}
	})
}
