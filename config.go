package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"webflix/graph"
	"webflix/recommend"
)

// Config is every setting there is, each with a flag and a variable; the flag wins. This file is the only one that reads
// the environment.
type Config struct {
	DatabaseURL string // postgres://; "": a PostgreSQL of our own
	AMQPURL     string // amqp:// or amqps://; "": the in-process broker
	QueuePrefix string // before every queue's name, so that deployments can share a broker

	DataDir     string // of our own PostgreSQL; "": the user's place for data
	CacheDir    string // of provisioned PostgreSQL binaries; "": the user's cache
	PostgresBin string // the folder of initdb and postgres; "": looked for

	Listen   string // address of the HTTP server
	BasePath string // under which the server lives behind a proxy, such as /films
	WebDir   string // serve the web app from this folder instead of the embedded one
	Open     bool   // open the web app in a browser

	OperationsListen string // address of a worker's or aggregator's metrics and health; "": none

	MaxDepth  int    // tasks waiting in every queue beyond which requests are refused
	Replica   string // this process's name for others; "": host and process number
	Criteria  []string
	Parallel  int           // tasks of a criterion that a process scores at once
	Scorebook int           // MiB of scores that a process remembers of a criterion
	Retention time.Duration // of the ledger
	Slow      []string      // criterion=duration, to play the turtle

	JWTSecret string   // HS256
	JWKSURL   string   // RS256 and ES256
	Issuer    string   // that tokens must name; "": any
	Audience  string   // that tokens must name; "": any
	Origins   []string // that browsers may come from, beside the server's own
	Hosts     []string // names that the server is called by, for the development sign-in
	DevSignIn openDoor // anyone may sign in as anyone

	NoIntrospection  bool
	TrustedDocuments string   // file of the documents that clients may name
	TrustedOnly      bool     // answer no others
	TrustedProxies   []string // address ranges whose X-Forwarded-For is believed
	Limits           graph.Limits

	LogLevel  string
	LogFormat string

	Traces TraceSettings
}

// TraceSettings are what we read of OpenTelemetry's standard variables; its libraries read the rest.
type TraceSettings struct {
	On       bool   // somewhere to export to is named, and nothing switches it off
	Exporter string // OTEL_TRACES_EXPORTER
	Protocol string // of OTLP
}

// traceSettings reads them.
func traceSettings(getenv func(string) string) TraceSettings {
	first := func(names ...string) string {
		for _, name := range names {
			if value := getenv(name); value != "" {
				return value
			}
		}
		return ""
	}
	s := TraceSettings{
		Exporter: getenv("OTEL_TRACES_EXPORTER"),
		Protocol: first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
	}
	named := first("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER") != ""
	s.On = named && s.Exporter != "none" && !strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true")
	return s
}

// usageError is the error of settings or arguments that cannot be used: exit code 2.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// storeFlags say where films, histories, models and the ledger are.
func (c *Config) storeFlags(f *pflag.FlagSet) {
	f.StringVar(&c.DatabaseURL, "database-url", "", "PostgreSQL server, postgres://...; empty: an embedded one")
	f.StringVar(&c.DataDir, "data-dir", "", "where the embedded PostgreSQL keeps its data")
	f.StringVar(&c.CacheDir, "cache-dir", "", "where provisioned PostgreSQL binaries are kept")
	f.StringVar(&c.PostgresBin, "postgres-bin", "", "folder of the initdb and postgres to run; empty: look for them")
	c.logFlags(f)
}

// logFlags say what the program tells of itself, on stderr.
func (c *Config) logFlags(f *pflag.FlagSet) {
	f.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&c.LogFormat, "log-format", "text", "text or json")
}

// brokerFlags say how the roles reach one another.
func (c *Config) brokerFlags(f *pflag.FlagSet) {
	f.StringVar(&c.AMQPURL, "amqp-url", "", "RabbitMQ server, amqp://... or amqps://...; empty: a broker inside this process")
	f.StringVar(&c.QueuePrefix, "queue-prefix", "", "before every queue's name, so that deployments can share a broker")
	f.StringVar(&c.Replica, "replica", "", "this process's name for the others; empty: made from host and process number")
}

