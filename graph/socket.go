package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coder/websocket"

	"webflix/recommend"
)

// socketProtocol is the only WebSocket protocol that we speak.
const socketProtocol = "graphql-transport-ws"

// The close codes of graphql-transport-ws, and those of WebSocket that we use. Of the latter, clients such as graphql-ws come back after
// 1000, 1001, 1005, 1006 and 1012 to 1014 alone.
const (
	closeInvalid      websocket.StatusCode = 4400
	closeUnauthorized websocket.StatusCode = 4401
	closeForbidden    websocket.StatusCode = 4403
	closeProtocol     websocket.StatusCode = 4406
	closeInitTimeout  websocket.StatusCode = 4408
	closeDuplicate    websocket.StatusCode = 4409
	closeTwoInits     websocket.StatusCode = 4429
	closeSilent                            = websocket.StatusGoingAway
	closeRestart                           = websocket.StatusServiceRestart
	closeTryLater                          = websocket.StatusTryAgainLater
)

// socket is one conversation over a WebSocket.
type socket struct {
	h       *Handler
	conn    *websocket.Conn
	address string
	stop    context.CancelFunc // ends every operation

	closeOnce sync.Once
	closed    chan struct{} // closed once the close frame has been sent or given up
	running   sync.WaitGroup

	mu         sync.Mutex // protects all below
	viewer     viewer
	inited     bool // connection_init was received
	acked      bool // and accepted
	heard      bool // something was received since the last ping
	operations map[string]context.CancelCauseFunc
	waiting    *time.Timer // for connection_init
	expiry     *time.Timer // of the token
	pinger     *time.Timer
}

// serveSocket opens a WebSocket. The conversation has a goroutine and a context of its own, so that an idle one holds
// nothing of the request that opened it.
func (h *Handler) serveSocket(w http.ResponseWriter, r *http.Request) {
	address := h.addresses.of(r)
	if _, ok := h.addressRates.take(address); !ok || !h.streams.take(address) {
		h.refuseRequest(w, r, http.StatusTooManyRequests, retryable(coded(codeRateLimited, "too many sockets from your address"), time.Second))
		return
	}
	if !h.enter() {
		h.streams.leave(address)
		h.refuseRequest(w, r, http.StatusServiceUnavailable, retryable(coded(codeUnavailable, errShutdown.Error()), time.Second))
		return
	}
	leave := func() { h.streams.leave(address); h.open.Done() }
	conn, err := websocket.Accept(slim{w}, r, &websocket.AcceptOptions{
		Subprotocols: []string{socketProtocol}, InsecureSkipVerify: true, // origins.admit has checked the origin
	})
	if err != nil {
		leave()
		return // Accept has answered
	}
	conn.SetReadLimit(h.limits.Body)
	ctx, cancel := context.WithCancel(fresh(r.Context()))
	s := &socket{
		h: h, conn: conn, address: address, stop: cancel, closed: make(chan struct{}),
		operations: make(map[string]context.CancelCauseFunc),
	}
	h.sockets.Add(1)
	go func() {
		defer leave()
		defer h.sockets.Add(-1)
		s.hold(ctx)
	}()
}

// hold holds the conversation to its end.
func (s *socket) hold(ctx context.Context) {
	defer s.end()
	defer func() {
		if cause := recover(); cause != nil {
			s.h.log.ErrorContext(ctx, "a socket panicked", "request", requestIDOf(ctx), "cause", cause, "stack", string(debug.Stack()))
			s.close(websocket.StatusInternalError, "Internal error")
		}
	}()
	if s.conn.Subprotocol() != socketProtocol {
		s.close(closeProtocol, "Subprotocol not acceptable")
		return
	}
	defer context.AfterFunc(s.h.closing, func() { s.close(closeRestart, "Service restart") })() //nolint:contextcheck // the handler's end
	defer context.AfterFunc(s.h.leaving, s.closeIdle)()                                         //nolint:contextcheck // likewise
	s.mu.Lock()
	s.waiting = time.AfterFunc(s.h.limits.InitTimeout, func() { s.close(closeInitTimeout, "Connection initialisation timeout") })
	s.mu.Unlock()
	s.converse(ctx)
}

// end waits until nothing of the conversation runs any more, and gives back what it held.
func (s *socket) end() {
	s.close(websocket.StatusNormalClosure, "")
	<-s.closed
	s.mu.Lock()
	for _, t := range []*time.Timer{s.waiting, s.expiry, s.pinger} {
		if t != nil {
			t.Stop()
		}
	}
	v, acked := s.viewer, s.acked
	s.mu.Unlock()
	s.running.Wait()
	if acked && v.subject != "" {
		s.h.viewerSockets.leave(v.subject)
	}
}

