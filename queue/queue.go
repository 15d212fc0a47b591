// Package queue carries messages between the roles: the contract of a broker, RabbitMQ and an in-process broker that keep
// it, the topology, and the wire form of every message.
package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"webflix/recommend"
)

// Message is what a broker carries. Body is never changed after Publish, nor once it was delivered: results are read from
// it long after their handler has returned.
type Message struct {
	To            Address
	Also          []string  // further keys of To's exchange: one publication, and a copy for each of their queues
	Type          string    // what Body is, with its version: "task/1"
	CorrelationID string    // the request's id; "" for none
	Trace         string    // W3C traceparent; "" for none
	Replica       string    // of a task: the API replica that shows what is made of it; "" for none
	Published     time.Time // when it was handed to the broker, by the publisher's reading of the database's clock
	Body          []byte
	Optional      bool // it may be dropped when no queue takes it, and is not confirmed: a live update whose reader is gone

	Delivery int // which delivery this is, from 1; set by the broker. It may be too low after a broker's failure.

	// What Body says, of a message that has not left the process; nil: it is to be read. Who has another Type or Body makes a new Message.
	task   *Sealed
	result *recommend.Result
}

// addresses yields where the message goes.
func (m *Message) addresses() iter.Seq[Address] {
	return func(yield func(Address) bool) {
		if !yield(m.To) {
			return
		}
		for _, key := range m.Also {
			if !yield(Address{Exchange: m.To.Exchange, Key: key}) {
				return
			}
		}
	}
}

// Address says where a message goes: to the queue that Key is bound to in Exchange.
type Address struct{ Exchange, Key string }

// Errors of a broker. ErrUnavailable and ErrBusy are temporary.
var (
	ErrUnavailable = errors.New("the message broker cannot be reached")
	ErrBusy        = errors.New("the message broker takes no messages for now")
	ErrUnroutable  = errors.New("no queue takes the message")

	errClosed  = fmt.Errorf("%w: it was closed", ErrUnavailable)
	errNoQueue = errors.New("there is no such queue")
)

// Rejection is the error of a message that can never be handled: garbage, an unknown version. It goes to the dead-letter
// queue at once, with the reason.
type Rejection struct{ Reason string }

func (r *Rejection) Error() string { return "rejected: " + r.Reason }

// Subscription says what to consume, and how.
type Subscription struct {
	Queue    string
	Prefetch int           // deliveries that may be unsettled at once; at least Batch; 0: Batch x Parallel
	Batch    int           // most messages a handler takes at once; 0: 1
	Linger   time.Duration // how long a started batch waits for more
	Parallel int           // handlers that run at once; 0: 1
	Grace    time.Duration // how long a handler may go on when the subscription ends; 0: 5 s
}

// Handler handles a batch and returns one outcome for each message, or nil when all went well: nil acknowledges it; a
// Rejection dead-letters it at once; any other error returns it to the queue after a pause that doubles with its
// deliveries, from 10 ms to 1 s, and dead-letters it when the queue's delivery limit is reached. A panic is an error of
// every message of the batch. ctx ends when the subscription's grace does; what fails after that is delivered again.
type Handler func(ctx context.Context, batch []*Message) []error

// Broker is what the roles need of a message broker. Its methods are safe for concurrent use. It reconnects by itself.
type Broker interface {
	// Publish hands the messages over and returns when the broker has confirmed that it holds every one; until then
	// none may be taken for sent, and after an error any of them may have been. Errors: ErrUnavailable, ErrBusy,
	// ErrUnroutable for a message that no queue takes at any of its addresses, or ctx's.
	Publish(ctx context.Context, msgs ...Message) error

	// Consume handles messages until ctx ends, through every reconnection, and returns when the last handler has. It
	// waits for a queue that is not declared yet. When ctx ends it asks for no more messages, once none is on its way, for
	// which RabbitMQ's takes at most half of the subscription's Grace; it handles what it was given already, for at most
	// two seconds, and hands back the rest. It returns an error only when the subscription can never work.
	Consume(ctx context.Context, sub Subscription, h Handler) error

	// Declare makes a queue, or finds it made, and waits for the broker until ctx ends. It fails when a queue of that
	// name exists with other properties.
	Declare(ctx context.Context, q Queue) error

	// Stats reads a queue's figures.
	Stats(ctx context.Context, name string) (Stats, error)

	// Ready returns nil when messages can be published and consumed, else ErrUnavailable or ErrBusy with the cause.
	Ready() error

	// Close settles nothing and ends every connection. Call it after every Consume has returned.
	Close() error
}

// Queue is a queue's properties.
type Queue struct {
	Name          string
	Bind          Address       // what it receives
	Durable       bool          // it survives the broker's restart; false: it ends with its last consumer or its connection
	TTL           time.Duration // longest stay of a message; 0: for ever
	MaxLength     int           // messages; the oldest are dropped beyond it; 0: no limit
	DeliveryLimit int           // returns to the queue after which a message is dead-lettered: limit+1 deliveries; 0: none
	DeadLetter    Address       // where dead letters go; zero: nowhere
	KeepDead      bool          // dead letters are confirmed before they leave; beyond MaxLength new messages get ErrBusy
	Sift          bool          // of dead letters it takes those that failed, not those that expired or were pushed out
}

// Stats are a queue's figures at a moment.
type Stats struct {
	Ready     int           // messages waiting
	Unacked   int           // messages delivered and not settled, -1 when not known
	Consumers int           //
	Oldest    time.Duration // age of the oldest message that waits or is not settled, 0 for none, -1 when not known
	In, Out   float64       // messages that came, and that were dealt with, a second; over RateSpan; -1 when not known
}
