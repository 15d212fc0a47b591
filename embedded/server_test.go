//go:build unix

package embedded

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestDataSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := startServer(t, Config{DataDir: dir})
	db := open(t, s.URL())
	exec1(t, db, "CREATE TABLE kept AS SELECT 'still here' AS word")
	for setting, want := range map[string]string{
		"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "password_encryption": "scram-sha-256",
		"listen_addresses": "127.0.0.1", "jit": "off", "max_connections": "100", "server_encoding": "UTF8",
	} {
		if got := ask(t, db, "SHOW "+setting); got != want {
			t.Errorf("%s is %q, not %q", setting, got, want)
		}
	}
	if s.Adopted() {
		t.Error("a server of our own counts as adopted")
	}
	if got := ask(t, db, "SHOW server_version"); !strings.HasPrefix(got, s.Version()) {
		t.Errorf("Version is %s, the server's is %s", s.Version(), got)
	}
	_ = db.Close()
	stop(t, s)
	select {
	case <-s.Done():
	default:
		t.Error("Done is not closed after Stop")
	}

	again := startServer(t, Config{DataDir: dir})
	if got := ask(t, open(t, again.URL()), "SELECT word FROM kept"); got != "still here" {
		t.Errorf("after a restart the data is %q", got)
	}
}

func TestRoleIsEnoughForTheApplicationAndNoMore(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})
	db := open(t, s.URL())
	exec1(t, db, "CREATE EXTENSION pg_trgm")
	exec1(t, db, "CREATE DATABASE another")
	if got := ask(t, db, "SELECT similarity('Amélie', 'AMÉLIE') = 1 AND show_trgm('Ёлка') <> '{}'"); got != "true" {
		t.Error("a search does not know letters beyond a to z")
	}
	if got := ask(t, db, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"); got != "false" {
		t.Error("the application is a superuser")
	}

	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	for name, user := range map[string]*url.Userinfo{
		"no password":     url.User(roleName),
		"wrong password":  url.UserPassword(roleName, "wrong"),
		"superuser":       url.User("postgres"),
		"superuser, ours": url.UserPassword("postgres", passwordOf(u)),
	} {
		other := *u
		other.User = user
		if err := open(t, other.String()).PingContext(t.Context()); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
}

func passwordOf(u *url.URL) string {
	p, _ := u.User.Password()
	return p
}

func TestPasswordIsForOurEyes(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := startServer(t, Config{DataDir: dir, Ephemeral: true})
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.password"))
	if err != nil || len(files) != 1 {
		t.Fatalf("password files: %v, %v", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the password's file has mode %v", info.Mode())
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs: %v, %v", logs, err)
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	if password := passwordOf(u); len(password) < 20 || strings.Contains(string(text), password) {
		t.Error("the password is short, or in the log")
	}
}

func TestTwoStartsShareOneServer(t *testing.T) {
	t.Parallel()
	needServer(t)
	dir := dataDir(t)
	type result struct {
		s   *Server
		err error
	}
	results := make(chan result)
	for range 2 {
		go func() {
			s, err := Start(t.Context(), Config{DataDir: dir, Ephemeral: true})
			results <- result{s, err}
		}()
	}
	a, b := <-results, <-results
	if err := errors.Join(a.err, b.err); err != nil {
		t.Fatal(err)
	}
	owner, guest := a.s, b.s
	if owner.Adopted() {
		owner, guest = guest, owner
	}
	if owner.Adopted() || !guest.Adopted() || owner.URL() != guest.URL() {
		t.Fatalf("not one server, one owner and one guest: %v %v, %v %v", owner.URL(), owner.Adopted(), guest.URL(), guest.Adopted())
	}
	stop(t, guest)
	if err := open(t, owner.URL()).PingContext(t.Context()); err != nil {
		t.Errorf("the guest's Stop took the owner's server: %v", err)
	}
	other := startServer(t, Config{DataDir: dir})
	stop(t, owner)
	select {
	case <-other.Done(): // whoever adopted it learns that it ended
	case <-t.Context().Done():
	}
}

func TestEphemeralLeavesNothing(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})
	if _, err := os.Stat(s.remove); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, open(t, s.URL()), "SHOW fsync"); got != "off" {
		t.Errorf("fsync of a throwaway server is %s", got)
	}
	stop(t, s)
	if _, err := os.Stat(s.remove); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its folder is still there: %v", err)
	}
}

