package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

const (
	databaseName = "webflix"
	roleName     = "webflix"
	unfinished   = ".new-" // in the name of a folder that is being made
)

// store is the folder that holds the data folders, one for each major version. Whoever changes it holds its lock.
type store struct{ dir string }

func (s store) data(major int) string         { return filepath.Join(s.dir, strconv.Itoa(major)) }
func (s store) log(major int) string          { return s.data(major) + ".log" }
func (s store) passwordFile(major int) string { return s.data(major) + ".password" }
func (s store) access() string                { return filepath.Join(s.dir, "pg_hba.conf") }

// openStore makes the folder when there is none.
func openStore(dir string) (store, error) {
	if err := makeDir(dir, storeMode()); err != nil {
		return store{}, fmt.Errorf("make the data folder: %w", err)
	}
	// The server is told its data folder by its real name, so that it can be compared with what a process works in.
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return store{}, fmt.Errorf("open the data folder: %w", err)
	}
	return store{dir}, nil
}

// storeMode lets the server's user pass through the folder when that is not us.
func storeMode() fs.FileMode {
	if os.Geteuid() == 0 {
		return 0o755
	}
	return 0o700
}

// major is the major version of the data that there is, 0 when there is none. Of several the newest counts: the older ones are
// what somebody upgraded from. It fails on a folder that is not what its name says, and changes nothing.
func (s store) major() (int, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return 0, fmt.Errorf("look for data: %w", err)
	}
	newest := 0
	for _, e := range entries {
		major, err := strconv.Atoi(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		has, err := s.holds(major)
		if err != nil {
			return 0, err
		}
		if has {
			newest = max(newest, major)
		}
	}
	return newest, nil
}

// holds says whether the data folder of that version has data. An empty folder has none.
func (s store) holds(major int) (bool, error) {
	dir := s.data(major)
	text, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if os.Remove(dir) == nil { // it goes only when it is empty
			return false, nil
		}
		return false, fmt.Errorf("%s is not a PostgreSQL data folder: move it away, or choose another data folder; nothing was changed", dir)
	case errors.Is(err, fs.ErrPermission):
		owner, _ := s.owner(major)
		return false, fmt.Errorf("the data in %s belongs to the user %s: start as that user, or choose another data folder", dir, userName(owner))
	case err != nil:
		return false, fmt.Errorf("look for data: %w", err)
	}
	if made := strings.TrimSpace(string(text)); made != strconv.Itoa(major) {
		return false, fmt.Errorf("%s holds data of PostgreSQL %s: rename it to %s, or choose another data folder; nothing was changed",
			dir, made, filepath.Join(s.dir, made))
	}
	return true, nil
}

// owner is the user id that the data belongs to, -1 without data.
func (s store) owner(major int) (int, error) {
	if major == 0 {
		return -1, nil
	}
	info, err := os.Stat(s.data(major))
	if err != nil {
		return -1, fmt.Errorf("look for data: %w", err)
	}
	uid, _ := ownerOf(info)
	return uid, nil
}

// password is what the application's role logs in with.
func (s store) password(major int) (string, error) {
	text, err := os.ReadFile(s.passwordFile(major))
	if err != nil {
		return "", fmt.Errorf("read the password of the data in %s: %w", s.data(major), err)
	}
	return string(text), nil
}

// create makes the data of a new server: in a folder with another name, which gets its own only when all is there.
func (s store) create(ctx context.Context, bin binaries, as account, ephemeral bool) (err error) {
	if err := removeUnfinished(s.dir); err != nil {
		return fmt.Errorf("remove what an interrupted start left: %w", err)
	}
	dir, err := os.MkdirTemp(s.dir, strconv.Itoa(bin.major)+unfinished)
	if err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := as.own(dir); err != nil {
		return fmt.Errorf("give the data folder to %s: %w", as.name, err)
	}
	if err := s.initialise(ctx, bin, as, dir, ephemeral); err != nil {
		return err
	}
	password := rand.Text()
	if err := s.createDatabase(ctx, bin, as, dir, password); err != nil {
		return err
	}
	if err := writePrivate(s.passwordFile(bin.major), password); err != nil {
		return fmt.Errorf("keep the password: %w", err)
	}
	if err := os.Rename(dir, s.data(bin.major)); err != nil {
		return fmt.Errorf("finish the data folder: %w", err)
	}
	return nil
}

// initialise runs initdb. Text is compared by code point, fast and the same everywhere, and letters are told by the first locale
// that the system has: with "C" alone, a search would be blind to every letter beyond a to z. The superuser has no password and
// nobody may log in as it.
func (s store) initialise(ctx context.Context, bin binaries, as account, dir string, ephemeral bool) error {
	ctypes := []string{"C.UTF-8", "en_US.UTF-8", "C"}
	if runtime.GOOS == "darwin" {
		ctypes = []string{"en_US.UTF-8", "UTF-8", "C"}
	}
	var err error
	for _, ctype := range ctypes {
		args := []string{
			"-D", dir, "--username=postgres", "--auth=reject", "--encoding=UTF8", "--locale=C", "--lc-ctype=" + ctype,
			"--no-instructions",
		}
		if ephemeral {
			args = append(args, "--no-sync")
		}
		cmd := bin.command(ctx, as, "initdb", args...)
		cmd.Dir = s.dir
		if _, err = output(cmd); err == nil {
			return nil
		}
		if !strings.Contains(err.Error(), "locale") {
			break
		}
	}
	return fmt.Errorf("make a database with %s: %w", filepath.Join(bin.dir, "initdb"), err)
}

// createDatabase makes the application's role and database, in a server without a network that reads SQL from its input. The
// role owns its database and may make others, and is no superuser.
func (s store) createDatabase(ctx context.Context, bin binaries, as account, dir, password string) error {
	cmd := bin.command(ctx, as, "postgres", "--single", "-D", dir, "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "postgres")
	cmd.Dir = s.dir
	// A statement is a line.
	cmd.Stdin = strings.NewReader("CREATE ROLE " + roleName + " LOGIN CREATEDB PASSWORD '" + password + "'\n" +
		"CREATE DATABASE " + databaseName + " OWNER " + roleName + "\n")
	if _, err := output(cmd); err != nil {
		return fmt.Errorf("make the database %s: %w", databaseName, err)
	}
	return nil
}

// writePrivate writes a file that only we may read, whole or not at all.
func writePrivate(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+unfinished) // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// removeUnfinished removes what was being made when a process was killed. The caller holds the folder's lock.
func removeUnfinished(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "*"+unfinished+"*"))
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
