package graph_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"webflix/graph"
)

// TestServe is a server for the tests of other programs (the clients in clients/, browsers) and for tests that look at a
// process from the outside: with WEBFLIX_SERVE set to an address it serves there, everything in memory, until its standard
// input ends. It says on standard output that it listens.
func TestServe(t *testing.T) {
	address := os.Getenv("WEBFLIX_SERVE")
	if address == "" {
		t.Skip("WEBFLIX_SERVE is not set: nobody wants a server")
	}
	fakes := newFakes()
	fakes.pace = 150 * time.Millisecond
	fakes.flood = os.Getenv("WEBFLIX_FLOOD") != ""
	handler, shutdown := served(t, fakes)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = shutdown(ctx)
		_ = server.Shutdown(ctx)
	}()
	_, _ = os.Stdout.WriteString("listening at " + listener.Addr().String() + "\n")
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// served returns the server that the environment asks for: ours, or with WEBFLIX_STOCK gqlgen's own.
func served(t *testing.T, f *fakes) (h http.Handler, shutdown func(context.Context) error) {
	t.Helper()
	limits := graph.Limits{Ping: time.Second}
	if ping := os.Getenv("WEBFLIX_PING"); ping != "" {
		var err error
		if limits.Ping, err = time.ParseDuration(ping); err != nil {
			t.Fatal(err)
		}
	}
	if f.flood {
		limits.WriteTimeout = 50 * time.Millisecond
	}
	if os.Getenv("WEBFLIX_UNLIMITED") != "" { // for measurements: nobody answers pings, and all come from one address
		limits = graph.Limits{Ping: time.Hour, AddressSockets: -1, AddressRate: -1, AddressBurst: -1}
		go func() {
			for t.Context().Err() == nil {
				debug.FreeOSMemory() // what is measured is what is held
				<-time.After(time.Second)
			}
		}()
	}
	if os.Getenv("WEBFLIX_STOCK") != "" {
		stock, err := graph.NewStock(f.resolver(), limits.Ping)
		if err != nil {
			t.Fatal(err)
		}
		return stock, func(context.Context) error { return nil } // there is nothing to call but http.Server.Shutdown
	}
	ours, err := graph.NewHandler(graph.Config{
		Resolver: f.resolver(), Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: true}, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", ours)
	mux.Handle("/playground", ours.Playground())
	mux.Handle("/playground/", ours.Playground())
	return mux, ours.Shutdown
}

// spawned is a server that is a process of its own.
type spawned struct {
	*face
	pid   int
	stop  func()        // asks it to shut down
	ended chan struct{} // closed when the process has ended
}

// spawn runs TestServe as a process of its own, with these variables. It is killed when the test ends.
func spawn(t *testing.T, env ...string) *spawned {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestServe$", "-test.timeout", "0")
	cmd.Env = append(append(os.Environ(), "WEBFLIX_SERVE=127.0.0.1:0"), env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	n, err := stdout.Read(line)
	_, address, ok := strings.Cut(strings.TrimSpace(string(line[:n])), "listening at ")
	if err != nil || !ok {
		t.Fatalf("the server says %q: %v", line[:n], err)
	}
	s := &spawned{
		face: &face{url: "http://" + address, client: &http.Client{}}, pid: cmd.Process.Pid,
		stop: func() { _ = stdin.Close() }, ended: make(chan struct{}),
	}
	go func() {
		defer close(s.ended)
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		_ = cmd.Process.Kill()
		<-s.ended
	})
	return s
}
