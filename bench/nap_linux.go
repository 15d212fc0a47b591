package bench

import (
	"syscall"
	"time"
)

// nap sleeps by the kernel's own timers. A signal may cut it short.
func nap(d time.Duration) {
	left := syscall.NsecToTimespec(d.Nanoseconds())
	_ = syscall.Nanosleep(&left, nil)
}
