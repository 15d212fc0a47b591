package main

import (
	"fmt"
	"net"

	"github.com/pkg/browser"
)

// announce says where everything is, and opens the web app for a person at a terminal.
func (p *process) announce(addr net.Addr) {
	base := "http://" + reachable(addr) + p.BasePath
	fmt.Fprintf(p.out, `
  Webflix     %s/
  Playground  %s/playground
  GraphQL     %s/graphql  (POST, GET, WebSocket, server-sent events, multipart)
  Health      %s/healthz  /readyz  /metrics
`, base, base, base, "http://"+reachable(addr))
	if p.AMQPURL == "" {
		fmt.Fprintln(p.out, "  Messages    in this process: they end with it, and the ledger sends them again (AMQP_URL for RabbitMQ)")
	}
	if p.postgres != nil {
		fmt.Fprintf(p.out, "  Database    PostgreSQL %s, embedded (DATABASE_URL for another)\n", p.postgres.Version())
	}
	if p.postgres != nil && !p.doorIsOpen() {
		fmt.Fprintln(p.out, "  Sign-in     by token (webflix token); --dev-sign-in lets anyone who reaches this address sign in as anyone")
	}
	fmt.Fprintln(p.out, "\n  Ctrl-C stops it.")
	if p.Open && isTerminal(p.out) {
		browser.Stdout, browser.Stderr = p.err, p.err
		if err := browser.OpenURL(base + "/"); err != nil {
			p.log.Debug("no browser was opened", "err", err)
		}
	}
}

// reachable returns an address that a browser on this machine can open.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("localhost:%d", tcp.Port)
	}
	return addr.String()
}
