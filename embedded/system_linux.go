package embedded

import (
	"fmt"
	"os"
	"syscall"
)

// signalOnDeath has the kernel signal the child when the thread that started it ends.
func signalOnDeath(attr *syscall.SysProcAttr, death syscall.Signal) { attr.Pdeathsig = death }

// workingDir is the folder a process works in, which for a PostgreSQL server is its data; "" when it cannot be told.
func workingDir(pid int) string {
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return ""
	}
	return dir
}

// freeSpace is how many bytes an ordinary user may still write, -1 when it cannot be told.
func freeSpace(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * s.Bsize //nolint:gosec // no disk is that large
}
