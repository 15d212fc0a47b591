package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// temporaryPrefix begins the names of the folders of ephemeral servers.
const temporaryPrefix = "webflix-postgres-"

// startTemporary runs a server in a temporary folder of its own, which is locked as long as the server lives: one without a lock
// was left by a test that was killed, and is removed here.
func startTemporary(ctx context.Context, cfg Config) (*Server, error) {
	removeAbandoned(ctx, os.TempDir())
	dir, held, err := lockedTemporary(ctx)
	if err != nil {
		return nil, fmt.Errorf("make a temporary data folder: %w", err)
	}
	s, err := startIn(ctx, cfg, dir)
	if err != nil {
		return nil, errors.Join(err, held.Close(), os.RemoveAll(dir))
	}
	s.lock, s.remove = held, dir
	return s, nil
}

func startIn(ctx context.Context, cfg Config, dir string) (*Server, error) {
	store, err := openStore(dir)
	if err != nil {
		return nil, err
	}
	return start(ctx, cfg, store)
}

// lockedTemporary makes a temporary folder. It gets its name when it is locked, not before: it is never seen without a lock.
func lockedTemporary(ctx context.Context) (string, io.Closer, error) {
	made, err := os.MkdirTemp(os.TempDir(), "webflix"+unfinished)
	if err != nil {
		return "", nil, err
	}
	held, err := lock(ctx, filepath.Join(made, "lock"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(made))
	}
	dir := filepath.Join(filepath.Dir(made), temporaryPrefix+strings.TrimPrefix(filepath.Base(made), "webflix"+unfinished))
	if err := errors.Join(os.Chmod(made, storeMode()), os.Rename(made, dir)); err != nil {
		return "", nil, errors.Join(err, held.Close(), os.RemoveAll(made))
	}
	return dir, held, nil
}

// removeAbandoned removes the temporary folders of ours that nobody holds a lock on. What cannot be removed is left: another
// process may be removing it.
func removeAbandoned(ctx context.Context, tmp string) {
	dirs, _ := filepath.Glob(filepath.Join(tmp, temporaryPrefix+"*"))
	ctx, cancel := context.WithCancel(ctx)
	cancel() // take a lock only if it is free
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() {
			continue
		}
		if uid, _ := ownerOf(info); uid != os.Geteuid() {
			continue
		}
		held, err := lock(ctx, filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		if !serverLives(dir) {
			_ = os.RemoveAll(dir)
		}
		_ = held.Close()
	}
}

// serverLives says whether a server still runs on any data in the store: for a moment one outlives its killed owner.
func serverLives(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*", "postmaster.pid"))
	for _, file := range files {
		if p, err := readPostmaster(filepath.Dir(file)); err == nil && p.lives() {
			return true
		}
	}
	return false
}
