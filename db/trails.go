package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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

// Traffic counts the tasks of each criterion in the requests that can still be open: rates are those of the last span, which
// is at most recommend.MaxDeadline.
func (db *DB) Traffic(ctx context.Context, span time.Duration) (map[string]recommend.Traffic, error) {
	var rows []struct {
		Criterion string
		Sent      int
		Answered  int
		Waiting   int
		Oldest    sql.NullString
		Now       time.Time
	}
	err := db.SelectContext(ctx, &rows, `
		WITH moment AS MATERIALIZED (SELECT clock_timestamp() AS now),
		tasks AS (
			SELECT r.id, b.criterion, r.deadline > now AS timely, now, s.arrived_at
			FROM moment CROSS JOIN requests r CROSS JOIN jsonb_to_recordset(r.spec -> 'blend') AS b (criterion text)
			LEFT JOIN scores s ON s.request_id = r.id AND s.criterion = b.criterion
			WHERE r.id >= request_id_from(clock_timestamp() - $2 * interval '1 second'))
		SELECT criterion, now,
		       count(*) FILTER (WHERE id >= request_id_from(now - $1 * interval '1 second')) AS sent,
		       count(*) FILTER (WHERE arrived_at >= now - $1 * interval '1 second') AS answered,
		       count(*) FILTER (WHERE arrived_at IS NULL AND timely) AS waiting,
		       min(id::text) FILTER (WHERE arrived_at IS NULL AND timely) AS oldest
		FROM tasks GROUP BY criterion, now`, span.Seconds(), (recommend.MaxDeadline + time.Second).Seconds())
	if err != nil {
		return nil, fmt.Errorf("count the criteria's tasks: %w", err)
	}
	traffic := make(map[string]recommend.Traffic, len(rows))
	for _, row := range rows {
		t := recommend.Traffic{
			Sent: float64(row.Sent) / span.Seconds(), Answered: float64(row.Answered) / span.Seconds(), Waiting: row.Waiting,
		}
		if row.Oldest.Valid {
			id, err := recommend.ParseRequestID(row.Oldest.String)
			if err != nil {
				return nil, fmt.Errorf("count the criteria's tasks: %w", err)
			}
			t.Oldest = max(0, row.Now.Sub(id.Time()))
		}
		traffic[row.Criterion] = t
	}
	return traffic, nil
}

// trails reads requests with all their answers, newest first.
func (db *DB) trails(ctx context.Context, ids []string) ([]recommend.Standing, error) {
	standings, err := db.standings(ctx, `SELECT * FROM standings($1::uuid[], late_too => true)`, pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("read the trails of %d requests: %w", len(ids), err)
	}
	slices.Reverse(standings)
	return standings, nil
}
