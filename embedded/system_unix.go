//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const supported = true

// attributes are how a child is started: as that account, and in a process group of its own, so that a Ctrl-C meant for us does
// not stop the server before we have finished with it. It gets the signal when we die, where the system can do that.
func attributes(as account, death syscall.Signal) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if as.drop {
		attr.Credential = &syscall.Credential{Uid: as.uid, Gid: as.gid}
	}
	signalOnDeath(attr, death)
	return attr
}

// lock takes the lock that a file stands for, and waits for whoever holds it. Closing it, or our death, releases it.
func lock(ctx context.Context, path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-tick.C:
		}
	}
}

// ownerOf is a file's user and group.
func ownerOf(info fs.FileInfo) (uid, gid int) {
	st := info.Sys().(*syscall.Stat_t)
	return int(st.Uid), int(st.Gid)
}

// openLog opens a log to append to, and follows no link: somebody else's user may be able to make one.
func openLog(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0o600)
}
