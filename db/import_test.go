package db_test

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"webflix/db"
	"webflix/db/dbtest"
	"webflix/db/grouplens"
	"webflix/recommend"
)

// A data set in the layout of MovieLens, with films and ratings of our own.
const (
	moviesCSV = `movieId,title,genres
1,Toy Story (1995),Adventure|Animation|Children
2,"Matrix, The (1999)",Action|Sci-Fi
3,"Seven Samurai (Shichinin no samurai) (1954)",Action
4,Babylon 5,(no genres listed)
`
	ratingsCSV = `userId,movieId,rating,timestamp
1,1,4.0,1000000000
1,2,5.0,1000000060
2,2,3.5,1000000120
2,3,0.5,1015552000
2,3,4.5,1015552060
2,1,2.0,1000000000
`
)

// folder writes files into a folder of this name and returns its path.
func folder(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, body := range files {
		if err := os.WriteFile(filepath.Join(path, file), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// zipped writes files into a zip of this name and returns its path.
func zipped(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for file, body := range files {
		f, err := w.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustImport(t *testing.T, database *db.DB, path string, o db.ImportOptions) db.ImportReport {
	t.Helper()
	report, err := database.Import(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// value reads a single value.
func value[T any](t *testing.T, database *db.DB, query string, args ...any) T {
	t.Helper()
	var v T
	if err := database.GetContext(t.Context(), &v, query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

// contents are the rows of every table that an import writes, without when.
func contents(t *testing.T, database *db.DB) []string {
	t.Helper()
	var all []string
	for _, query := range []string{
		`SELECT 'movie ' || id || ' ' || title || ' ' || year || ' ' || dataset FROM movies ORDER BY id`,
		`SELECT 'genre ' || movie_id || ' ' || name FROM movie_genres JOIN genres ON genres.id = genre_id ORDER BY 1`,
		`SELECT 'user ' || id || ' ' || name || ' ' || dataset FROM users ORDER BY id`,
		`SELECT 'watch ' || user_id || ' ' || movie_id || ' ' || extract(epoch FROM watched_at)::bigint || ' ' || coalesce(rating, 0)
		 FROM watches ORDER BY user_id, movie_id`,
		`SELECT 'stats ' || movie_id || ' ' || watches || ' ' || coalesce(rating, 0) || ' ' || round(popular::numeric, 3)
		 FROM movie_stats ORDER BY movie_id`,
		`SELECT 'dataset ' || name || ' ' || movies || ' ' || users || ' ' || watches FROM datasets ORDER BY name`,
	} {
		var rows []string
		if err := database.SelectContext(t.Context(), &rows, query); err != nil {
			t.Fatal(err)
		}
		all = append(all, rows...)
	}
	return all
}

func TestImport(t *testing.T) {
	t.Parallel()
	want := []string{
		"movie 1 Toy Story 1995 small", "movie 2 The Matrix 1999 small", "movie 3 Seven Samurai 1954 small",
		"movie 4 Babylon 5 0 small",
		"genre 1 Adventure", "genre 1 Animation", "genre 1 Children", "genre 2 Action", "genre 2 Sci-Fi", "genre 3 Action",
		"user 1 Person 1 small", "user 2 Person 2 small",
		"watch 1 1 1000000000 4", "watch 1 2 1000000060 5", "watch 2 1 1000000000 2", "watch 2 2 1000000120 3.5",
		"watch 2 3 1015552060 4.5",
		// The newest watch is half a year, 180 days, after the others.
		"stats 1 2 3 1.000", "stats 2 2 4.25 1.000", "stats 3 1 4.5 1.000", "stats 4 0 0 0.000",
		"dataset small 4 2 5",
	}
	for name, path := range map[string]string{
		"folder": folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV, "README.txt": "x"}),
		"zip": zipped(t, "anything.zip", map[string]string{
			"small/movies.csv": moviesCSV, "small/ratings.csv": ratingsCSV, "__MACOSX/._movies.csv": "x",
		}),
		"flat zip": zipped(t, "small.zip", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := dbtest.Open(t)
			report := mustImport(t, database, path, db.ImportOptions{})
			report.Took = 0
			if want := (db.ImportReport{Dataset: "small", Movies: 4, Users: 2, Watches: 5, Changed: 5, Duplicates: 1}); !same(report, want) {
				t.Errorf("the report is %+v, want %+v", report, want)
			}
			if got := contents(t, database); !slices.Equal(got, want) {
				t.Errorf("there is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			again := mustImport(t, database, path, db.ImportOptions{})
			again.Took = 0
			if want := (db.ImportReport{Dataset: "small", Movies: 4, Users: 2, Watches: 5, Duplicates: 1}); !same(again, want) {
				t.Errorf("the second report is %+v, want %+v", again, want)
			}
			if got := contents(t, database); !slices.Equal(got, want) {
				t.Errorf("after the second import there is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func same(a, b db.ImportReport) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

func TestImportKeepsWhatWasRecordedSince(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	path := folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV})
	mustImport(t, database, path, db.ImportOptions{})

	live := []recommend.Watch{
		{Movie: 1, At: time.Unix(1_700_000_000, 0), Rating: 1}, // seen again
		{Movie: 2, At: time.Unix(1_000_000_060, 0), Rating: 2}, // only rated anew
		{Movie: 3, At: time.Unix(1_700_000_001, 0)},            // not in the data set
	}
	if err := database.Record(t.Context(), 1, live); err != nil {
		t.Fatal(err)
	}
	before := contents(t, database)
	report := mustImport(t, database, path, db.ImportOptions{})
	if report.Changed != 0 || report.Watches != 5 {
		t.Errorf("the report is %+v", report)
	}
	watches := func(rows []string) []string {
		return slices.DeleteFunc(rows, func(row string) bool { return !strings.HasPrefix(row, "watch") })
	}
	if after := watches(contents(t, database)); !slices.Equal(after, watches(before)) {
		t.Errorf("there is %v, want %v", after, watches(before))
	}
}

func TestImportBringsNothingBackThatWasRemoved(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	small := func(ratings string) string {
		return folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratings})
	}
	mustImport(t, database, small(ratingsCSV), db.ImportOptions{})
	if gone, err := database.Remove(t.Context(), 1, []int32{1, 2, 3}); err != nil || len(gone) != 2 {
		t.Fatalf("removed %v, %v", gone, err)
	}
	if report := mustImport(t, database, small(ratingsCSV), db.ImportOptions{}); report.Changed != 0 {
		t.Errorf("the import brought %d watches back", report.Changed)
	}
	// Seen again after all, in a newer data set and in the app.
	if err := database.Record(t.Context(), 1, []recommend.Watch{{Movie: 2, At: time.Unix(1_700_000_000, 0)}}); err != nil {
		t.Fatal(err)
	}
	mustImport(t, database, small(ratingsCSV+"1,1,1.0,1700000000\n"), db.ImportOptions{})
	histories, err := database.Histories(t.Context(), recommend.HistoryQuery{Users: []int64{1}, Limit: 10})
	if err != nil || histories[1].Total != 2 {
		t.Errorf("the history is %+v, %v", histories, err)
	}
}

func TestImportTakesOverWhatChanged(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	mustImport(t, database, folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}), db.ImportOptions{})
	report := mustImport(t, database, folder(t, "small", map[string]string{
		"movies.csv":  strings.Replace(moviesCSV, "Adventure|Animation|Children", "Comedy", 1) + "5,Five (2005),Drama\n",
		"ratings.csv": ratingsCSV + "1,1,3.0,1000000001\n3,5,3.0,1000000001\n",
	}), db.ImportOptions{})
	if report.Movies != 5 || report.Users != 3 || report.Watches != 6 || report.Changed != 2 || report.Duplicates != 2 {
		t.Errorf("the report is %+v", report)
	}
	got := contents(t, database)
	for _, want := range []string{
		"genre 1 Comedy", "movie 5 Five 2005 small", "watch 1 1 1000000001 3", "user 3 Person 3 small", "dataset small 5 3 6",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if slices.Contains(got, "genre 1 Animation") {
		t.Error("film 1 still has a genre that it lost")
	}
}

func TestBadRow(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	path := folder(t, "small", map[string]string{
		"movies.csv":  moviesCSV + "5,\"Five (2005),Drama\n",
		"ratings.csv": ratingsCSV + "1,5,4.0,1000000000\n1,3,6.0,1000000000\n1,3,3.0\n" + strings.Repeat("x\n", 30),
	})
	_, err := database.Import(t.Context(), path, db.ImportOptions{})
	var bad *grouplens.RowError
	if !errors.As(err, &bad) || bad.File != "small/movies.csv" || bad.Line != 6 {
		t.Errorf("the error is %v", err)
	}
	if got := contents(t, database); len(got) != 0 {
		t.Errorf("there is something: %v", got)
	}

	report := mustImport(t, database, path, db.ImportOptions{SkipBadRows: true})
	want := []string{
		"small/movies.csv:6: a quoted field does not end on its line",
		"small/ratings.csv:8: film 5 is not in movies.csv",
		`small/ratings.csv:9: the rating is "6.0", not 0.5 to 5`,
		"small/ratings.csv:10: the line has 3 fields, not 4 (userId,movieId,rating,timestamp)",
	}
	if report.Skipped != 34 || len(report.BadRows) != 20 || !slices.Equal(report.BadRows[:4], want) {
		t.Errorf("%d rows were skipped: %q", report.Skipped, report.BadRows)
	}
	if report.Movies != 4 || report.Watches != 5 {
		t.Errorf("the report is %+v", report)
	}
}

func TestNothingToImport(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	file := filepath.Join(t.TempDir(), "movies.csv")
	if err := os.WriteFile(file, []byte(moviesCSV), 0o600); err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(ratingsCSV, "\n")
	for _, test := range []struct {
		path, want string
		limit      int64
	}{
		{path: filepath.Join(t.TempDir(), "absent.zip"), want: "no such file"},
		{path: file, want: "neither a zip nor a folder"},
		{path: t.TempDir(), want: "neither movies.csv nor movies.dat"},
		{path: folder(t, "small", map[string]string{"movies.csv": moviesCSV}), want: "no ratings.csv beside its movies.csv"},
		{
			path: zipped(t, "x.zip", map[string]string{"a/movies.csv": moviesCSV, "b/movies.dat": "", "b/ratings.dat": ""}),
			want: "more than one data set: a/movies.csv, b/movies.dat",
		},
		{
			path: zipped(t, "x.zip", map[string]string{"a/movies.csv": moviesCSV, "a/ratings.csv": ratingsCSV, "../../b": "x"}),
			want: `an entry outside its folder: "../../b"`,
		},
		{
			path: folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": header}),
			want: "it has 4 films and 0 ratings",
		},
		{
			path: folder(t, "webflix", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}),
			want: "Webflix itself uses that name",
		},
		{
			path: folder(t, "a;b", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV}),
			want: `its folder's name "a;b"`,
		},
		{
			path: zipped(t, "small.zip", map[string]string{
				"movies.csv": moviesCSV, "ratings.csv": ratingsCSV + strings.Repeat("1,1,4.0,1000000000\n", 10_000),
			}),
			limit: 100_000, want: "it unpacks to more than 100000 bytes",
		},
	} {
		_, err := database.Import(t.Context(), test.path, db.ImportOptions{Limit: test.limit})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want one with %q", test.path, err, test.want)
		}
	}
	if got := contents(t, database); len(got) != 0 {
		t.Errorf("there is something: %v", got)
	}
}

func TestCancelledImportLeavesNothing(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	var ratings strings.Builder
	header, _, _ := strings.Cut(ratingsCSV, "\n")
	ratings.WriteString(header + "\n")
	for user := range 20_000 {
		fmt.Fprintf(&ratings, "%d,1,4.0,1000000000\n", user+1)
	}
	path := folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratings.String()})
	for _, stage := range []db.Stage{db.StageReading, db.StageStoring, db.StageCounting} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_, err := database.Import(ctx, path, db.ImportOptions{Progress: func(p db.Progress) {
			if p.Stage == stage {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) && (err == nil || !strings.Contains(err.Error(), "cancel")) {
			t.Errorf("cancelled while %s, the error is %v", stage, err)
		}
		if got := contents(t, database); len(got) != 0 {
			t.Errorf("cancelled while %s, there is something: %v", stage, got)
		}
	}
	mustImport(t, database, path, db.ImportOptions{})
}

func TestProgress(t *testing.T) {
	t.Parallel()
	database := dbtest.Open(t)
	path := folder(t, "small", map[string]string{"movies.csv": moviesCSV, "ratings.csv": ratingsCSV})
	var last db.Progress
	var stages []db.Stage
	mustImport(t, database, path, db.ImportOptions{Progress: func(p db.Progress) {
		if p.Stage != last.Stage {
			stages = append(stages, p.Stage)
		} else if p.Done < last.Done {
			t.Errorf("after %+v came %+v", last, p)
		}
		if p.Done > p.Total {
			t.Errorf("%+v is beyond the end", p)
		}
		last = p
	}})
	if want := []db.Stage{db.StageReading, db.StageStoring, db.StageCounting}; !slices.Equal(stages, want) || last.Done != last.Total {
		t.Errorf("the stages are %v, want %v; the last was %+v", stages, want, last)
	}
}
