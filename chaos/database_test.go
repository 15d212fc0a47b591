package chaos

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"webflix/db"
	"webflix/db/dbtest"
)

// prepared is a database with a catalogue, people and a model, made once a test run and copied for each case.
type prepared struct {
	mu   sync.Mutex
	name string
	from string // URL of some database of the same server, after the first case
}

//nolint:gochecknoglobals // the tests of a process share it
var template prepared

// database returns the URL of a prepared database of the test's own. It is dropped when the test ends.
func database(t *testing.T, path string) string {
	t.Helper()
	orders := dbtest.URL(t) // where to give orders from
	template.mu.Lock()
	defer template.mu.Unlock()
	if template.name == "" {
		bare := dbtest.URL(t)
		prepare := exec.CommandContext(t.Context(), path, "prepare")
		prepare.Env = []string{"DATABASE_URL=" + bare, "HOME=" + t.TempDir()}
		if out, err := prepare.CombinedOutput(); err != nil {
			t.Fatalf("prepare the database: %v\n%s", err, out)
		}
		template.name = copyDatabase(t, orders, nameOf(t, bare))
		template.from = withName(t, orders, "postgres")
	}
	name := copyDatabase(t, orders, template.name)
	t.Cleanup(func() {
		if err := order(context.Background(), orders, "DROP DATABASE "+pq.QuoteIdentifier(name)+" WITH (FORCE)"); err != nil {
			t.Logf("a database is left behind: %v", err)
		}
	})
	return withName(t, orders, name)
}

// drop drops the copied database, at the end of the test run.
func (p *prepared) drop() error {
	if p.name == "" {
		return nil
	}
	return order(context.Background(), p.from, "DROP DATABASE "+pq.QuoteIdentifier(p.name)+" WITH (FORCE)")
}

// copyDatabase makes a copy and returns its name, by which dbtest finds and drops one that was left behind.
func copyDatabase(t *testing.T, orders, from string) string {
	t.Helper()
	name := fmt.Sprintf("webflix_test_%d_%s", time.Now().Unix(), strings.ToLower(rand.Text()[:10]))
	if err := order(t.Context(), orders, "CREATE DATABASE "+pq.QuoteIdentifier(name)+" TEMPLATE "+pq.QuoteIdentifier(from)); err != nil {
		t.Fatalf("copy the prepared database: %v", err)
	}
	return name
}

func order(ctx context.Context, url, query string) error {
	store, err := db.Open(ctx, url, db.Named("webflix chaos"))
	if err != nil {
		return err
	}
	_, err = store.ExecContext(ctx, query)
	return errors.Join(err, store.Close())
}

func nameOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func withName(t *testing.T, address, name string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
