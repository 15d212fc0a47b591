package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/spf13/pflag"

	"webflix/db"
	"webflix/db/dbtest"
)

// A list, with all that hangs on its films, takes the same number of SQL queries however long it is: counted at the driver of
// a whole program on a real PostgreSQL.
func TestListsTakeAConstantNumberOfQueries(t *testing.T) {
	t.Parallel()
	p, queries := startCounted(t)
	p.signIn(t, "user:10000002")
	const film = `id title genres { name movieCount } viewerState { watchedAt rating dismissed }`
	const ranking = `latest { picks { movie { ` + film + ` similar(first: 2) { title } } reasons shares { evidence { movie { title } } } } }`
	request := func(n int) string {
		var started struct{ Recommendations struct{ ID string } }
		p.query(t, fmt.Sprintf(`{ recommendations(input: {first: %d}, waitMs: 10000) { ... on Recommendation { id } } }`, n), &started)
		return started.Recommendations.ID
	}
	for name, c := range map[string]struct {
		document string
		lengths  []int
		of       func(n int) string
	}{
		"movies":          {document: `{ movies(first: %s) { edges { node { ` + film + ` } } } }`},
		"search":          {document: `{ movies(first: %s, search: "the") { nodes { ` + film + ` } } }`},
		"trending":        {document: `{ trending(first: %s) { ` + film + ` } }`},
		"history":         {document: `{ viewer { history(first: %s) { nodes { rating movie { ` + film + ` } } } } }`},
		"similar":         {document: `{ movies(first: 1) { nodes { similar(first: %s) { ` + film + ` } } } }`},
		"similar to each": {document: `{ movies(first: %s) { nodes { id similar(first: 2) { ` + film + ` } } } }`},
		"rows":            {document: `{ viewer { rows(first: %s) { because { ` + film + ` } movies { ` + film + ` } } } }`, lengths: []int{2, 3, 5}},
		"recommendations": {document: `{ recommendation(id: "%s") { ` + ranking + ` } }`, of: request},
	} {
		if c.lengths == nil {
			c.lengths = []int{5, 20, 50}
		}
		var counts []int64
		for _, n := range c.lengths {
			argument := fmt.Sprint(n)
			if c.of != nil {
				argument = c.of(n)
			}
			before := queries.Load()
			var data any
			p.query(t, fmt.Sprintf(c.document, argument), &data)
			counts = append(counts, queries.Load()-before)
			if got := longest(data); got != n {
				t.Errorf("%s: a list of %d has %d elements", name, n, got)
			}
		}
		t.Logf("%-16s %d queries for lists of %d", name, counts, c.lengths)
		if slices.Min(counts) != slices.Max(counts) || counts[0] < 1 || counts[0] > 8 {
			t.Errorf("%s: %d queries for lists of %d", name, counts, c.lengths)
		}
	}
}

// longest returns the length of the outermost list in decoded JSON.
func longest(v any) int {
	switch v := v.(type) {
	case []any:
		if len(v) == 1 { // the one film whose list is meant
			return max(longest(v[0]), 1)
		}
		return len(v)
	case map[string]any:
		most := 0
		for _, field := range v {
			most = max(most, longest(field))
		}
		return most
	default:
		return 0
	}
}

// startCounted starts every role on a database of its own, and counts the queries that HTTP requests lead to. What the
// roles ask by themselves does not count.
func startCounted(t *testing.T) (*program, *atomic.Int64) {
	t.Helper()
	queries := new(atomic.Int64)
	url := dbtest.URL(t)
	p := launch(t, func(ctx context.Context, out, log io.Writer) int {
		err := everyRoleOn(ctx, url, queries, out, log)
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(log, err)
			return exitFault
		}
		return exitOK
	})
	return p, queries
}

func everyRoleOn(ctx context.Context, url string, queries *atomic.Int64, out, log io.Writer) (err error) {
	config := &Config{}
	flags := pflag.NewFlagSet("webflix", pflag.ContinueOnError)
	for _, add := range []func(*Config, *pflag.FlagSet){
		(*Config).storeFlags, (*Config).brokerFlags, (*Config).apiFlags, (*Config).workerFlags, (*Config).aggregatorFlags,
	} {
		add(config, flags)
	}
	config.Listen, config.DevSignIn = "127.0.0.1:0", true
	p, err := newProcess(config, nil, out, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	connector, err := pq.NewConnector(url)
	if err != nil {
		return err
	}
	p.db = &db.DB{DB: sqlx.NewDb(sql.OpenDB(&countingConnector{connector, queries}), "postgres")}
	if err := p.clock.Sync(ctx, p.db); err != nil {
		return err
	}
	return everything(ctx, p)
}

// countingConnector opens connections that count queries.
type countingConnector struct {
	driver.Connector
	queries *atomic.Int64
}

// Connect opens a connection.
func (c *countingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &countingConn{conn.(pqConn), c.queries}, nil
}

// pqConn is what database/sql uses of lib/pq's connections.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type countingConn struct {
	pqConn
	queries *atomic.Int64
}

func (c *countingConn) count(ctx context.Context) {
	if ctx.Value(http.ServerContextKey) != nil {
		c.queries.Add(1)
	}
}

// QueryContext counts a query.
func (c *countingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.count(ctx)
	return c.pqConn.QueryContext(ctx, query, args)
}

// ExecContext counts a statement.
func (c *countingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.count(ctx)
	return c.pqConn.ExecContext(ctx, query, args)
}

// PrepareContext counts a statement that is prepared, as if it were run once.
func (c *countingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.count(ctx)
	return c.pqConn.PrepareContext(ctx, query)
}
