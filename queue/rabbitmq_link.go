package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// link keeps a connection to RabbitMQ up: when one ends it opens another. It does not use the library's own recovery,
// which lets delivery tags and confirmations of one connection pass for those of the next.
type link struct {
	purpose string
	dialer  *dialer
	log     *slog.Logger
	prepare func(conn *amqp.Connection) // called with each new connection before anyone else gets it
	state   *cell[linkState]

	complaint  string // the last one in the log; the goroutine that runs the link uses both
	complained time.Time
}

// linkState is a link's state at a moment.
type linkState struct {
	conn    *amqp.Connection // nil while the link is down
	err     error            // why it is down, an ErrUnavailable
	blocked error            // why the broker takes no messages, an ErrBusy; nil when it takes them
	closed  bool             // it stays down
}

func newLink(purpose string, d *dialer, parent *slog.Logger, prepare func(conn *amqp.Connection)) *link {
	start := linkState{err: fmt.Errorf("%w: not connected yet", ErrUnavailable)}
	return &link{
		purpose: purpose, dialer: d, prepare: prepare, state: newCell(start),
		log: parent.With("connection", purpose),
	}
}

// run connects, and connects again, until ctx ends.
func (l *link) run(ctx context.Context) {
	pauses := newBackoff()
	for ctx.Err() == nil {
		conn, socket, err := l.dialer.dial(ctx, l.purpose)
		if err == nil {
			started := time.Now()
			err = l.serve(ctx, conn, socket)
			if time.Since(started) > goodWhile {
				pauses = newBackoff()
			}
		}
		if ctx.Err() != nil {
			break
		}
		l.complain(ctx, err)
		l.state.set(linkState{err: fmt.Errorf("%w: %w", ErrUnavailable, err)})
		wait(ctx, pauses.next())
	}
	l.state.set(linkState{err: errClosed, closed: true})
}

// serve announces the connection and returns when it has ended, with the cause.
func (l *link) serve(ctx context.Context, conn *amqp.Connection, socket net.Conn) error {
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	blocked := conn.NotifyBlocked(make(chan amqp.Blocking, 16))
	l.prepare(conn)
	l.log.Info("Connected to RabbitMQ", "version", conn.Properties["version"])
	l.state.set(linkState{conn: conn})
	for {
		select {
		case reason := <-closed:
			if reason == nil {
				return errors.New("the connection was closed")
			}
			return reason
		case b, ok := <-blocked:
			if !ok {
				blocked = nil // closed follows
				continue
			}
			state := linkState{conn: conn}
			if b.Active {
				state.blocked = fmt.Errorf("%w: %s", ErrBusy, b.Reason)
			}
			l.log.Warn("RabbitMQ changed whether it takes messages", "blocked", b.Active, "reason", b.Reason)
			l.state.set(state)
		case <-ctx.Done():
			l.hangUp(conn, socket)
			return ctx.Err()
		}
	}
}

// hangUp closes the connection. A broker that takes no messages does not read the farewell either, and its heartbeats keep
// extending the library's own deadline for the answer: only the end of the socket is sure to end the wait.
func (l *link) hangUp(conn *amqp.Connection, socket net.Conn) {
	state, _ := l.state.get()
	l.state.set(linkState{err: errClosed, closed: true})
	patience := closeTime
	if state.blocked != nil {
		patience = 0
	}
	timer := time.AfterFunc(patience, func() { _ = socket.Close() })
	defer timer.Stop()
	_ = conn.CloseDeadline(time.Now().Add(closeTime))
}

// complain logs why there is no connection, and whether waiting is likely to help; the same again only every half minute.
func (l *link) complain(ctx context.Context, err error) {
	if text := err.Error(); text != l.complaint || time.Since(l.complained) > 30*time.Second {
		l.complaint, l.complained = text, time.Now()
	} else {
		return
	}
	level, hint := slog.LevelWarn, "trying again"
	if cause, ok := errors.AsType[*amqp.Error](err); ok && (cause.Code == amqp.AccessRefused || cause.Code == amqp.NotAllowed) {
		level, hint = slog.LevelError, "check user, password and virtual host"
	}
	l.log.Log(ctx, level, "No connection to RabbitMQ", "error", err, "hint", hint)
}

// wait returns the connection as soon as there is one.
func (l *link) wait(ctx context.Context) (*amqp.Connection, error) {
	for {
		state, changed := l.state.get()
		if state.conn != nil {
			return state.conn, nil
		}
		if state.closed {
			return nil, state.err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), state.err)
		}
	}
}

// Pauses between attempts to connect, subscribe or open a channel.
const (
	firstBackoff   = 50 * time.Millisecond
	longestBackoff = time.Second // so that work resumes within two of the broker's return

	// goodWhile is how long a connection, subscription or channel lasts for the next to be tried at once. With the longest pause
	// in its place, connections that are reset every second would be away most of the time.
	goodWhile = longestBackoff / 4
)

// backoff gives pauses that double up to a limit. Each is between half of its length and the whole, at random, so that
// the processes of a deployment do not all come back at once.
type backoff struct{ pause time.Duration }

func newBackoff() *backoff { return &backoff{pause: firstBackoff} }

func (b *backoff) next() time.Duration {
	pause := b.pause
	b.pause = min(2*b.pause, longestBackoff)
	return pause/2 + rand.N(pause/2)
}

// onChannel calls f with a channel of its own. The end of ctx ends the wait for f, and f only when the connection does. An
// error is ErrUnavailable unless the broker refused what f asked for.
func onChannel(ctx context.Context, conn *amqp.Connection, f func(ch *amqp.Channel) error) error {
	result := make(chan error, 1)
	go func() {
		ch, err := conn.Channel()
		if err != nil {
			result <- fmt.Errorf("%w: %w", ErrUnavailable, err)
			return
		}
		err = f(ch)
		_ = ch.Close()
		if err != nil && !isRefusal(err) {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		result <- err
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// isRefusal reports whether err is the broker's refusal of what was asked for on a channel; the connection lives on.
func isRefusal(err error) bool {
	cause, ok := errors.AsType[*amqp.Error](err)
	return ok && cause.Server && cause.Recover
}

// isMissing reports whether there is no such queue or exchange.
func isMissing(err error) bool {
	cause, ok := errors.AsType[*amqp.Error](err)
	return ok && cause.Code == amqp.NotFound
}

// isLocked reports whether a queue is exclusive to another connection.
func isLocked(err error) bool {
	cause, ok := errors.AsType[*amqp.Error](err)
	return ok && cause.Code == amqp.ResourceLocked
}
