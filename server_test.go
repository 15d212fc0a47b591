package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// program is webflix running inside the test.
type program struct {
	url   string
	token string     // sent with every query; "" for none
	stop  func() int // as Ctrl-C does; returns the exit code
	lacks string     // what it said was missing after it had announced its address
}

var announced = regexp.MustCompile(`Webflix +(http://[^/]+)/`)

// start runs webflix with arguments and variables, and returns when it has announced its address and is ready.
func start(t *testing.T, env map[string]string, args ...string) *program {
	t.Helper()
	return launch(t, func(ctx context.Context, out, log io.Writer) int {
		return run(ctx, append(args, "--listen=127.0.0.1:0"), func(name string) string { return env[name] }, out, log)
	})
}

// launch runs a program that serves, and returns when it has announced its address and is ready.
func launch(t *testing.T, do func(ctx context.Context, out, log io.Writer) int) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	var log syncBuffer
	code := make(chan int, 1)
	go func() {
		code <- do(ctx, in, &log)
		_ = in.Close()
	}()
	p := &program{stop: sync.OnceValue(func() int {
		cancel()
		return <-code
	})}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the program's log:\n%s", log.String())
		}
	})
	var said bytes.Buffer
	buffer := make([]byte, 4096)
	for p.url == "" {
		n, err := out.Read(buffer)
		said.Write(buffer[:n])
		if found := announced.FindStringSubmatch(said.String()); found != nil {
			p.url = found[1]
		} else if err != nil {
			t.Fatalf("webflix ended with %d\n%s\n%s", p.stop(), said.String(), log.String())
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.await(t)
	return p
}

// await asks until the program is ready.
func (p *program) await(t *testing.T) {
	t.Helper()
	for t.Context().Err() == nil {
		if resp, err := get(t, p.url+"/readyz"); err == nil {
			lacks, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
			p.lacks += string(lacks)
		}
	}
	t.Fatal("webflix is never ready")
}

func get(t *testing.T, url string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(req)
}

// query asks over HTTP and reads the answer's data into to.
func (p *program) query(t *testing.T, document string, to any) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := struct {
		Data   any
		Errors json.RawMessage
	}{Data: to}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	if answer.Errors != nil {
		t.Fatalf("%s\nfails with %s", document, answer.Errors)
	}
}

// signIn signs in as a person, as the web app does while anyone may.
func (p *program) signIn(t *testing.T, user string) {
	t.Helper()
	var in struct{ SignIn struct{ Token string } }
	p.query(t, fmt.Sprintf(`mutation { signIn(input: {user: %q}) { ... on SignInPayload { token } } }`, user), &in)
	if p.token = in.SignIn.Token; p.token == "" {
		t.Fatalf("nobody may sign in as %s", user)
	}
}

// ranking is an update as the tests ask for it.
type ranking struct {
	Typename  string `json:"__typename"`
	Message   string
	RequestID string `json:"requestId"`
	Sequence  int
	IsFinal   bool
	Coverage  struct{ Percent float64 }
	Degraded  []string
	Picks     []struct {
		Score  float64
		Movie  struct{ ID, Title string }
		Shares []struct {
			Criterion string
			Score     float64
		}
		Reasons []string
	}
	Criteria []struct{ Criterion, Status string }
}

const rankingFields = `__typename ... on RecommendationUpdate { requestId sequence isFinal coverage { percent } degraded
	picks { score movie { id title } shares { criterion score } reasons } criteria { criterion status } }
	... on UserError { message }`

// subscribe runs a subscription over a WebSocket and returns every update until it completes.
func (p *program) subscribe(t *testing.T, field string) []ranking {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), p.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body != nil {
		defer func() { _ = resp.Body.Close() }()
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	send := func(v any) {
		if err := wsjson.Write(t.Context(), conn, v); err != nil {
			t.Fatal(err)
		}
	}
	send(map[string]string{"type": "connection_init"})
	document := fmt.Sprintf("subscription { updates: %s { %s } }", field, rankingFields)
	send(map[string]any{"type": "subscribe", "id": "1", "payload": map[string]string{"query": document}})
	var updates []ranking
	for {
		var message struct {
			Type    string
			Payload json.RawMessage
		}
		if err := wsjson.Read(t.Context(), conn, &message); err != nil {
			t.Fatalf("read from the WebSocket after %d updates: %v", len(updates), err)
		}
		switch message.Type {
		case "next":
			var next struct {
				Data   struct{ Updates ranking }
				Errors json.RawMessage
			}
			if err := json.Unmarshal(message.Payload, &next); err != nil || next.Errors != nil {
				t.Fatalf("%s: %v", message.Payload, err)
			}
			updates = append(updates, next.Data.Updates)
		case "complete":
			return updates
		case "error":
			t.Fatalf("%s fails with %s", field, message.Payload)
		}
	}
}

