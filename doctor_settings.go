package main

import (
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"
)

// settings looks for settings that contradict one another, or that are seldom meant.
func (x *examination) settings() {
	before := len(x.findings)
	const check = "settings"
	if x.AMQPURL != "" && x.DatabaseURL == "" {
		x.find(warning, check, "AMQP_URL is set and DATABASE_URL is not",
			"the embedded PostgreSQL serves the processes of this machine alone: roles on others would each have one of their own",
			"DATABASE_URL=postgres://user:password@host:5432/name")
	}
	if x.TrustedOnly && x.TrustedDocuments == "" {
		x.find(fault, check, "--trusted-only is set and --trusted-documents is not", "there would be nothing to answer: serve refuses to start",
			"--trusted-documents FILE")
	}
	if x.DevSignIn.on && !loopback(x.Listen) {
		x.find(fault, check, "--dev-sign-in is set and "+x.Listen+" can be reached from elsewhere",
			"whoever reaches it may sign in as anyone", "leave --dev-sign-in away, or --listen 127.0.0.1:8080")
	}
	if n := len(x.JWTSecret); n > 0 && n < 32 {
		x.find(fault, check, fmt.Sprintf("the secret of tokens has %d bytes", n), "a secret of fewer than 32 can be guessed: serve refuses it",
			`WEBFLIX_JWT_SECRET="$(openssl rand -base64 48)"`)
	}
	if x.BasePath != "" && !strings.HasPrefix(x.BasePath, "/") {
		x.find(fault, check, fmt.Sprintf("--base-path is %q", x.BasePath), "it is a path and begins with a slash", "--base-path /"+x.BasePath)
	}
	if x.Parallel > runtime.NumCPU() {
		x.find(warning, check, fmt.Sprintf("--parallel is %d on %d cores", x.Parallel, runtime.NumCPU()),
			"scoring is work, not waiting: more at a time than cores makes each slower", fmt.Sprintf("--parallel %d", runtime.NumCPU()))
	}
	if len(x.Slow) > 0 {
		x.find(warning, check, "--slow is set: "+strings.Join(x.Slow, ", "), "it makes criteria late on purpose, for demonstrations", "leave --slow away")
	}
	if most := x.topology.Task("").MaxLength; x.MaxDepth >= most {
		x.find(warning, check, fmt.Sprintf("--max-depth is %d", x.MaxDepth),
			fmt.Sprintf("a task queue holds %d messages at most: requests are never refused", most), "--max-depth 2000")
	}
	if x.Retention < time.Hour {
		x.find(warning, check, "--retention is "+x.Retention.String(), "the last known ranking, which answers when no criterion does, is read from the ledger",
			"--retention 168h")
	}
	x.plainText("DATABASE_URL", x.DatabaseURL, func(u *url.URL) bool { return u.Query().Get("sslmode") == "disable" }, "?sslmode=verify-full")
	x.plainText("AMQP_URL", x.AMQPURL, func(u *url.URL) bool { return u.Scheme == "amqp" }, "amqps://...")
	if len(x.findings) == before {
		x.ok(check, "nothing in them contradicts anything else")
	}
}

// plainText warns of a password that crosses a network in the clear.
func (x *examination) plainText(name, address string, plain func(*url.URL) bool, fix string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !plain(u) || loopback(u.Host) {
		return
	}
	x.find(warning, "settings", name+" leads to "+u.Hostname()+" without encryption", "whoever listens on the way reads the password and all that follows",
		name+" with "+fix)
}
