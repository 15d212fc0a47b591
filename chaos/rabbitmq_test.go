package chaos

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// node is a RabbitMQ node of the test's own: own name, own ports, own folders.
type node struct {
	t    *testing.T
	path string
	env  []string
	url  string
	cmd  *exec.Cmd // nil while it does not run
}

// startNode starts a node. Without RabbitMQ on this machine the test is skipped, but not in CI.
func startNode(t *testing.T) *node {
	t.Helper()
	n := &node{t: t}
	for _, path := range []string{os.Getenv("RABBITMQ_SERVER"), "/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server"} {
		if _, err := os.Stat(path); path != "" && err == nil {
			n.path = path
			break
		}
	}
	if n.path == "" {
		missing(t, "there is no rabbitmq-server to start; RABBITMQ_SERVER names it")
	}
	dir, err := os.MkdirTemp("", "webflix-node-") //nolint:usetesting // a short path, whose removal may fail
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "rabbitmq.conf")
	port := portOf(freeAddress(t))
	if err := os.WriteFile(config, []byte("listeners.tcp.local = 127.0.0.1:"+port+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.url = "amqp://guest:guest@127.0.0.1:" + port + "/"
	n.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LANG=C.UTF-8",
		"RABBITMQ_NODENAME=chaos-" + strings.ToLower(rand.Text()[:8]) + "@localhost",
		"RABBITMQ_CONFIG_FILE=" + config, "RABBITMQ_MNESIA_BASE=" + dir, "RABBITMQ_LOG_BASE=" + dir,
		"RABBITMQ_ENABLED_PLUGINS_FILE=" + filepath.Join(dir, "enabled_plugins"), "RABBITMQ_PID_FILE=" + filepath.Join(dir, "pid"),
		"RABBITMQ_DIST_PORT=" + portOf(freeAddress(t)), "RABBITMQ_GENERATED_CONFIG_DIR=" + dir, "RABBITMQ_CONF_ENV_FILE=/dev/null",
	}
	t.Cleanup(n.kill)
	n.start()
	return n
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	return port
}

// start starts the node, again with what it had, and returns when it takes connections.
func (n *node) start() {
	n.t.Helper()
	n.cmd = exec.Command(n.path)
	n.cmd.Env = n.env
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	output := &buffer{}
	n.cmd.Stdout, n.cmd.Stderr = output, output
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(n.t.Context(), 3*time.Minute)
	defer cancel()
	eventually(ctx, n.t, fmt.Sprintf("RabbitMQ takes connections at %s; %s", n.url, output.tail()), func() bool {
		conn, err := amqp.Dial(n.url)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
}

// kill ends the node as a power cut does.
func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = syscall.Kill(-n.cmd.Process.Pid, syscall.SIGKILL) // its whole group; it may have ended
	_ = n.cmd.Wait()
	n.cmd = nil
}
