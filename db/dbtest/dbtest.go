// Package dbtest gives tests a database of their own on a real PostgreSQL server. It is for tests alone.
//
// The server is the one of DATABASE_URL; without that variable, one that answers at the usual local address; without that,
// a throwaway server of the test run's own. When there is none at all, the test is skipped with the reason, and fails where
// CI=true.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"webflix/db"
)

// local is where a developer's own server usually answers.
const local = "postgres://postgres@127.0.0.1:5432/test?sslmode=disable"

// prefix starts the name of every database made here; what follows tells when it was made.
const prefix = "webflix_test_"

// Open returns a fresh, migrated, empty database. It is closed and dropped when the test ends.
func Open(t testing.TB) *db.DB {
	t.Helper()
	database, err := db.Open(t.Context(), URL(t), db.Named("webflix test"), db.MaxConns(8))
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() { _ = database.Close() })
	return database
}

// URL returns the address of a fresh, migrated, empty database, for a test that hands it to another process. The database
// is dropped when the test ends, whoever is still connected.
func URL(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test's setting, not the program's
			t.Fatalf("no PostgreSQL for tests: %v", err)
		}
		t.Skipf("no PostgreSQL for tests: %v", err)
	}
	name := fmt.Sprintf("%s%d_%s", prefix, time.Now().Unix(), strings.ToLower(rand.Text()[:10]))
	if err := s.exec(t.Context(), "CREATE DATABASE "+pq.QuoteIdentifier(name)+" TEMPLATE "+pq.QuoteIdentifier(s.template)); err != nil {
		t.Fatalf("make the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec(context.Background(), "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)"); err != nil {
			t.Logf("a database is left behind: %v", err)
		}
	})
	return withDatabase(s.url, name)
}

// server is where this process's tests get their databases from.
type server struct {
	url      string // of a database to give orders from
	template string // a migrated, empty database that is copied for each test
}

// shared finds the server and makes the template, once a process.
//
//nolint:gochecknoglobals // the tests of a process share it, and have no place of their own to hold it
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := find(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.dropStale(ctx); err != nil {
		return nil, err
	}
	return s, s.makeTemplate(ctx)
})

// find returns the first server that can be used. One that was named is used or reported, never passed over.
func find(ctx context.Context) (*server, error) {
	if named := os.Getenv("DATABASE_URL"); named != "" { //nolint:forbidigo // a test's setting, not the program's
		s := &server{url: named}
		if err := s.check(ctx); err != nil {
			return nil, fmt.Errorf("DATABASE_URL: %w", err)
		}
		return s, nil
	}
	s := &server{url: local}
	err := s.check(ctx)
	if err == nil {
		return s, nil
	}
	s, failure := startThrowaway(ctx)
	if failure != nil {
		return nil, fmt.Errorf("DATABASE_URL is not set; %w; a server of our own: %w", err, failure)
	}
	return s, nil
}

// check reports why the server cannot be used for tests.
func (s *server) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	orders, err := db.Open(ctx, s.url, db.Named("webflix test"))
	if err != nil {
		return err
	}
	defer func() { _ = orders.Close() }()
	var can bool
	err = orders.GetContext(ctx, &can, `SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user`)
	if err != nil {
		return fmt.Errorf("ask what the user may do: %w", err)
	}
	if !can {
		return errors.New("its user may not create databases")
	}
	return nil
}

func (s *server) exec(ctx context.Context, query string) error {
	orders, err := db.Open(ctx, s.url, db.Named("webflix test"))
	if err != nil {
		return err
	}
	defer func() { _ = orders.Close() }()
	_, err = orders.ExecContext(ctx, query)
	return err
}

// withDatabase returns the same server's address with another database's name.
func withDatabase(address, name string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return address + " dbname=" + name // lib/pq's key=value form, whose last value counts
	}
	u.Path = "/" + name
	return u.String()
}
