package queue

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Config says how to reach RabbitMQ, 3.10 or later.
type Config struct {
	// URL is amqp://user:password@host:port/vhost, or amqps:// for TLS; several with commas between are the nodes of a
	// cluster, tried in turn. Query parameters: heartbeat (seconds), cacertfile, certfile, keyfile,
	// server_name_indication.
	URL string

	TLS    *tls.Config  // nil: the system's roots and what the URL says
	Name   string       // shown by the broker's own tools; "": webflix
	Window int          // publications that may await their confirmation at once; 0: 500
	Log    *slog.Logger // nil: none
}

// RabbitMQ is the broker of a deployment of several processes. Publications and consumers have a connection each, because
// an alarm of the broker blocks whoever publishes.
type RabbitMQ struct {
	publishing *link
	consuming  *link
	publisher  *publisher
	flows      *flows
	log        *slog.Logger
	stop       context.CancelFunc
	tasks      sync.WaitGroup // what stop ends

	mu       sync.Mutex       // protects what follows
	declared map[string]Queue // to be declared again on each connection
	readers  map[string]int   // subscriptions to a queue
}

// Dial starts connecting to RabbitMQ and returns at once: services may start in any order. It fails only when the
// configuration is wrong. Until the broker answers, Declare and Consume wait, and the rest gets ErrUnavailable.
func Dial(config Config) (*RabbitMQ, error) {
	dial, err := newDialer(config)
	if err != nil {
		return nil, fmt.Errorf("connect to RabbitMQ: %w", err)
	}
	log := config.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &RabbitMQ{log: log, stop: stop, flows: newFlows(), declared: make(map[string]Queue), readers: make(map[string]int)}
	r.publishing = newLink("publishing", dial, log, func(conn *amqp.Connection) { r.redeclare(ctx, conn, true) })
	r.consuming = newLink("consuming", dial, log, func(conn *amqp.Connection) { r.redeclare(ctx, conn, false) })
	r.publisher = newPublisher(r.publishing, config.Window, r.flows, log)
	r.tasks.Go(func() { r.publishing.run(ctx) })
	r.tasks.Go(func() { r.consuming.run(ctx) })
	r.tasks.Go(func() { r.publisher.run(ctx) })
	return r, nil
}

// Publish implements Broker. It fails at once while the broker is not connected or takes no messages. Messages whose
// confirmation was outstanding when a connection ended are published again on the next one until ctx ends.
func (r *RabbitMQ) Publish(ctx context.Context, msgs ...Message) error {
	return r.publisher.publish(ctx, msgs)
}

// Ready implements Broker.
func (r *RabbitMQ) Ready() error {
	for _, l := range []*link{r.publishing, r.consuming} {
		if state, _ := l.state.get(); state.conn == nil {
			return state.err
		} else if state.blocked != nil {
			return state.blocked
		}
	}
	return nil
}

// Close implements Broker.
func (r *RabbitMQ) Close() error {
	r.stop()
	r.tasks.Wait()
	return nil
}

// Declare implements Broker. It waits for the connection that publishes too, so that Publish may follow.
func (r *RabbitMQ) Declare(ctx context.Context, q Queue) error {
	if err := q.check(); err != nil {
		return err
	}
	err := r.manage(ctx, func(ch *amqp.Channel) error { return declare(ch, &q) })
	if err == nil {
		_, err = r.publishing.wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("declare queue %s: %w", q.Name, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.declared[q.Name] = q
	return nil
}

// Stats implements Broker. Over AMQP RabbitMQ tells neither the unsettled deliveries, nor the oldest message's age, nor rates:
// what each process knows of them is in its Flow.
func (r *RabbitMQ) Stats(ctx context.Context, name string) (Stats, error) {
	var found amqp.Queue
	state, _ := r.consuming.state.get()
	err := state.err
	if state.conn != nil {
		err = onChannel(ctx, state.conn, func(ch *amqp.Channel) (err error) {
			found, err = ch.QueueDeclarePassive(name, true, false, false, false, nil)
			return err
		})
	}
	if err != nil {
		return Stats{}, fmt.Errorf("read figures of queue %s: %w", name, err)
	}
	return Stats{Ready: found.Messages, Unacked: -1, Consumers: found.Consumers, Oldest: -1, In: -1, Out: -1}, nil
}

// manage calls f with a channel of its own on the connection that consumes, and again when the connection is lost or the
// queue is still locked by a connection that the broker has not missed yet, until ctx ends.
func (r *RabbitMQ) manage(ctx context.Context, f func(ch *amqp.Channel) error) error {
	pauses := newBackoff()
	for {
		conn, err := r.consuming.wait(ctx)
		if err != nil {
			return err
		}
		err = onChannel(ctx, conn, f)
		if err == nil || ctx.Err() != nil || !errors.Is(err, ErrUnavailable) && !isLocked(err) {
			return err
		}
		if wait(ctx, pauses.next()); ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// redeclare declares on a new connection what was declared before: a broker that lost its disk starts empty. A queue that
// is not durable belongs to the connection that consumes.
func (r *RabbitMQ) redeclare(ctx context.Context, conn *amqp.Connection, durable bool) {
	for _, q := range r.remembered(durable) {
		err := onChannel(ctx, conn, func(ch *amqp.Channel) error { return declare(ch, &q) })
		if err != nil && ctx.Err() == nil {
			r.log.Warn("A queue could not be declared again", "queue", q.Name, "error", err)
		}
	}
}

func (r *RabbitMQ) remembered(durable bool) []Queue {
	r.mu.Lock()
	defer r.mu.Unlock()
	var queues []Queue
	for _, q := range r.declared {
		if q.Durable || !durable {
			queues = append(queues, q)
		}
	}
	return queues
}

// properties returns what is known of a queue: only what was declared here is.
func (r *RabbitMQ) properties(name string) (Queue, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	q, ok := r.declared[name]
	return q, ok
}

// reading counts the subscriptions to a queue. A queue that is not durable ends with the last one and is forgotten.
func (r *RabbitMQ) reading(name string, change int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readers[name] += change
	if r.readers[name] > 0 {
		return
	}
	delete(r.readers, name)
	if q, ok := r.declared[name]; ok && !q.Durable {
		delete(r.declared, name)
	}
}
