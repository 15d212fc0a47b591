// Package chaos kills, stops, cuts off and floods real processes of Webflix, on a PostgreSQL and a RabbitMQ of its own, and checks
// from outside what clients saw and what the ledger holds. faults_test.go has the cases. Short versions of some of them run with
// every `go test`; `make chaos` runs all of them for long and writes docs/reliability.md.
package chaos

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

// program builds webflix once a test run, unless WEBFLIX_BINARY names one.
//
//nolint:gochecknoglobals // the tests of a process share it
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WEBFLIX_BINARY"); path != "" {
		return path, nil
	}
	return build()
})

// build builds webflix with more arguments for the compiler, and returns the path.
func build(arguments ...string) (string, error) {
	dir, err := os.MkdirTemp("", "webflix-chaos-")
	if err != nil {
		return "", err
	}
	atTheEnd(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "webflix")
	arguments = append(append([]string{"build"}, arguments...), "-o", path, "webflix")
	if out, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build webflix: %w: %s", err, out)
	}
	return path, nil
}

// buildWith builds webflix with another version of a source file, in which texts are replaced: so a fault gets into a process, and
// nothing of it into the program.
func (d *deployment) buildWith(file string, changes map[string]string) string {
	d.t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	text := string(source)
	for old, changed := range changes {
		if strings.Count(text, old) != 1 {
			d.t.Fatalf("%s has changed: it holds %d times %q", file, strings.Count(text, old), old)
		}
		text = strings.Replace(text, old, changed, 1)
	}
	dir := d.t.TempDir()
	edited, overlay := filepath.Join(dir, "edited.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: edited}})
	if err != nil {
		d.t.Fatal(err)
	}
	for path, content := range map[string]string{edited: text, overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	path, err := build("-overlay", overlay)
	if err != nil {
		d.t.Fatal(err)
	}
	return path
}

// deployment is Webflix as separate processes, on a database and queues of its own, and the crowd that uses it.
type deployment struct {
	t        *testing.T
	path     string
	env      []string
	broker   *node
	ledger   *postgres
	topology queue.Topology
	token    string
	people   []int64
	criteria []string     // of the model
	replicas *replicas    // that clients know
	seen     *tally       // what clients saw
	serial   atomic.Int64 // of the last process
	kills    atomic.Int64
	ends     []time.Duration // how long processes took to stop when they were asked to

	passersby sync.WaitGroup // strangers who have asked
}

// deploy prepares a deployment on a RabbitMQ and a PostgreSQL of its own; it starts no role.
func deploy(t *testing.T, broker *node) *deployment {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	secret := rand.Text() + rand.Text()
	d := &deployment{
		t: t, path: path, broker: broker, ledger: startPostgres(t), replicas: &replicas{}, seen: newTally(),
		topology: queue.Topology{Prefix: "chaos-" + strings.ToLower(rand.Text()[:10]) + "."},
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DATABASE_URL=" + d.ledger.url(), "AMQP_URL=" + broker.url,
		"WEBFLIX_QUEUE_PREFIX=" + d.topology.Prefix, "WEBFLIX_JWT_SECRET=" + secret,
		"WEBFLIX_LIMIT_VIEWER_RATE=-1", "WEBFLIX_LIMIT_ADDRESS_RATE=-1", "WEBFLIX_LIMIT_VIEWER_SOCKETS=-1",
		"WEBFLIX_LIMIT_ADDRESS_SOCKETS=-1", "WEBFLIX_LIMIT_VIEWER_SUBSCRIPTIONS=-1",
	}
	d.token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "chaos", "role": "service", "exp": time.Now().Add(24 * time.Hour).Unix(), // one case sets clocks wrong
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	d.query(func(store *db.DB) error {
		_, blend, err := store.ActiveModel(t.Context())
		for _, w := range blend {
			d.criteria = append(d.criteria, w.Criterion)
		}
		return err
	})
	d.query(func(store *db.DB) error {
		return store.SelectContext(t.Context(), &d.people, `SELECT DISTINCT user_id FROM watches ORDER BY user_id LIMIT 300`)
	})
	t.Cleanup(d.removeQueues) // after the processes have ended: they are started later
	return d
}

// query reads from the ledger, on a connection that no fault touches.
func (d *deployment) query(do func(store *db.DB) error) {
	d.t.Helper()
	store, err := db.Open(d.t.Context(), d.ledger.url(), db.Named("webflix chaos"), db.MaxConns(1))
	if err == nil {
		err = do(store)
		_ = store.Close()
	}
	if err != nil {
		d.t.Fatalf("read the ledger: %v", err)
	}
}

// missing skips a test for want of a server, and fails it in CI.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

func (d *deployment) removeQueues() {
	conn, err := amqp.Dial(d.broker.url)
	if err != nil {
		return // a server of the case's own is gone with them
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return
	}
	queues := []queue.Queue{d.topology.Result(), d.topology.Dead(), d.topology.Live("")}
	for _, name := range recommend.CriterionNames() {
		queues = append(queues, d.topology.Task(name))
	}
	for _, q := range queues {
		_, _ = ch.QueueDelete(q.Name, false, false, false)
		for _, name := range []string{"", ".sift", ".kept"} {
			_ = ch.ExchangeDelete(q.Bind.Exchange+name, false, false)
		}
		if q.Sift {
			_, _ = ch.QueueDelete(q.Name+".late", false, false, false)
		}
	}
}

// channel returns a channel of the test's own, straight to RabbitMQ, until the test ends.
func (d *deployment) channel() *amqp.Channel {
	d.t.Helper()
	conn, err := amqp.Dial(d.broker.url)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		d.t.Fatal(err)
	}
	return ch
}

// process is one running webflix.
type process struct {
	d      *deployment
	args   []string
	cmd    *exec.Cmd
	output *buffer
	ended  chan struct{}
	url    string // of the API, "" for other roles
}

// env returns a variable of the process.
func (p *process) env(name string) (value string) {
	for _, pair := range p.cmd.Env {
		if v, found := strings.CutPrefix(pair, name+"="); found {
			value = v
		}
	}
	return value
}

// buffer keeps the end of what a process says.
type buffer struct {
	mu sync.Mutex
	b  []byte
}

const bufferSize = 1 << 20

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b = append(b.b, p...)
	if len(b.b) > 2*bufferSize {
		b.b = slices.Clone(b.b[len(b.b)-bufferSize:])
	}
	return len(p), nil
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b)
}

