package queue

import (
	"math"

	amqp "github.com/rabbitmq/amqp091-go"
)

// declare makes the queue, the exchange that it is bound in, and the binding.
func declare(ch *amqp.Channel, q *Queue) error {
	if q.Durable {
		if _, err := ch.QueueDeclare(q.Name, true, false, false, false, arguments(q)); err != nil {
			return err
		}
	} else if _, err := ch.QueueDeclare(q.Name, false, true, true, false, arguments(q)); err != nil {
		return err
	}
	if q.Bind.Exchange == "" {
		return nil // the default exchange has a binding for every queue
	}
	if err := ch.ExchangeDeclare(q.Bind.Exchange, amqp.ExchangeDirect, true, false, false, false, nil); err != nil {
		return err
	}
	if q.Sift {
		return sift(ch, q)
	}
	return ch.QueueBind(q.Name, q.Bind.Key, q.Bind.Exchange, false, nil)
}

// What sifting adds to a queue's and its exchange's name.
const (
	siftName = ".sift" // the exchange that looks at the reason
	keptName = ".kept" // the exchange of what passes
	lateName = ".late" // the queue of what does not: the newest of them for an hour, for who wonders
)

// sift binds the queue behind an exchange that looks at the reason that the broker notes on a dead letter. What matches no
// reason goes to the queue: of two mistakes, to keep too much is the better one.
func sift(ch *amqp.Channel, q *Queue) error {
	through, kept, late := q.Bind.Exchange+siftName, q.Bind.Exchange+keptName, q.Name+lateName
	if err := ch.ExchangeDeclare(kept, amqp.ExchangeFanout, true, false, false, false, nil); err != nil {
		return err
	}
	if err := ch.QueueBind(q.Name, "", kept, false, nil); err != nil {
		return err
	}
	_, err := ch.QueueDeclare(late, true, false, false, false, amqp.Table{
		"x-queue-type": "classic", "x-max-length": int64(1000), "x-message-ttl": int64(3_600_000),
	})
	if err != nil {
		return err
	}
	if err := ch.ExchangeDeclare(through, amqp.ExchangeHeaders, true, false, false, false, amqp.Table{"alternate-exchange": kept}); err != nil {
		return err
	}
	for _, reason := range []string{ReasonExpired, ReasonMaxLength} {
		if err := ch.QueueBind(late, "", through, false, amqp.Table{"x-match": "any-with-x", "x-first-death-reason": reason}); err != nil {
			return err
		}
	}
	if err := ch.ExchangeBind(through, q.Bind.Key, q.Bind.Exchange, false, nil); err != nil {
		return err
	}
	return ch.QueueUnbind(q.Name, q.Bind.Key, q.Bind.Exchange, nil) // as versions that did not sift had bound it
}

// arguments returns the queue's properties in RabbitMQ's words. Durable queues are quorum queues: they survive the loss of
// a node, count deliveries, and are faster than durable classic ones.
func arguments(q *Queue) amqp.Table {
	args := amqp.Table{"x-queue-type": "classic"}
	if q.Durable {
		args["x-queue-type"] = "quorum"
		args["x-delivery-limit"] = int64(math.MaxInt32) // without one RabbitMQ 4 takes 20
		if q.DeliveryLimit > 0 {
			args["x-delivery-limit"] = int64(q.DeliveryLimit)
		}
	}
	if q.TTL > 0 {
		args["x-message-ttl"] = q.TTL.Milliseconds()
	}
	if q.MaxLength > 0 {
		args["x-max-length"] = int64(q.MaxLength)
		args["x-overflow"] = "drop-head"
	}
	if (q.DeadLetter != Address{}) {
		args["x-dead-letter-exchange"] = q.DeadLetter.Exchange
		args["x-dead-letter-routing-key"] = q.DeadLetter.Key
	}
	if q.KeepDead {
		args["x-dead-letter-strategy"] = "at-least-once"
		args["x-overflow"] = "reject-publish" // RabbitMQ demands it
	}
	return args
}
