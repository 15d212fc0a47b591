package db

import (
	"context"
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

// trails reads requests with all their answers, newest first.
func (db *DB) trails(ctx context.Context, ids []string) ([]recommend.Standing, error) {
	standings, err := db.standings(ctx, `SELECT * FROM standings($1::uuid[], late_too => true)`, pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("read the trails of %d requests: %w", len(ids), err)
	}
	slices.Reverse(standings)
	return standings, nil
}
