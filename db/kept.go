package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/jmoiron/sqlx"

	"webflix/recommend"
)

// kept has the statements of the hot path, prepared: one round trip each time, and no planning after the first few. It makes
// each when it is first wanted; database/sql prepares it on every connection that runs it.
type kept struct{ statements sync.Map } // *sqlx.Stmt by query

func (db *DB) statement(ctx context.Context, query string) (*sqlx.Stmt, error) {
	if s, ok := db.kept.statements.Load(query); ok {
		return s.(*sqlx.Stmt), nil //nolint:forcetypeassert // nothing else is stored
	}
	s, err := db.PreparexContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare a statement: %w", err)
	}
	if first, made := db.kept.statements.LoadOrStore(query, s); made {
		_ = s.Close()                  //nolint:sqlclosecheck // somebody was faster; the other one is kept
		return first.(*sqlx.Stmt), nil //nolint:forcetypeassert // nothing else is stored
	}
	return s, nil
}

func (db *DB) keptQuery(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := db.statement(ctx, query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (db *DB) keptSelect(ctx context.Context, to any, query string, args ...any) error {
	s, err := db.statement(ctx, query) //nolint:sqlclosecheck // it is kept
	if err != nil {
		return err
	}
	return s.SelectContext(ctx, to, args...)
}

// specs remembers specs by their JSON: most requests ask for the same, and each is read several times. Who gets one does not
// change what is in it.
type specs struct {
	mu    sync.Mutex // protects known
	known map[string]recommend.Spec
}

// mostSpecs bounds what is remembered.
const mostSpecs = 1000

func (c *specs) read(raw []byte) (spec recommend.Spec, err error) {
	c.mu.Lock()
	spec, ok := c.known[string(raw)]
	c.mu.Unlock()
	if ok {
		return spec, nil
	}
	if err := json.Unmarshal(raw, &spec); err != nil {
		return spec, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= mostSpecs {
		c.known = map[string]recommend.Spec{}
	}
	c.known[string(raw)] = spec
	return spec, nil
}
