package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Inspection is what an operator wants to know of the server.
type Inspection struct {
	Version  string // "15.18"
	Number   int    // 150018
	Bytes    int64  // of the database on disk
	Trigrams bool   // pg_trgm is installed, or the server has it and we may install it
	Schema   Schema

	Connections    int // open on the server now, ours among them
	MaxConnections int // that ordinary roles may have
}

// Schema says how far the tables are migrated.
type Schema struct {
	Applied int64 // the newest migration that the database has, 0 for none
	Newest  int64 // the newest that this program has
}

// Pending reports whether the database lacks a migration that this program wants.
func (s Schema) Pending() bool { return s.Applied < s.Newest }

// Inspect reads the server's figures, and changes nothing. It works on a database that was never migrated.
func (db *DB) Inspect(ctx context.Context) (in Inspection, err error) {
	err = db.QueryRowContext(ctx, `
		SELECT split_part(current_setting('server_version'), ' ', 1), current_setting('server_version_num')::int,
		       pg_database_size(current_database()),
		       EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') OR
		       (EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AND
		        has_database_privilege(current_database(), 'CREATE')),
		       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
		       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`).Scan(
		&in.Version, &in.Number, &in.Bytes, &in.Trigrams, &in.Connections, &in.MaxConnections)
	if err != nil {
		return Inspection{}, fmt.Errorf("inspect the database: %w", err)
	}
	in.Schema, err = db.Schema(ctx)
	return in, err
}

// Schema says how far the tables are migrated.
func (db *DB) Schema(ctx context.Context) (s Schema, err error) {
	if s.Newest, err = newestMigration(); err != nil {
		return Schema{}, err
	}
	err = db.GetContext(ctx, &s.Applied, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`)
	if e := (*pq.Error)(nil); errors.As(err, &e) && e.Code.Name() == "undefined_table" {
		return s, nil
	}
	if err != nil {
		return Schema{}, fmt.Errorf("look for pending migrations: %w", err)
	}
	return s, nil
}

func newestMigration() (int64, error) {
	files, err := Migrations()
	if err != nil {
		return 0, err
	}
	names, err := fs.Glob(files, "*.sql") // in order
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("find the migrations: %w", err)
	}
	number, _, _ := strings.Cut(names[len(names)-1], "_")
	return strconv.ParseInt(number, 10, 64)
}

// Ledger is how the ledger's partitions stand.
type Ledger struct {
	Ahead int // days from today that have their partition, today among them
	Stray int // requests outside any day's partition, 1,000 at most: moved when their day's partition is made
}

// Ledger looks at the ledger's partitions.
func (db *DB) Ledger(ctx context.Context) (l Ledger, err error) {
	err = db.QueryRowContext(ctx, `
		SELECT count(*) FROM generate_series(0, $1) AS day
		WHERE to_regclass('requests_' || to_char((now() AT TIME ZONE 'UTC') + day * interval '1 day', 'YYYYMMDD')) IS NOT NULL`,
		partitionsAhead-1).Scan(&l.Ahead)
	if err == nil {
		err = db.GetContext(ctx, &l.Stray, `SELECT count(*) FROM (SELECT FROM requests_default LIMIT 1000) AS stray`)
	}
	if err != nil {
		return Ledger{}, fmt.Errorf("look at the ledger's partitions: %w", err)
	}
	return l, nil
}

// Backlog is what people wait for at a moment.
type Backlog struct {
	Oldest  map[string]time.Duration // by criterion: the age of the oldest task that an open request waits for
	Overdue time.Duration            // how long past its deadline the most overdue open request is; 0: none is
}

// backlogRequests bounds what a look at the backlog costs: of this many open requests, the soonest due. Queues are first in,
// first out, so a criterion that is behind is behind on these.
const backlogRequests = 500

// Backlog looks at the open requests. It is exact whatever the broker can tell of its queues.
func (db *DB) Backlog(ctx context.Context) (Backlog, error) {
	var rows []struct {
		Criterion string
		Oldest    string
		Now       time.Time
	}
	err := db.SelectContext(ctx, &rows, `
		WITH open AS MATERIALIZED (
			SELECT id, spec FROM requests
			WHERE final_at IS NULL AND deadline > clock_timestamp() ORDER BY deadline LIMIT $1)
		SELECT b.criterion, min(o.id::text) AS oldest, clock_timestamp() AS now
		FROM open o, jsonb_to_recordset(o.spec -> 'blend') AS b (criterion text)
		WHERE NOT EXISTS (SELECT FROM scores s WHERE s.request_id = o.id AND s.criterion = b.criterion)
		GROUP BY b.criterion`, backlogRequests)
	if err != nil {
		return Backlog{}, fmt.Errorf("look at the backlog: %w", err)
	}
	b := Backlog{Oldest: make(map[string]time.Duration, len(rows))}
	for _, row := range rows {
		id, err := recommend.ParseRequestID(row.Oldest)
		if err != nil {
			return Backlog{}, fmt.Errorf("look at the backlog: %w", err)
		}
		b.Oldest[row.Criterion] = max(0, row.Now.Sub(id.Time()))
	}
	var overdue float64
	err = db.GetContext(ctx, &overdue, `
		SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(deadline)), 0))::float8
		FROM requests WHERE final_at IS NULL`)
	if err != nil {
		return Backlog{}, fmt.Errorf("look at the backlog: %w", err)
	}
	b.Overdue = time.Duration(overdue * float64(time.Second))
	return b, nil
}

// MovieIDs returns the number of every film that there is, in order.
func (db *DB) MovieIDs(ctx context.Context) ([]int32, error) {
	var ids []int32
	if err := db.SelectContext(ctx, &ids, `SELECT id FROM movies ORDER BY id`); err != nil {
		return nil, fmt.Errorf("list the films: %w", err)
	}
	return ids, nil
}

// ModelTrained returns the active model's version and when it was trained, or recommend.ErrNotFound.
func (db *DB) ModelTrained(ctx context.Context) (version int64, at time.Time, err error) {
	err = db.QueryRowContext(ctx, `SELECT version, trained_at FROM models WHERE active`).Scan(&version, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, fmt.Errorf("an active model: %w", recommend.ErrNotFound)
	}
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("read the active model: %w", err)
	}
	return version, at, nil
}
