package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// popularityHalfLife is after how many days a watch counts half for a film's popularity.
const popularityHalfLife = 180

// RefreshStats counts every film's watches, mean rating and popularity anew.
func (db *DB) RefreshStats(ctx context.Context) error {
	return db.inTx(ctx, func(tx *sqlx.Tx) error { return refreshStats(ctx, tx) })
}

// refreshStats gives every film a row. A watch's age counts back from the newest watch of all, so that an old data set has
// popular films too; beyond a hundred half-lives nothing is left that a real could hold.
func refreshStats(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `
		WITH newest AS (SELECT max(watched_at) AS at FROM watches),
		counted AS (
			SELECT w.movie_id, count(*) AS watches, avg(w.rating) AS rating,
			       sum(0.5 ^ least(extract(epoch FROM n.at - w.watched_at)::float8 / (86400.0 * $1), 100)) AS popular
			FROM watches w, newest n GROUP BY w.movie_id
		)
		INSERT INTO movie_stats (movie_id, watches, rating, popular)
		SELECT m.id, coalesce(c.watches, 0), c.rating, coalesce(c.popular, 0)
		FROM movies m LEFT JOIN counted c ON c.movie_id = m.id
		ON CONFLICT (movie_id) DO UPDATE
		SET watches = excluded.watches, rating = excluded.rating, popular = excluded.popular
		WHERE (movie_stats.watches, movie_stats.rating, movie_stats.popular)
		      IS DISTINCT FROM (excluded.watches, excluded.rating, excluded.popular)`, popularityHalfLife)
	if err != nil {
		return fmt.Errorf("count the films' figures: %w", err)
	}
	return nil
}
