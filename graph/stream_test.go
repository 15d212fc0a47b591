package graph_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"webflix/graph"
)

// eventReader reads an event stream.
type eventReader struct {
	resp   *http.Response
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (f *face) events(t testing.TB, bearer, document string) *eventReader {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	body := strings.NewReader(`{"query":` + quote(document) + `}`)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+"/graphql", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<22)
	return &eventReader{resp: resp, lines: lines, cancel: cancel}
}

func (r *eventReader) close() {
	r.cancel()
	r.resp.Body.Close()
}

// next returns the next event; false when the stream is complete or cut off.
func (r *eventReader) next(t testing.TB) (a answer, ok bool) {
	t.Helper()
	for r.lines.Scan() {
		data, found := strings.CutPrefix(r.lines.Text(), "data: ")
		if found {
			unmarshal(t, []byte(data), &a)
			return a, true
		}
	}
	return a, false
}

const rankingDocument = `subscription{recommend(input:{first:2}){...on RecommendationUpdate{sequence isFinal picks{movie{id}}}...on UserError{message}}}`

func TestEventStreamEndsWithTheFinal(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	events := f.events(t, token(t, "user:7", time.Hour), rankingDocument)
	defer events.close()
	var last string
	for {
		a, ok := events.next(t)
		if !ok {
			break
		}
		last = string(a.Data)
	}
	if !strings.Contains(last, `"isFinal":true`) {
		t.Errorf("the last event is %s", last)
	}
}

// Fault 2: the pings end with the stream. With gqlgen's own transport they outlive the handler and crash the process.
func TestPingsEndWithTheStream(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold, fakes.ended = make(chan struct{}), make(chan ending, 20)
	f := serve(t, fakes, graph.Config{Limits: graph.Limits{Ping: time.Millisecond}})
	for range 20 {
		events := f.events(t, token(t, "user:7", time.Hour), rankingDocument)
		for events.lines.Scan() && events.lines.Text() != ":" { // the opening, or a ping
		}
		events.close()
		<-fakes.ended // unsubscribing ended the work
	}
	// goleak, at the end of all tests, sees whatever is left
}

// Fault 5: a client that stops reading is dropped within the write timeout, and its subscription with it.
func TestClientThatStopsReadingIsDropped(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.ended = make(chan ending, 1)
	fakes.flood = true
	f := serve(t, fakes, graph.Config{Limits: graph.Limits{WriteTimeout: 50 * time.Millisecond}})
	events := f.events(t, token(t, "user:7", time.Hour), fullDocument)
	defer events.close()
	select { // nothing is read: the stream must end on the server
	case <-fakes.ended:
	case <-time.After(10 * time.Second):
		t.Error("the subscription of a client that reads nothing is still there after 10 s")
	}
}

const fullDocument = `subscription{recommend(input:{first:100}){...on RecommendationUpdate{sequence isFinal picks{reasons shares{evidence{label movie{title genres{name}}}} movie{id title genres{name}}}}}}`

func TestExpiredTokenEndsTheStream(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold = make(chan struct{})
	f := serve(t, fakes, graph.Config{})
	events := f.events(t, token(t, "user:7", 2*time.Second), rankingDocument)
	defer events.close()
	var last answer
	for {
		a, ok := events.next(t)
		if !ok {
			break
		}
		last = a
	}
	if last.code() != "UNAUTHENTICATED" {
		t.Errorf("the last event is %s %v", last.Data, last.Errors)
	}
}

// Fault 12: shutting down ends streams at once, without saying that they are complete.
func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	fakes.hold = make(chan struct{})
	f := serve(t, fakes, graph.Config{})
	events := f.events(t, token(t, "user:7", time.Hour), rankingDocument)
	defer events.close()
	if _, ok := events.next(t); !ok {
		t.Fatal("no event")
	}
	if err := f.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for events.lines.Scan() {
		if events.lines.Text() == "event: complete" {
			t.Error("the stream says that it is complete")
		}
	}
	if resp, _ := f.post(t, `{"query":"subscription{pipeline{at}}"}`, map[string]string{"Accept": "text/event-stream", "Authorization": "Bearer " + token(t, "x", time.Hour, "admin")}); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stream while shutting down: %s", resp.Status)
	}
}
