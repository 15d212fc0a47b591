package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"webflix/recommend"
)

// Names of data sets that are not imported.
const (
	DemoDataset  = "webflix" // our own catalogue and its invented people
	LocalDataset = "local"   // people made in the app
)

// lockCatalogue makes whoever changes the catalogue as a whole wait for each other, until the transaction ends.
func lockCatalogue(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(catalogueLock)); err != nil {
		return fmt.Errorf("wait for another import: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `SET LOCAL webflix.bulk = 'on'`); err != nil { // recordDataset revises everybody
		return fmt.Errorf("begin to change the catalogue: %w", err)
	}
	return nil
}

// stage makes the temporary tables that a data set is copied into before it is merged. They end with the transaction.
func stage(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `
		CREATE TEMPORARY TABLE import_movies (id integer, title text, year smallint, genres text[]) ON COMMIT DROP;
		CREATE TEMPORARY TABLE import_users (id bigint, name text) ON COMMIT DROP;
		CREATE TEMPORARY TABLE import_watches (user_id bigint, movie_id integer, rating real, at bigint) ON COMMIT DROP`)
	if err != nil {
		return fmt.Errorf("make the staging tables: %w", err)
	}
	return nil
}

// What is copied into the staging tables.
const (
	copyMovies  = `COPY import_movies (id, title, year, genres) FROM STDIN`
	copyUsers   = `COPY import_users (id, name) FROM STDIN`
	copyWatches = `COPY import_watches (user_id, movie_id, rating, at) FROM STDIN`
)

func (c *copier) addMovie(ctx context.Context, m recommend.Movie) error {
	return c.add(ctx, int64(m.ID), m.Title, int64(m.Year), pq.Array(list(m.Genres)))
}

func (c *copier) addUser(ctx context.Context, u recommend.User) error {
	return c.add(ctx, u.ID, u.Name)
}

// addPerson adds somebody of whom only the number is known.
func (c *copier) addPerson(ctx context.Context, id int64) error {
	return c.addUser(ctx, recommend.User{ID: id, Name: fmt.Sprintf("Person %d", id)})
}

func (c *copier) addWatch(ctx context.Context, r recommend.Rating) error {
	if r.Rating == 0 {
		return c.add(ctx, r.User, int64(r.Movie), nil, r.At)
	}
	return c.add(ctx, r.User, int64(r.Movie), float64(r.Rating), r.At)
}
