package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"webflix/db/grouplens"
)

// ImportOptions changes what Import does. The zero value is the careful choice.
type ImportOptions struct {
	Replace     bool           // take the place of another GroupLens data set
	KeepDemo    bool           // leave our own catalogue and its people beside the data set
	SkipBadRows bool           // import the good rows of a file that has bad ones
	Limit       int64          // most bytes that the data set may unpack to; 0: grouplens.DefaultLimit
	Progress    func(Progress) // called a few times a second at most, by the goroutine that imports; nil: never
}

// ImportReport says what an import did.
type ImportReport struct {
	Dataset    string
	Movies     int64 // in the data set
	Users      int64
	Watches    int64    // without Duplicates
	Changed    int64    // watches that were not there before, or only older
	Duplicates int64    // ratings of a film that the same person rated again later in the data set; the newest counts
	Skipped    int64    // bad rows
	BadRows    []string // the first of them: file:line: reason
	Removed    []string // data sets that made room
	Took       time.Duration
}

// maxBadRows is how many bad rows a report lists.
const maxBadRows = 20

// ErrOtherDataset is the error of an import while another data set is there: the same numbers would be other people.
var ErrOtherDataset = errors.New("another data set is imported")

// Import reads a GroupLens data set, a zip or a folder, into the catalogue, in one transaction: all of it, or nothing. It may
// be run again: watches that are as new or newer stay, and those that people removed do not come back. It removes our own catalogue with its invented people unless it is
// told to keep them; what local people saw of it goes over to the same films of the data set. The error of a malformed row
// is a *grouplens.RowError.
func (db *DB) Import(ctx context.Context, path string, o ImportOptions) (ImportReport, error) {
	start := time.Now()
	data, err := grouplens.Open(path, o.Limit)
	if err != nil {
		return ImportReport{}, err
	}
	defer func() { _ = data.Close() }() // it was only read
	if data.Name == DemoDataset || data.Name == LocalDataset {
		return ImportReport{}, fmt.Errorf("import %s: Webflix itself uses that name; rename the folder", data.Name)
	}
	in := importer{data: data, options: o, report: ImportReport{Dataset: data.Name}}
	// The transaction is not ctx's, for none can be rolled back in the middle of a COPY; every statement in it is.
	err = db.inTx(context.WithoutCancel(ctx), func(tx *sqlx.Tx) error { return in.run(ctx, tx) })
	if err != nil {
		return ImportReport{}, fmt.Errorf("import %s, of which nothing is kept: %w", data.Name, err)
	}
	in.report.Took = time.Since(start)
	return in.report, nil
}

// importer is one import.
type importer struct {
	data    *grouplens.DataSet
	options ImportOptions
	report  ImportReport
	told    time.Time // when Progress was called last
}

func (in *importer) run(ctx context.Context, tx *sqlx.Tx) error {
	if err := lockCatalogue(ctx, tx); err != nil {
		return err
	}
	replaced, err := in.replaces(ctx, tx)
	if err != nil {
		return err
	}
	if err := stage(ctx, tx); err != nil {
		return err
	}
	staged, err := in.read(ctx, tx)
	if err != nil {
		return err
	}
	if err := removeUsers(ctx, tx, replaced); err != nil {
		return err
	}
	if err := mergeMovies(ctx, tx, in.data.Name); err != nil {
		return err
	}
	if err := removeMovies(ctx, tx, replaced); err != nil {
		return err
	}
	in.report.Removed = replaced
	users, fresh, err := mergeUsers(ctx, tx, in.data.Name)
	if err != nil {
		return err
	}
	in.tell(StageStoring, 0, staged, true)
	watches, err := mergeWatches(ctx, tx, fresh == users, func(done int64) { in.tell(StageStoring, done, staged, true) })
	if err != nil {
		return err
	}
	in.report.Users, in.report.Watches, in.report.Changed = users, watches.Watches, watches.Changed
	in.report.Duplicates = staged - watches.Watches
	in.tell(StageCounting, 0, 1, true)
	if err := refreshStats(ctx, tx); err != nil {
		return err
	}
	if err := recordDataset(ctx, tx, in.data.Name, in.report.Movies, in.report.Users, in.report.Watches); err != nil {
		return err
	}
	if err := analyze(ctx, tx); err != nil {
		return err
	}
	in.tell(StageCounting, 1, 1, true)
	return nil
}

// replaces returns the data sets that make room for this one.
func (in *importer) replaces(ctx context.Context, tx *sqlx.Tx) ([]string, error) {
	var present []string
	err := tx.SelectContext(ctx, &present, `SELECT name FROM datasets WHERE name <> $1 ORDER BY name`, in.data.Name)
	if err != nil {
		return nil, fmt.Errorf("list the data sets: %w", err)
	}
	var replaced, others []string
	for _, name := range present {
		switch {
		case name != DemoDataset:
			replaced, others = append(replaced, name), append(others, name)
		case !in.options.KeepDemo:
			replaced = append(replaced, name)
		}
	}
	if len(others) > 0 && !in.options.Replace {
		return nil, fmt.Errorf("%w: %s, whose people have the same numbers and are others; --replace removes it",
			ErrOtherDataset, strings.Join(others, ", "))
	}
	return replaced, nil
}

// read copies the whole data set into the staging tables, and returns how many ratings it has.
func (in *importer) read(ctx context.Context, tx *sqlx.Tx) (int64, error) {
	movies, err := copyRows(ctx, tx, copyMovies, in.data.Movies(), (*copier).addMovie, in.accept)
	if err != nil {
		return 0, err
	}
	if _, err := copyRows(ctx, tx, copyUsers, in.data.People(), (*copier).addPerson, in.accept); err != nil {
		return 0, err
	}
	ratings, err := copyRows(ctx, tx, copyWatches, in.data.Ratings(), (*copier).addWatch, in.accept)
	if err != nil {
		return 0, err
	}
	if movies == 0 || ratings == 0 {
		return 0, fmt.Errorf("it has %d films and %d ratings, and %d bad rows", movies, ratings, in.report.Skipped)
	}
	in.report.Movies = movies
	return ratings, nil
}

// accept decides about a row's error: nil goes on to the next row.
func (in *importer) accept(err error) error {
	in.tell(StageReading, in.data.BytesRead(), in.data.Size(), false)
	if err == nil {
		return nil
	}
	var bad *grouplens.RowError
	if !in.options.SkipBadRows || !errors.As(err, &bad) {
		return err
	}
	in.report.Skipped++
	if len(in.report.BadRows) < maxBadRows {
		in.report.BadRows = append(in.report.BadRows, bad.Error())
	}
	return nil
}
