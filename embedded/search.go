package embedded

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// search looks for binaries, nearest first, and remembers what it tried.
type search struct {
	cfg   Config
	as    account
	want  int    // major version of the data that there is; 0: any
	data  string // where that lies
	tried []string
}

// find returns the binaries to use. Its error lists all that was tried, and what to do.
func find(ctx context.Context, cfg Config, s store, want int, as account) (binaries, error) {
	f := search{cfg: cfg, as: as, want: want, data: s.data(want)}
	if cfg.PostgresBin != "" {
		return f.named(ctx)
	}
	for _, look := range []func(context.Context) (binaries, bool){f.local, f.cached, f.provision} {
		if bin, ok := look(ctx); ok {
			return bin, nil
		}
		if ctx.Err() != nil {
			return binaries{}, fmt.Errorf("look for PostgreSQL: %w", ctx.Err())
		}
	}
	return binaries{}, f.failure()
}

// named inspects what POSTGRES_BIN names. When it will not do, that is an error: somebody wants these and no others.
func (f *search) named(ctx context.Context) (binaries, error) {
	dir := f.cfg.PostgresBin
	if filepath.Base(dir) == "postgres" {
		dir = filepath.Dir(dir)
	}
	bin, err := inspect(ctx, dir, nil, f.as)
	if err == nil {
		err = f.fits(bin)
	}
	if err != nil {
		return binaries{}, fmt.Errorf("POSTGRES_BIN names %s: %w", f.cfg.PostgresBin, err)
	}
	return bin, nil
}

// local looks at what is installed.
func (f *search) local(ctx context.Context) (binaries, bool) {
	var found []binaries
	dirs := f.cfg.places.dirs(ctx)
	for _, dir := range dirs {
		if bin, ok := f.inspect(ctx, dir, nil); ok {
			found = append(found, bin)
		}
	}
	if len(dirs) == 0 {
		f.fail("installed here", fmt.Errorf("nothing in %v", f.cfg.places))
	}
	return newest(found)
}

// cached looks at what was provisioned before.
func (f *search) cached(ctx context.Context) (binaries, bool) {
	trees, _ := filepath.Glob(filepath.Join(f.cfg.CacheDir, "postgres-*")) // fails on a bad pattern only
	var found []binaries
	for _, tree := range trees {
		if bin, ok := f.inspectTree(ctx, tree); ok {
			found = append(found, bin)
		}
	}
	if len(trees) == 0 {
		f.fail("provisioned before", fmt.Errorf("nothing in %s", f.cfg.CacheDir))
	}
	return newest(found)
}

// inspectTree looks at an unpacked archive: it has bin, or is laid out as Debian's packages are.
func (f *search) inspectTree(ctx context.Context, tree string) (binaries, bool) {
	var dirs, libs []string
	for _, glob := range []string{"bin", "usr/lib/postgresql/*/bin"} {
		match, _ := filepath.Glob(filepath.Join(tree, glob))
		dirs = append(dirs, match...)
	}
	for _, glob := range []string{"usr/lib/*-linux-*", "lib/*-linux-*"} {
		match, _ := filepath.Glob(filepath.Join(tree, glob))
		libs = append(libs, match...)
	}
	for _, dir := range dirs {
		if bin, ok := f.inspect(ctx, dir, libs); ok {
			return bin, true
		}
	}
	return binaries{}, false
}

func (f *search) inspect(ctx context.Context, dir string, libs []string) (binaries, bool) {
	bin, err := inspect(ctx, dir, libs, f.as)
	if err == nil {
		err = f.fits(bin)
	}
	if err != nil {
		f.fail(dir, err)
		return binaries{}, false
	}
	f.cfg.Log.Debug("postgres can be used", "version", bin.version, "dir", bin.dir)
	return bin, true
}

// fits refuses another major version than the data's: it could not read it.
func (f *search) fits(bin binaries) error {
	if f.want != 0 && bin.major != f.want {
		return fmt.Errorf("PostgreSQL %s cannot read the data in %s, which PostgreSQL %d made", bin.version, f.data, f.want)
	}
	return nil
}

func (f *search) fail(what string, err error) {
	f.cfg.Log.Debug("postgres cannot be used", "from", what, "reason", err)
	f.tried = append(f.tried, what+": "+err.Error())
}

// failure is the error when nothing will do.
func (f *search) failure() error {
	var b strings.Builder
	version := fmt.Sprintf("%d or newer", oldestMajor)
	if f.want == 0 {
		fmt.Fprintf(&b, "there is no PostgreSQL %s to run here. Tried:\n", version)
	} else {
		version = fmt.Sprint(f.want)
		fmt.Fprintf(&b, "the data in %s needs PostgreSQL %s, and there is none to run here; nothing was changed. Tried:\n", f.data, version)
	}
	for _, line := range f.tried {
		b.WriteString("  - " + strings.ReplaceAll(line, "\n", "\n    ") + "\n")
	}
	b.WriteString("Do one of these and start again:\n")
	fmt.Fprintf(&b, "  - install PostgreSQL %s with its contrib extensions (Debian, Ubuntu: apt install postgresql;\n"+
		"    Fedora: dnf install postgresql-server postgresql-contrib; macOS: brew install postgresql@17)\n", version)
	b.WriteString("  - set POSTGRES_BIN to the folder of its initdb and postgres\n")
	b.WriteString("  - set DATABASE_URL to a database of yours: postgres://user:password@host:5432/name")
	if f.want != 0 {
		fmt.Fprintf(&b, "\n  - move %s away, to begin anew with another version; or convert it with pg_upgrade", f.data)
	}
	return errors.New(b.String())
}

// newest prefers the newest major version, and of one major what was found first.
func newest(found []binaries) (binaries, bool) {
	if len(found) == 0 {
		return binaries{}, false
	}
	return slices.MaxFunc(found, func(a, b binaries) int { return a.major - b.major }), true
}
