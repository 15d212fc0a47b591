package graph_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// fault is something that a server does wrong, seen from the outside.
type fault struct {
	name string
	env  []string
	// seen says what is wrong, "" when nothing is. What must happen is waited for as long as patience.
	seen func(t *testing.T, s *spawned, patience time.Duration) string
}

// TestFaultsOfStockGqlgen looks for each fault in gqlgen's own handlers, set up as their documentation says, where it is
// found, and in ours, where it is not. A version of gqlgen that mends one fails here: then ours may become smaller.
func TestFaultsOfStockGqlgen(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if wrong := f.seen(t, spawn(t, f.env...), 10*time.Second); wrong != "" {
				t.Errorf("ours: %s", wrong)
			}
			wrong := f.seen(t, spawn(t, append(f.env, "WEBFLIX_STOCK=1")...), time.Second)
			if wrong == "" {
				t.Error("gqlgen does not do this any more")
			}
			t.Logf("gqlgen: %s", wrong)
		})
	}
}

func faults() []fault {
	return []fault{
		{"1 a document with an error is no answer", nil, statusOf(`{"query":"{nothing}"}`, http.StatusOK)},
		{"1 a missing query is no bad request", nil, statusOf(`{}`, http.StatusBadRequest)},
		{"2 pings outlive their event stream", []string{"WEBFLIX_PING=50us"}, deadlyPings},
		{"3 a failed subscription kills the process", nil, deadlyFailure},
		{"4 a strange connection_init leaks the socket", nil, leakedSocket},
		{"5 a client that reads nothing is held", []string{"WEBFLIX_FLOOD=1"}, heldReader},
		{"6 a bad token closes as if all were well", nil, friendlyRefusal},
		{"7 a subscription ends with its first event", nil, lostEvents},
		{"7 what is deferred is lost", nil, lostParts},
		{"8 a query is answered as an event stream", nil, typeOf(urqlAccepts)},
		{"8 q-values are ignored", nil, typeOf("application/json;q=0.1, application/graphql-response+json;q=0.9")},
		{"9 bodies without a limit", nil, endlessBody},
		{"9 a broken body is echoed", nil, echoedBody},
		{"10 lists cost no more than one film", nil, endlessLists},
		{"10 any number of subscriptions on a socket", nil, endlessSubscriptions},
		{"11 the playground needs other servers", nil, foreignPlayground},
		{"12 shutting down forgets the sockets", nil, forgottenSockets},
	}
}

func statusOf(body string, want int) func(*testing.T, *spawned, time.Duration) string {
	return func(t *testing.T, s *spawned, _ time.Duration) string {
		resp, answer := s.post(t, body, map[string]string{"Accept": "application/json"})
		if resp.StatusCode != want || answer.Data != nil {
			return fmt.Sprintf("%s gets %d with data %q, want %d without", body, resp.StatusCode, answer.Data, want)
		}
		return ""
	}
}

const viewerEvents = `{"query":"subscription{recommend(input:{user:\"user:1\"}){__typename}}"}`

// stream posts an operation and reads the event stream to its end. It reports whether there was somebody to ask.
func (s *spawned) stream(t *testing.T, body string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	resp, err := s.client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return true
}

func deadlyPings(t *testing.T, s *spawned, _ time.Duration) string {
	return s.survives(t, 500, `{"query":"{__typename}"}`)
}

func deadlyFailure(t *testing.T, s *spawned, _ time.Duration) string {
	return s.survives(t, 20, `{"query":"subscription Fails{recommend(input:{user:\"user:1\",first:-1}){__typename ...on InvalidInputError{message}}}"}`)
}

// survives streams an operation again and again, until that has killed the process.
func (s *spawned) survives(t *testing.T, times int, body string) string {
	t.Helper()
	for range times {
		if !s.stream(t, body) {
			<-s.ended
			return "the process is dead"
		}
	}
	return ""
}

func leakedSocket(t *testing.T, s *spawned, patience time.Duration) string {
	before := s.sockets(t)
	c := s.dial(t)
	c.say(t, `{"type":"connection_init","payload":7}`)
	if code := c.ended(patience); code != 4400 {
		return fmt.Sprintf("the socket ends with %d, want 4400", code)
	}
	return s.freed(t, before, patience)
}

// sockets counts the descriptors of the process.
func (s *spawned) sockets(t *testing.T) int {
	t.Helper()
	s.client.CloseIdleConnections()
	entries, err := os.ReadDir("/proc/" + strconv.Itoa(s.pid) + "/fd")
	if err != nil {
		t.Skip("this system does not list open files")
	}
	return len(entries)
}

