package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// healthTimeout is how long a process may take to say how it is.
const healthTimeout = 3 * time.Second

// healthCommand asks a running process how it is: for containers, whose image has nothing else that could.
func healthCommand(getenv func(string) string) *cobra.Command {
	var address string
	cmd := storelessCommand(getenv, "health", "Ask a running Webflix on this machine whether it is ready", func(ctx context.Context, p *process) error {
		return p.askHealth(ctx, address)
	}, func(_ *Config, f *pflag.FlagSet) {
		f.StringVar(&address, "address", "127.0.0.1:8080", "where it listens, or where its --operations-listen is")
	}, (*Config).logFlags)
	cmd.Long = `Health asks a running process of any role for /readyz, prints the answer, and ends with 0 when the process is ready.`
	return cmd
}

func (p *process) askHealth(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", http.NoBody)
	if err != nil {
		return usagef("--address: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s whether it is ready: %w", address, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("ask %s whether it is ready: %w", address, err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s is not ready: %s", address, strings.ReplaceAll(strings.TrimSpace(string(answer)), "\n", "; "))
	}
	fmt.Fprint(p.out, string(answer))
	return nil
}