// close ends the conversation, and every operation with it. The first reason counts.
func (s *socket) close(code websocket.StatusCode, reason string) {
	s.closeOnce.Do(func() {
		s.stop()
		go func() {
			defer close(s.closed)
			giveUp := time.AfterFunc(s.h.limits.WriteTimeout, func() { _ = s.conn.CloseNow() })
			defer giveUp.Stop()
			_ = s.conn.Close(code, reason) // the client may be gone
		}()
	})
}

// closeIdle ends a conversation in which nothing goes on, when the handler is drained.
func (s *socket) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.operations) == 0 && s.h.leaving.Err() != nil {
		s.close(closeRestart, "Service restart")
	}
}

// message is what both sides send.
type message struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Payload json.RawMessage `json:"payload"`
}

// converse reads messages until the conversation ends.
func (s *socket) converse(ctx context.Context) {
	for {
		kind, data, err := s.conn.Read(context.Background()) //nolint:contextcheck // closing the connection ends it
		if err != nil {
			return
		}
		var m message
		if kind != websocket.MessageText || decode(bytes.NewReader(data), &m) != nil {
			s.close(closeInvalid, "Invalid message received")
			return
		}
		s.mu.Lock()
		s.heard = true
		s.mu.Unlock()
		if !s.receive(ctx, &m) {
			return
		}
	}
}

// receive acts on a message. It reports whether the conversation goes on.
func (s *socket) receive(ctx context.Context, m *message) bool {
	switch {
	case m.Type == "connection_init":
		return s.init(ctx, m.Payload)
	case m.Type == "ping":
		s.send([]byte(`{"type":"pong"}`))
		return true
	case m.Type == "pong":
		return true
	case m.Type == "subscribe" && m.ID != "":
		return s.subscribe(ctx, m)
	case m.Type == "complete" && m.ID != "":
		s.mu.Lock()
		cancel := s.operations[m.ID]
		s.mu.Unlock()
		if cancel != nil {
			cancel(recommend.ErrUnsubscribed)
		}
		return true
	default:
		s.close(closeInvalid, "Invalid message received")
		return false
	}
}

// init finds out who asks.
func (s *socket) init(ctx context.Context, payload json.RawMessage) bool {
	s.mu.Lock()
	again := s.inited
	s.inited = true
	if s.waiting != nil {
		s.waiting.Stop()
		s.waiting = nil
	}
	s.mu.Unlock()
	if again {
		s.close(closeTwoInits, "Too many initialisation requests")
		return false
	}
	var fields map[string]any
	if len(payload) > 0 && decode(bytes.NewReader(payload), &fields) != nil {
		s.close(closeInvalid, "The payload of connection_init must be an object")
		return false
	}
	header, _ := fields["authorization"].(string)
	if header == "" {
		header, _ = fields["Authorization"].(string)
	}
	v, err := s.h.tokens.read(ctx, header)
	if errors.Is(err, errKeysAway) {
		s.close(closeTryLater, "Try again later: "+err.Error())
		return false
	}
	if err != nil {
		s.close(closeForbidden, "Forbidden: "+err.Error())
		return false
	}
	if v.subject != "" && !s.h.viewerSockets.take(v.subject) {
		s.close(closeTryLater, "Too many sockets with your token")
		return false
	}
	s.mu.Lock()
	s.viewer, s.acked = v, true
	if !v.expires.IsZero() {
		s.expiry = time.AfterFunc(time.Until(v.expires), func() { s.close(closeForbidden, "Forbidden: the token has expired") })
	}
	s.pinger = time.AfterFunc(s.h.limits.Ping, s.ping)
	s.mu.Unlock()
	s.send([]byte(`{"type":"connection_ack"}`))
	return true
}

// ping asks for a sign of life, and ends the conversation when the last one was not answered.
func (s *socket) ping() {
	s.mu.Lock()
	alive := s.heard
	s.heard = false
	s.mu.Unlock()
	if !alive {
		s.close(closeSilent, "No answer to the last ping")
		return
	}
	s.send([]byte(`{"type":"ping"}`))
	select {
	case <-s.closed:
	default:
		s.mu.Lock()
		s.pinger.Reset(s.h.limits.Ping)
		s.mu.Unlock()
	}
}

// send writes a message. A client that takes none for too long is dropped. It has no context to take: one that ends in the
// middle of a message would end the whole conversation.
//
//nolint:contextcheck,nolintlint // see above; contextcheck reports it where it is called
func (s *socket) send(data []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), s.h.limits.WriteTimeout)
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, data); err != nil && !errors.Is(err, context.Canceled) {
		_ = s.conn.CloseNow()
	}
}