// tail returns the last lines.
func (b *buffer) tail() string {
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// start runs a role until it is killed or the test ends.
func (d *deployment) start(args ...string) *process { return d.startWith(nil, args...) }

// startWith runs a role with other variables than the rest.
func (d *deployment) startWith(env []string, args ...string) *process {
	d.t.Helper()
	p := &process{d: d, args: args, output: &buffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command(d.path, args...)
	p.cmd.Env = slices.Concat(d.env, []string{fmt.Sprintf("WEBFLIX_REPLICA=%s-%d", args[0], d.serial.Add(1))}, env)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // most are killed
	}()
	d.t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it may have ended
		<-p.ended
		if d.t.Failed() {
			d.t.Logf("the last words of webflix %s:\n%s", strings.Join(args, " "), p.output.tail())
		}
	})
	return p
}

// kill ends the process as a crash does, and returns when it is gone.
func (p *process) kill() {
	p.d.kills.Add(1)
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// signal sends a signal.
func (p *process) signal(s syscall.Signal) {
	if err := p.cmd.Process.Signal(s); err != nil {
		p.d.t.Errorf("signal webflix %s: %v", p.args[0], err)
	}
}

// end asks the process to stop, and fails the test unless it does so cleanly and within the longest deadline and a second.
func (p *process) end() {
	p.d.t.Helper()
	p.signal(syscall.SIGTERM)
	begun := time.Now()
	select {
	case <-p.ended:
		p.d.ends = append(p.d.ends, time.Since(begun))
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.d.t.Errorf("webflix %s ended with %d:\n%s", p.args[0], code, p.output.tail())
		}
	case <-time.After(recommend.MaxDeadline + time.Second):
		p.d.t.Errorf("webflix %s has not stopped %v after SIGTERM", p.args[0], recommend.MaxDeadline+time.Second)
	}
}

