package graph_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// idleSubscriptions is how many subscriptions TestMemoryOfIdleSubscriptions holds when it is asked for.
const idleSubscriptions = 10_000

// TestMemoryOfIdleSubscriptions measures, with WEBFLIX_IDLE set, what a subscription that waits costs the server, which runs
// as a process of its own.
func TestMemoryOfIdleSubscriptions(t *testing.T) {
	for name, env := range map[string][]string{"ours": nil, "plain gqlgen": {"WEBFLIX_STOCK=1"}} {
		t.Run(name, func(t *testing.T) { measureIdle(t, name, env...) })
	}
}

func measureIdle(t *testing.T, name string, env ...string) {
	t.Helper()
	if os.Getenv("WEBFLIX_IDLE") == "" {
		t.Skip("WEBFLIX_IDLE is not set: this holds 10,000 sockets")
	}
	server := spawn(t, append(env, "WEBFLIX_UNLIMITED=1")...)
	address := strings.TrimPrefix(server.url, "http://")

	held := make([]net.Conn, 0, idleSubscriptions)
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	held = append(held, subscribed(t, address))
	before := residentBytes(t, server.pid)
	for len(held) < idleSubscriptions {
		held = append(held, subscribed(t, address))
	}
	each := (residentBytes(t, server.pid) - before) / idleSubscriptions
	t.Logf("%s: %d idle subscriptions hold %.1f KiB of memory each", name, idleSubscriptions, float64(each)/1024)
	if name == "ours" && each > 30<<10 {
		t.Errorf("more than 30 KiB each")
	}
}

// subscribed opens a subscription by hand, to hold many in little memory, and reads its first event.
func subscribed(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET /graphql HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", address)
	frame(t, conn, `{"type":"connection_init"}`)
	frame(t, conn, subscribe("1", "subscription{pipeline{at}}"))
	r := bufio.NewReaderSize(conn, 512)
	seen := ""
	buf := make([]byte, 512)
	for !strings.Contains(seen, `"next"`) {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
		seen += string(buf[:n])
	}
	return conn
}

// frame writes a short text frame with a mask of zeros.
func frame(t *testing.T, w io.Writer, text string) {
	t.Helper()
	if _, err := w.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...)); err != nil {
		t.Fatal(err)
	}
}

func residentBytes(t *testing.T, pid int) int {
	t.Helper()
	<-time.After(5 * time.Second) // the collector gives memory back; a measurement, not a test
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Skip("this system does not say how much memory a process has")
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}
