package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webflix/graph"
	"webflix/recommend"
)

// conversation is a client's end of a socket.
type conversation struct {
	*websocket.Conn
}

func (f *face) dial(t testing.TB) *conversation {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), strings.Replace(f.url, "http", "ws", 1)+"/graphql",
		&websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatalf("%v (%v)", err, resp)
	}
	if resp.Body != nil {
		resp.Body.Close()
	}
	conn.SetReadLimit(1 << 22)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &conversation{conn}
}

// greet dials and says who asks.
func (f *face) greet(t testing.TB, bearer string) *conversation {
	t.Helper()
	c := f.dial(t)
	c.say(t, `{"type":"connection_init","payload":{"authorization":`+quote(bearerOf(bearer))+`}}`)
	if got := c.hear(t); got.Type != "connection_ack" {
		t.Fatalf("got %+v", got)
	}
	return c
}

func (c *conversation) say(t testing.TB, messages ...string) {
	t.Helper()
	for _, m := range messages {
		if err := c.Write(t.Context(), websocket.MessageText, []byte(m)); err != nil {
			t.Fatal(err)
		}
	}
}

func subscribe(id, document string) string {
	return `{"type":"subscribe","id":` + quote(id) + `,"payload":{"query":` + quote(document) + `}}`
}

type heard struct {
	Type, ID string
	Payload  json.RawMessage
}

// hear returns the next message that is no ping.
func (c *conversation) hear(t testing.TB) heard {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, data, err := c.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var m heard
		unmarshal(t, data, &m)
		if m.Type != "ping" {
			return m
		}
	}
}

// closed reads until the socket is closed, and returns the code.
func (c *conversation) closed(t testing.TB) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			return int(websocket.CloseStatus(err))
		}
	}
}

func TestSocketCarriesARankingToItsFinal(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	c := f.greet(t, token(t, "user:7", time.Hour))
	c.say(t, subscribe("1", rankingDocument))
	var last heard
	for m := c.hear(t); m.Type == "next"; m = c.hear(t) {
		last = m
	}
	if !strings.Contains(string(last.Payload), `"isFinal":true`) {
		t.Errorf("the last event is %s", last.Payload)
	}
	c.say(t, `{"type":"ping"}`)
	if m := c.hear(t); m.Type != "pong" {
		t.Errorf("a ping is answered with %+v", m)
	}
}

// Fault 6 and others: what is wrong closes the socket with the code that the protocol has for it.
func TestSocketCloseCodes(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{InitTimeout: 200 * time.Millisecond}})
	const hello = `{"type":"connection_init"}`
	live := subscribe("1", "subscription{pipeline{at}}")
	admin := `{"type":"connection_init","payload":{"Authorization":"Bearer ` + token(t, "operator", time.Hour, "admin") + `"}}`
	for name, c := range map[string]struct {
		messages []string
		code     int
	}{
		"a token that is none":        {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer x"}}`}, 4403},
		"a token that has expired":    {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer ` + token(t, "user:7", -time.Hour) + `"}}`}, 4403},
		"a token that expires":        {[]string{`{"type":"connection_init","payload":{"authorization":"Bearer ` + token(t, "user:7", 2*time.Second) + `"}}`}, 4403},
		"an operation before init":    {[]string{live}, 4401},
		"silence":                     {nil, 4408},
		"an id that is taken":         {[]string{admin, live, live}, 4409},
		"init twice":                  {[]string{hello, hello}, 4429},
		"no JSON":                     {[]string{`{`}, 4400},
		"no type":                     {[]string{`{}`}, 4400},
		"subscribe without an id":     {[]string{hello, `{"type":"subscribe","payload":{"query":"{__typename}"}}`}, 4400},
		"subscribe without a payload": {[]string{hello, `{"type":"subscribe","id":"1"}`}, 4400},
		"init with no object":         {[]string{`{"type":"connection_init","payload":[1]}`}, 4400}, // fault 4
		"a large message":             {[]string{hello, strings.Repeat(" ", 300<<10)}, 1009},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := f.dial(t)
			conn.say(t, c.messages...)
			if code := conn.closed(t); code != c.code {
				t.Errorf("closed with %d, want %d", code, c.code)
			}
		})
	}
}

// Unsubscribing ends the work; so does closing the socket, or losing it.
func TestLeavingEndsTheWork(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(t *testing.T, c *conversation){
		"complete": func(t *testing.T, c *conversation) { c.say(t, `{"type":"complete","id":"1"}`) },
		"close":    func(_ *testing.T, c *conversation) { _ = c.Close(websocket.StatusNormalClosure, "") },
		"lost":     func(_ *testing.T, c *conversation) { _ = c.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fakes := newFakes()
			fakes.hold, fakes.ended = make(chan struct{}), make(chan ending, 1)
			f := serve(t, fakes, graph.Config{})
			c := f.greet(t, token(t, "user:7", time.Hour))
			c.say(t, subscribe("1", rankingDocument))
			c.hear(t)
			leave(t, c)
			if cause := (<-fakes.ended).cause; errors.Is(cause, recommend.ErrUnsubscribed) != (name == "complete") {
				t.Errorf("the work ends because of %v", cause)
			}
		})
	}
}

