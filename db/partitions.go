package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// partitionsAhead is how many days of ledger partitions exist before they are needed, today's among them. Few: every statement
// locks them all.
const partitionsAhead = 3

// ledgerLock serialises what several processes do to the ledger's partitions.
const ledgerLock = 0x77656266_6c697801

// Maintain makes the ledger's partitions for today and the days ahead, and drops those whose last request is older than
// retention, and what processes reported that died long ago. Days are UTC, by the database's clock. It returns the names of the
// dropped tables. Any number of processes may call it at once.
func (db *DB) Maintain(ctx context.Context, retention time.Duration) (dropped []string, err error) {
	err = db.inTx(ctx, func(tx *sqlx.Tx) error {
		var now time.Time
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, ledgerLock); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil { // who waits for us waits no longer
			return err
		}
		if err := tx.GetContext(ctx, &now, `SELECT clock_timestamp()`); err != nil {
			return err
		}
		for _, table := range []string{"requests", "scores"} {
			if err := makePartitions(ctx, tx, table, now); err != nil {
				return err
			}
			names, err := dropPartitions(ctx, tx, table, now.Add(-retention))
			if err != nil {
				return err
			}
			dropped = append(dropped, names...)
		}
		return dropFlows(ctx, tx)
	})
	if err != nil {
		return nil, fmt.Errorf("maintain the ledger's partitions: %w", err)
	}
	return dropped, nil
}

func makePartitions(ctx context.Context, tx *sqlx.Tx, table string, now time.Time) error {
	day := now.UTC().Truncate(24 * time.Hour)
	for range partitionsAhead {
		next := day.AddDate(0, 0, 1)
		name := partitionName(table, day)
		var there bool
		if err := tx.GetContext(ctx, &there, `SELECT to_regclass($1) IS NOT NULL`, name); err != nil {
			return err
		}
		if !there {
			if err := makePartition(ctx, tx, table, name, day, next); err != nil {
				return fmt.Errorf("make partition %s: %w", name, err)
			}
		}
		day = next
	}
	return nil
}

// makePartition makes the partition of one day. Requests that came before it was there lie in the default partition, and move.
func makePartition(ctx context.Context, tx *sqlx.Tx, table, name string, day, next time.Time) error {
	var bounds struct{ From, To string }
	err := tx.GetContext(ctx, &bounds, `SELECT request_id_from($1) AS from, request_id_from($2) AS to`, day, next)
	if err != nil {
		return err
	}
	key := map[string]string{"requests": "id", "scores": "request_id"}[table]
	parent, part, spare := pq.QuoteIdentifier(table), pq.QuoteIdentifier(name), pq.QuoteIdentifier(table+"_default")
	with := map[string]string{"scores": " WITH (toast_tuple_target = 8160)"}[table] // a result stays in its row
	from, to := pq.QuoteLiteral(bounds.From), pq.QuoteLiteral(bounds.To)
	for _, statement := range []string{
		// Nobody may see a request in neither place: whoever wants one waits until this is committed.
		`LOCK TABLE ` + parent + ` IN ACCESS EXCLUSIVE MODE`,
		`CREATE TABLE ` + part + ` (LIKE ` + parent + ` INCLUDING ALL)` + with,
		fmt.Sprintf(`WITH moved AS (DELETE FROM %s WHERE %s >= %s AND %s < %s RETURNING *) INSERT INTO %s SELECT * FROM moved`,
			spare, key, from, key, to, part),
		fmt.Sprintf(`ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)`, parent, part, from, to),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// dropPartitions drops every partition of whole days before the moment: no row is deleted one by one.
func dropPartitions(ctx context.Context, tx *sqlx.Tx, table string, before time.Time) ([]string, error) {
	var names []string
	err := tx.SelectContext(ctx, &names, `
		SELECT c.relname FROM pg_inherits i
		JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = $1::regclass AND c.relname < $2 AND c.relname ~ '_[0-9]{8}$'
		ORDER BY c.relname`, table, partitionName(table, before.UTC().Truncate(24*time.Hour)))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := tx.ExecContext(ctx, `DROP TABLE `+pq.QuoteIdentifier(name)); err != nil {
			return nil, fmt.Errorf("drop partition %s: %w", name, err)
		}
	}
	return names, nil
}

func partitionName(table string, day time.Time) string { return table + "_" + day.Format("20060102") }
