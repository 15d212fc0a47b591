package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// watchRow is a watch as the table has it.
type watchRow struct {
	Movie  int32           `db:"movie_id"`
	At     time.Time       `db:"watched_at"`
	Rating sql.NullFloat64 `db:"rating"`
}

func (w *watchRow) watch() recommend.Watch {
	return recommend.Watch{Movie: w.Movie, At: w.At, Rating: float32(w.Rating.Float64)}
}

// Histories returns a page of each person's history, newest first.
func (db *DB) Histories(ctx context.Context, q recommend.HistoryQuery) (map[int64]recommend.HistoryPage, error) {
	var rows []struct {
		User   int64           `db:"user_id"`
		Movie  sql.NullInt32   `db:"movie_id"`
		At     sql.NullTime    `db:"watched_at"`
		Rating sql.NullFloat64 `db:"rating"`
		Total  int             `db:"total"`
	}
	err := db.SelectContext(ctx, &rows, `
		WITH people AS MATERIALIZED (
			SELECT user_id, (SELECT count(*) FROM watches w WHERE w.user_id = p.user_id) AS total
			FROM unnest($1::bigint[]) AS p (user_id))
		SELECT p.user_id, p.total, w.movie_id, w.watched_at, w.rating
		FROM people p LEFT JOIN LATERAL (
			SELECT movie_id, watched_at, rating FROM watches WHERE user_id = p.user_id
			ORDER BY watched_at DESC, movie_id OFFSET $2 LIMIT $3) w ON true
		ORDER BY p.user_id, w.watched_at DESC, w.movie_id`, pq.Array(q.Users), q.Offset, q.Limit+1)
	if err != nil {
		return nil, fmt.Errorf("read the histories of %d people: %w", len(q.Users), err)
	}
	pages := make(map[int64]recommend.HistoryPage, len(q.Users))
	for _, r := range rows {
		page := pages[r.User]
		page.Total = r.Total
		switch {
		case !r.Movie.Valid: // nothing on this page
		case len(page.Watches) == q.Limit:
			page.More = true
		default:
			page.Watches = append(page.Watches, recommend.Watch{Movie: r.Movie.Int32, At: r.At.Time, Rating: float32(r.Rating.Float64)})
		}
		pages[r.User] = page
	}
	return pages, nil
}

// Tastes counts the genres and decades of each person's history.
func (db *DB) Tastes(ctx context.Context, users []int64) (map[int64]recommend.Taste, error) {
	var counts []struct {
		User  int64 `db:"user_id"`
		Count int
	}
	var genres []struct {
		User int64 `db:"user_id"`
		recommend.GenreCount
	}
	var eras []struct {
		User int64 `db:"user_id"`
		recommend.EraCount
	}
	err := db.SelectContext(ctx, &counts, `
		SELECT user_id, count(*) AS count FROM watches WHERE user_id = ANY ($1) GROUP BY user_id`, pq.Array(users))
	if err == nil {
		err = db.SelectContext(ctx, &genres, `
			SELECT w.user_id, g.name AS genre, count(*) AS count
			FROM watches w JOIN movie_genres mg ON mg.movie_id = w.movie_id JOIN genres g ON g.id = mg.genre_id
			WHERE w.user_id = ANY ($1) GROUP BY w.user_id, g.name ORDER BY count(*) DESC, g.name`, pq.Array(users))
	}
	if err == nil {
		err = db.SelectContext(ctx, &eras, `
			SELECT w.user_id, m.year / 10 * 10 AS decade, count(*) AS count
			FROM watches w JOIN movies m ON m.id = w.movie_id
			WHERE w.user_id = ANY ($1) AND m.year > 0 GROUP BY w.user_id, 2 ORDER BY 2`, pq.Array(users))
	}
	if err != nil {
		return nil, fmt.Errorf("count what %d people watched: %w", len(users), err)
	}
	tastes := make(map[int64]recommend.Taste, len(users))
	for _, c := range counts {
		tastes[c.User] = recommend.Taste{Watches: c.Count}
	}
	for _, g := range genres {
		t := tastes[g.User]
		g.Share = float64(g.Count) / float64(max(t.Watches, 1))
		t.Genres = append(t.Genres, g.GenreCount)
		tastes[g.User] = t
	}
	for _, e := range eras {
		t := tastes[e.User]
		e.Share = float64(e.Count) / float64(max(t.Watches, 1))
		t.Eras = append(t.Eras, e.EraCount)
		tastes[e.User] = t
	}
	return tastes, nil
}

// Opinions returns what people did with films: for each person with each of theirs, in their order.
func (db *DB) Opinions(ctx context.Context, movies map[int64][]int32) (map[int64][]recommend.Opinion, error) {
	var users []int64
	var films []int32
	for user, of := range movies {
		users = append(users, slices.Repeat([]int64{user}, len(of))...)
		films = append(films, of...)
	}
	var rows []struct {
		User      int64           `db:"user_id"`
		Movie     int32           `db:"movie_id"`
		At        sql.NullTime    `db:"watched_at"`
		Rating    sql.NullFloat64 `db:"rating"`
		Dismissed bool            `db:"dismissed"`
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT user_id, movie_id, w.watched_at, w.rating, d.dismissed_at IS NOT NULL AS dismissed
		FROM unnest($1::bigint[], $2::integer[]) AS asked (user_id, movie_id)
		LEFT JOIN watches w USING (user_id, movie_id) LEFT JOIN dismissals d USING (user_id, movie_id)
		WHERE w.watched_at IS NOT NULL OR d.dismissed_at IS NOT NULL`, pq.Array(users), pq.Array(films))
	if err != nil {
		return nil, fmt.Errorf("read what %d people did with %d films: %w", len(movies), len(films), err)
	}
	type key struct {
		user  int64
		movie int32
	}
	known := make(map[key]recommend.Opinion, len(rows))
	for _, r := range rows {
		known[key{r.User, r.Movie}] = recommend.Opinion{WatchedAt: r.At.Time, Rating: float32(r.Rating.Float64), Dismissed: r.Dismissed}
	}
	opinions := make(map[int64][]recommend.Opinion, len(movies))
	for user, of := range movies {
		opinions[user] = make([]recommend.Opinion, len(of))
		for i, m := range of {
			opinions[user][i] = known[key{user, m}]
			opinions[user][i].Movie = m
		}
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

// Dismissed returns the films that each person dismissed, latest first, at most limit of each.
func (db *DB) Dismissed(ctx context.Context, users []int64, limit int) (map[int64][]int32, error) {
	var rows []struct {
		User  int64 `db:"user_id"`
		Movie int32 `db:"movie_id"`
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT p.user_id, d.movie_id
		FROM unnest($1::bigint[]) AS p (user_id) CROSS JOIN LATERAL (
			SELECT movie_id, dismissed_at FROM dismissals WHERE user_id = p.user_id
			ORDER BY dismissed_at DESC, movie_id LIMIT $2) d
		ORDER BY p.user_id, d.dismissed_at DESC, d.movie_id`, pq.Array(users), limit)
	if err != nil {
		return nil, fmt.Errorf("read the films that %d people dismissed: %w", len(users), err)
	}
	dismissed := make(map[int64][]int32, len(users))
	for _, r := range rows {
		dismissed[r.User] = append(dismissed[r.User], r.Movie)
	}
	return dismissed, nil
}

// notFound adds recommend.ErrNotFound to the error of a foreign key that points nowhere.
func notFound(err error) error {
	if e := (*pq.Error)(nil); errors.As(err, &e) && e.Code.Name() == "foreign_key_violation" {
		return errors.Join(recommend.ErrNotFound, err)
	}
	return err
}
