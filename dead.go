package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"webflix/queue"
)

func deadCommand(getenv func(string) string) *cobra.Command {
	group := &cobra.Command{
		Use: "dead", Short: "Look at the messages that nobody could handle, send them again, or drop them",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("%q is no command of webflix dead; there are list, replay and purge", args[0])
			}
			return cmd.Help()
		},
	}
	var limit int
	list := deadVerb(getenv, "list", "List the dead letters, the oldest first", func(ctx context.Context, p *process, d queue.DeadLetters) error {
		letters, err := d.ListDead(ctx, p.topology.Dead().Name, limit)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "DIED\tQUEUE\tTYPE\tREQUEST\tDELIVERIES\tBYTES\tREASON")
		for _, l := range letters {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n",
				l.Died.Format(time.DateTime), l.Queue, l.Type, l.CorrelationID, l.Deliveries, len(l.Body), l.Reason)
		}
		return w.Flush()
	})
	list.Flags().IntVar(&limit, "limit", 100, "most letters to list")
	replay := deadVerb(getenv, "replay", "Send every dead letter to where it came from again", func(ctx context.Context, p *process, d queue.DeadLetters) error {
		n, err := d.ReplayDead(ctx, p.topology.Dead().Name, nil)
		fmt.Fprintf(p.out, "%d messages were sent again\n", n)
		return err
	})
	purge := deadVerb(getenv, "purge", "Drop every dead letter for good", func(ctx context.Context, p *process, d queue.DeadLetters) error {
		n, err := d.PurgeDead(ctx, p.topology.Dead().Name)
		fmt.Fprintf(p.out, "%d messages were dropped\n", n)
		return err
	})
	group.AddCommand(list, replay, purge)
	return group
}

// deadWait is how long the commands wait for the broker.
const deadWait = 30 * time.Second

func deadVerb(
	getenv func(string) string, use, short string, do func(context.Context, *process, queue.DeadLetters) error,
) *cobra.Command {
	return storelessCommand(getenv, use, short, func(ctx context.Context, p *process) error {
		if p.AMQPURL == "" {
			return usagef("dead letters are in RabbitMQ: set AMQP_URL (those of a broker inside a process end with it)")
		}
		if err := p.openBroker(); err != nil {
			return err
		}
		letters, ok := p.broker.(queue.DeadLetters)
		if !ok {
			return fmt.Errorf("this broker keeps no dead letters")
		}
		ctx, cancel := context.WithTimeout(ctx, deadWait)
		defer cancel()
		if err := connected(ctx, p.broker); err != nil {
			return err
		}
		if err := p.broker.Declare(ctx, p.topology.Dead()); err != nil {
			return err
		}
		return do(ctx, p, letters)
	}, (*Config).brokerFlags, (*Config).logFlags)
}