// checkRankings asserts what every stream promises: rising sequences, and one final at the end, whose scores add up.
func checkRankings(t *testing.T, updates []ranking, films int) *ranking {
	t.Helper()
	if len(updates) == 0 {
		t.Fatal("no update came")
	}
	last := -1
	for i, u := range updates {
		if u.Typename != "RecommendationUpdate" {
			t.Fatalf("update %d is %s: %s", i, u.Typename, u.Message)
		}
		if u.Sequence <= last || u.IsFinal != (i == len(updates)-1) {
			t.Errorf("update %d of %d has sequence %d after %d, final %v", i, len(updates), u.Sequence, last, u.IsFinal)
		}
		last = u.Sequence
	}
	final := &updates[len(updates)-1]
	if len(final.Picks) != films {
		t.Errorf("%d films are ranked, want %d", len(final.Picks), films)
	}
	for _, pick := range final.Picks {
		var sum float64
		for _, s := range pick.Shares {
			sum += s.Score
		}
		if sum != pick.Score {
			t.Errorf("the shares of %s add up to %v, its score is %v", pick.Movie.Title, sum, pick.Score)
		}
		if len(pick.Reasons) == 0 {
			t.Errorf("nothing says why %s is ranked", pick.Movie.Title)
		}
	}
	return final
}

// The README's first command: nothing is installed or configured.
func TestEverythingInOneProcess(t *testing.T) {
	collector := newCollector(t)
	env := map[string]string{
		"WEBFLIX_DATA_DIR": dataDir(t), "POSTGRES_BIN": os.Getenv("POSTGRES_BIN"), "OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL,
	}
	p := start(t, env)
	if strings.Contains(p.lacks, "model") {
		t.Errorf("it says where it is before it can score: %s", p.lacks)
	}
	var people struct {
		Users struct {
			Nodes []struct{ ID, Name string }
		}
		Movies struct{ TotalCount int }
	}
	p.query(t, `{ users(first: 2) { nodes { id name } } movies { totalCount } }`, &people)
	if len(people.Users.Nodes) != 2 || people.Movies.TotalCount < 600 {
		t.Fatalf("our own catalogue has %+v", people)
	}
	user := people.Users.Nodes[0].ID

	final := checkRankings(t, p.subscribe(t, fmt.Sprintf(`recommend(input: {user: %q, first: 10})`, user)), 10)
	if final.Coverage.Percent != 100 || len(final.Degraded) != 0 {
		t.Errorf("coverage %v, degraded %v", final.Coverage.Percent, final.Degraded)
	}

	again := p.subscribe(t, fmt.Sprintf(`recommendationUpdates(id: %q)`, final.RequestID))
	if len(again) != 1 || again[0].Picks[0].Movie != final.Picks[0].Movie || !again[0].IsFinal {
		t.Errorf("attached after the final, the stream is %+v", again)
	}

	resp, err := get(t, p.url+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	told, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	for _, metric := range []string{
		"webflix_sockets ", "webflix_subscriptions ", "webflix_model_version 1", "webflix_overdue_seconds ",
		`webflix_missing{what="broker"} 0`, `webflix_refused_total{reason="overloaded"} `,
		`webflix_task_oldest_seconds{criterion="history"} `, "webflix_final_seconds_count ", `go_sql_open_connections{db_name="webflix"}`,
	} {
		if err != nil || !strings.Contains(string(told), "\n"+metric) {
			t.Errorf("/metrics does not tell %s, %v", metric, err)
		}
	}

	p.signIn(t, user)

	// A watch counts at once: the film is gone from the next ranking.
	top := final.Picks[0].Movie
	var recorded struct {
		RecordWatch struct {
			Typename string `json:"__typename"`
		}
	}
	p.query(t, fmt.Sprintf(`mutation { recordWatch(input: {user: %q, movie: %q, rating: 5}) { __typename } }`, user, top.ID), &recorded)
	if recorded.RecordWatch.Typename != "HistoryPayload" {
		t.Fatalf("recording a watch gives %s", recorded.RecordWatch.Typename)
	}
	next := checkRankings(t, p.subscribe(t, fmt.Sprintf(`recommend(input: {user: %q, first: 10})`, user)), 10)
	for _, pick := range next.Picks {
		if pick.Movie == top {
			t.Errorf("%s was watched and is still recommended", top.Title)
		}
	}

	if code := p.stop(); code != exitOK {
		t.Fatalf("stopped with exit code %d", code)
	}
	for _, step := range []string{"subscription recommend", "dispatch", "wait history", "score history", "merge", "emit", "deliver"} {
		if !strings.Contains(collector.got.String(), step) {
			t.Errorf("no trace has the step %q", step)
		}
	}
	token := p.token
	p = start(t, env)
	p.token = token // it outlives the restart
	var history struct {
		User struct {
			History struct {
				Nodes []struct{ Movie struct{ Title string } }
			}
		}
	}
	p.query(t, fmt.Sprintf(`{ user(id: %q) { history(first: 1) { nodes { movie { title } } } } }`, user), &history)
	if nodes := history.User.History.Nodes; len(nodes) != 1 || nodes[0].Movie.Title != top.Title {
		t.Errorf("after a restart the newest watch is %+v, want %s", nodes, top.Title)
	}
}

// dataDir returns a folder that a server's own user may enter, which t.TempDir is not for root.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "webflix-test-") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // see above
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{nil, []string{"frobnicate"}, "frobnicate"},
		{nil, []string{"--frobnicate"}, "frobnicate"},
		{nil, []string{"--criteria=vibes"}, "there are history"},
		{nil, []string{"worker"}, "AMQP_URL"},
		{nil, []string{"import"}, "zip or folder"},
		{nil, []string{"import", "/no/such.zip"}, "no such file"},
		{nil, []string{"worker", "--slow=era"}, "genres=300ms"},
		{nil, []string{"dead", "list"}, "AMQP_URL"},
		{nil, []string{"dead", "frob"}, "list, replay and purge"},
		{map[string]string{"DATABASE_URL": "not a url"}, []string{"models"}, "cannot be used"},
		{nil, []string{"evaluate", "--train", "/no/such.tsv"}, "no such file"},
		{nil, []string{"health", "--address", "::bad"}, "--address"},
		{nil, []string{"models", "extra"}, "extra"},
		{map[string]string{"WEBFLIX_PARALLEL": "many"}, nil, "WEBFLIX_PARALLEL"},
		{nil, []string{"recommend"}, "--user"},
		{nil, []string{"--log-level=loud"}, "loud"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, nil, "otlp or none"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, nil, "4318"},
	} {
		var out, log bytes.Buffer
		env := map[string]string{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}
		maps.Copy(env, c.env)
		code := run(t.Context(), c.args, func(name string) string { return env[name] }, &out, &log)
		if code != exitUsage || !strings.Contains(log.String(), c.want) {
			t.Errorf("webflix %v: exit code %d, %s", c.args, code, log.String())
		}
	}
}

