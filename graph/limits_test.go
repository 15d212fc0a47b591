package graph_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"webflix/graph"
	"webflix/recommend"
)

func TestDocumentsOverTheBudget(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	for name, c := range map[string]struct{ document, code string }{
		"depth":      {"{movie(id:\"movie:1\"){" + strings.Repeat("similar(first:1){", 12) + "id" + strings.Repeat("}", 14), "TOO_COMPLEX"},
		"aliases":    {"{" + aliases(51) + "}", "TOO_COMPLEX"},
		"cost":       {"{movies(first:100){nodes{similar(first:50){similar(first:50){id}}}}}", "TOO_COMPLEX"},
		"tokens":     {"{" + strings.Repeat("__typename ", 5001) + "}", "GRAPHQL_PARSE_FAILED"},
		"fragments":  {bomb(12), "TOO_COMPLEX"},
		"the schema": {"{" + schemas(6) + "}", "TOO_COMPLEX"},
		"a cycle":    {"{...A} fragment A on Query{...B} fragment B on Query{...A}", "GRAPHQL_VALIDATION_FAILED"},
		"first":      {"{movies(first:101){totalCount}}", "BAD_USER_INPUT"},
		"below none": {"{trending(first:-1){id}}", "BAD_USER_INPUT"},
		"ids":        {`{nodes(ids:[` + strings.Repeat(`"movie:1",`, 101) + `]){id}}`, "BAD_USER_INPUT"},
	} {
		if a := f.ask(t, "", c.document, nil); a.code() != c.code {
			t.Errorf("%s: %s %v, want %s", name, a.Data, a.Errors, c.code)
		}
	}
	low := serve(t, newFakes(), graph.Config{Limits: graph.Limits{First: 5}})
	for _, document := range []string{
		"{movies(first:6){totalCount}}", "{trending(first:6){id}}", `{nodes(ids:[` + strings.Repeat(`"movie:1",`, 6) + `]){id}}`,
		"{viewer{history(first:6){totalCount}}}", `{movie(id:"movie:1"){similar(first:6){id}}}`,
	} {
		if a := low.ask(t, token(t, "user:7", time.Hour), document, nil); a.code() != "BAD_USER_INPUT" || !strings.Contains(a.Errors[0].Message, "5") {
			t.Errorf("%s with a cap of 5: %s %v", document, a.Data, a.Errors)
		}
	}
	if a := low.ask(t, token(t, "user:7", time.Hour), "mutation{requestRecommendations(input:{first:6}){__typename}}", nil); !strings.Contains(string(a.Data), "InvalidInputError") {
		t.Errorf("6 recommendations with a cap of 5: %s %v", a.Data, a.Errors)
	}
	if a := f.ask(t, "", "{movies(first:10){nodes{title}}}", nil); a.Extensions["cost"] != 31.0 {
		t.Errorf("cost %v", a.Extensions)
	}
}

// schemas asks for the schema n times.
func schemas(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "s%d:__schema{types{name}} ", i)
	}
	return b.String()
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d:__typename b%d:developmentSignIn ", i, i)
	}
	return b.String()
}

// bomb is a small document that is 3^n fields large.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString("{...F0}")
	for i := range n {
		fmt.Fprintf(&b, " fragment F%d on Query{a:__typename ...F%d ...F%d ...F%d}", i, i+1, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment F%d on Query{developmentSignIn}", n)
	return b.String()
}

func TestRates(t *testing.T) {
	t.Parallel()
	t.Run("of a viewer", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{ViewerRate: 0.5, ViewerBurst: 2}})
		checkRate(t, f, token(t, "user:7", time.Hour), 2)
		if a := f.ask(t, token(t, "user:8", time.Hour), "{__typename}", nil); a.code() != "" {
			t.Errorf("another viewer: %v", a.Errors)
		}
	})
	t.Run("of an address", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{AddressRate: 0.5, AddressBurst: 3}})
		checkRate(t, f, "", 3)
	})
	t.Run("on a socket", func(t *testing.T) {
		t.Parallel()
		fakes := newFakes()
		f := serve(t, fakes, graph.Config{Limits: graph.Limits{ViewerRate: 0.5, ViewerBurst: 1}})
		c := f.greet(t, token(t, "user:7", time.Hour))
		c.say(t, subscribe("1", "{__typename}"))
		c.hear(t)
		c.hear(t)
		c.say(t, subscribe("2", rankingDocument))
		if m := c.hear(t); m.Type != "error" || !strings.Contains(string(m.Payload), "RATE_LIMITED") {
			t.Errorf("got %+v", m)
		}
		if fakes.countOf("Recommend") != 0 {
			t.Error("work was started")
		}
	})
}

