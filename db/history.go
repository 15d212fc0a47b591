package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// watchRow is a watch as the table has it.
type watchRow struct {
	Movie  int32           `db:"movie_id"`
	At     time.Time       `db:"watched_at"`
	Rating sql.NullFloat64 `db:"rating"`
	Total  int             `db:"total"`
}

func (w *watchRow) watch() recommend.Watch {
	return recommend.Watch{Movie: w.Movie, At: w.At, Rating: float32(w.Rating.Float64)}
}

// History returns a page of a person's history, newest first.
func (db *DB) History(ctx context.Context, q recommend.HistoryQuery) (recommend.HistoryPage, error) {
	var rows []watchRow
	err := db.SelectContext(ctx, &rows, `
		SELECT movie_id, watched_at, rating, (SELECT count(*) FROM watches WHERE user_id = $1) AS total
		FROM watches WHERE user_id = $1
		ORDER BY watched_at DESC, movie_id OFFSET $2 LIMIT $3`, q.User, q.Offset, q.Limit+1)
	if err != nil {
		return recommend.HistoryPage{}, fmt.Errorf("read the history of user %d: %w", q.User, err)
	}
	page := recommend.HistoryPage{More: len(rows) > q.Limit}
	for i := range rows[:min(len(rows), q.Limit)] {
		page.Watches = append(page.Watches, rows[i].watch())
		page.Total = rows[i].Total
	}
	return page, nil
}

// Taste counts the genres and decades of a person's history.
func (db *DB) Taste(ctx context.Context, user int64) (recommend.Taste, error) {
	taste := recommend.Taste{}
	if err := db.GetContext(ctx, &taste.Watches, `SELECT count(*) FROM watches WHERE user_id = $1`, user); err != nil {
		return recommend.Taste{}, fmt.Errorf("count the watches of user %d: %w", user, err)
	}
	err := db.SelectContext(ctx, &taste.Genres, `
		SELECT g.name AS genre, count(*) AS count, count(*)::float8 / $2 AS share
		FROM watches w JOIN movie_genres mg ON mg.movie_id = w.movie_id JOIN genres g ON g.id = mg.genre_id
		WHERE w.user_id = $1 GROUP BY g.name ORDER BY count(*) DESC, g.name`, user, max(taste.Watches, 1))
	if err != nil {
		return recommend.Taste{}, fmt.Errorf("count the genres of user %d: %w", user, err)
	}
	err = db.SelectContext(ctx, &taste.Eras, `
		SELECT m.year / 10 * 10 AS decade, count(*) AS count, count(*)::float8 / $2 AS share
		FROM watches w JOIN movies m ON m.id = w.movie_id
		WHERE w.user_id = $1 AND m.year > 0 GROUP BY 1 ORDER BY 1`, user, max(taste.Watches, 1))
	if err != nil {
		return recommend.Taste{}, fmt.Errorf("count the eras of user %d: %w", user, err)
	}
	return taste, nil
}

