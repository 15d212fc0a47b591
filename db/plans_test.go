package db_test

import (
	"testing"

	"webflix/db/dbtest"
)

// TestPlansOfAnEmptyLedgerSuitAFullOne keeps a connection's plans from the first minute of a partition, when it is empty, and
// looks what they read when it is full and the statistics are still old.
func TestPlansOfAnEmptyLedgerSuitAFullOne(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	conn, err := d.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	exec := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	exec(`ALTER TABLE requests_default SET (autovacuum_enabled = off)`)
	exec(`ALTER TABLE scores_default SET (autovacuum_enabled = off)`)
	exec(`CREATE FUNCTION pg_temp.ask(n integer) RETURNS uuid[] LANGUAGE sql AS $$
		WITH new AS (
			INSERT INTO requests (id, user_id, replica, deadline, spec)
			SELECT new_request_id(), 1, 'a', now() + interval '1 h', '{"blend": [{"criterion": "a", "weight": 1}, {"criterion": "b", "weight": 1}]}'
			FROM generate_series(1, n) RETURNING id)
		SELECT array_agg(id) FROM new $$`)
	const work = `DO $$
		DECLARE ids uuid[];
		BEGIN
			FOR i IN 1..8 LOOP -- the sixth time a plan is kept
				ids := pg_temp.ask(10);
				PERFORM * FROM merge_scores(ids, array_fill('a'::text, ARRAY[10]), array_fill(true, ARRAY[10]), array_fill('\x01'::bytea, ARRAY[10]));
				PERFORM * FROM close_due(ids[1:2], 100);
				PERFORM * FROM close_with(ids[3:4], ARRAY['popular', 'popular'], ARRAY['\x01'::bytea, '\x01']);
			END LOOP;
		END $$`
	exec(work)
	exec(`SELECT pg_temp.ask(20000)`)
	exec(`UPDATE requests SET final_at = now()`)
	exec(`INSERT INTO scores (request_id, criterion, scored, late, payload) SELECT id, 'b', true, false, '\x01' FROM requests`)

	read := func() (rows int) {
		t.Helper()
		err := conn.GetContext(t.Context(), &rows, `
			SELECT sum(seq_tup_read) FROM pg_stat_xact_user_tables WHERE relname IN ('requests_default', 'scores_default')`)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	exec(`BEGIN`)
	before := read() // what came before may not have been reported yet
	exec(work)
	rows := read() - before
	exec(`COMMIT`)
	if rows > 0 {
		t.Errorf("80 answers to a full ledger made it read %d rows one after another", rows)
	}
}
