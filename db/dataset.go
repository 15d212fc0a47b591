package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// removeUsers removes the people of data sets, with all that they did.
func removeUsers(ctx context.Context, tx *sqlx.Tx, datasets []string) error {
	// At once, where the foreign key would go person by person.
	_, err := tx.ExecContext(ctx, `
		DELETE FROM watches w USING users u WHERE u.id = w.user_id AND u.dataset = ANY ($1)`, pq.Array(datasets))
	if err != nil {
		return fmt.Errorf("remove the watches of %v: %w", datasets, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM users WHERE dataset = ANY ($1)`, pq.Array(datasets)); err != nil {
		return fmt.Errorf("remove the people of %v: %w", datasets, err)
	}
	return nil
}

// removeMovies removes the films that are still of these data sets, and the data sets. What is left of people's watches and
// dismissals of them goes over to the staged film of the same title and year, where there is one.
func removeMovies(ctx context.Context, tx *sqlx.Tx, datasets []string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO watches (user_id, movie_id, watched_at, rating)
		SELECT DISTINCT ON (w.user_id, n.id) w.user_id, n.id, w.watched_at, w.rating
		FROM watches w JOIN movies m ON m.id = w.movie_id JOIN import_movies n ON n.title = m.title AND n.year = m.year
		WHERE m.dataset = ANY ($1) ORDER BY w.user_id, n.id, w.watched_at DESC
		ON CONFLICT (user_id, movie_id) DO NOTHING`, pq.Array(datasets))
	if err != nil {
		return fmt.Errorf("carry watches over: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO dismissals (user_id, movie_id, dismissed_at)
		SELECT d.user_id, n.id, d.dismissed_at
		FROM dismissals d JOIN movies m ON m.id = d.movie_id JOIN import_movies n ON n.title = m.title AND n.year = m.year
		WHERE m.dataset = ANY ($1)
		ON CONFLICT (user_id, movie_id) DO NOTHING`, pq.Array(datasets))
	if err != nil {
		return fmt.Errorf("carry dismissals over: %w", err)
	}
	for _, query := range []string{
		`DELETE FROM movies WHERE dataset = ANY ($1)`,
		`DELETE FROM datasets WHERE name = ANY ($1)`,
	} {
		if _, err := tx.ExecContext(ctx, query, pq.Array(datasets)); err != nil {
			return fmt.Errorf("remove the films of %v: %w", datasets, err)
		}
	}
	if _, err := tx.ExecContext(ctx, `
		DELETE FROM genres g WHERE NOT EXISTS (SELECT FROM movie_genres mg WHERE mg.genre_id = g.id)`); err != nil {
		return fmt.Errorf("remove genres without films: %w", err)
	}
	return nil
}

// recordDataset notes what a data set consists of, and that it was imported now. Everybody's history counts as changed.
func recordDataset(ctx context.Context, tx *sqlx.Tx, name string, movies, users, watches int64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO datasets (name, movies, users, watches) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE
		SET imported_at = now(), movies = excluded.movies, users = excluded.users, watches = excluded.watches`,
		name, movies, users, watches)
	if err != nil {
		return fmt.Errorf("record the data set: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE users SET revision = revision + 1`); err != nil {
		return fmt.Errorf("revise everybody: %w", err)
	}
	return nil
}

// analyze tells the planner what the tables are like now, in the transaction that changed them.
func analyze(ctx context.Context, tx *sqlx.Tx) error {
	if _, err := tx.ExecContext(ctx, `ANALYZE genres, movies, movie_genres, users, watches, movie_stats`); err != nil {
		return fmt.Errorf("analyze the catalogue: %w", err)
	}
	return nil
}
