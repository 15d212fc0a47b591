package queue

import (
	"context"
	"fmt"
	"math"

	amqp "github.com/rabbitmq/amqp091-go"
)

// ListDead implements DeadLetters.
func (r *RabbitMQ) ListDead(ctx context.Context, queue string, limit int) ([]DeadLetter, error) {
	var letters []DeadLetter
	err := r.manage(ctx, func(ch *amqp.Channel) error {
		letters = nil
		return eachDead(ctx, ch, queue, limit, func(d *amqp.Delivery) bool {
			letters = append(letters, toDeadLetter(d))
			return false
		})
	})
	if err != nil {
		return nil, fmt.Errorf("list dead letters in %s: %w", queue, err)
	}
	return letters, nil
}

// ReplayDead implements DeadLetters.
func (r *RabbitMQ) ReplayDead(ctx context.Context, queue string, pick func(*DeadLetter) bool) (int, error) {
	replayed := 0
	var failure error // of a publication: not the channel's, so not tried again
	err := r.manage(ctx, func(ch *amqp.Channel) error {
		return eachDead(ctx, ch, queue, math.MaxInt, func(d *amqp.Delivery) bool {
			letter := toDeadLetter(d)
			if failure != nil || letter.From == (Address{}) || pick != nil && !pick(&letter) {
				return false
			}
			again := letter.Message
			again.To = letter.From
			if failure = r.publisher.publishPatiently(ctx, again, nil); failure != nil {
				return false
			}
			replayed++
			return true
		})
	})
	if err == nil {
		err = failure
	}
	if err != nil {
		return replayed, fmt.Errorf("replay dead letters in %s: %w", queue, err)
	}
	return replayed, nil
}

// PurgeDead implements DeadLetters.
func (r *RabbitMQ) PurgeDead(ctx context.Context, queue string) (n int, err error) {
	err = r.manage(ctx, func(ch *amqp.Channel) (err error) {
		n, err = ch.QueuePurge(queue, false)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge dead letters in %s: %w", queue, err)
	}
	return n, nil
}

// eachDead calls f with up to limit letters, the oldest first, and takes those off the queue that f returns true for. It
// gets them all before the first call, so that f never sees a letter that died meanwhile.
func eachDead(ctx context.Context, ch *amqp.Channel, queue string, limit int, f func(*amqp.Delivery) bool) error {
	var letters []amqp.Delivery
	for len(letters) < limit {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, ok, err := ch.Get(queue, false)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		letters = append(letters, d)
	}
	for i := range letters {
		var err error
		if f(&letters[i]) {
			err = letters[i].Ack(false)
		} else {
			err = letters[i].Nack(false, true) // not a reject: looking at a letter is no failed delivery
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func toDeadLetter(d *amqp.Delivery) DeadLetter {
	letter := DeadLetter{Message: fromDelivery(d)}
	letter.Delivery = 0 // how often it was looked at
	if end := deathOf(d.Headers); end != nil {
		letter.Reason, letter.Queue, letter.From = end.reason, end.queue, end.from
		letter.Deliveries, letter.Died = end.deliveries, end.at
	}
	return letter
}
