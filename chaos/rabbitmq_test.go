package chaos

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// node is a RabbitMQ node of the test's own: own name, own ports, own folders.
type node struct {
	path string
	dir  string
	env  []string
	url  string
	cmd  *exec.Cmd // nil while it does not run
}

// shared is the node of the cases that do nothing to their broker.
//
//nolint:gochecknoglobals // the tests of a process share it
var shared = sync.OnceValues(func() (*node, error) {
	n, err := newNode()
	if err != nil || n == nil {
		return n, err
	}
	atTheEnd(n.remove)
	return n, n.start()
})

// sharedNode returns the node of the cases that do nothing to their broker.
func sharedNode(t *testing.T) *node {
	t.Helper()
	return given(t)(shared())
}

// ownNode starts a node for one case.
func ownNode(t *testing.T) *node {
	t.Helper()
	n := given(t)(newNode())
	t.Cleanup(n.remove)
	n.restart(t)
	return n
}

// given skips the test when there is no RabbitMQ on this machine, but not in CI.
func given(t *testing.T) func(*node, error) *node {
	return func(n *node, err error) *node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if n == nil {
			missing(t, "there is no rabbitmq-server to start; RABBITMQ_SERVER names it")
		}
		return n
	}
}

// newNode makes a node that does not run yet; nil where there is no RabbitMQ.
func newNode() (*node, error) {
	n := &node{}
	for _, path := range []string{os.Getenv("RABBITMQ_SERVER"), "/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			n.path = path
			break
		}
	}
	if n.path == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	var err error
	if n.dir, err = os.MkdirTemp("", "webflix-node-"); err != nil {
		return nil, err
	}
	var ports [2]string
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		_, ports[i], _ = net.SplitHostPort(listener.Addr().String())
		defer func() { _ = listener.Close() }()
	}
	config := filepath.Join(n.dir, "rabbitmq.conf")
	if err := os.WriteFile(config, []byte("listeners.tcp.local = 127.0.0.1:"+ports[0]+"\n"), 0o600); err != nil {
		return nil, err
	}
	n.url = "amqp://guest:guest@127.0.0.1:" + ports[0] + "/"
	n.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + n.dir, "LANG=C.UTF-8",
		"RABBITMQ_NODENAME=chaos-" + strings.ToLower(rand.Text()[:8]) + "@localhost",
		"RABBITMQ_CONFIG_FILE=" + config, "RABBITMQ_MNESIA_BASE=" + n.dir, "RABBITMQ_LOG_BASE=" + n.dir,
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(n.dir, "enabled_plugins"), "RABBITMQ_PID_FILE=" + filepath.Join(n.dir, "pid"),
		"RABBITMQ_DIST_PORT=" + ports[1], "RABBITMQ_GENERATED_CONFIG_DIR=" + n.dir, "RABBITMQ_CONF_ENV_FILE=/dev/null",
	}
	return n, nil
}

// address returns where the node listens.
func (n *node) address() string {
	u, err := url.Parse(n.url)
	if err != nil {
		panic(err) // we wrote it
	}
	return u.Host
}

// restart starts the node, again with what it had, and returns when it takes connections.
func (n *node) restart(t *testing.T) {
	t.Helper()
	if err := n.start(); err != nil {
		t.Fatal(err)
	}
}

func (n *node) start() error {
	n.cmd = exec.Command(n.path)
	n.cmd.Env = n.env
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output := &buffer{}
	n.cmd.Stdout, n.cmd.Stderr = output, output
	if err := n.cmd.Start(); err != nil {
		return fmt.Errorf("start RabbitMQ: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	for {
		conn, err := amqp.Dial(n.url)
		if err == nil {
			return conn.Close()
		}
		if pause(ctx, 50*time.Millisecond); ctx.Err() != nil {
			return fmt.Errorf("RabbitMQ takes no connections at %s: %w: %s", n.url, err, output.tail())
		}
	}
}

// end ends the node's whole group of processes with a signal, and returns when it is gone.
func (n *node) end(s syscall.Signal) {
	if n.cmd == nil {
		return
	}
	_ = syscall.Kill(-n.cmd.Process.Pid, s) // it may have ended
	_ = n.cmd.Wait()
	n.cmd = nil
}

// remove ends the node for good.
func (n *node) remove() {
	n.end(syscall.SIGKILL)
	_ = os.RemoveAll(n.dir)
}

// ctl gives the node an order, and returns what it says.
func (n *node) ctl(t *testing.T, args ...string) string {
	t.Helper()
	ctl := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(n.path), "rabbitmqctl"), append([]string{"-q"}, args...)...)
	ctl.Env = n.env
	out, err := ctl.CombinedOutput()
	if err != nil {
		t.Fatalf("rabbitmqctl %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// redelivered returns how many messages the node has delivered more than once since it started.
func (n *node) redelivered(t *testing.T) int {
	t.Helper()
	sum := 0
	for _, m := range regexp.MustCompile(`messages_redelivered_total => (\d+)`).FindAllStringSubmatch(n.ctl(t, "eval", "rabbit_global_counters:overview()."), -1) {
		count, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		sum += count
	}
	return sum
}
