// Package chaos kills, stops and cuts off real processes of Webflix, and checks from outside what clients saw and what the
// ledger holds. The short versions of its cases run with every `go test`; `make chaos` runs the long ones and writes
// docs/reliability.md.
package chaos

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

// binary builds webflix once a test run, unless WEBFLIX_BINARY names one.
//
//nolint:gochecknoglobals // the tests of a process share it
var binary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("WEBFLIX_BINARY"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "webflix-chaos-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "webflix")
	if out, err := exec.Command("go", "build", "-o", path, "webflix").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build webflix: %w: %s", err, out)
	}
	return path, nil
})

var built string //nolint:gochecknoglobals // the folder of the binary, which TestMain removes

// deployment is Webflix as separate processes, on a database and queues of its own.
type deployment struct {
	t        *testing.T
	path     string
	env      []string
	store    *db.DB
	topology queue.Topology
	amqpURL  string
	token    string
	people   []int64
}

// deploy prepares a deployment on a RabbitMQ; it starts no role.
func deploy(t *testing.T, amqpURL string) *deployment {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	url := database(t, path)
	secret := rand.Text() + rand.Text()
	d := &deployment{
		t: t, path: path, amqpURL: amqpURL, topology: queue.Topology{Prefix: "chaos-" + strings.ToLower(rand.Text()[:10]) + "."},
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DATABASE_URL=" + url, "AMQP_URL=" + amqpURL,
		"WEBFLIX_QUEUE_PREFIX=" + d.topology.Prefix, "WEBFLIX_JWT_SECRET=" + secret,
		"WEBFLIX_LIMIT_VIEWER_RATE=-1", "WEBFLIX_LIMIT_ADDRESS_RATE=-1", "WEBFLIX_LIMIT_VIEWER_SOCKETS=-1",
		"WEBFLIX_LIMIT_ADDRESS_SOCKETS=-1", "WEBFLIX_LIMIT_VIEWER_SUBSCRIPTIONS=-1",
	}
	d.token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "chaos", "role": "service", "exp": time.Now().Add(time.Hour).Unix(),
	}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if d.store, err = db.Open(t.Context(), url, db.Named("webflix chaos"), db.MaxConns(4)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	err = d.store.SelectContext(t.Context(), &d.people, `SELECT DISTINCT user_id FROM watches ORDER BY user_id LIMIT 300`)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.removeQueues) // after the processes have ended: they are started later
	return d
}

// sharedRabbitMQ returns the server that most cases share. Without it a test is skipped, but not in CI.
func sharedRabbitMQ(t *testing.T) string {
	t.Helper()
	url := os.Getenv("AMQP_URL")
	if url == "" {
		url = "amqp://guest:guest@127.0.0.1:5672/"
	}
	conn, err := amqp.Dial(url)
	if err == nil {
		_ = conn.Close()
		return url
	}
	missing(t, "RabbitMQ cannot be reached; AMQP_URL says where it is: %v", err)
	return ""
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
	conn, err := amqp.Dial(d.amqpURL)
	if err != nil {
		return // a server of the test's own is gone with them
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
		_ = ch.ExchangeDelete(q.Bind.Exchange, false, false)
	}
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

// buffer is a bytes.Buffer that several goroutines use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// tail returns the last lines.
func (b *buffer) tail() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(b.b.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}

// start runs a role until it is killed or the test ends.
func (d *deployment) start(args ...string) *process {
	d.t.Helper()
	p := &process{d: d, args: args, output: &buffer{}, ended: make(chan struct{})}
	p.cmd = exec.Command(d.path, args...)
	p.cmd.Env = d.env
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // most are killed
	}()
	d.t.Cleanup(func() {
		p.kill()
		if d.t.Failed() {
			d.t.Logf("the last words of webflix %s:\n%s", strings.Join(args, " "), p.output.tail())
		}
	})
	return p
}

// kill ends the process as a crash does, and returns when it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// worker starts a worker of some criteria, with more arguments.
func (d *deployment) worker(criteria string, more ...string) *process {
	return d.start(append([]string{"worker", "--criteria", criteria}, more...)...)
}

// workers starts a worker of each criterion.
func (d *deployment) workers() {
	for _, name := range recommend.CriterionNames() {
		d.worker(name)
	}
}

// serve starts an API replica and waits until it is ready.
func (d *deployment) serve() *process {
	d.t.Helper()
	address := freeAddress(d.t)
	p := d.start("serve", "--listen", address)
	p.url = "ws://" + address + "/graphql"
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	eventually(ctx, d.t, "webflix serve is ready", func() bool {
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
	})
	return p
}

// consumed waits until the queue has n consumers.
func (d *deployment) consumed(name string, n int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	eventually(ctx, d.t, fmt.Sprintf("queue %s has %d consumers", name, n), func() bool {
		conn, err := amqp.Dial(d.amqpURL)
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

// others returns every criterion but one, as the flag wants them.
func others(but string) string {
	return strings.Join(slices.DeleteFunc(recommend.CriterionNames(), func(name string) bool { return name == but }), ",")
}

// ready waits until every criterion has a worker and there is an aggregator.
func (d *deployment) ready() {
	d.t.Helper()
	for _, name := range recommend.CriterionNames() {
		d.consumed(d.topology.Task(name).Name, 1)
	}
	d.consumed(d.topology.Result().Name, 1)
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

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}
