package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// mergeMovies brings the staged films into the catalogue as the data set's, and takes those over that have the same number.
func mergeMovies(ctx context.Context, tx *sqlx.Tx, dataset string) error {
	// A conflict would use up a number of the identity, so genres that are there are not inserted.
	_, err := tx.ExecContext(ctx, `
		INSERT INTO genres (name)
		SELECT DISTINCT g.name FROM import_movies, unnest(genres) AS g (name)
		WHERE NOT EXISTS (SELECT FROM genres WHERE genres.name = g.name) ORDER BY 1`)
	if err != nil {
		return fmt.Errorf("store the genres: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO movies (id, title, year, dataset)
		SELECT id, title, year, $1 FROM import_movies ORDER BY id
		ON CONFLICT (id) DO UPDATE
		SET title = excluded.title, year = excluded.year, dataset = excluded.dataset
		WHERE (movies.title, movies.year, movies.dataset) IS DISTINCT FROM (excluded.title, excluded.year, excluded.dataset)`,
		dataset)
	if err != nil {
		return fmt.Errorf("store the films: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		DELETE FROM movie_genres mg USING genres g, import_movies m
		WHERE g.id = mg.genre_id AND m.id = mg.movie_id AND g.name <> ALL (m.genres)`)
	if err != nil {
		return fmt.Errorf("remove genres that films no longer have: %w", err)
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO movie_genres (movie_id, genre_id)
		SELECT m.id, g.id FROM import_movies m JOIN genres g ON g.name = ANY (m.genres) ORDER BY 1, 2
		ON CONFLICT DO NOTHING`)
	if err != nil {
		return fmt.Errorf("store the films' genres: %w", err)
	}
	return nil
}

// mergeUsers brings the staged people in, and everybody who has a staged watch. It returns how many there are, and how many
// of them were not there before.
func mergeUsers(ctx context.Context, tx *sqlx.Tx, dataset string) (users, fresh int64, err error) {
	_, err = tx.ExecContext(ctx, `
		INSERT INTO import_users (id, name)
		SELECT DISTINCT user_id, 'Person ' || user_id FROM import_watches w
		WHERE NOT EXISTS (SELECT FROM import_users u WHERE u.id = w.user_id)`)
	if err != nil {
		return 0, 0, fmt.Errorf("list the people: %w", err)
	}
	done, err := tx.ExecContext(ctx, `
		INSERT INTO users (id, name, dataset) SELECT id, name, $1 FROM import_users ORDER BY id
		ON CONFLICT (id) DO NOTHING`, dataset)
	if err != nil {
		return 0, 0, fmt.Errorf("store the people: %w", err)
	}
	if fresh, err = done.RowsAffected(); err != nil {
		return 0, 0, fmt.Errorf("count the new people: %w", err)
	}
	if err := tx.GetContext(ctx, &users, `SELECT count(*) FROM import_users`); err != nil {
		return 0, 0, fmt.Errorf("count the people: %w", err)
	}
	return users, fresh, nil
}

// mergePart is about how many watches are merged by one statement: enough to be fast, and so few that the server's queue of
// foreign keys to check stays small and that progress shows.
const mergePart = 250_000

// merged counts what became of staged watches.
type merged struct {
	Watches int64 // without those that a newer one of the same person and film replaces
	Changed int64 // were not there before, or only older
}

// mergeWatches brings the staged watches in, person after person. One that is there already stays unless the staged one
// is newer, so nothing recorded in the app since the last import is lost, and what was removed stays away. With fresh, all the people are new in this
// transaction: nobody else can have recorded anything for them, and there is nothing to compare with.
func mergeWatches(ctx context.Context, tx *sqlx.Tx, fresh bool, tell func(done int64)) (merged, error) {
	_, err := tx.ExecContext(ctx, `
		SET LOCAL work_mem = '64MB'; CREATE INDEX ON import_watches (user_id); ANALYZE import_watches`)
	if err != nil {
		return merged{}, fmt.Errorf("sort the watches: %w", err)
	}
	var ends []int64 // the last person of each part
	err = tx.SelectContext(ctx, &ends, `
		SELECT max(user_id) FROM (
			SELECT user_id, div(sum(count(*)) OVER (ORDER BY user_id), $1) AS part FROM import_watches GROUP BY user_id
		) AS parts GROUP BY part ORDER BY 1`, mergePart)
	if err != nil {
		return merged{}, fmt.Errorf("divide the watches: %w", err)
	}
	merge := mergeKnown
	if fresh {
		merge = mergeFresh
	}
	var all merged
	var after int64
	for _, end := range ends {
		part, err := merge(ctx, tx, after, end)
		if err != nil {
			return merged{}, fmt.Errorf("store the watches of people %d to %d: %w", after+1, end, err)
		}
		all.Watches += part.Watches
		all.Changed += part.Changed
		after = end
		tell(all.Watches)
	}
	return all, nil
}

func mergeFresh(ctx context.Context, tx *sqlx.Tx, after, end int64) (merged, error) {
	done, err := tx.ExecContext(ctx, `
		INSERT INTO watches (user_id, movie_id, watched_at, rating)
		SELECT DISTINCT ON (user_id, movie_id) user_id, movie_id, to_timestamp(at), rating
		FROM import_watches WHERE user_id > $1 AND user_id <= $2
		ORDER BY user_id, movie_id, at DESC, rating DESC NULLS LAST`, after, end)
	if err != nil {
		return merged{}, err
	}
	rows, err := done.RowsAffected()
	return merged{Watches: rows, Changed: rows}, err
}

func mergeKnown(ctx context.Context, tx *sqlx.Tx, after, end int64) (merged, error) {
	var part merged
	err := tx.GetContext(ctx, &part, `
		WITH newest AS MATERIALIZED (
			SELECT DISTINCT ON (user_id, movie_id) user_id, movie_id, to_timestamp(at) AS watched_at, rating
			FROM import_watches WHERE user_id > $1 AND user_id <= $2
			ORDER BY user_id, movie_id, at DESC, rating DESC NULLS LAST
		), changed AS (
			INSERT INTO watches (user_id, movie_id, watched_at, rating)
			SELECT n.user_id, n.movie_id, n.watched_at, n.rating
			FROM newest n LEFT JOIN watches w ON w.user_id = n.user_id AND w.movie_id = n.movie_id
			WHERE (w.user_id IS NULL OR w.watched_at < n.watched_at)
			  AND NOT EXISTS (SELECT FROM removals r
			                  WHERE r.user_id = n.user_id AND r.movie_id = n.movie_id AND r.watched_at >= n.watched_at)
			ON CONFLICT (user_id, movie_id) DO UPDATE
			SET watched_at = excluded.watched_at, rating = coalesce(excluded.rating, watches.rating)
			WHERE watches.watched_at < excluded.watched_at
			RETURNING 1
		)
		SELECT (SELECT count(*) FROM newest) AS watches, (SELECT count(*) FROM changed) AS changed`, after, end)
	return part, err
}