// collector takes traces as an OpenTelemetry collector does.
type collector struct {
	*httptest.Server
	got syncBuffer // every body, one after the other
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&c.got, r.Body)
	}))
	t.Cleanup(c.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL) // its libraries read it by themselves
	return c
}

// What is away is said at once, with where to look: nobody waits for a password that is wrong.
func TestServersThatAreAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{map[string]string{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"}, []string{"models"}, "connection refused"},
		{map[string]string{"AMQP_URL": "amqp://nobody:wrong@127.0.0.1:1/"}, []string{"dead", "list"}, "connection refused"},
		{nil, []string{"health", "--address", "127.0.0.1:1"}, "connection refused"},
	} {
		var out, log bytes.Buffer
		code := run(t.Context(), c.args, func(name string) string { return c.env[name] }, &out, &log)
		if code != exitFault || !strings.Contains(log.String(), c.want) || out.Len() > 0 {
			t.Errorf("webflix %v: exit code %d, %s%s", c.args, code, out.String(), log.String())
		}
		if c.env != nil && !strings.Contains(log.String(), "webflix doctor") {
			t.Errorf("webflix %v says nothing of doctor: %s", c.args, log.String())
		}
	}
}

// syncBuffer is a buffer that a program writes to while the test may read it.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// Browsers open connections ahead of requests; such a one must not turn Ctrl-C into a failure.
func TestStopsBesideAConnectionWithoutARequest(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan struct{}, 1)
	server := &http.Server{ReadHeaderTimeout: headerTimeout, ConnState: func(net.Conn, http.ConnState) {
		select {
		case opened <- struct{}{}:
		default:
		}
	}}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	<-opened
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := stopServing(ctx, server); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}