func TestAbandonedFoldersAreRemoved(t *testing.T) {
	t.Parallel()
	tmp := t.TempDir()
	writeText(t, filepath.Join(tmp, temporaryPrefix+"abandoned", "lock"), "")
	writeText(t, filepath.Join(tmp, temporaryPrefix+"used", "lock"), "")
	writeText(t, filepath.Join(tmp, "webflix-other", "lock"), "")
	held, err := lock(t.Context(), filepath.Join(tmp, temporaryPrefix+"used", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	removeAbandoned(t.Context(), tmp)
	left, err := filepath.Glob(filepath.Join(tmp, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// owner starts another process that owns a server on the data folder.
func owner(t *testing.T, dir, bin string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir, "WEBFLIX_TEST_BIN="+bin)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestServerDoesNotOutliveAKilledOwner(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	stop(t, startServer(t, Config{DataDir: dir, Ephemeral: true})) // the data is there, or the test is skipped
	cmd := owner(t, dir, "")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("the owner said %q: %v", line, err)
	}
	guest := startServer(t, Config{DataDir: dir})
	if !guest.Adopted() {
		t.Fatal("the server of another process was not adopted")
	}
	exec1(t, open(t, guest.URL()), "CREATE TABLE committed AS SELECT 'kept' AS word")
	store := store{dir}
	major, err := store.major()
	if err != nil {
		t.Fatal(err)
	}
	server, err := readPostmaster(store.data(major))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	if runtime.GOOS == "linux" {
		select {
		case <-guest.Done():
		case <-t.Context().Done():
		}
		if server.lives() {
			t.Error("the server outlived its owner")
		}
	}
	next := startServer(t, Config{DataDir: dir})
	if got := ask(t, open(t, next.URL()), "SELECT word FROM committed"); got != "kept" {
		t.Errorf("committed before the kill, now %q", got)
	}
	if runtime.GOOS != "linux" { // there it was adopted, and is nobody's now
		_ = syscall.Kill(server.pid, syscall.SIGINT)
	}
}

func TestInterruptedSetUpIsDoneAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t, Config{Ephemeral: true})
	bin := filepath.Dir(s.process.cmd.Path)
	stop(t, s)

	// An initdb that does its work and then keeps us waiting: whoever is killed now has all but finished.
	fake := filepath.Join(dataDir(t), "bin")
	waiting := filepath.Join(fake, "waiting")
	writeExecutable(t, filepath.Join(fake, "postgres"), "#!/bin/sh\nexec '"+bin+"/postgres' \"$@\"\n")
	writeExecutable(t, filepath.Join(fake, "initdb"), "#!/bin/sh\n'"+bin+"/initdb' \"$@\" && echo done >'"+waiting+"' && exec sleep 60\n")
	writeText(t, filepath.Join(fake, "../share/postgresql/extension/pg_trgm.control"), "")
	pipe := makePipe(t, waiting)

	dir := dataDir(t)
	cmd := owner(t, dir, fake)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		_ = pipe.Close() // nobody writes any more
		close(ended)
	}()
	if line, err := bufio.NewReader(pipe).ReadString('\n'); err != nil {
		t.Fatalf("initdb said %q: %v", line, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended

	if left, _ := filepath.Glob(filepath.Join(dir, "*"+unfinished+"*")); len(left) != 1 {
		t.Fatalf("the interrupted start left %v", left)
	}
	next := startServer(t, Config{DataDir: dir})
	if got := ask(t, open(t, next.URL()), "SELECT current_database()"); got != databaseName {
		t.Errorf("the database is %q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*"+unfinished+"*")); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
}

// makePipe makes a named pipe that anybody may write to, and opens it.
func makePipe(t *testing.T, path string) *os.File {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // whatever the umask
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0) // a reader alone would wait for a writer here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pipe.Close() })
	return pipe
}

func TestPortThatIsTaken(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := startServer(t, Config{DataDir: dir, Ephemeral: true})
	bin := binaries{dir: filepath.Dir(s.process.cmd.Path)}
	stop(t, s)
	store := store{dir}
	major, err := store.major()
	if err != nil {
		t.Fatal(err)
	}
	bin.major = major
	as, err := chooseAccount(store, major)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := launch(t.Context(), store, bin, as, l.Addr().(*net.TCPAddr).Port, true); !errors.Is(err, errPortTaken) {
		t.Errorf("on a taken port: %v", err)
	}
}

func TestStopWithoutTimeKeepsWhatIsCommitted(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := startServer(t, Config{DataDir: dir})
	exec1(t, open(t, s.URL()), "CREATE TABLE committed AS SELECT 'kept' AS word")
	ended, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	cancel()
	if err := s.process.stop(ended, false); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	next := startServer(t, Config{DataDir: dir})
	if got := ask(t, open(t, next.URL()), "SELECT word FROM committed"); got != "kept" {
		t.Errorf("after a stop at once: %q", got)
	}
}

func TestAServerThatCannotStartShowsItsLog(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := startServer(t, Config{DataDir: dir, Ephemeral: true})
	stop(t, s)
	files, err := filepath.Glob(filepath.Join(dir, "*", "global", "pg_control"))
	if err != nil || len(files) != 1 {
		t.Fatalf("control files: %v, %v", files, err)
	}
	if err := os.Truncate(files[0], 0); err != nil {
		t.Fatal(err)
	}
	_, err = Start(t.Context(), Config{DataDir: dir})
	if err == nil || !strings.Contains(err.Error(), "pg_control") || !strings.Contains(err.Error(), ".log") {
		t.Errorf("the error is %v", err)
	}
}
