package embedded

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// places say where local binaries may lie.
type places struct {
	path  func(program string) (string, error) // looks in PATH; nil means the usual places
	globs []string                             // folders that hold initdb and postgres
}

func usualPlaces() places {
	return places{
		path: exec.LookPath,
		globs: []string{
			"/usr/lib/postgresql/*/bin",                            // Debian, Ubuntu
			"/usr/pgsql-*/bin",                                     // Red Hat, with PostgreSQL's own packages
			"/usr/lib/postgresql*/bin", "/usr/libexec/postgresql*", // openSUSE, Alpine
			"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple's processors
			"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel's
			"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
			"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
			"/usr/local/pgsql/bin",                               // built from source
		},
	}
}

// dirs are the folders that have a postgres, each once.
func (p places) dirs(ctx context.Context) []string {
	var found []string
	if program, err := p.path("postgres"); err == nil {
		found = append(found, filepath.Dir(program))
	}
	if program, err := p.path("pg_config"); err == nil {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if text, err := exec.CommandContext(ctx, program, "--bindir").Output(); err == nil {
			found = append(found, strings.TrimSpace(string(text)))
		}
	}
	for _, glob := range p.globs {
		dirs, _ := filepath.Glob(glob) // fails on a bad pattern only
		found = append(found, dirs...)
	}
	var dirs []string
	for _, dir := range found {
		program, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil {
			continue
		}
		if dir := filepath.Dir(program); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// String lists them, for an error.
func (p places) String() string {
	return strings.Join(slices.Concat([]string{"PATH", "pg_config"}, p.globs), ", ")
}
