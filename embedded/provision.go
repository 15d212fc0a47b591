package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// provider brings PostgreSQL's programs from elsewhere.
type provider struct {
	name string

	// unpack puts a tree of programs into the empty folder dir, of the major version that is wanted, 0 for any, and returns its
	// name in the cache. say tells the person before something takes long.
	unpack func(ctx context.Context, want int, dir string, say func(string)) (tree string, err error)
}

// usualProviders are in the order in which they are asked.
func usualProviders() []provider {
	maven, npm := newMaven(), newNpm()
	return []provider{
		{"Maven Central", maven.unpack},
		{"apt-get download", apt{exec.LookPath}.unpack},
		{"npm pack", npm.unpack},
	}
}

// provision asks each provider in turn, and keeps the first tree that runs in the cache.
func (f *search) provision(ctx context.Context) (binaries, bool) {
	cache := f.cfg.CacheDir
	if err := makeDir(cache, storeMode()); err != nil {
		f.fail("downloads", fmt.Errorf("make the cache folder: %w", err))
		return binaries{}, false
	}
	if err := f.as.reach(cache); err != nil {
		f.fail("downloads", err)
		return binaries{}, false
	}
	held, err := lock(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		f.fail("downloads", fmt.Errorf("wait for another download: %w", err))
		return binaries{}, false
	}
	defer held.Close() //nolint:errcheck // closing it is what unlocks
	if err := removeUnfinished(cache); err != nil {
		f.fail("downloads", fmt.Errorf("remove what an interrupted download left: %w", err))
		return binaries{}, false
	}
	waited := search{cfg: f.cfg, as: f.as, want: f.want, data: f.data}
	if bin, ok := waited.cached(ctx); ok {
		return bin, true // another process brought it while we waited
	}
	for _, p := range f.cfg.providers {
		if ctx.Err() != nil {
			break
		}
		bin, err := f.ask(ctx, p)
		if err != nil {
			f.fail(p.name, err)
			continue
		}
		return bin, true
	}
	return binaries{}, false
}

// scratch makes a folder for what a provider needs on the way, beside the tree that it unpacks.
func scratch(tree string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(filepath.Dir(tree), "download"+unfinished)
	if err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil // what is left goes at the next download
}

// ask has a provider unpack into a folder that becomes part of the cache only when what is in it runs.
func (f *search) ask(ctx context.Context, p provider) (bin binaries, err error) {
	dir, err := os.MkdirTemp(f.cfg.CacheDir, "postgres"+unfinished)
	if err != nil {
		return binaries{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, storeMode()); err != nil {
		return binaries{}, err
	}
	name, err := p.unpack(ctx, f.want, dir, func(what string) { f.cfg.say("There is no PostgreSQL here: fetching %s", what) })
	if err != nil {
		return binaries{}, err
	}
	trial := search{cfg: f.cfg, as: f.as, want: f.want, data: f.data}
	if _, ok := trial.inspectTree(ctx, dir); !ok {
		if len(trial.tried) == 0 {
			return binaries{}, errors.New("it brought no postgres")
		}
		return binaries{}, errors.New(trial.tried[0])
	}
	tree := filepath.Join(f.cfg.CacheDir, name)
	if err := os.RemoveAll(tree); err != nil { // it was looked at before, and did not run
		return binaries{}, err
	}
	if err := os.Rename(dir, tree); err != nil {
		return binaries{}, err
	}
	bin, ok := trial.inspectTree(ctx, tree)
	if !ok {
		return binaries{}, fmt.Errorf("it does not run in %s", tree)
	}
	return bin, nil
}
