package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

var errPortTaken = errors.New("the port was taken meanwhile")

const (
	logLimit  = 10 << 20        // a log that is longer at a start is put aside
	tailLines = 12              // lines of a log that an error shows
	killAfter = 2 * time.Second // from "end at once" to kill
)

// process is a server that we own.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
}

// launch starts a server and waits until it takes connections. It returns errPortTaken when the port was not to be had.
func launch(ctx context.Context, s store, bin binaries, as account, port int, ephemeral bool) (*process, error) {
	if err := writeAccess(s.access()); err != nil {
		return nil, fmt.Errorf("write the server's access rules: %w", err)
	}
	logPath := s.log(bin.major)
	log, start, err := openServerLog(logPath)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the server writes to its own copy

	args := append([]string{"-D", s.data(bin.major)}, settings(s.access(), port, ephemeral)...)
	cmd := bin.command(context.WithoutCancel(ctx), as, "postgres", args...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes(as, deathOf(ephemeral))

	p := &process{cmd: cmd, done: make(chan struct{})}
	if err := p.start(); err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := p.ready(ctx, s.data(bin.major)); err != nil {
		p.kill()
		text := tail(logPath, start)
		if strings.Contains(text, "could not bind") || strings.Contains(text, "could not create any TCP/IP sockets") {
			return nil, errPortTaken
		}
		return nil, fmt.Errorf("start PostgreSQL: %w; the end of its log %s:\n%s", err, logPath, text)
	}
	return p, nil
}

// start starts the process from a thread that lives as long as it does: Linux signals the child when the thread that started
// it ends, and the Go runtime ends threads when it likes.
func (p *process) start() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	return <-started
}

// deathOf is how a server is told to end when its owner was killed: in order, or at once when its data is worth nothing.
func deathOf(ephemeral bool) syscall.Signal {
	if ephemeral {
		return syscall.SIGQUIT
	}
	return syscall.SIGINT
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// ready waits until the server says so in its data folder.
func (p *process) ready(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not ready within %v", startLimit))
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if m, err := readPostmaster(data); err == nil && m.pid == p.pid() && m.status == "ready" {
			return nil
		}
		select {
		case <-p.done:
			if p.err == nil {
				return errors.New("it ended at once")
			}
			return p.err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// stop ends the server: connections are cut, what is committed is written down, and the process ends. When ctx ends first, or
// in a hurry, it leaves the rest to the next start. A server that is stopped already, even by a failure, is no error.
func (p *process) stop(ctx context.Context, hurry bool) error {
	if hurry {
		p.kill()
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGINT) // fails only when it has ended
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("stop PostgreSQL: %w; it was ended at once and recovers at the next start", ctx.Err())
	}
}

// kill ends the server at once, and by force if it does not obey.
func (p *process) kill() {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-p.done:
	case <-time.After(killAfter):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// openServerLog opens the log and says where in it this start begins.
func openServerLog(path string) (*os.File, int64, error) {
	if info, err := os.Lstat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, 0, err
		}
	}
	f, err := openLog(path)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// tail is the end of a log, from this start on.
func tail(path string, from int64) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer f.Close() //nolint:errcheck // only read
	if info, err := f.Stat(); err == nil {
		from = max(from, info.Size()-8<<10)
	}
	text, err := io.ReadAll(io.NewSectionReader(f, from, 8<<10))
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text))
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-tailLines):], "\n  ")
}
