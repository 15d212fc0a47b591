package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"webflix/recommend"
)

// chunkSize is the most bytes of a model's part in one row: a row may have 1 GB, a message to the client less.
const chunkSize = 16 << 20

// Publish stores a model under a new version and makes it the active one, in one transaction, and deletes all but the
// newest keep versions. It sets and returns the version.
func (db *DB) Publish(ctx context.Context, m *recommend.Model, keep int) (int64, error) {
	blend, err := json.Marshal(m.Blend)
	if err != nil {
		return 0, fmt.Errorf("write the blend as JSON: %w", err)
	}
	metrics, err := json.Marshal(m.Metrics)
	if err != nil {
		return 0, fmt.Errorf("write the metrics as JSON: %w", err)
	}
	err = db.inTx(ctx, func(tx *sqlx.Tx) error {
		err := tx.GetContext(ctx, &m.Version, `
			INSERT INTO models (blend, metrics) VALUES ($1, $2) RETURNING version`, string(blend), string(metrics))
		if err != nil {
			return err
		}
		for name, body := range m.Parts {
			chunk := 0
			for piece := range slices.Chunk(body, chunkSize) {
				_, err := tx.ExecContext(ctx, `
					INSERT INTO model_parts (version, name, chunk, body) VALUES ($1, $2, $3, $4)`,
					m.Version, name, chunk, piece)
				if err != nil {
					return fmt.Errorf("store part %q: %w", name, err)
				}
				chunk++
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE models SET active = false WHERE active`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE models SET active = true WHERE version = $1`, m.Version); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			DELETE FROM models WHERE NOT active AND version NOT IN (SELECT version FROM models ORDER BY version DESC LIMIT $1)`,
			keep)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("publish a model: %w", err)
	}
	return m.Version, nil
}

// ActiveModel returns the version and blend of the model that requests are scored with, or recommend.ErrNotFound before
// the first training.
func (db *DB) ActiveModel(ctx context.Context) (int64, recommend.Blend, error) {
	var row struct {
		Version int64
		Blend   []byte
	}
	err := db.GetContext(ctx, &row, `SELECT version, blend FROM models WHERE active`)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, fmt.Errorf("an active model: %w", recommend.ErrNotFound)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read the active model: %w", err)
	}
	var blend recommend.Blend
	if err := json.Unmarshal(row.Blend, &blend); err != nil {
		return 0, nil, fmt.Errorf("read the blend of model %d: %w", row.Version, err)
	}
	return row.Version, blend, nil
}

// ModelParts returns the named parts of a version; a part that there is not is left out.
func (db *DB) ModelParts(ctx context.Context, version int64, names []string) (map[string][]byte, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT name, body FROM model_parts WHERE version = $1 AND name = ANY ($2) ORDER BY name, chunk`,
		version, pq.Array(names))
	if err != nil {
		return nil, fmt.Errorf("read model %d: %w", version, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	parts := map[string][]byte{}
	for rows.Next() {
		var name string
		var body []byte
		if err := rows.Scan(&name, &body); err != nil {
			return nil, fmt.Errorf("read model %d: %w", version, err)
		}
		if parts[name] == nil {
			parts[name] = body // most parts are one chunk, which Scan has copied already
			continue
		}
		parts[name] = append(parts[name], body...)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read model %d: %w", version, err)
	}
	return parts, nil
}

// Models describes the stored models, newest first.
func (db *DB) Models(ctx context.Context) ([]recommend.ModelInfo, error) {
	var rows []struct {
		Version   int64
		TrainedAt time.Time `db:"trained_at"`
		Active    bool
		Bytes     int64
		Blend     []byte
		Metrics   []byte
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT m.version, m.trained_at, m.active, m.blend, m.metrics,
		       (SELECT coalesce(sum(length(p.body)), 0) FROM model_parts p WHERE p.version = m.version) AS bytes
		FROM models m ORDER BY m.version DESC`)
	if err != nil {
		return nil, fmt.Errorf("list the models: %w", err)
	}
	models := make([]recommend.ModelInfo, len(rows))
	for i, r := range rows {
		models[i] = recommend.ModelInfo{Version: r.Version, TrainedAt: r.TrainedAt, Active: r.Active, Bytes: r.Bytes}
		if err := json.Unmarshal(r.Blend, &models[i].Blend); err != nil {
			return nil, fmt.Errorf("read the blend of model %d: %w", r.Version, err)
		}
		if err := json.Unmarshal(r.Metrics, &models[i].Metrics); err != nil {
			return nil, fmt.Errorf("read the metrics of model %d: %w", r.Version, err)
		}
	}
	return models, nil
}

// Dataset reads the catalogue and every watch, for training.
func (db *DB) Dataset(ctx context.Context) (*recommend.Dataset, error) {
	var films []film
	err := db.SelectContext(ctx, &films, `
		SELECT m.id, m.title, m.year,
		       ARRAY(SELECT g.name FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
		             WHERE mg.movie_id = m.id ORDER BY g.name) AS genres
		FROM movies m ORDER BY m.id`)
	if err != nil {
		return nil, fmt.Errorf("read the catalogue: %w", err)
	}
	data := &recommend.Dataset{Movies: make([]recommend.Movie, len(films))}
	for i := range films {
		data.Movies[i] = films[i].film().Movie
	}
	var n int
	if err := db.GetContext(ctx, &n, `SELECT count(*) FROM watches`); err != nil {
		return nil, fmt.Errorf("count the watches: %w", err)
	}
	data.Ratings = make([]recommend.Rating, 0, n)
	rows, err := db.QueryContext(ctx, `
		SELECT user_id, movie_id, coalesce(rating, 0), floor(extract(epoch FROM watched_at))::bigint
		FROM watches ORDER BY user_id, watched_at, movie_id`)
	if err != nil {
		return nil, fmt.Errorf("read the watches: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	for rows.Next() {
		var r recommend.Rating
		if err := rows.Scan(&r.User, &r.Movie, &r.Rating, &r.At); err != nil {
			return nil, fmt.Errorf("read a watch: %w", err)
		}
		data.Ratings = append(data.Ratings, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the watches: %w", err)
	}
	return data, nil
}