// apiFlags are those of the role that answers people.
func (c *Config) apiFlags(f *pflag.FlagSet) {
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address to listen on")
	f.StringVar(&c.BasePath, "base-path", "", "path under which the server lives behind a proxy")
	f.StringVar(&c.WebDir, "web-dir", "", "serve the web app from this folder instead of the one inside")
	c.identityFlags(f)
	f.StringVar(&c.JWKSURL, "jwks-url", "", "key set of RS256 and ES256 tokens")
	f.StringSliceVar(&c.Origins, "origins", nil, "origins that browsers may come from, beside its own")
	f.StringSliceVar(&c.Hosts, "hosts", nil, "with --dev-sign-in: names that we are called by, beside localhost and addresses")
	f.IntVar(&c.MaxDepth, "max-depth", 2000, "tasks waiting in every queue beyond which requests are refused; 0: never")
	f.Var(&c.DevSignIn, "dev-sign-in", "let anyone sign in as anyone; unless it is said, on with an embedded PostgreSQL while --listen is local")
	f.Lookup("dev-sign-in").NoOptDefVal = "true"
	f.StringVar(&c.TrustedDocuments, "trusted-documents", "", "JSON file of the documents that clients may name by their hash")
	f.BoolVar(&c.TrustedOnly, "trusted-only", false, "answer trusted documents alone")
	f.StringSliceVar(&c.TrustedProxies, "trusted-proxies", nil, "address ranges of proxies whose X-Forwarded-For is believed")
	f.BoolVar(&c.NoIntrospection, "no-introspection", false, "keep the schema from clients")
	c.limitFlags(f)
}

// identityFlags say which tokens are ours.
func (c *Config) identityFlags(f *pflag.FlagSet) {
	f.StringVar(&c.JWTSecret, "jwt-secret", "", "secret of HS256 tokens, at least 32 bytes; empty: one of the deployment's own")
	f.StringVar(&c.Issuer, "jwt-issuer", "", "issuer that tokens must name")
	f.StringVar(&c.Audience, "jwt-audience", "", "audience that tokens must name")
}

// limitFlags are what the API admits. A negative one is no limit.
func (c *Config) limitFlags(f *pflag.FlagSet) {
	l, usual := &c.Limits, graph.DefaultLimits()
	f.Int64Var(&l.Body, "limit-body", usual.Body, "bytes of a request's body and of a WebSocket message")
	f.IntVar(&l.Tokens, "limit-tokens", usual.Tokens, "lexical tokens of a document")
	f.IntVar(&l.Depth, "limit-depth", usual.Depth, "levels of fields")
	f.IntVar(&l.Aliases, "limit-aliases", usual.Aliases, "fields under another name")
	f.IntVar(&l.First, "limit-first", usual.First, "elements that a list may be asked for")
	f.IntVar(&l.Cost, "limit-cost", usual.Cost, "fields that an answer can have, lists multiplied")
	f.Float64Var(&l.ViewerRate, "limit-viewer-rate", usual.ViewerRate, "operations a second of a person or service")
	f.IntVar(&l.ViewerBurst, "limit-viewer-burst", usual.ViewerBurst, "operations at once of a person or service")
	f.Float64Var(&l.AddressRate, "limit-address-rate", usual.AddressRate, "operations a second from an address")
	f.IntVar(&l.AddressBurst, "limit-address-burst", usual.AddressBurst, "operations at once from an address")
	f.IntVar(&l.AddressSockets, "limit-address-sockets", usual.AddressSockets, "WebSockets and streams from an address")
	f.IntVar(&l.ViewerSockets, "limit-viewer-sockets", usual.ViewerSockets, "WebSockets of a person or service")
	f.IntVar(&l.SocketSubscriptions, "limit-socket-subscriptions", usual.SocketSubscriptions, "operations at a time on a WebSocket")
	f.IntVar(&l.ViewerSubscriptions, "limit-viewer-subscriptions", usual.ViewerSubscriptions, "subscriptions at a time of a person or service")
	f.IntVar(&l.InFlight, "limit-in-flight", usual.InFlight, "recommendation requests at a time")
	f.DurationVar(&l.InitTimeout, "limit-init-timeout", usual.InitTimeout, "from the opening of a WebSocket to its connection_init")
	f.DurationVar(&l.WriteTimeout, "limit-write-timeout", usual.WriteTimeout, "a client that reads nothing for so long is dropped")
	f.DurationVar(&l.Ping, "limit-ping", usual.Ping, "between signs of life on an idle WebSocket or stream")
}