// Opinions returns what the person did with each of the films, in their order.
func (db *DB) Opinions(ctx context.Context, user int64, movies []int32) ([]recommend.Opinion, error) {
	var rows []struct {
		Movie     int32           `db:"movie_id"`
		At        sql.NullTime    `db:"watched_at"`
		Rating    sql.NullFloat64 `db:"rating"`
		Dismissed bool            `db:"dismissed"`
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT movie_id, w.watched_at, w.rating, d.user_id IS NOT NULL AS dismissed
		FROM (SELECT * FROM watches WHERE user_id = $1 AND movie_id = ANY ($2)) w
		FULL JOIN (SELECT * FROM dismissals WHERE user_id = $1 AND movie_id = ANY ($2)) d USING (movie_id)`,
		user, pq.Array(movies))
	if err != nil {
		return nil, fmt.Errorf("read what user %d did with %d films: %w", user, len(movies), err)
	}
	of := make(map[int32]recommend.Opinion, len(rows))
	for _, r := range rows {
		of[r.Movie] = recommend.Opinion{WatchedAt: r.At.Time, Rating: float32(r.Rating.Float64), Dismissed: r.Dismissed}
	}
	opinions := make([]recommend.Opinion, len(movies))
	for i, m := range movies {
		opinions[i] = of[m]
		opinions[i].Movie = m
	}
	return opinions, nil
}

// Record records that the person saw films: all of them, or none. A film seen again takes the new time, and the new rating
// if there is one. Unknown people and films are recommend.ErrNotFound.
func (db *DB) Record(ctx context.Context, user int64, watches []recommend.Watch) error {
	movies := make([]int32, len(watches))
	times := make([]time.Time, len(watches))
	ratings := make([]float32, len(watches))
	for i, w := range watches {
		movies[i], times[i], ratings[i] = w.Movie, w.At, w.Rating
	}
	_, err := db.ExecContext(ctx, `
		INSERT INTO watches (user_id, movie_id, watched_at, rating)
		SELECT DISTINCT ON (movie_id) $1::bigint, movie_id, watched_at, nullif(rating, 0)
		FROM unnest($2::integer[], $3::timestamptz[], $4::real[]) AS n (movie_id, watched_at, rating)
		ORDER BY movie_id, watched_at DESC
		ON CONFLICT (user_id, movie_id) DO UPDATE
		SET watched_at = excluded.watched_at, rating = coalesce(excluded.rating, watches.rating)`,
		user, pq.Array(movies), pq.Array(times), pq.Array(ratings))
	if err != nil {
		return fmt.Errorf("record %d watches of user %d: %w", len(watches), user, notFound(err))
	}
	return nil
}

// Remove takes films out of the person's history and returns what was there. Importing the person's data set again does not
// bring it back.
func (db *DB) Remove(ctx context.Context, user int64, movies []int32) ([]recommend.Watch, error) {
	var rows []watchRow
	err := db.SelectContext(ctx, &rows, `
		WITH gone AS (
			DELETE FROM watches WHERE user_id = $1 AND movie_id = ANY ($2)
			RETURNING movie_id, watched_at, rating
		), noted AS (
			INSERT INTO removals (user_id, movie_id, watched_at)
			SELECT $1, movie_id, watched_at FROM gone WHERE EXISTS (SELECT FROM users WHERE id = $1 AND dataset <> $3)
			ON CONFLICT (user_id, movie_id) DO UPDATE SET watched_at = greatest(removals.watched_at, excluded.watched_at)
		)
		SELECT movie_id, watched_at, rating FROM gone`, user, pq.Array(movies), LocalDataset)
	if err != nil {
		return nil, fmt.Errorf("remove %d watches of user %d: %w", len(movies), user, err)
	}
	removed := make([]recommend.Watch, len(rows))
	for i := range rows {
		removed[i] = rows[i].watch()
	}
	return removed, nil
}

// Dismiss notes that a film is not for the person. Unknown people and films are recommend.ErrNotFound.
func (db *DB) Dismiss(ctx context.Context, user int64, movie int32) error {
	_, err := db.ExecContext(ctx, `
		INSERT INTO dismissals (user_id, movie_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, user, movie)
	if err != nil {
		return fmt.Errorf("dismiss film %d for user %d: %w", movie, user, notFound(err))
	}
	return nil
}

// Restore takes a dismissal back; there need not be one.
func (db *DB) Restore(ctx context.Context, user int64, movie int32) error {
	if _, err := db.ExecContext(ctx, `DELETE FROM dismissals WHERE user_id = $1 AND movie_id = $2`, user, movie); err != nil {
		return fmt.Errorf("restore film %d for user %d: %w", movie, user, err)
	}
	return nil
}

// Dismissed returns the films that the person dismissed, latest first.
func (db *DB) Dismissed(ctx context.Context, user int64, limit int) ([]int32, error) {
	var movies []int32
	err := db.SelectContext(ctx, &movies, `
		SELECT movie_id FROM dismissals WHERE user_id = $1 ORDER BY dismissed_at DESC, movie_id LIMIT $2`, user, limit)
	if err != nil {
		return nil, fmt.Errorf("read the films that user %d dismissed: %w", user, err)
	}
	return movies, nil
}

// notFound adds recommend.ErrNotFound to the error of a foreign key that points nowhere.
func notFound(err error) error {
	if e := (*pq.Error)(nil); errors.As(err, &e) && e.Code.Name() == "foreign_key_violation" {
		return errors.Join(recommend.ErrNotFound, err)
	}
	return err
}