// Fault 5: a client that stops reading is dropped, and its subscriptions with it.
func TestSocketThatStopsReadingIsDropped(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.flood, fakes.ended = true, make(chan ending, 1)
	f := serve(t, fakes, graph.Config{Limits: graph.Limits{WriteTimeout: 50 * time.Millisecond}})
	c := f.greet(t, token(t, "user:7", time.Hour))
	c.say(t, subscribe("1", fullDocument))
	select {
	case <-fakes.ended:
	case <-time.After(10 * time.Second):
		t.Error("the subscription of a client that reads nothing is still there after 10 s")
	}
}

// A client that answers no ping is gone, and may come back: the code is one after which clients do.
func TestSocketWithoutASignOfLifeIsClosed(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{Ping: 20 * time.Millisecond}})
	if code := f.greet(t, "").closed(t); code != 1001 {
		t.Errorf("closed with %d", code)
	}
}

// Fault 12: shutting down closes sockets with 1012, so that clients come back to another replica.
func TestShutdownClosesSockets(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold, fakes.ended = make(chan struct{}), make(chan ending, 1)
	f := serve(t, fakes, graph.Config{})
	c := f.greet(t, token(t, "user:7", time.Hour))
	c.say(t, subscribe("1", rankingDocument))
	c.hear(t)
	done := make(chan error, 1)
	go func() { done <- f.Shutdown(context.WithoutCancel(t.Context())) }()
	if code := c.closed(t); code != 1012 {
		t.Errorf("closed with %d", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	<-fakes.ended
}

// Fault 12: a replica that is drained lets go of who waits for nothing, and first answers who waits for a ranking.
func TestDrainAnswersWhatIsFollowed(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold = make(chan struct{})
	f := serve(t, fakes, graph.Config{})
	idle, busy := f.greet(t, ""), f.greet(t, token(t, "user:7", time.Hour))
	busy.say(t, subscribe("1", rankingDocument))
	busy.hear(t)
	drained := make(chan struct{})
	go func() {
		f.Drain(context.WithoutCancel(t.Context()))
		close(drained)
	}()
	if code := idle.closed(t); code != 1012 {
		t.Errorf("who waits for nothing is let go with %d", code)
	}
	select {
	case <-drained:
		t.Error("drained while somebody waits for a ranking")
	default:
	}
	close(fakes.hold)
	for busy.hear(t).Type != "complete" {
	}
	if code := busy.closed(t); code != 1012 {
		t.Errorf("who has a ranking is let go with %d", code)
	}
	<-drained
}

// Faults 3 and 7: an error of a subscription is an event, on every transport, and @defer works on sockets.
func TestErrorsAndDeferOnSockets(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	c := f.greet(t, "")
	c.say(t, subscribe("1", rankingDocument))
	if m := c.hear(t); m.Type != "next" || !strings.Contains(string(m.Payload), "Sign in first") {
		t.Errorf("got %+v", m)
	}
	c.hear(t) // complete
	c.say(t, subscribe("2", "{nothing}"))
	if m := c.hear(t); m.Type != "error" || !strings.Contains(string(m.Payload), "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("got %+v", m)
	}
	c.say(t, subscribe("3", `{movie(id:"movie:1"){id ...@defer{similar(first:1){id}}}}`))
	if m := c.hear(t); !strings.Contains(string(m.Payload), `"hasNext":true`) {
		t.Errorf("got %s", m.Payload)
	}
	if m := c.hear(t); !strings.Contains(string(m.Payload), `"incremental":[{"data":{"similar":[{"id":"movie:2"}]}`) {
		t.Errorf("got %s", m.Payload)
	}
}

// Fault 4 and the leak of sockets: whatever clients do before they go, nothing of them is left. WEBFLIX_SOCKETS sets how
// many there are: 10,000 with make test, fewer with the race detector.
func TestSocketsLeaveNothingBehind(t *testing.T) {
	f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{
		AddressSockets: -1, AddressRate: -1, AddressBurst: -1, ViewerRate: -1, ViewerBurst: -1, ViewerSockets: -1, ViewerSubscriptions: -1,
	}})
	sockets := 500
	if n := os.Getenv("WEBFLIX_SOCKETS"); n != "" {
		if _, err := fmt.Sscan(n, &sockets); err != nil {
			t.Fatal(err)
		}
	}
	bearer := token(t, "operator", time.Hour, "admin")
	descriptors, goroutines := openFiles(t), runtime.NumGoroutine()
	for i := range sockets {
		switch c := f.dial(t); i % 5 {
		case 0:
			_ = c.CloseNow()
		case 1:
			c.say(t, `{"type":"connection_init","payload":7}`)
			c.closed(t)
		case 2:
			c.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+bearer+`"}}`)
			c.hear(t)
			c.say(t, subscribe("1", "subscription{pipeline{at}}"))
			_ = c.CloseNow()
		case 3:
			c.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+bearer+`"}}`, subscribe("1", "subscription{pipeline{at}}"))
			c.hear(t)
			c.hear(t)
			_ = c.Close(websocket.StatusNormalClosure, "")
		case 4:
			c.say(t, "nonsense")
			_ = c.CloseNow()
		}
	}
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); runtime.Gosched() {
		if openFiles(t) <= descriptors+4 && runtime.NumGoroutine() <= goroutines+4 {
			return
		}
	}
	t.Errorf("%d descriptors before, %d after; %d goroutines before, %d after",
		descriptors, openFiles(t), goroutines, runtime.NumGoroutine())
}

func openFiles(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not list open files")
	}
	return len(entries)
}
