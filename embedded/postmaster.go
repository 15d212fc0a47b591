package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	lookEvery  = 10 * time.Millisecond  // while a server starts or ends
	watchEvery = 250 * time.Millisecond // over a server that is another's
	startLimit = time.Minute            // longest start, recovery after a crash included
)

// postmaster is what a running server says of itself in its data folder.
type postmaster struct {
	data   string
	pid    int
	port   int
	status string // "starting", "ready", "stopping"; "" when it has not said yet
}

func readPostmaster(data string) (postmaster, error) {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return postmaster{}, err
	}
	p, err := parsePostmaster(string(text))
	p.data = data
	return p, err
}

// parsePostmaster reads the text of postmaster.pid. Its lines are pid, data folder, time of start, port, socket folder, address,
// shared memory, status; a server that is starting has written only the first of them.
func parsePostmaster(text string) (postmaster, error) {
	lines := strings.Split(text, "\n")
	line := func(i int) string {
		if i < len(lines) {
			return strings.TrimSpace(lines[i])
		}
		return ""
	}
	pid, err := strconv.Atoi(line(0))
	if err != nil || pid <= 0 { // the pid of a server without a network is negative
		return postmaster{}, fmt.Errorf("postmaster.pid names no server: %q", line(0))
	}
	port, _ := strconv.Atoi(line(3))
	return postmaster{pid: pid, port: port, status: line(7)}, nil
}

// lives says whether the process is there and is this data's server, as far as the system tells: another process may have
// got the number of a server that was killed.
func (p postmaster) lives() bool {
	process, err := os.FindProcess(p.pid)
	if err != nil {
		return false
	}
	if err := process.Signal(syscall.Signal(0)); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	dir := workingDir(p.pid)
	return dir == "" || dir == p.data
}

func (p postmaster) answers(ctx context.Context) bool {
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port)))
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// adopt takes over the server that runs on the data, once it is ready. It returns nil without an error when none runs, or when
// one has just stopped: then a new one may start.
func adopt(ctx context.Context, s store, major int) (*Server, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not within %v", startLimit))
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		p, err := readPostmaster(s.data(major))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil //nolint:nilnil // nothing to adopt
		}
		if err == nil && !p.lives() {
			return nil, nil //nolint:nilnil // it was killed; a new server clears up after it
		}
		if err == nil && p.status == "ready" && p.answers(ctx) {
			return adopted(ctx, s, major, p)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the server that runs on %s (process %d, %q): %w", p.data, p.pid, p.status, context.Cause(ctx))
		case <-tick.C:
		}
	}
}

func adopted(ctx context.Context, s store, major int, p postmaster) (*Server, error) {
	password, err := s.password(major)
	if err != nil {
		return nil, err
	}
	ctx, forget := context.WithCancel(context.WithoutCancel(ctx)) // it outlasts the start
	return &Server{
		url: connectionURL(p.port, password), version: strconv.Itoa(major), adopted: true,
		done: p.watch(ctx), forget: forget,
	}, nil
}

// watch closes the channel when the server has ended, or ctx.
func (p postmaster) watch(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for p.lives() {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return done
}
