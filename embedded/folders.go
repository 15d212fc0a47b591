package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// usualDataDir is where data is kept when nobody said where.
func usualDataDir() (string, error) {
	if os.Geteuid() == 0 {
		if runtime.GOOS == "darwin" {
			return "/usr/local/var/webflix/postgres", nil
		}
		return "/var/lib/webflix/postgres", nil // not root's home: the server's user may not enter it
	}
	if runtime.GOOS == "darwin" {
		dir, err := os.UserConfigDir() // ~/Library/Application Support
		if err != nil {
			return "", fmt.Errorf("choose a data folder: %w", err)
		}
		return filepath.Join(dir, "webflix", "postgres"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("choose a data folder: %w", err)
	}
	return filepath.Join(home, ".local", "share", "webflix", "postgres"), nil
}

// usualCacheDir is where provisioned binaries are kept when nobody said where.
func usualCacheDir() (string, error) {
	if os.Geteuid() == 0 && runtime.GOOS != "darwin" {
		return "/var/cache/webflix", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("choose a cache folder: %w", err)
	}
	return filepath.Join(dir, "webflix"), nil
}

// makeDir makes a folder and the missing ones above it with that mode, whatever the umask. It changes no folder that exists.
func makeDir(dir string, mode fs.FileMode) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := makeDir(filepath.Dir(dir), mode); err != nil {
		return err
	}
	if err := os.Mkdir(dir, mode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(dir, mode)
}
