package db_test

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
	"testing"

	"webflix/db"
)

// A server whose machine is gone is noticed by the kernel alone, within half a minute, whether something was sent or not.
func TestConnectionsToTheDeadEnd(t *testing.T) {
	t.Parallel()
	server, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	opened := make(chan error, 1)
	port := server.Addr().(*net.TCPAddr).Port
	go func() {
		_, err := db.Open(t.Context(), fmt.Sprintf("postgres://127.0.0.1:%d/x?sslmode=disable", port))
		opened <- err
	}()
	accepted, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := accepted.Read(make([]byte, 1)); err != nil { // then the connection is set up
		t.Fatal(err)
	}
	fd := socketTo(t, port)
	for name, c := range map[string]struct{ level, option, want int }{
		"SO_KEEPALIVE":     {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		"TCP_KEEPIDLE":     {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, 5},
		"TCP_KEEPINTVL":    {syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, 5},
		"TCP_KEEPCNT":      {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, 2},
		"TCP_USER_TIMEOUT": {syscall.IPPROTO_TCP, 18, 30_000},
	} {
		if is, err := syscall.GetsockoptInt(fd, c.level, c.option); err != nil || is != c.want {
			t.Errorf("%s is %d, %v; it should be %d", name, is, err, c.want)
		}
	}
	accepted.Close()
	if err := <-opened; err == nil {
		t.Error("connected to a server that said nothing")
	}
}

// socketTo returns this process's socket that is connected to a local port.
func socketTo(t *testing.T, port int) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if peer, err := syscall.Getpeername(fd); err == nil {
			if peer, ok := peer.(*syscall.SockaddrInet4); ok && peer.Port == port {
				return fd
			}
		}
	}
	t.Fatal("nothing is connected to the server")
	return -1
}

func TestOpenThroughAFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	server, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", folder+"/.s.PGSQL.5432")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	reached := make(chan struct{})
	go func() {
		if accepted, err := server.Accept(); err == nil {
			close(reached)
			accepted.Close()
		}
	}()
	_, err = db.Open(t.Context(), "host="+folder+" port=5432 dbname=x sslmode=disable")
	select {
	case <-reached:
	default:
		t.Errorf("the server was not reached: %v", err)
	}
}
