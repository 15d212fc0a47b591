package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Recent returns up to limit requests accepted since then, newest first, with all their answers, late ones too, and how
// many requests there were.
func (db *DB) Recent(ctx context.Context, since time.Time, limit int) ([]recommend.Standing, int, error) {
	var ids []struct {
		ID    string
		Total int
	}
	err := db.SelectContext(ctx, &ids, `
		SELECT id, count(*) OVER () AS total FROM requests
		WHERE id >= request_id_from($1) ORDER BY id DESC LIMIT $2`, since, limit)
	if err != nil {
		return nil, 0, fmt.Errorf("find recent requests: %w", err)
	}
	if len(ids) == 0 {
		return nil, 0, nil
	}
	list := make([]string, len(ids))
	for i := range ids {
		list[i] = ids[i].ID
	}
	standings, err := db.trails(ctx, list)
	return standings, ids[0].Total, err
}

// Trail returns one request with all its answers, late ones too, or recommend.ErrNotFound.
func (db *DB) Trail(ctx context.Context, id recommend.RequestID) (*recommend.Standing, error) {
	standings, err := db.trails(ctx, []string{id.String()})
	if err != nil {
		return nil, err
	}
	if len(standings) == 0 {
		return nil, fmt.Errorf("request %s: %w", id, recommend.ErrNotFound)
	}
	return &standings[0], nil
}

// Pending looks for the oldest of what has no answer yet, in the requests whose tasks can still be in a queue.
func (db *DB) Pending(ctx context.Context) (recommend.Pending, error) {
	var rows []struct {
		Criterion string
		Oldest    string
		Timely    sql.NullString
		Now       time.Time
	}
	err := db.SelectContext(ctx, &rows, `
		WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now)
		SELECT b.criterion, now, min(r.id::text) AS oldest, min(r.id::text) FILTER (WHERE r.deadline > now) AS timely
		FROM moment CROSS JOIN requests r CROSS JOIN jsonb_to_recordset(r.spec -> 'blend') AS b (criterion text)
		WHERE r.id >= request_id_from(clock_timestamp() - $1 * interval '1 second')
		AND NOT EXISTS (SELECT FROM scores s WHERE s.request_id = r.id AND s.criterion = b.criterion)
		GROUP BY b.criterion, now`, recommend.MaxDeadline.Seconds())
	if err != nil {
		return recommend.Pending{}, fmt.Errorf("look for the oldest tasks: %w", err)
	}
	p := recommend.Pending{Oldest: map[string]time.Duration{}, Timely: map[string]time.Duration{}}
	age := func(id string, now time.Time) time.Duration {
		var of recommend.RequestID
		if of, err = recommend.ParseRequestID(id); err != nil {
			return 0
		}
		return max(0, now.Sub(of.Time()))
	}
	for _, row := range rows {
		p.Oldest[row.Criterion] = age(row.Oldest, row.Now)
		if row.Timely.Valid {
			p.Timely[row.Criterion] = age(row.Timely.String, row.Now)
		}
	}
	var open struct {
		Oldest sql.NullString
		Now    time.Time
	}
	if err == nil {
		err = db.GetContext(ctx, &open, `
			SELECT min(id::text) AS oldest, clock_timestamp() AS now FROM requests WHERE final_at IS NULL`)
	}
	if err == nil && open.Oldest.Valid {
		p.Open = age(open.Oldest.String, open.Now)
	}
	if err != nil {
		return recommend.Pending{}, fmt.Errorf("look for the oldest tasks: %w", err)
	}
	return p, nil
}

// trails reads requests with all their answers, newest first, and of their payloads the heads.
func (db *DB) trails(ctx context.Context, ids []string) ([]recommend.Standing, error) {
	standings, err := db.standings(ctx, `SELECT * FROM trails($1::uuid[], $2)`, pq.Array(ids), recommend.ResultHead)
	if err != nil {
		return nil, fmt.Errorf("read the trails of %d requests: %w", len(ids), err)
	}
	return standings, nil
}
