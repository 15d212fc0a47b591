// Package embedded finds or provisions a PostgreSQL and runs it as a process of ours, for a start with nothing installed.
//
// # What it leaves on disk
//
// Config.DataDir holds one data folder for each major version, named by it ("17"), and beside it its password ("17.password",
// mode 0600) and log ("17.log"). A data folder that another major version made is refused and never touched. A data folder
// appears under its name only when it is complete, so a start that was killed half way is simply done again.
//
// # Whose process
//
// PostgreSQL refuses to run as root. Started as root, it runs as the owner of the data, else as the user postgres, else nobody,
// which is why root's data lies in /var/lib and not under root's home, which those may not enter. Config.DataDir itself stays
// root's: only the data folder is the server's.
//
// # One server, several processes
//
// The first process to start owns the server; one that starts later on the same Config.DataDir adopts it and shares it. The
// server ends with its owner: by Stop, and on Linux also when the owner is killed, so those who adopted it lose it then and must
// start again. Elsewhere a server whose owner was killed lives on, and the next start adopts it.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Config says where things lie. Its zero value works.
type Config struct {
	DataDir  string // where the data folders lie; "": /var/lib/webflix/postgres for root, else the user's place for data
	CacheDir string // where provisioned binaries are kept; "": /var/cache/webflix for root, else the user's cache folder

	// PostgresBin is a folder that holds initdb and postgres. When it is set, no other place is looked at.
	PostgresBin string

	// Ephemeral makes a server for a test: nothing is synced to disk, so a crash loses data. With DataDir empty the data lies
	// in a temporary folder that Stop removes.
	Ephemeral bool

	Progress io.Writer    // told in a line what takes long; nil: nobody
	Log      *slog.Logger // told which binaries were tried; nil: nobody

	places    places     // tests look elsewhere
	providers []provider // tests provide otherwise
}

// Server is a running PostgreSQL.
type Server struct {
	url      string
	version  string
	adopted  bool
	process  *process // nil when adopted
	lock     io.Closer
	remove   string // folder to remove when it has stopped, so that a clean stop is not worth the time; "" for none
	done     <-chan struct{}
	forget   context.CancelFunc // ends the watch over an adopted server
	stopOnce sync.Once
	stopErr  error
}

// Start runs a server on the data in cfg.DataDir, or adopts the one that runs there, and returns when it takes connections. It
// makes the data when there is none. ctx bounds the start alone; the server runs until Stop.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if !supported {
		return nil, errors.New("the embedded PostgreSQL does not run on this system: set DATABASE_URL to a server's")
	}
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	if cfg.Ephemeral && cfg.DataDir == "" {
		return startTemporary(ctx, cfg)
	}
	store, err := openStore(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, filepath.Join(store.dir, "lock"))
	if err != nil {
		return nil, fmt.Errorf("wait for another start on %s: %w", store.dir, err)
	}
	defer unlock.Close() //nolint:errcheck // closing it is what unlocks
	return start(ctx, cfg, store)
}

// start does it all under the store's lock.
func start(ctx context.Context, cfg Config, store store) (*Server, error) {
	major, err := store.major()
	if err != nil {
		return nil, err
	}
	as, err := chooseAccount(store, major)
	if err != nil {
		return nil, err
	}
	if major != 0 {
		s, err := adopt(ctx, store, major)
		if s != nil || err != nil {
			return s, err
		}
	}
	bin, err := find(ctx, cfg, store, major, as)
	if err != nil {
		return nil, err
	}
	if major == 0 {
		cfg.say("Setting up an embedded PostgreSQL %s in %s", bin.version, store.dir)
		if err := store.create(ctx, bin, as, cfg.Ephemeral); err != nil {
			return nil, err
		}
	}
	return run(ctx, cfg, store, bin, as)
}

// run starts the server's process, on another port when somebody took the first one between our look and the server's.
func run(ctx context.Context, cfg Config, store store, bin binaries, as account) (*Server, error) {
	password, err := store.password(bin.major)
	if err != nil {
		return nil, err
	}
	var p *process
	for range 5 {
		port, err := freePort(ctx)
		if err != nil {
			return nil, err
		}
		p, err = launch(ctx, store, bin, as, port, cfg.Ephemeral)
		if errors.Is(err, errPortTaken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		cfg.Log.Info("postgres runs", "version", bin.version, "port", port, "data", store.data(bin.major), "pid", p.pid())
		return &Server{url: connectionURL(port, password), version: bin.version, process: p, done: p.done}, nil
	}
	return nil, fmt.Errorf("start PostgreSQL: %w, five times", errPortTaken)
}

// URL is the address of the application's database, with its password: postgres://…/webflix. The role may create databases and
// is no superuser.
func (s *Server) URL() string { return s.url }

// Version is PostgreSQL's version, "17.10"; of an adopted server the major alone, "17".
func (s *Server) Version() string { return s.version }

// Adopted says that another process owns the server.
func (s *Server) Adopted() bool { return s.adopted }

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server cleanly, and at once when ctx ends first: nothing committed is lost even so, but the next start takes
// longer. An adopted server is only let go. It may be called more than once.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { s.stopErr = s.stop(ctx) })
	return s.stopErr
}

func (s *Server) stop(ctx context.Context) error {
	if s.adopted {
		s.forget()
		<-s.done
		return nil
	}
	err := s.process.stop(ctx, s.remove != "")
	if s.remove != "" {
		err = errors.Join(err, os.RemoveAll(s.remove))
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// complete fills in what is not set.
func (cfg Config) complete() (Config, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Progress == nil {
		cfg.Progress = io.Discard
	}
	if cfg.places.path == nil {
		cfg.places = usualPlaces()
	}
	if cfg.providers == nil {
		cfg.providers = usualProviders()
	}
	var err error
	if cfg.DataDir == "" && !cfg.Ephemeral {
		if cfg.DataDir, err = usualDataDir(); err != nil {
			return cfg, err
		}
	}
	if cfg.CacheDir == "" {
		if cfg.CacheDir, err = usualCacheDir(); err != nil {
			return cfg, err
		}
	}
	for _, dir := range []*string{&cfg.DataDir, &cfg.CacheDir, &cfg.PostgresBin} {
		if *dir == "" {
			continue
		}
		if *dir, err = filepath.Abs(*dir); err != nil {
			return cfg, fmt.Errorf("resolve a folder: %w", err)
		}
	}
	return cfg, nil
}

// say tells the person who waits.
func (cfg Config) say(format string, args ...any) {
	_, _ = fmt.Fprintf(cfg.Progress, format+"\n", args...)
}

func connectionURL(port int, password string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(roleName, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path:     "/" + databaseName,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// freePort asks the system for a port that is free now.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return port, nil
}
