package db

import (
	"context"
	"database/sql"
	"encoding/json"
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

// trails reads requests with all their answers, newest first.
func (db *DB) trails(ctx context.Context, ids []string) ([]recommend.Standing, error) {
	var rows []struct {
		ID        recommend.RequestID
		User      int64 `db:"user_id"`
		Replica   string
		Deadline  time.Time
		Spec      []byte
		Sequence  int64
		FinalAt   sql.NullTime `db:"final_at"`
		Now       time.Time
		Criterion sql.NullString
		Scored    sql.NullBool
		Late      sql.NullBool
		ArrivedAt sql.NullTime `db:"arrived_at"`
		Payload   []byte
	}
	err := db.SelectContext(ctx, &rows, `
		SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.sequence, r.final_at, clock_timestamp() AS now,
		       s.criterion, s.scored, s.late, s.arrived_at, s.payload
		FROM requests r LEFT JOIN scores s ON s.request_id = r.id
		WHERE r.id = ANY ($1::uuid[]) ORDER BY r.id DESC`, pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("read the trails of %d requests: %w", len(ids), err)
	}
	var out []recommend.Standing
	for i := range rows {
		r := &rows[i]
		if n := len(out); n == 0 || out[n-1].ID != r.ID {
			s := recommend.Standing{
				Request:  recommend.Request{ID: r.ID, User: r.User, Replica: r.Replica, Deadline: r.Deadline},
				Sequence: r.Sequence, FinalAt: r.FinalAt.Time, Now: r.Now,
			}
			if err := json.Unmarshal(r.Spec, &s.Spec); err != nil {
				return nil, fmt.Errorf("read the spec of request %s: %w", r.ID, err)
			}
			out = append(out, s)
		}
		if r.Criterion.Valid {
			last := &out[len(out)-1]
			last.Answers = append(last.Answers, recommend.Answer{
				Request: r.ID, Criterion: r.Criterion.String, Scored: r.Scored.Bool, Late: r.Late.Bool, At: r.ArrivedAt.Time,
				Payload: r.Payload,
			})
		}
	}
	return out, nil
}
