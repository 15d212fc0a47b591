package main

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/spf13/pflag"

	"webflix/db"
	"webflix/db/dbtest"
)

// A list, with all that hangs on its films, takes the same number of SQL queries however long it is: counted at the driver of
// a whole program on a real PostgreSQL. No film is remembered from one list to the next, and each
// reading of films has a look whether they are known.
func TestListsTakeAConstantNumberOfQueries(t *testing.T) {
	t.Parallel()
	p, queries, forget := startCounted(t)
	p.token = serviceToken(t)
	var people, films struct {
		Nodes struct{ Nodes []struct{ ID string } }
	}
	p.query(t, `{ nodes: users(first: 50) { nodes { id } } }`, &people)
	var genres struct{ Nodes []struct{ ID string } }
	p.query(t, `{ nodes: genres { id } }`, &genres)
	p.query(t, `{ nodes: movies(first: 50) { nodes { id } } }`, &films)
	for i, person := range people.Nodes.Nodes {
		var done any
		p.query(t, fmt.Sprintf(`mutation { dismissMovie(input: {user: %q, movie: %q}) { __typename } }`,
			person.ID, films.Nodes.Nodes[i].ID), &done)
	}
	ids := func(of []struct{ ID string }) func(n int) string {
		return func(n int) string {
			list, _ := json.Marshal(of[:n])
			return strings.NewReplacer(`{"ID":`, "", "}", "").Replace(string(list))
		}
	}
	const film = `id title genres { name movieCount } viewerState { watchedAt rating dismissed }`
	const past = `history(first: 3) { totalCount nodes { movie { ` + film + ` } } } `
	const taste = `taste { watchCount genres { genre share } eras { decade } } `
	const dismissed = `dismissed(first: 2) { ` + film + ` }`
	const person = `name ` + past + taste + dismissed
	const ranking = `latest { picks { movie { ` + film + ` similar(first: 2) { title } } reasons shares { evidence { movie { title } } } } }`
	request := func(n int) string {
		var started struct{ Recommendations struct{ ID string } }
		p.query(t, fmt.Sprintf(`{ recommendations(input: {first: %d}, waitMs: 10000) { ... on Recommendation { id } } }`, n), &started)
		return started.Recommendations.ID
	}
	requests := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = request(3 + i%5)
		}
		text, _ := json.Marshal(list)
		return string(text)
	}
	for name, c := range map[string]struct {
		document string
		lengths  []int
		of       func(n int) string
		most     int64 // queries; 0: the same for each length. Who asks first for the films of two lists may read them alone
	}{
		"movies":          {document: `{ movies(first: %s) { edges { node { ` + film + ` } } } }`},
		"search":          {document: `{ movies(first: %s, search: "the") { nodes { ` + film + ` } } }`},
		"trending":        {document: `{ trending(first: %s) { ` + film + ` } }`},
		"history":         {document: `{ viewer { history(first: %s) { nodes { rating movie { ` + film + ` } } } } }`},
		"similar":         {document: `{ movies(first: 1) { nodes { similar(first: %s) { ` + film + ` } } } }`},
		"similar to each": {document: `{ movies(first: %s) { nodes { id similar(first: 2) { ` + film + ` } } } }`},
		"rows":            {document: `{ viewer { rows(first: %s) { because { ` + film + ` } movies { ` + film + ` } } } }`, lengths: []int{2, 3, 5}},
		"people's past":   {document: `{ users(first: %s) { nodes { ` + past + ` } } }`},
		"people's rows":   {document: `{ users(first: %s) { nodes { id rows(first: 2) { because { title } movies { ` + film + ` } } } } }`, lengths: []int{2, 5, 10}},
		"requests by id":  {document: `{ nodes(ids: %s) { id ... on Recommendation { latest { picks { movie { ` + film + ` } reasons } } } } }`, of: requests, most: 5},
		"genres by id":    {document: `{ nodes(ids: %s) { id ... on Genre { name movieCount } } }`, lengths: []int{2, 5, 15}, of: ids(genres.Nodes)},
		"people's taste":  {document: `{ users(first: %s) { nodes { ` + taste + ` } } }`},
		"people's no":     {document: `{ users(first: %s) { nodes { ` + dismissed + ` } } }`},
		"people":          {document: `{ users(first: %s) { nodes { ` + person + ` } } }`, most: 13},
		"people by id":    {document: `{ nodes(ids: %s) { id ... on User { ` + person + ` } } }`, of: ids(people.Nodes.Nodes), most: 13},
		"films by id":     {document: `{ nodes(ids: %s) { id ... on Movie { ` + film + ` } } }`, of: ids(films.Nodes.Nodes)},
		"recommendations": {document: `{ recommendation(id: "%s") { ` + ranking + ` } }`, of: request, most: 7},
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
			forget()
			before := queries.Load()
			var data any
			p.query(t, fmt.Sprintf(c.document, argument), &data)
			counts = append(counts, queries.Load()-before)
			if got := longest(data); got != n {
				t.Errorf("%s: a list of %d has %d elements", name, n, got)
			}
		}
		t.Logf("%-16s %d queries for lists of %d", name, counts, c.lengths)
		if c.most == 0 && slices.Min(counts) != slices.Max(counts) || counts[0] < 1 || slices.Max(counts) > cmp.Or(c.most, 9) {
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

// countedSecret signs the tokens of startCounted's program.
const countedSecret = "a secret of forty characters, for a test"

// serviceToken is of a service, which sees what hangs on everybody, and watches films itself.
func serviceToken(t *testing.T) string {
	t.Helper()
	claims := jwt.MapClaims{"sub": "user:10000002", "role": "service", "exp": time.Now().Add(time.Hour).Unix()}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(countedSecret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// startCounted starts every role on a database of its own, and counts the queries that HTTP requests lead to. What the
// roles ask by themselves does not count. forget makes the program forget its films, as an import does.
func startCounted(t *testing.T) (p *program, queries *atomic.Int64, forget func()) {
	t.Helper()
	queries = new(atomic.Int64)
	url := dbtest.URL(t)
	p = launch(t, func(ctx context.Context, out, log io.Writer) int {
		err := everyRoleOn(ctx, url, queries, out, log)
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(log, err)
			return exitFault
		}
		return exitOK
	})
	own, err := sqlx.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	return p, queries, func() {
		t.Helper()
		if _, err := own.ExecContext(t.Context(), `UPDATE datasets SET imported_at = imported_at + interval '1 second'`); err != nil {
			t.Fatal(err)
		}
	}
}

func everyRoleOn(ctx context.Context, url string, queries *atomic.Int64, out, log io.Writer) (err error) {
	config := &Config{}
	flags := pflag.NewFlagSet("webflix", pflag.ContinueOnError)
	for _, add := range []func(*Config, *pflag.FlagSet){
		(*Config).storeFlags, (*Config).brokerFlags, (*Config).apiFlags, (*Config).workerFlags, (*Config).aggregatorFlags,
	} {
		add(config, flags)
	}
	config.Listen, config.DevSignIn, config.JWTSecret = "127.0.0.1:0", openDoor{said: true, on: true}, countedSecret
	p, err := newProcess(config, nil, out, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	p.filmsEvery = 0
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
