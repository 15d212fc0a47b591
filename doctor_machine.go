package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"webflix/embedded"
)

const (
	spareFiles = 256     // beside sockets: connections to the servers, the log, the model
	leastSpace = 1 << 30 // of the disk with the PostgreSQL of our own
)

// machine looks at what this machine has for us: the port, open files, the data folder.
func (x *examination) machine(ctx context.Context) {
	x.port(ctx)
	if most, ok := openFiles(); ok {
		want := uint64(x.Limits.Sockets() + spareFiles) //nolint:gosec // positive
		if most < want {
			x.find(warning, "machine.files", fmt.Sprintf("this process may open %d files", most),
				fmt.Sprintf("each socket is one, and %d recommendation requests at a time may each come by its own", x.Limits.Sockets()),
				fmt.Sprintf("ulimit -n %d; LimitNOFILE=%d for systemd; or a lower --limit-in-flight", 4*want, 4*want))
		} else {
			x.ok("machine.files", "this process may open %d files", most)
		}
	}
	if x.DatabaseURL == "" {
		x.dataFolder()
	}
}

// port looks whether the API's address is free, or has a Webflix on it already.
func (x *examination) port(ctx context.Context) {
	const check = "machine.port"
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", x.Listen)
	if err == nil {
		_ = l.Close()
		x.ok(check, "%s is free", x.Listen)
		return
	}
	if !errors.Is(err, syscall.EADDRINUSE) {
		x.find(fault, check, err.Error(), "the API cannot listen there", "--listen 127.0.0.1:8080, or another address of this machine")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if answer, err := fetch(ctx, "http://"+x.Listen+"/healthz", nil); err == nil && strings.TrimSpace(string(answer)) == "ok" {
		x.ok(check, "a Webflix listens on %s already", x.Listen)
		return
	}
	x.find(fault, check, x.Listen+" is taken by another program", "the API cannot listen there", "--listen 127.0.0.1:8090, or end the other: ss -ltnp")
}

// dataFolder looks at the data of a PostgreSQL of our own.
func (x *examination) dataFolder() {
	const check = "data"
	at, err := embedded.Examine(embedded.Config{DataDir: x.DataDir, CacheDir: x.CacheDir, PostgresBin: x.PostgresBin})
	switch {
	case err != nil:
		x.find(fault, check, err.Error(), "the embedded PostgreSQL has nowhere to keep its data", "--data-dir FOLDER, or DATABASE_URL")
		return
	case at.Problem != nil:
		what, how, _ := strings.Cut(at.Problem.Error(), ": ")
		x.find(fault, check, what, "a start would refuse it, and change nothing", how)
	case at.Crashed:
		x.find(warning, check, "the PostgreSQL in "+at.Data+" was not stopped in order", "its next start recovers first, and takes longer; nothing committed is lost",
			"webflix (any start mends it)")
	case at.URL != "":
		x.url = at.URL
		x.ok(check, "an embedded PostgreSQL %d runs on %s", at.Major, at.Data)
	case at.Major != 0:
		x.ok(check, "%s has data of PostgreSQL %d, and no server runs on it", at.Data, at.Major)
	default:
		x.ok(check, "%s has no data yet: the first start makes it", at.Dir)
	}
	if at.Free >= 0 && at.Free < leastSpace {
		x.find(warning, "data.space", fmt.Sprintf("%d MiB are free on the disk of %s", at.Free>>20, at.Dir), "PostgreSQL stops when its disk is full",
			"make room, or --data-dir on another disk")
	}
}

// fetch gets a small document over HTTP.
func fetch(ctx context.Context, address string, prepare func(*http.Request)) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if prepare != nil {
		prepare(req)
	}
	res, err := (&http.Client{Timeout: healthTimeout}).Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", address, res.Status)
	}
	return io.ReadAll(io.LimitReader(res.Body, 4<<20))
}

// since is a time as people say it.
func since(t time.Time) string {
	switch d := time.Since(t); {
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	default:
		return d.Round(time.Second).String()
	}
}
