package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Client is a client of the GraphQL API over one WebSocket, by the protocol graphql-transport-ws. It is safe for concurrent
// use.
type Client struct {
	conn *websocket.Conn
	gone chan struct{} // closed when the connection has ended

	mu      sync.Mutex // protects what follows
	err     error      // why the connection has ended
	serial  int
	streams map[string]*stream
}

// stream is an operation under way.
type stream struct {
	ctx    context.Context //nolint:containedctx // it is the operation's
	events chan Event

	mu    sync.Mutex // held while an event is passed on, which ctx ends
	ended bool
}

// Event is what an operation brought: data, or an error that ended it.
type Event struct {
	Data json.RawMessage
	Err  error
	At   time.Time // when it had come, and was yet to be read as JSON; zero for the end of the connection
}

// ErrConnection is the error of an operation whose connection ended first.
var ErrConnection = errors.New("the connection ended")

type frame struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// readLimit is the longest message that a client accepts, in bytes.
const readLimit = 4 << 20

// Dial connects to a URL such as ws://localhost:8080/graphql. The token is sent when it is not "". The caller closes the
// client.
func Dial(ctx context.Context, url, token string) (*Client, error) {
	conn, response, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if response != nil && response.Body != nil {
			_ = response.Body.Close()
		}
		return nil, fmt.Errorf("connect: %w", err)
	}
	conn.SetReadLimit(readLimit)
	c := &Client{conn: conn, gone: make(chan struct{}), streams: map[string]*stream{}}
	hello := frame{Type: "connection_init"}
	if token != "" {
		hello.Payload = json.RawMessage(`{"Authorization":` + strconv.Quote("Bearer "+token) + `}`)
	}
	var answer frame
	if err = wsjson.Write(ctx, conn, hello); err == nil {
		err = wsjson.Read(ctx, conn, &answer)
	}
	if err == nil && answer.Type != "connection_ack" {
		err = fmt.Errorf("the server answers with %q", answer.Type)
	}
	if err != nil {
		_ = conn.CloseNow()
		return nil, fmt.Errorf("begin the connection: %w", err)
	}
	go c.read()
	return c, nil
}

// Close ends the connection and every operation on it.
func (c *Client) Close() error {
	err := c.conn.Close(websocket.StatusNormalClosure, "")
	<-c.gone
	return err
}

// Drop ends the connection as a crash does: without a word.
func (c *Client) Drop() {
	_ = c.conn.CloseNow()
	<-c.gone
}

// Subscribe runs an operation. The channel is closed when the operation is complete, after an error, or when ctx ends, which
// tells the server that nobody listens any more.
func (c *Client) Subscribe(ctx context.Context, query string, variables any) (<-chan Event, error) {
	payload, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, fmt.Errorf("write the operation: %w", err)
	}
	s := &stream{ctx: ctx, events: make(chan Event, 16)}
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return nil, c.err
	}
	c.serial++
	id := strconv.Itoa(c.serial)
	c.streams[id] = s
	c.mu.Unlock()
	if err := wsjson.Write(ctx, c.conn, frame{ID: id, Type: "subscribe", Payload: payload}); err != nil {
		c.end(id, nil)
		return nil, fmt.Errorf("%w: %w", ErrConnection, err)
	}
	context.AfterFunc(ctx, func() {
		if c.end(id, nil) {
			_ = wsjson.Write(context.WithoutCancel(ctx), c.conn, frame{ID: id, Type: "complete"})
		}
	})
	return s.events, nil
}

// end takes a stream off, closes it, and reports whether it was there.
func (c *Client) end(id string, last *Event) bool {
	c.mu.Lock()
	s := c.streams[id]
	delete(c.streams, id)
	c.mu.Unlock()
	if s == nil {
		return false
	}
	if last != nil {
		s.pass(*last)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	close(s.events)
	return true
}

// pass hands an event on, unless the stream has ended.
func (s *stream) pass(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	select {
	case s.events <- e:
	case <-s.ctx.Done():
	}
}

// read passes what comes to the operations, until the connection ends.
func (c *Client) read() {
	defer close(c.gone)
	ctx := context.Background()
	for {
		_, message, err := c.conn.Read(ctx)
		at := time.Now()
		var f frame
		if err == nil {
			err = json.Unmarshal(message, &f)
		}
		if err != nil {
			c.fail(err)
			return
		}
		switch f.Type {
		case "next":
			c.pass(f.ID, f.Payload, at)
		case "error":
			c.end(f.ID, &Event{Err: fmt.Errorf("the operation failed: %s", f.Payload), At: at})
		case "complete":
			c.end(f.ID, nil)
		case "ping":
			_ = wsjson.Write(ctx, c.conn, frame{Type: "pong"})
		}
	}
}

func (c *Client) pass(id string, payload json.RawMessage, at time.Time) {
	var body struct {
		Data   json.RawMessage
		Errors []struct {
			Message    string
			Extensions json.RawMessage
		}
	}
	event := Event{At: at}
	if err := json.Unmarshal(payload, &body); err != nil {
		event.Err = fmt.Errorf("read an event: %w", err)
	} else if event.Data = body.Data; len(body.Errors) > 0 {
		event.Err = fmt.Errorf("%s %s", body.Errors[0].Message, body.Errors[0].Extensions)
	}
	c.mu.Lock()
	s := c.streams[id]
	c.mu.Unlock()
	if s != nil {
		s.pass(event)
	}
}

func (c *Client) fail(err error) {
	c.mu.Lock()
	c.err = fmt.Errorf("%w: %w", ErrConnection, err)
	var ids []string
	for id := range c.streams {
		ids = append(ids, id)
	}
	last := Event{Err: c.err}
	c.mu.Unlock()
	for _, id := range ids {
		c.end(id, &last)
	}
}
