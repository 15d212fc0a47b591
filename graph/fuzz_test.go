package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webflix/graph"
)

func fuzzHandler(t testing.TB) *graph.Handler {
	t.Helper()
	h, err := graph.NewHandler(graph.Config{
		Resolver: newFakes().resolver(), Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: true}, Log: slog.New(slog.DiscardHandler),
		Limits: graph.Limits{AddressRate: -1, AddressBurst: -1, ViewerRate: -1, ViewerBurst: -1, AddressSockets: -1, InitTimeout: 50 * time.Millisecond, InFlight: -1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return h
}

func seeds() []string {
	return []string{
		`{"query":"{__typename}"}`, `{"query":"{movies(first:3,after:\"YXQ6MQ\",search:\"\u0000\"){nodes{id}}}"}`, `{`, `[]`, `null`, `"x"`, `{"query":1}`,
		`{"query":"query($n:Int){movies(first:$n){totalCount}}","variables":{"n":99999999999999999999}}`,
		`{"query":"query($n:Float){movies(filter:{minRating:$n}){totalCount}}","variables":{"n":1e999}}`,
		`{"query":"{node(id:\"user:-1\"){id} nodes(ids:[\"request:x\",\"movie:1\",\"model:99999999999999999999\",\":\",\"\"]){id}}"}`,
		`{"query":"mutation{recordWatch(input:{user:\"user:1\",movie:\"movie:1\",watchedAt:\"0000-00-00\",rating:-0.0}){__typename}}"}`,
		`{"query":"subscription{recommend(input:{user:\"user:1\",first:1,weights:[{criterion:\"\\u0000\",weight:1e308}]}){__typename}}"}`,
		`{"query":"` + strings.Repeat("{a", 200) + `"}`, `{"query":"{...A} fragment A on Query{...A}"}`, `{"query":"{__schema{types{fields{type{ofType{name}}}}}}"}`,
		`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + strings.Repeat("0", 64) + `"}}}`, `{"query":"{__typename}","extensions":{"persistedQuery":7}}`,
		`{"query":"{movie(id:\"movie:1\"){id ...@defer{title}}}"}`, "{\"query\":\"{__typename # \xff\xfe\"}", `{"query":"{viewer{id}}","operationName":"😀","variables":[]}`,
	}
}

// Whatever is posted, the answer is no 5xx, and JSON, an event stream or parts.
func FuzzHTTP(f *testing.F) {
	for i, seed := range seeds() {
		f.Add(seed, []string{"application/json", "text/event-stream", "multipart/mixed;subscriptionSpec=1.0, application/json;q=0.5"}[i%3])
	}
	h := fuzzHandler(f)
	f.Fuzz(func(t *testing.T, body, accept string) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", strings.Map(func(c rune) rune {
			if c < ' ' {
				return ' '
			}
			return c
		}, accept))
		if strings.Contains(body, "pipeline") {
			t.Skip("the pipeline has no end")
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%d for %q", w.Code, body)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "json") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("no JSON: %q", w.Body.Bytes())
		}
		if bytes.Contains(w.Body.Bytes(), []byte(`"INTERNAL"`)) {
			t.Errorf("a fault: %s for %q", w.Body, body)
		}
	})
}

// Whatever is sent on a socket, before and after connection_init, it ends without a fault and leaves nothing behind.
func FuzzSocket(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(`{"type":"subscribe","id":"1","payload":`+seed+`}`, true)
	}
	for _, seed := range []string{`{"type":"connection_init","payload":{"authorization":7}}`, `{"type":"complete","id":"1"}`, `{"type":"ping","payload":[]}`, `{"type":7}`, ``} {
		f.Add(seed, false)
	}
	h := fuzzHandler(f)
	server := httptest.NewServer(h)
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, message string, init bool) {
		if strings.Contains(message, "pipeline") {
			t.Skip("the pipeline has no end")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		conn, resp, err := websocket.Dial(ctx, server.URL, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body != nil {
			resp.Body.Close()
		}
		defer func() { _ = conn.CloseNow() }()
		conn.SetReadLimit(1 << 22)
		if init {
			if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"connection_init"}`)); err != nil {
				t.Fatal(err)
			}
		}
		_ = conn.Write(ctx, websocket.MessageText, []byte(message))
		_ = conn.Write(ctx, websocket.MessageText, []byte(`{"type":"bye"}`)) // closes
		for {
			_, data, err := conn.Read(ctx)
			if err != nil {
				if code := websocket.CloseStatus(err); code == 1011 || ctx.Err() != nil {
					t.Errorf("%q ends with %v", message, err)
				}
				return
			}
			if !json.Valid(data) || bytes.Contains(data, []byte(`"INTERNAL"`)) {
				t.Errorf("%s for %q", data, message)
			}
		}
	})
}
