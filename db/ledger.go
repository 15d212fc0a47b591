package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"

	"webflix/recommend"
)

// Accept commits requests to the ledger and gives each its ID and Deadline, from the database's clock. All are accepted,
// or none, save those whose person has another Revision than the request, or is gone: their ID stays zero. Who is recommend.Unread is
// accepted, and their Profile read, if they have watched enough. Everybody sees the requests when it returns; that a power cut cannot
// undo them is known once Sync has returned, or anything was committed that has to do with them.
func (db *DB) Accept(ctx context.Context, reqs []*recommend.Request) error {
	users := make([]int64, len(reqs))
	revisions := make([]int64, len(reqs))
	fewest := make([]int64, len(reqs))
	replicas := make([]string, len(reqs))
	budgets := make([]int64, len(reqs))
	specs := make([]string, len(reqs))
	traces := make([]string, len(reqs))
	for i, r := range reqs {
		spec, err := json.Marshal(r.Spec)
		if err != nil {
			return fmt.Errorf("write a request's spec as JSON: %w", err)
		}
		users[i], revisions[i], fewest[i], replicas[i], budgets[i], specs[i], traces[i] =
			r.User, r.Revision, int64(max(r.Fewest, 1)), r.Replica, r.Spec.Deadline.Microseconds(), string(spec), r.Trace
	}
	rows, err := db.keptQuery(ctx, `
		SELECT request_id, due, place, revision, watched, dismissed
		FROM accept_requests($1::bigint[], $2::bigint[], $3::integer[], $4::text[], $5::bigint[], $6::text[], $7::text[])`,
		pq.Array(users), pq.Array(revisions), pq.Array(fewest), pq.Array(replicas), pq.Array(budgets), pq.Array(specs), pq.Array(traces))
	if err != nil {
		return fmt.Errorf("accept %d requests: %w", len(reqs), err)
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	for rows.Next() {
		if err := scanAccepted(rows, reqs); err != nil {
			return fmt.Errorf("accept %d requests: %w", len(reqs), err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("accept %d requests: %w", len(reqs), err)
	}
	return nil
}

// scanAccepted tells one of the requests that it was accepted.
func scanAccepted(rows *sql.Rows, reqs []*recommend.Request) error {
	var (
		id                 recommend.RequestID
		due                time.Time
		place              int
		revision           sql.NullInt64
		watches, dismissed []byte
	)
	if err := rows.Scan(&id, &due, &place, &revision, &watches, &dismissed); err != nil {
		return err
	}
	r := reqs[place-1]
	r.ID, r.Deadline = id, due
	if revision.Valid {
		r.Profile = readProfile(revision.Int64, watches, dismissed)
	}
	return nil
}

// Sync returns when all that was committed before a request, and the request, are on disk, too: a message to nobody is committed, which
// the log of the database cannot keep without what stands before it. It fails when the database has lost the request, which it can when
// it was started again meanwhile.
func (db *DB) Sync(ctx context.Context, newest recommend.RequestID) error {
	var kept []bool
	err := db.keptSelect(ctx, &kept, `
		SELECT EXISTS (SELECT FROM requests WHERE id = $1) FROM pg_logical_emit_message(true, 'webflix', '')`, newest)
	if err == nil && !kept[0] {
		err = errors.New("the database has lost the newest request")
	}
	if err != nil {
		return fmt.Errorf("wait until the ledger is on disk: %w", err)
	}
	return nil
}

// CloseDue finalises up to limit requests that are past their deadline, and those of failed that are still open, with the
// answers that have come. What it returns open has less coverage than it needs: close it with CloseWith.
func (db *DB) CloseDue(ctx context.Context, failed []recommend.RequestID, limit int) ([]recommend.Standing, error) {
	standings, err := db.standings(ctx, `SELECT * FROM close_due($1::uuid[], $2)`, pq.Array(texts(failed)), limit)
	if err != nil {
		return nil, fmt.Errorf("close due requests: %w", err)
	}
	return standings, nil
}

// CloseWith finalises the answers' requests with an answer from the ladder each.
func (db *DB) CloseWith(ctx context.Context, answers []recommend.Answer) ([]recommend.Standing, error) {
	ids := make([]string, len(answers))
	rungs := make([]string, len(answers))
	payloads := make([][]byte, len(answers))
	for i, a := range answers {
		ids[i], rungs[i], payloads[i] = a.Request.String(), a.Criterion, a.Payload
	}
	standings, err := db.standings(ctx, `SELECT * FROM close_with($1::uuid[], $2::text[], $3::bytea[])`,
		pq.Array(ids), pq.Array(rungs), pq.Array(payloads))
	if err != nil {
		return nil, fmt.Errorf("close %d requests from the ladder: %w", len(answers), err)
	}
	return standings, nil
}

// Unanswered claims up to limit open requests without any answer for the relay: those half a second old, and again after
// every further half second; those halves that passed while nobody could claim, such as in the database's restart, are not made
// up for. Requests that the deadline has all but reached are left alone.
func (db *DB) Unanswered(ctx context.Context, limit int) ([]recommend.Standing, error) {
	var ids []string
	err := db.keptSelect(ctx, &ids, `SELECT unnest(claim_unanswered($1))`, limit)
	if err != nil {
		return nil, fmt.Errorf("claim unanswered requests: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return db.standings(ctx, `SELECT * FROM standings($1::uuid[])`, pq.Array(ids))
}

// Standings returns requests as they are now, by id, without those that there are not.
func (db *DB) Standings(ctx context.Context, ids []recommend.RequestID) ([]recommend.Standing, error) {
	standings, err := db.standings(ctx, `SELECT * FROM standings($1::uuid[])`, pq.Array(texts(ids)))
	if err != nil {
		return nil, fmt.Errorf("read %d requests: %w", len(ids), err)
	}
	return standings, nil
}

// Attach sends the request's further updates to replica and returns it as it is now, or recommend.ErrNotFound.
func (db *DB) Attach(ctx context.Context, id recommend.RequestID, replica string) (*recommend.Standing, error) {
	_, err := db.ExecContext(ctx, `
		UPDATE requests SET replica = $2 WHERE id = $1 AND final_at IS NULL AND replica <> $2`, id, replica)
	if err != nil {
		return nil, fmt.Errorf("attach to request %s: %w", id, err)
	}
	standings, err := db.Standings(ctx, []recommend.RequestID{id})
	if err != nil {
		return nil, err
	}
	if len(standings) == 0 {
		return nil, fmt.Errorf("request %s: %w", id, recommend.ErrNotFound)
	}
	return &standings[0], nil
}

// Abandon makes an open request due now, if its updates still go to replica, and reports whether it did.
func (db *DB) Abandon(ctx context.Context, id recommend.RequestID, replica string) (bool, error) {
	result, err := db.ExecContext(ctx, `
		UPDATE requests SET deadline = least(deadline, clock_timestamp())
		WHERE id = $1 AND replica = $2 AND final_at IS NULL`, id, replica)
	if err != nil {
		return false, fmt.Errorf("abandon request %s: %w", id, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// LastKnown returns the person's newest finished request before another one that criteria answered, or
// recommend.ErrNotFound.
func (db *DB) LastKnown(ctx context.Context, user int64, before recommend.RequestID) (*recommend.Standing, error) {
	var id recommend.RequestID
	err := db.GetContext(ctx, &id, `
		SELECT r.id FROM requests r
		WHERE r.user_id = $1 AND r.id < $2 AND r.final_at IS NOT NULL
		  AND EXISTS (SELECT FROM scores s WHERE s.request_id = r.id AND s.scored AND NOT s.late
		              AND s.criterion NOT IN ('last-known', 'popular'))
		ORDER BY r.id DESC LIMIT 1`, user, before)
	if err == sql.ErrNoRows { //nolint:errorlint // sqlx returns it as it is
		return nil, fmt.Errorf("a finished request of user %d: %w", user, recommend.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("find the last known ranking of user %d: %w", user, err)
	}
	standings, err := db.Standings(ctx, []recommend.RequestID{id})
	if err != nil {
		return nil, err
	}
	return &standings[0], nil
}

// Now returns the database's clock.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	if err := db.GetContext(ctx, &now, `SELECT clock_timestamp()`); err != nil {
		return time.Time{}, fmt.Errorf("read the database's clock: %w", err)
	}
	return now, nil
}

// standings runs a query for rows of standings() and gathers each request's answers.
func (db *DB) standings(ctx context.Context, query string, args ...any) (out []recommend.Standing, err error) {
	rows, err := db.keptQuery(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err says what went wrong
	for rows.Next() {
		if out, err = db.appendStanding(out, rows); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

func (db *DB) appendStanding(out []recommend.Standing, rows *sql.Rows) ([]recommend.Standing, error) {
	var (
		s         recommend.Standing
		spec      sql.RawBytes
		finalAt   sql.NullTime
		criterion sql.NullString
		scored    sql.NullBool
		late      sql.NullBool
		arrivedAt sql.NullTime
		payload   []byte
	)
	err := rows.Scan(&s.ID, &s.User, &s.Replica, &s.Deadline, &spec, &s.Trace, &s.Sequence, &finalAt, &s.Now,
		&criterion, &scored, &late, &arrivedAt, &payload)
	if err != nil {
		return nil, fmt.Errorf("read a request: %w", err)
	}
	if n := len(out); n == 0 || out[n-1].ID != s.ID {
		if s.Spec, err = db.specs.read(spec); err != nil {
			return nil, fmt.Errorf("read the spec of request %s: %w", s.ID, err)
		}
		s.FinalAt = finalAt.Time
		out = append(out, s)
	}
	if criterion.Valid {
		last := &out[len(out)-1]
		last.Answers = append(last.Answers, recommend.Answer{
			Request: last.ID, Criterion: criterion.String, Scored: scored.Bool, Late: late.Bool, At: arrivedAt.Time,
			Payload: payload,
		})
	}
	return out, nil
}

func texts(ids []recommend.RequestID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}
