//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package embedded

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// supported is false: Start says so and does nothing, and nothing below is ever called.
const supported = false

func attributes(account, syscall.Signal) *syscall.SysProcAttr { return nil }

func lock(context.Context, string) (io.Closer, error) { return nil, errors.ErrUnsupported }

func ownerOf(fs.FileInfo) (uid, gid int) { return -1, -1 }

func openLog(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func workingDir(int) string { return "" }

func freeSpace(string) int64 { return -1 }
