//go:build unix

package embedded

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeInstall makes programs that say they are that version.
func fakeInstall(t *testing.T, dir, version string) {
	t.Helper()
	writeExecutable(t, filepath.Join(dir, "bin", "postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) "+version+" (Fake 1-1)'\n")
	writeExecutable(t, filepath.Join(dir, "bin", "initdb"), "#!/bin/sh\nexit 1\n")
	writeText(t, filepath.Join(dir, "share", "postgresql", "extension", "pg_trgm.control"), "")
}

// only looks nowhere but in the folders under dir.
func only(t *testing.T, dir string) Config {
	t.Helper()
	nowhere := func(program string) (string, error) { return "", &exec.Error{Name: program, Err: exec.ErrNotFound} }
	cfg, err := Config{
		DataDir: filepath.Join(dir, "data"), CacheDir: filepath.Join(dir, "cache"),
		places: places{path: nowhere, globs: []string{filepath.Join(dir, "pg-*", "bin")}}, providers: []provider{},
	}.complete()
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestFindPrefersTheNewest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, version := range []string{"15.20", "17.1", "16.4", "14.9"} {
		fakeInstall(t, filepath.Join(dir, "pg-"+version), version)
	}
	cfg := only(t, dir)
	for want, version := range map[int]string{0: "17.1", 15: "15.20", 16: "16.4"} {
		bin, err := find(t.Context(), cfg, store{dir}, want, account{})
		if err != nil || bin.version != version {
			t.Errorf("for data of %d: %q, %v", want, bin.version, err)
		}
	}
}

func TestFindPrefersWhatIsInstalledToTheCache(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fakeInstall(t, filepath.Join(dir, "pg-15"), "15.1")
	fakeInstall(t, filepath.Join(dir, "cache", "postgres-17.1-fake"), "17.1")
	cfg := only(t, dir)
	if bin, err := find(t.Context(), cfg, store{dir}, 0, account{}); err != nil || bin.version != "15.1" {
		t.Errorf("found %q, %v", bin.version, err)
	}
	if bin, err := find(t.Context(), cfg, store{dir}, 17, account{}); err != nil || bin.version != "17.1" {
		t.Errorf("for data of 17: %q, %v", bin.version, err)
	}
}

func TestFindNamesAllThatItTried(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fakeInstall(t, filepath.Join(dir, "pg-old"), "14.9")
	fakeInstall(t, filepath.Join(dir, "pg-half"), "16.1")
	fakeInstall(t, filepath.Join(dir, "pg-plain"), "16.2")
	fakeInstall(t, filepath.Join(dir, "pg-broken"), "16.3")
	for _, name := range []string{"pg-half/bin/initdb", "pg-plain/share/postgresql/extension/pg_trgm.control"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	writeExecutable(t, filepath.Join(dir, "pg-broken/bin/postgres"), "#!/bin/sh\necho 'error while loading libfoo.so' >&2; exit 127\n")
	cfg := only(t, dir)
	cfg.providers = []provider{{"the moon", func(context.Context, int, string, func(string)) (string, error) {
		return "", errors.New("is made of cheese")
	}}}
	_, err := find(t.Context(), cfg, store{dir}, 0, account{})
	if err == nil {
		t.Fatal("found something")
	}
	for _, part := range []string{
		"there is no PostgreSQL 15 or newer", "14.9 is older than 15", "no initdb", "16.2 comes without the extension pg_trgm",
		"error while loading libfoo.so", "the moon: is made of cheese", filepath.Join(dir, "cache"),
		"install PostgreSQL 15 or newer", "POSTGRES_BIN", "DATABASE_URL",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q:\n%v", part, err)
		}
	}
}

func TestNamedBinariesAreTheOnlyOnes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fakeInstall(t, filepath.Join(dir, "pg-17"), "17.1")
	fakeInstall(t, filepath.Join(dir, "mine"), "16.1")
	cfg := only(t, dir)
	for _, name := range []string{"mine/bin", "mine/bin/postgres"} {
		cfg.PostgresBin = filepath.Join(dir, name)
		if bin, err := find(t.Context(), cfg, store{dir}, 0, account{}); err != nil || bin.version != "16.1" {
			t.Errorf("%s: %q, %v", name, bin.version, err)
		}
	}
	cfg.PostgresBin = filepath.Join(dir, "nowhere")
	if bin, err := find(t.Context(), cfg, store{dir}, 0, account{}); err == nil || !strings.Contains(err.Error(), "POSTGRES_BIN") {
		t.Errorf("nowhere: %q, %v", bin.version, err)
	}
	cfg.PostgresBin = filepath.Join(dir, "mine/bin")
	if bin, err := find(t.Context(), cfg, store{dir}, 17, account{}); err == nil || !strings.Contains(err.Error(), "cannot read the data") {
		t.Errorf("for data of 17: %q, %v", bin.version, err)
	}
}

func TestProvisionedBinariesAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := only(t, dir)
	asked := 0
	cfg.providers = []provider{
		{"broken", func(_ context.Context, _ int, tree string, _ func(string)) (string, error) {
			writeExecutable(t, filepath.Join(tree, "bin", "postgres"), "#!/bin/sh\nexit 1\n")
			return "postgres-broken", nil
		}},
		{"good", func(_ context.Context, _ int, tree string, _ func(string)) (string, error) {
			asked++
			fakeInstall(t, tree, "17.2")
			return "postgres-good", nil
		}},
	}
	writeText(t, filepath.Join(cfg.CacheDir, "postgres"+unfinished+"killed", "half"), "")
	for range 2 {
		bin, err := find(t.Context(), cfg, store{dir}, 0, account{})
		if err != nil || bin.dir != filepath.Join(cfg.CacheDir, "postgres-good", "bin") {
			t.Fatalf("found %v, %v", bin, err)
		}
	}
	if asked != 1 {
		t.Errorf("provided %d times", asked)
	}
	trees, err := filepath.Glob(filepath.Join(cfg.CacheDir, "*"))
	if err != nil || len(trees) != 2 { // the good one, and the lock
		t.Errorf("the cache holds %v, %v", trees, err)
	}
}

func TestMismatchIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"no such version here":      {"99/PG_VERSION", "99\n", "needs PostgreSQL 99"},
		"data under another's name": {"17/PG_VERSION", "16\n", "holds data of PostgreSQL 16: rename it"},
		"not data":                  {"17/letters.txt", "dear diary", "is not a PostgreSQL data folder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := dataDir(t)
			cfg := only(t, dir)
			fakeInstall(t, filepath.Join(dir, "pg-17"), "17.1")
			file := filepath.Join(cfg.DataDir, c.file)
			writeText(t, file, c.text)
			if os.Geteuid() == 0 { // as a server's data never does, it belongs to root
				if err := os.Chown(filepath.Dir(file), 65534, 65534); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Start(t.Context(), cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
			if text, err := os.ReadFile(file); err != nil || string(text) != c.text {
				t.Errorf("the file is now %q, %v", text, err)
			}
		})
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		version string
		major   int
	}{
		"postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n": {"15.20", 15},
		"postgres (PostgreSQL) 18beta1\n":                        {"18beta1", 18},
		"postgres (PostgreSQL) 9.6.24\n":                         {"9.6.24", 9},
		"mysqld 8\n":                                             {"", 0},
	} {
		version, major, err := parseVersion(text)
		if version != want.version || major != want.major || (err == nil) != (want.major != 0) {
			t.Errorf("%q: %q, %d, %v", text, version, major, err)
		}
	}
}