// freed waits until the process has no more descriptors than before.
func (s *spawned) freed(t *testing.T, before int, patience time.Duration) string {
	t.Helper()
	for end := time.Now().Add(patience); s.sockets(t) > before; <-time.After(10 * time.Millisecond) {
		if time.Now().After(end) {
			return "the process still holds the socket"
		}
	}
	return ""
}

// ended reads until the socket is closed, and returns the code; -1 when it is lost or not closed in time.
func (c *conversation) ended(patience time.Duration) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if _, _, err := c.Read(ctx); err != nil {
			return int(websocket.CloseStatus(err))
		}
	}
}

func heldReader(t *testing.T, s *spawned, patience time.Duration) string {
	before := s.sockets(t)
	c := s.greet(t, "")
	c.say(t, subscribe("1", strings.Replace(fullDocument, "first:100", `first:100,user:"user:1"`, 1)))
	return s.freed(t, before, patience)
}

func friendlyRefusal(t *testing.T, s *spawned, patience time.Duration) string {
	c := s.dial(t)
	c.say(t, `{"type":"connection_init","payload":{"authorization":"Bearer nonsense"}}`)
	if code := c.ended(patience); code != 4403 {
		return fmt.Sprintf("closed with %d, after which clients try again for ever; want 4403", code)
	}
	return ""
}

func lostEvents(t *testing.T, s *spawned, _ time.Duration) string {
	if resp, answer := s.post(t, viewerEvents, map[string]string{"Accept": "application/json"}); resp.StatusCode < 400 {
		return fmt.Sprintf("the first event is all of the answer: %s", answer.Data)
	}
	return ""
}

func lostParts(t *testing.T, s *spawned, _ time.Duration) string {
	_, answer := s.post(t, `{"query":"{movie(id:\"movie:1\"){id ...@defer{similar(first:1){id}}}}"}`, map[string]string{"Accept": "application/json"})
	if !strings.Contains(string(answer.Data), `"movie:2"`) {
		return fmt.Sprintf("the answer is %s", answer.Data)
	}
	return ""
}

const urqlAccepts = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"

// typeOf expects that a query is answered with the type that standard clients like best.
func typeOf(accept string) func(*testing.T, *spawned, time.Duration) string {
	return func(t *testing.T, s *spawned, _ time.Duration) string {
		resp, _ := s.post(t, `{"query":"{__typename}"}`, map[string]string{"Accept": accept})
		if got := resp.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/graphql-response+json") {
			return fmt.Sprintf("%q gets %s", accept, got)
		}
		return ""
	}
}

func endlessBody(t *testing.T, s *spawned, _ time.Duration) string {
	resp, _ := s.post(t, `{"query":"{__typename}","extensions":{"x":"`+strings.Repeat("x", 8<<20)+`"}}`, nil)
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		return fmt.Sprintf("8 MiB are answered with %d, want 413", resp.StatusCode)
	}
	return ""
}

func echoedBody(t *testing.T, s *spawned, _ time.Duration) string {
	if _, answer := s.post(t, `{"password":"hunter2"`, nil); strings.Contains(fmt.Sprint(answer.Errors), "hunter2") {
		return fmt.Sprintf("the answer is %v", answer.Errors)
	}
	return ""
}

func endlessLists(t *testing.T, s *spawned, _ time.Duration) string {
	if a := s.ask(t, "", "{movies(first:100){nodes{similar(first:50){similar(first:50){id}}}}}", nil); a.Errors == nil {
		return fmt.Sprintf("250,000 films may be asked for; the answer has %d bytes", len(a.Data))
	}
	return ""
}

func endlessSubscriptions(t *testing.T, s *spawned, patience time.Duration) string {
	c := s.greet(t, "")
	for i := range 60 {
		c.say(t, subscribe(strconv.Itoa(i), "subscription{pipeline{at}}"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, data, err := c.Read(ctx)
		if err != nil {
			return "60 subscriptions run"
		}
		var m heard
		if unmarshal(t, data, &m); m.Type == "error" {
			return ""
		}
	}
}

func foreignPlayground(t *testing.T, s *spawned, _ time.Duration) string {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/playground", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, script, foreign := strings.Cut(string(page), `src="https://`); foreign {
		return "the page loads " + strings.SplitN(script, `"`, 2)[0]
	}
	return ""
}

func forgottenSockets(t *testing.T, s *spawned, patience time.Duration) string {
	c := s.greet(t, "")
	c.say(t, subscribe("1", "subscription{pipeline{at}}"))
	c.hear(t)
	s.stop()
	if code := c.ended(patience); code != 1012 {
		return fmt.Sprintf("the socket ends with %d, want 1012", code)
	}
	return ""
}
