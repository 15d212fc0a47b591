package queue

import (
	"context"
	"time"
)

// Reasons of dead letters that no handler rejected. They are RabbitMQ's words.
const (
	ReasonExpired       = "expired"        // it stayed longer in its queue than it may
	ReasonMaxLength     = "maxlen"         // newer messages pushed it out of a full queue
	ReasonDeliveryLimit = "delivery_limit" // it failed too often; what the last handler said may follow a colon
)

// maxReason is the longest reason that travels with a dead letter, in bytes.
const maxReason = 1000

// DeadLetter is a message in a dead-letter queue, with what is known of its end. A foreign message there may have no reason,
// queue or address.
type DeadLetter struct {
	Message
	Reason     string
	Queue      string    // where it died
	From       Address   // where it had been published to
	Deliveries int       // how often a handler got it; 0 when not known
	Died       time.Time // zero when not known; by the clock of the consumer or of the broker
}

// DeadLetters is what an operator does with a dead-letter queue. Both brokers can; all three wait for the broker until ctx
// ends.
type DeadLetters interface {
	// ListDead returns up to limit letters, the oldest first, and leaves them where they are. Who consumes the queue or
	// lists it at the same time may get others.
	ListDead(ctx context.Context, queue string, limit int) ([]DeadLetter, error)

	// ReplayDead publishes letters again to where they had come from, takes those off the queue, and returns their
	// number. It replays the ones that pick is true for, every one when pick is nil; the rest stay, as do those
	// whose origin is not known. A letter that dies again while it runs is not replayed twice.
	ReplayDead(ctx context.Context, queue string, pick func(*DeadLetter) bool) (int, error)

	// PurgeDead drops every letter for good and returns their number.
	PurgeDead(ctx context.Context, queue string) (int, error)
}

// shorten keeps a reason within maxReason bytes.
func shorten(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return reason[:maxReason-3] + "..."
}