// checkRate asks as often as may be, then once more.
func checkRate(t *testing.T, f *face, bearer string, burst int) {
	t.Helper()
	for i := range burst + 1 {
		resp, a := f.post(t, `{"query":"{__typename}"}`, map[string]string{"Authorization": bearerOf(bearer)})
		if i < burst && resp.StatusCode != 200 {
			t.Fatalf("request %d of %d: %d %v", i+1, burst, resp.StatusCode, a.Errors)
		}
		if i == burst && (resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "2" || a.code() != "RATE_LIMITED") {
			t.Errorf("over the rate: %d, Retry-After %q, %v", resp.StatusCode, resp.Header.Get("Retry-After"), a.Errors)
		}
	}
}

func TestSocketsAndSubscriptionsAtATime(t *testing.T) {
	t.Parallel()
	live := "subscription{pipeline{at}}"
	t.Run("sockets of an address", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{AddressSockets: 1}})
		first := f.dial(t)
		_, resp, err := websocket.Dial(t.Context(), f.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
		if err == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a second socket: %v", err)
		}
		if resp != nil {
			resp.Body.Close()
		}
		_ = first.CloseNow()
	})
	t.Run("sockets of a viewer", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{ViewerSockets: 1}})
		me := token(t, "user:7", time.Hour)
		f.greet(t, me)
		second := f.dial(t)
		second.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer `+me+`"}}`)
		if code := second.closed(t); code != 1013 {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("subscriptions of a socket", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{SocketSubscriptions: 1}})
		checkSecond(t, f, live)
	})
	t.Run("subscriptions of a viewer", func(t *testing.T) {
		t.Parallel()
		f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{ViewerSubscriptions: 1}})
		checkSecond(t, f, live)
		events := f.events(t, token(t, "operator", time.Hour, "admin"), live)
		defer events.close()
		if events.resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a stream beside a socket: %s", events.resp.Status)
		}
	})
}

func checkSecond(t *testing.T, f *face, live string) {
	t.Helper()
	c := f.greet(t, token(t, "operator", time.Hour, "admin"))
	c.say(t, subscribe("1", live))
	c.hear(t)
	c.say(t, subscribe("2", live))
	if m := c.hear(t); m.ID != "2" || m.Type != "error" || !strings.Contains(string(m.Payload), "TOO_MANY_SUBSCRIPTIONS") {
		t.Errorf("got %+v", m)
	}
}

