package graph_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"webflix/graph"
)

// TestServe is a server for the tests of other programs (the clients in clients/, browsers): with WEBFLIX_SERVE set to an
// address it serves there, everything in memory, until its standard input ends.
func TestServe(t *testing.T) {
	address := os.Getenv("WEBFLIX_SERVE")
	if address == "" {
		t.Skip("WEBFLIX_SERVE is not set: nobody wants a server")
	}
	fakes := newFakes()
	fakes.pace = 150 * time.Millisecond
	limits := graph.Limits{Ping: time.Second}
	if os.Getenv("WEBFLIX_UNLIMITED") != "" { // for measurements: nobody answers pings, and all come from one address
		limits = graph.Limits{Ping: time.Hour, AddressSockets: -1, AddressRate: -1, AddressBurst: -1}
		go func() {
			for t.Context().Err() == nil {
				debug.FreeOSMemory() // what is measured is what is held
				<-time.After(time.Second)
			}
		}()
	}
	h, err := graph.NewHandler(graph.Config{
		Resolver: fakes.resolver(), Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: true}, Limits: limits,
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", h)
	mux.Handle("/playground", h.Playground())
	mux.Handle("/playground/", h.Playground())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = h.Shutdown(ctx)
		_ = server.Shutdown(ctx)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
