package embedded

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/lib/pq"
	"go.uber.org/goleak"
)

// ownerVariable makes this test binary the owner of a server on the data folder that it names, until it is killed.
const ownerVariable = "WEBFLIX_TEST_OWNER_OF"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		if err := own(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

// own runs a server for ever, and says so when it runs.
func own(dir string) error {
	if _, err := Start(context.Background(), Config{DataDir: dir, PostgresBin: os.Getenv("WEBFLIX_TEST_BIN")}); err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}

// available tries once whether there is a PostgreSQL, because trying takes long where there is none.
//
//nolint:gochecknoglobals // all tests share the answer
var available = sync.OnceValue(func() error {
	s, err := Start(context.Background(), Config{Ephemeral: true})
	if err != nil {
		return err
	}
	return s.Stop(context.Background())
})

// needServer skips the test where there is no PostgreSQL to be had, but never in CI.
func needServer(t *testing.T) {
	t.Helper()
	switch err := available(); {
	case err == nil:
	case os.Getenv("CI") != "true" && strings.Contains(err.Error(), "there is no PostgreSQL"):
		t.Skipf("this test needs a PostgreSQL: %v", err)
	default:
		t.Fatal(err)
	}
}

// startServer starts a server that stops with the test.
func startServer(t *testing.T, cfg Config) *Server {
	t.Helper()
	needServer(t)
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// dataDir makes a folder which the server's user may enter when the tests run as root: t.TempDir lies in one that it may not.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "webflix-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, storeMode()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func exec1(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func ask(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	var answer string
	if err := db.QueryRowContext(t.Context(), query).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return answer
}

// writeExecutable writes a program that the server's user may run.
func writeExecutable(t *testing.T, path, text string) {
	t.Helper()
	if err := makeDir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil { //nolint:gosec // whatever the umask
		t.Fatal(err)
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := makeDir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // anybody may read it
		t.Fatal(err)
	}
}
