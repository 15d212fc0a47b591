package dbtest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"webflix/embedded"
)

// throwaway is the server of this process, nil until one was needed.
//
//nolint:gochecknoglobals // Main stops what some test started
var throwaway atomic.Pointer[embedded.Server]

// Main runs a package's tests and then stops the throwaway server, if they needed one. Without it, the server ends with the
// process on Linux, and its data is removed when the next one starts.
//
//	func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if s := throwaway.Load(); s != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			fmt.Fprintln(os.Stderr, "stop the tests' own PostgreSQL:", err)
		}
	}
	return code
}

// startThrowaway starts a server that ends with this process.
func startThrowaway(ctx context.Context) (*server, error) {
	s, err := embedded.Start(ctx, embedded.Config{Ephemeral: true})
	if err != nil {
		return nil, err
	}
	throwaway.Store(s)
	return &server{url: s.URL()}, nil
}
