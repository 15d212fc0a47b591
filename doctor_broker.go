package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"webflix/queue"
	"webflix/recommend"
)

const oldestRabbitMQ = "3.10"

// messages looks at RabbitMQ. The broker inside a process needs no looking after.
func (x *examination) messages(ctx context.Context) {
	if x.AMQPURL == "" {
		x.ok("broker", "messages go through the process itself (AMQP_URL for RabbitMQ)")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	broker, err := queue.Dial(queue.Config{URL: x.AMQPURL, Name: "webflix doctor", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		x.find(fault, "broker", err.Error(), "no role reaches it", "AMQP_URL=amqp://user:password@host:5672/vhost")
		return
	}
	x.broker = broker
	if err := connected(ctx, broker); err != nil {
		x.find(fault, "broker", err.Error(), "without it no request is taken", brokerFix(err))
		return
	}
	if version := broker.Version(); older(version, oldestRabbitMQ) {
		x.find(fault, "broker.version", "it is RabbitMQ "+version, oldestRabbitMQ+" is the oldest that works", "upgrade it, node by node")
	} else {
		x.ok("broker.version", "RabbitMQ %s", version)
	}
	x.roundTrip(ctx, broker)
	x.queues(ctx, broker)
	x.alarms(ctx)
}

// connected waits until the broker answers, or says why it does not.
func connected(ctx context.Context, broker queue.Broker) error {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience/2)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := broker.Ready()
		if err == nil || errors.Is(err, queue.ErrBusy) || refuses(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// refuses reports whether the broker is there and does not want us: waiting is in vain.
func refuses(err error) bool {
	return strings.Contains(err.Error(), "403") || strings.Contains(err.Error(), "530") || strings.Contains(err.Error(), "refused")
}

func brokerFix(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "403"):
		return "the right user and password in AMQP_URL; guest may come from the broker's own machine alone: rabbitmqctl add_user webflix"
	case strings.Contains(text, "530"):
		return "rabbitmqctl add_vhost webflix && rabbitmqctl set_permissions -p webflix webflix '.*' '.*' '.*', and /webflix at the end of AMQP_URL"
	case errors.Is(err, queue.ErrBusy):
		return "rabbitmq-diagnostics alarms says whether memory or disk is short"
	case strings.Contains(text, "certificate"):
		return "?cacertfile=FILE in AMQP_URL, with the authority that signed the broker's certificate"
	default:
		return "start it, or put its address into AMQP_URL: rabbitmq-diagnostics check_running"
	}
}

// older compares versions by their first two numbers. One that cannot be read is not older.
func older(version, than string) bool {
	a, b := strings.Split(version, "."), strings.Split(than, ".")
	for i := range min(2, len(a)) {
		x, err := strconv.Atoi(a[i])
		y, _ := strconv.Atoi(b[i])
		if err != nil || x != y {
			return err == nil && x < y
		}
	}
	return false
}

// roundTrip sends a message to a queue of doctor's own, through the exchange of updates: that takes every right that a role
// needs.
func (x *examination) roundTrip(ctx context.Context, broker queue.Broker) {
	const check = "broker.rights"
	const fix = "rabbitmqctl set_permissions -p VHOST USER '.*' '.*' '.*'"
	q := x.topology.Live("doctor." + x.Replica)
	if err := broker.Declare(ctx, q); err != nil {
		x.find(fault, check, err.Error(), "the user may not make queues, or not in this virtual host", fix)
		return
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, doctorPatience/2)
	defer cancel()
	if err := broker.Publish(ctx, queue.Message{To: q.Bind, Type: "doctor/1", Published: x.clock.Now()}); err != nil {
		x.find(fault, check, err.Error(), "the user may not publish, or the broker takes no messages", fix)
		return
	}
	came := false
	err := broker.Consume(ctx, queue.Subscription{Queue: q.Name}, func(context.Context, []*queue.Message) []error {
		came = true
		cancel()
		return nil
	})
	if err != nil || !came {
		x.find(fault, check, fmt.Sprintf("a message that was taken does not come back: %v", err), "the user may not read queues", fix)
		return
	}
	x.ok(check, "a message went there and back in %v", time.Since(start).Round(100*time.Microsecond))
}

// queues looks at every queue that roles share.
func (x *examination) queues(ctx context.Context, broker queue.Broker) {
	before := len(x.findings)
	shared := []queue.Queue{x.topology.Result(), x.topology.Dead()}
	readers := map[string]string{shared[0].Name: "webflix aggregator"} // who reads a queue
	for _, c := range recommend.CriterionNames() {
		q := x.topology.Task(c)
		shared = append(shared, q)
		readers[q.Name] = "webflix worker --criteria " + c
	}
	missing := 0
	for _, q := range shared {
		stats, err := broker.Stats(ctx, q.Name)
		if err != nil {
			missing++
			continue
		}
		x.queue(ctx, broker, &q, stats, readers[q.Name])
	}
	if missing == len(shared) {
		x.ok("queues", "there are none yet: the first start of the roles makes them")
		return
	}
	if missing > 0 {
		x.find(warning, "queues", fmt.Sprintf("%d of %d are not there", missing, len(shared)), "no role that needs them has run on this broker", "webflix serve (any role makes its own)")
	}
	if len(x.findings) == before {
		x.ok("queues", "all %d are as they should be, and read", len(shared))
	}
}

func (x *examination) queue(ctx context.Context, broker queue.Broker, q *queue.Queue, stats queue.Stats, reader string) {
	if err := broker.Declare(ctx, *q); err != nil {
		x.find(fault, "queues.arguments", err.Error(), "a role that declares it is refused and cannot start",
			"rabbitmqctl -p VHOST delete_queue "+q.Name+" --if-empty, and start the role again")
	}
	if reader != "" && stats.Consumers == 0 {
		s := warning
		if stats.Ready > 0 {
			s = fault
		}
		x.find(s, "queues.readers", fmt.Sprintf("nobody reads %s, where %d messages wait", q.Name, stats.Ready), "finals come at the deadline, without its part", reader)
	}
	if reader == "" && stats.Ready > 0 {
		x.find(warning, "queues.dead", fmt.Sprintf("%d messages are dead letters", stats.Ready), "nobody could handle them, or not in time",
			"webflix dead list says why; then webflix dead replay or webflix dead purge")
	}
}

// alarms asks the management API, where there is one, for what AMQP does not tell.
func (x *examination) alarms(ctx context.Context) {
	first, _, _ := strings.Cut(x.AMQPURL, ",")
	u, err := url.Parse(first)
	if err != nil {
		return
	}
	address := strings.TrimSuffix(cmp.Or(x.management, "http://"+net.JoinHostPort(u.Hostname(), "15672")), "/") + "/api/nodes"
	body, err := fetch(ctx, address, func(r *http.Request) {
		password, _ := u.User.Password()
		r.SetBasicAuth(u.User.Username(), password)
	})
	var nodes []struct {
		Name       string   `json:"name"`
		Running    bool     `json:"running"`
		Memory     bool     `json:"mem_alarm"`
		Disk       bool     `json:"disk_free_alarm"`
		Partitions []string `json:"partitions"`
	}
	if err != nil || json.Unmarshal(body, &nodes) != nil {
		x.ok("broker.alarms", "not looked at: %s does not answer this user", address)
		return
	}
	before := len(x.findings)
	for _, n := range nodes {
		for _, alarm := range []struct {
			on        bool
			what, fix string
		}{
			{!n.Running, "does not run", "rabbitmqctl -n " + n.Name + " start_app, or take it out: rabbitmqctl forget_cluster_node " + n.Name},
			{n.Memory, "has its memory alarm on: it takes no messages", "more memory, or a higher vm_memory_high_watermark"},
			{n.Disk, "has its disk alarm on: it takes no messages", "make room on its disk"},
			{len(n.Partitions) > 0, "is cut off from " + strings.Join(n.Partitions, ", "), "mend the network; with pause_minority it comes back by itself"},
		} {
			if alarm.on {
				x.find(fault, "broker.alarms", "the node "+n.Name+" "+alarm.what, "requests are answered that we are busy, or by fewer nodes", alarm.fix)
			}
		}
	}
	if len(x.findings) == before {
		x.ok("broker.alarms", "none on any of %d nodes", len(nodes))
	}
}