// operationsFlags are those of the roles that serve no API.
func (c *Config) operationsFlags(f *pflag.FlagSet) {
	f.StringVar(&c.OperationsListen, "operations-listen", "", "address for /metrics, /healthz and /readyz; empty: none")
}

// workerFlags are those of the role that scores.
func (c *Config) workerFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.Criteria, "criteria", recommend.CriterionNames(), "criteria to score")
	f.IntVar(&c.Parallel, "parallel", 2, "tasks of a criterion that are scored at once")
	f.IntVar(&c.Scorebook, "scorebook", 32, "MiB of scores to remember of a criterion, of people who asked lately; 0: none")
	f.StringSliceVar(&c.Slow, "slow", nil, "play the turtle: criterion=duration, added to every task")
}

// aggregatorFlags are those of the role that sums.
func (c *Config) aggregatorFlags(f *pflag.FlagSet) {
	f.DurationVar(&c.Retention, "retention", 7*24*time.Hour, "how long the ledger keeps requests")
}

// unprefixed are the flags whose variables carry no WEBFLIX_: others set them, too.
func unprefixed() []string { return []string{"database-url", "amqp-url", "postgres-bin"} }

// variable returns the name of a flag's variable: WEBFLIX_LISTEN for --listen.
func variable(flag string) string {
	name := strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
	if slices.Contains(unprefixed(), flag) {
		return name
	}
	return "WEBFLIX_" + name
}

// fromEnvironment makes each variable that is set its flag's default. Call it before the arguments are parsed.
func fromEnvironment(f *pflag.FlagSet, getenv func(string) string) error {
	var errs []error
	f.VisitAll(func(flag *pflag.Flag) {
		name := variable(flag.Name)
		flag.Usage += " [" + name + "]"
		value := getenv(name)
		if value == "" {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			errs = append(errs, fmt.Errorf("%s=%q: %w", name, value, err))
			return
		}
		if !slices.Contains([]string{"database-url", "amqp-url", "jwt-secret"}, flag.Name) {
			flag.DefValue = value // what --help shows; secrets stay out of it
		}
	})
	if len(errs) > 0 {
		return &usageError{fmt.Errorf("the environment has settings that cannot be read: %w", errors.Join(errs...))}
	}
	return nil
}

// check reports what is wrong with the settings, and fills in what depends on the machine.
func (c *Config) check() error {
	for _, name := range c.Criteria {
		if !slices.Contains(recommend.CriterionNames(), name) {
			return usagef("there is no criterion %q; there are %s", name, strings.Join(recommend.CriterionNames(), ", "))
		}
	}
	if c.Parallel < 0 || c.Scorebook < 0 || c.Retention < 0 {
		return usagef("--parallel, --scorebook and --retention cannot be negative")
	}
	if c.Replica == "" {
		host, err := os.Hostname()
		if err != nil {
			host = "host"
		}
		c.Replica = fmt.Sprintf("%s-%d", host, os.Getpid())
	}
	if _, err := c.delays(); err != nil {
		return err
	}
	c.BasePath = strings.TrimSuffix(c.BasePath, "/")
	return c.Traces.check()
}

// check reports what of OpenTelemetry's variables we cannot do.
func (s TraceSettings) check() error {
	if s.On && s.Exporter != "" && s.Exporter != "otlp" {
		return usagef("OTEL_TRACES_EXPORTER is %q; it must be otlp or none", s.Exporter)
	}
	if s.On && s.Protocol != "" && s.Protocol != "http/protobuf" {
		return usagef("the protocol of OTLP is %q; it must be http/protobuf, which collectors take at port 4318", s.Protocol)
	}
	return nil
}

// delays reads Slow: how much longer each criterion takes.
func (c *Config) delays() (map[string]time.Duration, error) {
	delays := map[string]time.Duration{}
	for _, s := range c.Slow {
		name, value, ok := strings.Cut(s, "=")
		d, err := time.ParseDuration(value)
		if !ok || err != nil || d < 0 || !slices.Contains(recommend.CriterionNames(), name) {
			return nil, usagef("%q does not slow a criterion down; write it like genres=300ms", s)
		}
		delays[name] = d
	}
	return delays, nil
}

// logger returns the program's log as the settings want it.
func (c *Config) logger(to io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, usagef("--log-level is %q; it must be debug, info, warn or error", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(to, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, options)), nil
	default:
		return nil, usagef("--log-format is %q; it must be text or json", c.LogFormat)
	}
}
