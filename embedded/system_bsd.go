//go:build darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import "syscall"

// signalOnDeath does nothing here: a server whose owner was killed lives on, and the next start adopts it.
func signalOnDeath(*syscall.SysProcAttr, syscall.Signal) {}

// workingDir cannot be told here.
func workingDir(int) string { return "" }

// freeSpace is not told here.
func freeSpace(string) int64 { return -1 }
