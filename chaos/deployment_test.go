// Package chaos kills, stops, cuts off and floods real processes of Webflix, on a PostgreSQL and a RabbitMQ of its own, and checks
// from outside what clients saw and what the ledger holds. faults_test.go has the cases. Short versions of some of them run with
// every `go test`; `make chaos` runs all of them for long and writes docs/reliability.md.
package chaos

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
)

// deployment is Webflix as separate processes, on a database and queues of its own, and the crowd that uses it.
type deployment struct {
	t        *testing.T
	path     string
	env      []string
	broker   *node // nil: there is none
	ledger   *postgres
	topology queue.Topology
	token    string
	people   []int64
	criteria []string     // of the model
	replicas *replicas    // that clients know
	seen     *tally       // what clients saw
	serial   atomic.Int64 // of the last process
	kills    atomic.Int64
	copies   atomic.Int64    // messages that were sent once more
	ends     []time.Duration // how long processes took to stop when they were asked to

	passersby sync.WaitGroup // strangers who have asked
}

// deploy prepares a deployment on a RabbitMQ, if it is given one, and a PostgreSQL of its own; it starts no role.
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
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "DATABASE_URL=" + d.ledger.url(),
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
	if broker != nil {
		d.env = append(d.env, "AMQP_URL="+broker.url)
		t.Cleanup(d.removeQueues) // after the processes have ended: they are started later
	}
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
	return d.startWith(env, append([]string{"serve", "--listen", address}, more...)...).serves(address)
}

// serves waits until the API of a process is ready at an address, and returns the process.
func (p *process) serves(address string) *process {
	p.d.t.Helper()
	p.url = "ws://" + address + "/graphql"
	ctx, cancel := context.WithTimeout(p.d.t.Context(), time.Minute)
	defer cancel()
	eventually(ctx, p.d.t, "the API is ready", func() bool { return isReady(ctx, address) })
	return p
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