// worker starts a worker of some criteria, with more arguments.
func (d *deployment) worker(criteria string, more ...string) *process {
	return d.start(append([]string{"worker", "--criteria", criteria}, more...)...)
}

// serve starts an API replica and waits until it is ready.
func (d *deployment) serve(more ...string) *process { return d.serveWith(nil, more...) }

// serveWith starts an API replica with other variables than the rest.
func (d *deployment) serveWith(env []string, more ...string) *process {
	d.t.Helper()
	address := freeAddress(d.t)
	p := d.startWith(env, append([]string{"serve", "--listen", address}, more...)...)
	p.url = "ws://" + address + "/graphql"
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	eventually(ctx, d.t, "webflix serve is ready", func() bool { return isReady(ctx, address) })
	return p
}

// isReady asks /readyz.
func isReady(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// goroutines returns how many an API replica has.
func (p *process) goroutines() int {
	p.d.t.Helper()
	address := strings.TrimSuffix(strings.TrimPrefix(p.url, "ws"), "/graphql")
	request, err := http.NewRequestWithContext(p.d.t.Context(), http.MethodGet, "http"+address+"/metrics", nil)
	if err != nil {
		p.d.t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.d.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if text, found := strings.CutPrefix(lines.Text(), "go_goroutines "); found {
			n, err := strconv.Atoi(text)
			if err != nil {
				p.d.t.Fatal(err)
			}
			return n
		}
	}
	p.d.t.Fatal("the API does not say how many goroutines it has")
	return 0
}

// oneOfEach starts an aggregator, a process with every worker, and an API replica.
func (d *deployment) oneOfEach() (aggregator, worker, api *process) {
	d.t.Helper()
	aggregator, worker, api = d.start("aggregator"), d.start("worker"), d.serve()
	d.replicas.set(api.url)
	d.ready()
	return aggregator, worker, api
}

// consumed waits until the queue has n consumers.
func (d *deployment) consumed(name string, n int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	eventually(ctx, d.t, fmt.Sprintf("queue %s has %d consumers", name, n), func() bool {
		conn, err := amqp.Dial(d.broker.url)
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		ch, err := conn.Channel()
		if err != nil {
			return false
		}
		q, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		return err == nil && q.Consumers == n
	})
}

// workers waits until every criterion has n workers.
func (d *deployment) workers(n int) {
	d.t.Helper()
	for _, name := range d.criteria {
		d.consumed(d.topology.Task(name).Name, n)
	}
}

// aggregators waits until there are n.
func (d *deployment) aggregators(n int) {
	d.t.Helper()
	d.consumed(d.topology.Result().Name, n)
}

// ready waits until every criterion has a worker and there is an aggregator.
func (d *deployment) ready() {
	d.t.Helper()
	d.workers(1)
	d.aggregators(1)
}

// pause lets the crowd go on for a while.
func (d *deployment) pause(long time.Duration) { pause(d.t.Context(), long) }

// whole waits until a request is answered by every criterion, and returns how long that took.
func (d *deployment) whole(within time.Duration) time.Duration {
	d.t.Helper()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(d.t.Context(), within)
	defer cancel()
	eventually(ctx, d.t, "requests are answered in full again", func() bool {
		s := d.one(d.replicas, 2*time.Second, nil)
		return s.final() != nil && s.final().Coverage.Percent > 99.9
	})
	return time.Since(begun)
}

// others returns every criterion but one, as the flag wants them.
func others(but string) string {
	return strings.Join(slices.DeleteFunc(recommend.CriterionNames(), func(name string) bool { return name == but }), ",")
}

// eventually fails the test unless a condition comes true before ctx ends.
func eventually(ctx context.Context, t *testing.T, what string, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("in vain waited that %s", what)
		}
	}
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return port
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
