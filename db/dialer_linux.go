package db

import "syscall"

// userTimeout is TCP_USER_TIMEOUT, which package syscall has no name for.
const userTimeout = 18

// limitSilence ends a TCP connection when what was sent has not been acknowledged for lostAfter: while it waits for that, the kernel
// does not probe. A socket of the file system goes on as it would.
func limitSilence(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, userTimeout, int(lostAfter.Milliseconds())) // see above
	})
}
