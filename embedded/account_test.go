//go:build unix

package embedded

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootsServerMustReachItsData(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root becomes another user")
	}
	dir := filepath.Join(t.TempDir(), "data") // under a folder with mode 0700
	if _, err := Start(t.Context(), Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "may not enter") {
		t.Errorf("the error is %v", err)
	}
}

func TestDataOfRootIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := rootsAccount(0); err == nil {
		t.Error("root may run a server")
	}
}

func TestDataOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may read all data")
	}
	dir := dataDir(t)
	writeText(t, filepath.Join(dir, "17", "PG_VERSION"), "17\n")
	if err := os.Chmod(filepath.Join(dir, "17"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "17"), 0o700) //nolint:errcheck // for the cleanup
	if _, err := Start(t.Context(), Config{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "belongs to the user") {
		t.Errorf("the error is %v", err)
	}
}