// More requests than may be in flight are refused before any work is done; ended ones make room.
func TestRequestsInFlight(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold, fakes.ended = make(chan struct{}), make(chan ending, 2)
	f := serve(t, fakes, graph.Config{Limits: graph.Limits{InFlight: 1}})
	me := token(t, "user:7", time.Hour)
	const ask = `{recommendations(input:{deadlineMs:10000},waitMs:0){__typename ...on OverloadedError{retryAfterMs}}}`
	events := f.events(t, me, strings.Replace(rankingDocument, "first:2", "first:2,deadlineMs:10000", 1))
	events.next(t)
	if a := f.ask(t, me, ask, nil); string(a.Data) != `{"recommendations":{"__typename":"OverloadedError","retryAfterMs":1000}}` {
		t.Errorf("got %s %v", a.Data, a.Errors)
	}
	if fakes.countOf("Start") != 0 {
		t.Error("work was started")
	}
	if n := f.Overloaded(); n != 1 {
		t.Errorf("%d requests were counted as refused", n)
	}
	events.close()
	<-fakes.ended
	for deadline := time.Now().Add(5 * time.Second); ; {
		a := f.ask(t, me, ask, nil)
		if strings.Contains(string(a.Data), `"Recommendation"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still %s", a.Data)
		}
	}
}

// What the recommender says of servers that are away and queues that are full reaches clients as data, with a hint.
func TestUnavailableAndOverloaded(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		`{"x":{"__typename":"UnavailableError","retryAfterMs":250}}`: &recommend.UnavailableError{What: "The broker", RetryAfter: 250 * time.Millisecond, Err: errSecret},
		`{"x":{"__typename":"OverloadedError","retryAfterMs":250}}`:  fmt.Errorf("ask: %w", &recommend.UnavailableError{What: "The queue", Overloaded: true, RetryAfter: 250 * time.Millisecond}),
	} {
		fakes := newFakes()
		fakes.fail(err)
		f := serve(t, fakes, graph.Config{})
		const selection = `(input:{}){__typename ...on UnavailableError{retryAfterMs}...on OverloadedError{retryAfterMs}}}`
		for _, document := range []string{"{x:recommendations" + selection, "mutation{x:requestRecommendations" + selection, "subscription{x:recommend" + selection} {
			if a := f.first(t, token(t, "user:7", time.Hour), document); string(a.Data) != want {
				t.Errorf("%s: %s %v, want %s", document, a.Data, a.Errors, want)
			}
		}
		refused := [2]int{f.Overloaded(), f.Unavailable()}
		if want := map[bool][2]int{true: {3, 0}, false: {0, 3}}[strings.Contains(want, "Overloaded")]; refused != want {
			t.Errorf("%v requests were counted as refused, want %v", refused, want)
		}
		if a := f.ask(t, "", "{trending{id}}", nil); len(a.Errors) == 0 || a.Errors[0].Extensions["retryAfterMs"] != 250.0 || strings.Contains(a.Errors[0].Message, "pq:") {
			t.Errorf("a field without a union: %v", a.Errors)
		}
	}
}

func TestAddressesBehindProxies(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{
		Limits: graph.Limits{AddressRate: 0.1, AddressBurst: 1}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	for _, c := range []struct {
		forwarded string
		status    int
	}{
		{"203.0.113.1", 200}, {"203.0.113.1", 429}, {"203.0.113.2", 200}, {"198.51.100.9, 203.0.113.2", 429}, // what a client made up does not count
		{"2001:db8::1", 200}, {"2001:db8::2", 429}, {"nonsense", 200},
	} {
		resp, _ := f.post(t, `{"query":"{__typename}"}`, map[string]string{"X-Forwarded-For": c.forwarded})
		if resp.StatusCode != c.status {
			t.Errorf("%s: %d, want %d", c.forwarded, resp.StatusCode, c.status)
		}
	}
}

// A client that reads nothing for a while holds nothing up, and nothing piles up for it: when it reads again, it gets what
// the connection's buffers hold, the newest, and always the final.
func TestSlowReadersMissPartialsAndNeverTheFinal(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"socket", "event stream"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			fakes := newFakes()
			fakes.burst, fakes.poured = 1000, make(chan [2]int64, 1)
			f := serve(t, fakes, graph.Config{})
			next := f.follow(t, transport, token(t, "user:7", time.Hour))
			poured := <-fakes.poured // everything was sent, and nothing read
			stalled, final := poured[0], poured[1]
			last, count := int64(-1), int64(0)
			for u := next(); u != nil; u = next() {
				if u.Sequence <= last || u.IsFinal != (u.Sequence == final) {
					t.Fatalf("%+v follows %d; the final is %d", u, last, final)
				}
				last = u.Sequence
				count++
			}
			if last != final {
				t.Errorf("the last update is %d, want the final, %d", last, final)
			}
			if count > final/2 {
				t.Errorf("%d of %d updates waited for the reader", count, final+1)
			}
			t.Logf("full at %d, %d of %d updates came", stalled, count, final+1)
		})
	}
}

// sequenced is what tells updates apart.
type sequenced struct {
	Sequence int64
	IsFinal  bool
}

// follow starts a large ranking, and returns what reads its next update, nil at the end. Nothing is read before.
func (f *face) follow(t *testing.T, transport, bearer string) func() *sequenced {
	t.Helper()
	update := func(data []byte) *sequenced {
		var got struct{ Recommend sequenced }
		unmarshal(t, data, &got)
		return &got.Recommend
	}
	if transport == "socket" {
		c := f.greet(t, bearer)
		c.say(t, subscribe("1", fullDocument))
		return func() *sequenced {
			m := c.hear(t)
			if m.Type != "next" {
				return nil
			}
			var a answer
			unmarshal(t, m.Payload, &a)
			return update(a.Data)
		}
	}
	events := f.events(t, bearer, fullDocument)
	t.Cleanup(events.close)
	return func() *sequenced {
		a, ok := events.next(t)
		if !ok {
			return nil
		}
		return update(a.Data)
	}
}
