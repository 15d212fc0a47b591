package bench

import (
	"context"
	"errors"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/queue"
	"webflix/recommend"
)

func (s *Setup) queues(blend recommend.Blend) []queue.Queue {
	var criteria []string
	for _, w := range blend {
		criteria = append(criteria, w.Criterion)
	}
	return queuesOf(s.Topology, criteria)
}

func queuesOf(t queue.Topology, criteria []string) []queue.Queue {
	queues := []queue.Queue{t.Dead(), t.Result()}
	for _, criterion := range criteria {
		queues = append(queues, t.Task(criterion))
	}
	return queues
}

// StartServer starts a server with queues of its own name, and returns the address of its GraphQL, and what ends it and takes the
// queues away.
func (s *Setup) StartServer(ctx context.Context, name string, flags ...string) (url string, end func() error, err error) {
	t := queue.Topology{Prefix: s.Topology.Prefix + name + "."}
	url, stop, err := s.Server(ctx, t, flags...)
	if err != nil {
		return "", nil, errors.Join(err, s.remove(t))
	}
	return url, func() error { return errors.Join(stop(), s.remove(t)) }, nil
}

// Close takes the measurement's queues off RabbitMQ. Call it after everything has ended.
func (s *Setup) Close() error { return s.remove(s.Topology) }

func (s *Setup) remove(t queue.Topology) error {
	if s.AMQPURL == "" {
		return nil
	}
	conn, err := amqp.Dial(s.AMQPURL)
	if err != nil {
		return fmt.Errorf("remove the measurement's queues: %w", err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return fmt.Errorf("remove the measurement's queues: %w", err)
	}
	dead := t.Dead()
	names, exchanges := []string{dead.Name + ".late"}, []string{dead.Bind.Exchange + ".sift", dead.Bind.Exchange + ".kept"}
	for _, q := range append(queuesOf(t, recommend.CriterionNames()), t.Live("")) {
		names, exchanges = append(names, q.Name), append(exchanges, q.Bind.Exchange)
	}
	for _, name := range names {
		if _, err := ch.QueueDelete(name, false, false, false); err != nil {
			return fmt.Errorf("remove queue %s: %w", name, err)
		}
	}
	for _, name := range exchanges {
		if err := ch.ExchangeDelete(name, false, false); err != nil {
			return fmt.Errorf("remove exchange %s: %w", name, err)
		}
	}
	return nil
}
