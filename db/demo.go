package db

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"webflix/db/demo"
)

// LoadDemo fills an empty database with our own catalogue, and reports whether it did: a database with a single film in it is
// left alone. Processes that start at once may all call it.
func (db *DB) LoadDemo(ctx context.Context) (bool, error) {
	if empty, err := withoutFilms(ctx, db); err != nil || !empty {
		return false, err
	}
	var loaded bool
	// Not ctx's, for none can be rolled back in the middle of a COPY; every statement in it is.
	err := db.inTx(context.WithoutCancel(ctx), func(tx *sqlx.Tx) error {
		if err := lockCatalogue(ctx, tx); err != nil {
			return err
		}
		empty, err := withoutFilms(ctx, tx) // another process may have been here first
		if err != nil || !empty {
			return err
		}
		loaded = true
		return loadDemo(ctx, tx)
	})
	if err != nil {
		return false, fmt.Errorf("load the built-in catalogue: %w", err)
	}
	return loaded, nil
}

func withoutFilms(ctx context.Context, q sqlx.QueryerContext) (empty bool, err error) {
	if err := sqlx.GetContext(ctx, q, &empty, `SELECT NOT EXISTS (SELECT FROM movies)`); err != nil {
		return false, fmt.Errorf("look for films: %w", err)
	}
	return empty, nil
}

func loadDemo(ctx context.Context, tx *sqlx.Tx) error {
	var now time.Time
	if err := tx.GetContext(ctx, &now, `SELECT now()`); err != nil {
		return fmt.Errorf("read the database's clock: %w", err)
	}
	d, err := demo.New(now)
	if err != nil {
		return err
	}
	if err := stage(ctx, tx); err != nil {
		return err
	}
	if _, err := copyRows(ctx, tx, copyMovies, good(d.Movies), (*copier).addMovie, passOn); err != nil {
		return err
	}
	if _, err := copyRows(ctx, tx, copyUsers, good(d.Users), (*copier).addUser, passOn); err != nil {
		return err
	}
	if _, err := copyRows(ctx, tx, copyWatches, good(d.Watches), (*copier).addWatch, passOn); err != nil {
		return err
	}
	return mergeDemo(ctx, tx, d)
}

func mergeDemo(ctx context.Context, tx *sqlx.Tx, d *demo.Demo) error {
	if err := mergeMovies(ctx, tx, DemoDataset); err != nil {
		return err
	}
	users, fresh, err := mergeUsers(ctx, tx, DemoDataset)
	if err != nil {
		return err
	}
	watches, err := mergeWatches(ctx, tx, fresh == users, func(int64) {})
	if err != nil {
		return err
	}
	if err := refreshStats(ctx, tx); err != nil {
		return err
	}
	if err := recordDataset(ctx, tx, DemoDataset, int64(len(d.Movies)), users, watches.Watches); err != nil {
		return err
	}
	return analyze(ctx, tx)
}

// good yields rows without an error.
func good[Row any](rows []Row) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for row := range slices.Values(rows) {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// passOn accepts no bad row.
func passOn(err error) error { return err }
