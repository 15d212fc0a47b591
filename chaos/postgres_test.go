package chaos

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"webflix/embedded"
)

// postgres is a PostgreSQL server of the case's own, with a catalogue, people and a model.
type postgres struct {
	t      *testing.T
	dir    string
	server *embedded.Server // another one after each start, on another port
}

// prepared is the data folder that every case's is a copy of.
//
//nolint:gochecknoglobals // the tests of a process share it
var prepared = sync.OnceValues(func() (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "webflix-prepared-")
	if err != nil {
		return "", err
	}
	atTheEnd(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // the server's user enters it
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	server, err := embedded.Start(ctx, embedded.Config{DataDir: dir})
	if err != nil {
		return "", err
	}
	defer func() { _ = server.Stop(ctx) }()
	programs := []string{path}
	if old := os.Getenv(oldBinary); old != "" {
		programs = []string{old, path} // tables and model are the older one's, and then the tables the newer one's
	}
	for _, program := range programs {
		prepare := exec.CommandContext(ctx, program, "prepare")
		prepare.Env = []string{"DATABASE_URL=" + server.URL(), "HOME=" + dir}
		if out, err := prepare.CombinedOutput(); err != nil {
			return "", fmt.Errorf("prepare the database: %w: %s", err, out)
		}
	}
	return dir, server.Stop(ctx)
})

// startPostgres starts a server until the test ends. Where there is none to be had the test is skipped, but not in CI.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	return startPostgresIn(t, os.TempDir())
}

// startPostgresIn starts a server whose data lies somewhere in parent.
func startPostgresIn(t *testing.T, parent string) *postgres {
	t.Helper()
	from, err := prepared()
	if err != nil {
		missing(t, "there is no PostgreSQL to break: %v", err)
	}
	dir, err := os.MkdirTemp(parent, "webflix-ledger-") //nolint:usetesting // a folder that another user may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", from+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the prepared data: %v: %s", err, out)
	}
	p := &postgres{t: t, dir: dir}
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *postgres) url() string { return p.server.URL() }

// address returns where the server listens now.
func (p *postgres) address() string {
	u, err := url.Parse(p.url())
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Host
}

// start starts the server, again with what it had. One that was killed leaves processes behind that end soon.
func (p *postgres) start() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	var err error
	for {
		p.server, err = embedded.Start(ctx, embedded.Config{DataDir: p.dir})
		if err == nil {
			return
		}
		if pause(ctx, 100*time.Millisecond); ctx.Err() != nil {
			p.t.Fatalf("start PostgreSQL: %v", err)
		}
	}
}

// stop ends the server as an administrator does.
func (p *postgres) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = p.server.Stop(ctx) // it may have been killed
}

// kill ends the server as a power cut does.
func (p *postgres) kill() {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "*", "postmaster.pid"))
	if err != nil || len(files) != 1 {
		p.t.Fatalf("find the server's process number: %v %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil || pid <= 1 {
		p.t.Fatalf("read the server's process number from %q: %v", first, err)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	<-p.server.Done()
	p.stop()
}
