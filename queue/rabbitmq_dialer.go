package queue

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Times of a connection. A broker that is frozen is missed after one and a half heartbeats.
const (
	dialTime      = 5 * time.Second // for TCP, and for the TLS and AMQP handshakes
	closeTime     = 2 * time.Second // for the broker's answer to the end of a connection
	heartbeat     = 5 * time.Second
	writeTime     = 2500 * time.Millisecond // the library holds locks while it writes: no write may hang
	connectionTag = "webflix"
)

// dialer opens connections to the nodes of a broker in turn.
type dialer struct {
	urls []string
	tls  *tls.Config
	name string
	next atomic.Uint32 // place in urls
}

func newDialer(config Config) (*dialer, error) {
	d := &dialer{tls: config.TLS, name: config.Name}
	if d.name == "" {
		d.name = connectionTag
	}
	for u := range strings.SplitSeq(strings.ReplaceAll(config.URL, ",amqp", "\namqp"), "\n") {
		u = strings.TrimSpace(u)
		if _, err := amqp.ParseURI(u); err != nil {
			return nil, fmt.Errorf("its URL: %w", withoutURL(err))
		}
		d.urls = append(d.urls, u)
	}
	return d, nil
}

// withoutURL returns the cause of a parse error without the URL, which has a password in it.
func withoutURL(err error) error {
	if parse, ok := errors.AsType[*url.Error](err); ok {
		return parse.Err
	}
	return err
}

// dial opens a connection to the next node, and returns its socket too. ctx ends the attempt, not the connection.
func (d *dialer) dial(ctx context.Context, purpose string) (*amqp.Connection, net.Conn, error) {
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(d.name + " " + purpose)
	config := amqp.Config{Heartbeat: heartbeat, Properties: properties, TLSClientConfig: d.tls.Clone()}
	var (
		raw  net.Conn
		sock *socket
		stop = func() bool { return true }
	)
	config.Dial = func(network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		raw, sock = conn, newSocket(conn)
		stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
		return sock, conn.SetDeadline(time.Now().Add(dialTime))
	}
	target := d.urls[int(d.next.Add(1)-1)%len(d.urls)]
	conn, err := amqp.DialConfig(target, config)
	stopped := stop()
	if err == nil && stopped {
		return conn, raw, nil
	}
	if raw != nil {
		_ = raw.Close() // the library leaves it open after a failed handshake
		_ = sock.Close()
	}
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, nil, err
}
