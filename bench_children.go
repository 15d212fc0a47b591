package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-retry"

	"webflix/queue"
)

// startWorker starts this program as a worker of its own on the same servers.
func (p *process) startWorker(ctx context.Context, t queue.Topology, criteria []string, parallel int) (end func() error, err error) {
	return p.startChild(ctx, "worker", "--queue-prefix", t.Prefix, "--criteria", strings.Join(criteria, ","),
		"--parallel", strconv.Itoa(parallel), "--log-level", "error")
}

// serverTime is how long a server may take to be ready.
const serverTime = 30 * time.Second

// startServer starts this program with every role on the same servers, its limits off and with more flags, and returns when it is
// ready.
func (p *process) startServer(ctx context.Context, t queue.Topology, flags ...string) (url string, end func() error, err error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return "", nil, err
	}
	args := []string{"--queue-prefix", t.Prefix, "--listen", address, "--dev-sign-in", "--open=false", "--log-level", "error"}
	for _, limit := range []string{"address-rate", "viewer-rate", "address-sockets", "viewer-sockets", "viewer-subscriptions"} {
		args = append(args, "--limit-"+limit+"=-1")
	}
	if end, err = p.startChild(ctx, append(args, flags...)...); err != nil {
		return "", nil, err
	}
	ready := retry.WithMaxDuration(serverTime, retry.NewConstant(100*time.Millisecond))
	err = retry.Do(ctx, ready, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return retry.RetryableError(err)
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return retry.RetryableError(fmt.Errorf("the server says %s", response.Status))
		}
		return nil
	})
	if err != nil {
		return "", nil, errors.Join(fmt.Errorf("start a server: %w", err), end())
	}
	return "ws://" + address + "/graphql", end, nil
}

// freeAddress returns an address that nobody listened at a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

// startChild starts this program on the same servers, and returns what stops it and waits for its end.
func (p *process) startChild(ctx context.Context, args ...string) (end func() error, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	child := exec.CommandContext(ctx, program, args...)
	child.Env = append(child.Environ(), variable("database-url")+"="+p.url, variable("amqp-url")+"="+p.AMQPURL)
	child.Stderr = p.err
	if err := child.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", args[0], err)
	}
	return func() error {
		if err := child.Process.Signal(os.Interrupt); err != nil {
			return fmt.Errorf("stop %s: %w", args[0], err)
		}
		if err := child.Wait(); err != nil {
			return fmt.Errorf("stop %s: %w", args[0], err)
		}
		return nil
	}, nil
}
