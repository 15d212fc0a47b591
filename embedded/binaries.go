package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	oldestMajor = 15
	extension   = "pg_trgm" // what our migrations need beyond the server itself
)

// binaries are one installation of PostgreSQL's programs.
type binaries struct {
	dir     string   // holds initdb and postgres
	version string   // "15.20"
	major   int      // 15
	libs    []string // folders of shared libraries that the system does not look into
}

// inspect looks whether a folder holds programs that we can use. It runs postgres as the account that will: it may not be
// allowed to, or lack a library.
func inspect(ctx context.Context, dir string, libs []string, as account) (binaries, error) {
	program, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return binaries{}, errors.New("no postgres in it")
	}
	b := binaries{dir: filepath.Dir(program), libs: libs}
	if _, err := exec.LookPath(filepath.Join(b.dir, "initdb")); err != nil {
		return binaries{}, errors.New("no initdb in it")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := b.command(ctx, as, "postgres", "--version")
	cmd.Dir = "/"
	text, err := output(cmd)
	if err != nil {
		return binaries{}, fmt.Errorf("its postgres does not run: %w", err)
	}
	if b.version, b.major, err = parseVersion(text); err != nil {
		return binaries{}, err
	}
	if b.major < oldestMajor {
		return binaries{}, fmt.Errorf("PostgreSQL %s is older than %d", b.version, oldestMajor)
	}
	if !b.hasExtension(ctx, as) {
		return binaries{}, fmt.Errorf("PostgreSQL %s comes without the extension %s (a package named contrib has it)", b.version, extension)
	}
	return b, nil
}

// parseVersion reads what postgres --version prints.
func parseVersion(text string) (version string, major int, err error) {
	m := regexp.MustCompile(`\(PostgreSQL\) ((\d+)[0-9a-z.]*)`).FindStringSubmatch(text)
	if m == nil {
		return "", 0, fmt.Errorf("its postgres says it is %q", strings.TrimSpace(text))
	}
	major, err = strconv.Atoi(m[2])
	return m[1], major, err
}

// hasExtension looks where the ways to install PostgreSQL put what its programs share; the server finds it relative to itself.
func (b binaries) hasExtension(ctx context.Context, as account) bool {
	up, major := filepath.Dir(b.dir), strconv.Itoa(b.major)
	shares := []string{
		filepath.Join(up, "share", "postgresql"),                 // built from source; Maven's and npm's; Arch
		filepath.Join(up, "share"),                               // Red Hat's pgsql-17
		filepath.Join(up, "share", "pgsql"),                      // Fedora
		filepath.Join(up, "share", "postgresql@"+major),          // Homebrew
		filepath.Join(up, "../../..", "share/postgresql", major), // Debian: /usr/lib/postgresql/17/bin
		filepath.Join(up, "../..", "share", "postgresql@"+major), // Homebrew, by its link
		filepath.Join(up, "../..", "share", "postgresql"+major),  // openSUSE: /usr/lib/postgresql17/bin; Alpine: /usr/libexec
	}
	config := b.command(ctx, as, "pg_config", "--sharedir")
	config.Dir = "/"
	if text, err := output(config); err == nil {
		shares = append(shares, strings.TrimSpace(text))
	}
	for _, share := range shares {
		if _, err := os.Stat(filepath.Join(share, "extension", extension+".control")); err == nil {
			return true
		}
	}
	return false
}

// command prepares one of the programs. It gets an environment of ours: variables like PGDATA or LC_ALL would lead it astray.
// It dies with us.
func (b binaries) command(ctx context.Context, as account, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, name), args...)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"}
	if len(b.libs) > 0 {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+strings.Join(b.libs, ":"))
	}
	cmd.SysProcAttr = attributes(as, syscall.SIGKILL)
	cmd.WaitDelay = time.Second // a child of its own may hold its output open
	return cmd
}

// output runs a command and returns what it printed; an error says the end of that. A command that dies with us dies with the
// thread that started it: until it has ended, the thread is nobody else's, who could end it.
func output(cmd *exec.Cmd) (string, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	text, err := cmd.CombinedOutput()
	if err != nil && len(strings.TrimSpace(string(text))) > 0 {
		err = fmt.Errorf("%w:\n%s", err, lastLines(string(text)))
	}
	return string(text), err
}
