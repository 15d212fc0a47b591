package db_test

import (
	"testing"

	"github.com/jmoiron/sqlx"

	"webflix/db"
	"webflix/db/dbtest"
)

// connect returns a connection of its own, which has made no plans yet, and a function that runs a command on it.
func connect(t *testing.T, d *db.DB) (conn *sqlx.Conn, exec func(query string)) {
	t.Helper()
	conn, err := d.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn, func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPlansOfAnEmptyLedgerSuitAFullOne keeps a connection's plans from the first minute of a partition, when it is empty, and
// looks what they read when it is full and the statistics are still old.
func TestPlansOfAnEmptyLedgerSuitAFullOne(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	conn, exec := connect(t, d)
	exec(`ALTER TABLE requests_default SET (autovacuum_enabled = off)`)
	exec(`ALTER TABLE scores_default SET (autovacuum_enabled = off)`)
	exec(`CREATE FUNCTION pg_temp.ask(n integer) RETURNS uuid[] LANGUAGE sql AS $$
		WITH new AS (
			INSERT INTO requests (id, user_id, replica, deadline, spec)
			SELECT new_request_id(), 1, 'a', now() + interval '1 h', '{"blend": [{"criterion": "a", "weight": 1}, {"criterion": "b", "weight": 1}]}'
			FROM generate_series(1, n) RETURNING id)
		SELECT array_agg(id) FROM new $$`)
	const work = `DO $$
		DECLARE ids uuid[]; one uuid;
		BEGIN
			FOR i IN 1..8 LOOP -- the sixth time a plan is kept
				ids := pg_temp.ask(10);
				PERFORM * FROM merge_scores(ids, array_fill('a'::text, ARRAY[10]), array_fill(true, ARRAY[10]), array_fill('\x01'::bytea, ARRAY[10]));
				FOREACH one IN ARRAY ids[9:10] || pg_temp.ask(2) LOOP -- of which two have an answer, and two none
					PERFORM * FROM merge_answers(one, one, ARRAY[one], ARRAY['c'], ARRAY[true], ARRAY[1], ARRAY[1], '\x01'::bytea);
				END LOOP;
				PERFORM * FROM close_due(ids[1:2], 100);
				PERFORM claim_unanswered(100);
				PERFORM * FROM close_with(ids[3:4], ARRAY['popular', 'popular'], ARRAY['\x01'::bytea, '\x01']);
			END LOOP;
		END $$`
	exec(work)
	exec(`SELECT pg_temp.ask(20000)`)
	exec(`UPDATE requests SET final_at = now()`)
	exec(`INSERT INTO scores (request_id, criterion, scored, late, payload) SELECT id, 'b', true, false, '\x01' FROM requests`)

	rows, byIndex := readBy(t, conn, exec, work)
	if rows > 0 || byIndex > 10_000 {
		t.Errorf("112 answers to a full ledger made it read %d rows one after another, and %d by an index", rows, byIndex)
	}
	fresh, exec := connect(t, d) // its plans are of the full ledger, of which there are no statistics
	exec(`SET plan_cache_mode = force_generic_plan`)
	if rows, byIndex = readBy(t, fresh, exec, `SELECT claim_unanswered(100)`); rows+byIndex > 1000 {
		t.Errorf("a look for unanswered requests reads %d rows one after another, and %d by an index", rows, byIndex)
	}
}

// readBy returns how many rows of the ledger a command read one after another, and how many by an index.
func readBy(t *testing.T, conn *sqlx.Conn, exec func(query string), command string) (rows, byIndex int) {
	t.Helper()
	read := func() (rows, byIndex int) {
		err := conn.QueryRowContext(t.Context(), `
			SELECT sum(seq_tup_read), sum(idx_tup_fetch)
			FROM pg_stat_xact_user_tables WHERE relname IN ('requests_default', 'scores_default')`).Scan(&rows, &byIndex)
		if err != nil {
			t.Fatal(err)
		}
		return rows, byIndex
	}
	exec(`BEGIN`)
	rowsBefore, byIndexBefore := read() // what came before may not have been reported yet
	exec(command)
	rows, byIndex = read()
	exec(`COMMIT`)
	return rows - rowsBefore, byIndex - byIndexBefore
}

// TestRememberedHistoriesAreNotRead accepts requests with a history that is remembered, and with one that is not.
func TestRememberedHistoriesAreNotRead(t *testing.T) {
	t.Parallel()
	conn, exec := connect(t, dbtest.Open(t))
	exec(`INSERT INTO users (id, name, dataset) VALUES (7, 'Ann', 'test')`)
	exec(`INSERT INTO movies (id, title, year, dataset) VALUES (1, 'Heat', 1995, 'test')`)
	exec(`INSERT INTO watches (user_id, movie_id, watched_at) VALUES (7, 1, now())`)
	exec(`BEGIN`)
	for _, c := range []struct {
		revision string
		reads    int
	}{{"(SELECT revision FROM users WHERE id = 7)", 0}, {"0", 0}, {"-1", 1}} {
		var reads, accepted int
		const counted = `SELECT idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'dismissals'` // a part of a history
		if err := conn.GetContext(t.Context(), &reads, counted); err != nil {
			t.Fatal(err)
		}
		before := reads
		err := conn.GetContext(t.Context(), &accepted, `
			SELECT count(*) FROM accept_requests(ARRAY[7], ARRAY[`+c.revision+`], ARRAY[1], ARRAY['a'], ARRAY[1000000], ARRAY['{}'], ARRAY[''])`)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.GetContext(t.Context(), &reads, counted); err != nil {
			t.Fatal(err)
		}
		if accepted != 1 || reads-before != c.reads {
			t.Errorf("with revision %s %d requests were accepted, and %d histories were read; want 1 and %d", c.revision, accepted, reads-before, c.reads)
		}
	}
	exec(`ROLLBACK`)
}
