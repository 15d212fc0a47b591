// Webflix recommends films live: each criterion is a service of its own, and a ranking grows as they answer.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/db"
	"webflix/queue"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

// Exit codes.
const (
	exitOK    = 0
	exitFault = 1
	exitUsage = 2
)

// run is the program: it ends when its command has, or cleanly at the first interrupt or SIGTERM, at once at the second.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal kills
	root := commands(getenv)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code := exitCode(0)
	switch usage := (*usageError)(nil); {
	case err == nil:
		return exitOK
	case errors.As(err, &code): // it has said all there is to say
		return int(code)
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, "webflix:", err)
		fmt.Fprintln(stderr, "webflix --help says what there is.")
		return exitUsage
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "webflix: interrupted")
		return exitFault
	default:
		fmt.Fprintln(stderr, "webflix:", err)
		if db.Temporary(err) && !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, queue.ErrUnavailable) {
			fmt.Fprintln(stderr, "webflix doctor, with the same settings, looks for what is wrong.")
		}
		return exitFault
	}
}

// commands returns the command line. webflix alone runs every role in one process.
func commands(getenv func(string) string) *cobra.Command {
	root := command(getenv, "webflix", "Recommend films, live", everything,
		(*Config).storeFlags, (*Config).brokerFlags, (*Config).apiFlags, (*Config).workerFlags, (*Config).aggregatorFlags,
		func(c *Config, f *pflag.FlagSet) {
			f.BoolVar(&c.Open, "open", true, "open the web app in a browser, on a terminal")
		})
	root.Long = `Webflix recommends films, live: a ranking appears as soon as the first criterion has answered, and is final
at the deadline at the latest.

Without a command it runs every role in this process, with an embedded PostgreSQL, a broker inside the process and a
small built-in catalogue. DATABASE_URL and AMQP_URL switch to real servers.`
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		storelessCommand(getenv, "serve", "Run the API and the web app", serve,
			(*Config).storeFlags, (*Config).brokerFlags, (*Config).apiFlags),
		storelessCommand(getenv, "worker", "Run the workers of some criteria", work,
			(*Config).storeFlags, (*Config).brokerFlags, (*Config).workerFlags, (*Config).operationsFlags),
		storelessCommand(getenv, "aggregator", "Run an aggregator", aggregate,
			(*Config).storeFlags, (*Config).brokerFlags, (*Config).aggregatorFlags, (*Config).operationsFlags),
		command(getenv, "prepare", "Make the tables, and a catalogue and a model where there is none", func(ctx context.Context, p *process) error {
			return p.prepare(ctx)
		}, (*Config).storeFlags),
		importCommand(getenv),
		trainCommand(getenv),
		modelsCommand(getenv),
		evaluateCommand(getenv),
		recommendCommand(getenv),
		deadCommand(getenv),
		benchCommand(getenv),
		healthCommand(getenv),
		doctorCommand(getenv),
		tokenCommand(getenv),
	)
	return root
}

// command returns a command that works on the database: it opens the process's store, works, and closes it.
func command(
	getenv func(string) string, use, short string, do func(context.Context, *process) error,
	flags ...func(*Config, *pflag.FlagSet),
) *cobra.Command {
	return storelessCommand(getenv, use, short, func(ctx context.Context, p *process) error {
		if err := p.openStore(ctx); err != nil {
			return err
		}
		return do(ctx, p)
	}, flags...)
}

// storelessCommand returns a command that needs no database.
func storelessCommand(
	getenv func(string) string, use, short string, do func(context.Context, *process) error,
	flags ...func(*Config, *pflag.FlagSet),
) *cobra.Command {
	config := &Config{}
	cmd := &cobra.Command{Use: use, Short: short, Args: noArguments, SilenceErrors: true, SilenceUsage: true}
	for _, add := range flags {
		add(config, cmd.Flags())
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	bad := fromEnvironment(cmd.Flags(), getenv)
	config.Traces = traceSettings(getenv)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if bad != nil {
			return bad
		}
		p, err := newProcess(config, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.close()) }()
		return do(cmd.Context(), p)
	}
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is no command of %s", args[0], cmd.CommandPath())
	}
	return nil
}
