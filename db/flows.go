package db

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"webflix/recommend"
)

// flowsFresh is how old a report may be: the process of an older one has died. Processes report every second.
const flowsFresh = 3 * time.Second

// flowsKept is how long the report of a process that died is kept, for who wonders.
const flowsKept = time.Hour

// ReportFlows replaces what a process does with queues. What it does not mention it does nothing with.
func (db *DB) ReportFlows(ctx context.Context, process string, flows []recommend.Flow) error {
	var (
		queues             = make([]string, len(flows))
		held               = make([]int64, len(flows))
		oldest             = make([]sql.NullTime, len(flows))
		published, settled = make([]float64, len(flows)), make([]float64, len(flows))
	)
	for i, f := range flows {
		queues[i], held[i], published[i], settled[i] = f.Queue, int64(f.Held), f.In, f.Out
		oldest[i] = sql.NullTime{Time: f.Oldest, Valid: !f.Oldest.IsZero()}
	}
	_, err := db.ExecContext(ctx, `
		WITH gone AS (DELETE FROM flows WHERE process = $1 AND queue <> ALL ($2::text[]))
		INSERT INTO flows (process, queue, held, oldest, published, settled)
		SELECT $1, queue, held, oldest, published, settled
		FROM unnest($2::text[], $3::integer[], $4::timestamptz[], $5::float8[], $6::float8[])
			AS n (queue, held, oldest, published, settled)
		ON CONFLICT (process, queue) DO UPDATE SET
			reported_at = clock_timestamp(), held = excluded.held, oldest = excluded.oldest,
			published = excluded.published, settled = excluded.settled`,
		process, pq.Array(queues), pq.Array(held), pq.Array(oldest), pq.Array(published), pq.Array(settled))
	if err != nil {
		return fmt.Errorf("report what %s does with %d queues: %w", process, len(flows), err)
	}
	return nil
}

// dropFlows drops the reports of processes that died long ago.
func dropFlows(ctx context.Context, tx *sqlx.Tx) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM flows WHERE reported_at < clock_timestamp() - $1 * interval '1 second'`, flowsKept.Seconds())
	return err
}

// Flows returns what all processes together do with each queue. The oldest message is as old as when it was reported: since then
// it has most likely been settled, and if not, the next report is older.
func (db *DB) Flows(ctx context.Context) (map[string]recommend.Flow, error) {
	var rows []struct {
		Queue              string
		Held               int
		Oldest             sql.NullTime
		Published, Settled float64
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT queue, sum(held) AS held, min(oldest + (clock_timestamp() - reported_at)) AS oldest, sum(published) AS published, sum(settled) AS settled
		FROM flows WHERE reported_at > clock_timestamp() - $1 * interval '1 second' GROUP BY queue`, flowsFresh.Seconds())
	if err != nil {
		return nil, fmt.Errorf("read what is done with the queues: %w", err)
	}
	flows := make(map[string]recommend.Flow, len(rows))
	for _, r := range rows {
		flows[r.Queue] = recommend.Flow{Queue: r.Queue, Held: r.Held, Oldest: r.Oldest.Time, In: r.Published, Out: r.Settled}
	}
	return flows, nil
}
