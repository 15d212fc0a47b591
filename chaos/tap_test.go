package chaos

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// tap is a proxy before RabbitMQ that knows a process's frames, so that a fault can strike between two of them: no code of ours has
// to stop at a point that only tests know.
type tap struct {
	t        *testing.T
	target   string
	listener net.Listener

	mu    sync.Mutex // protects what follows
	conns map[net.Conn]bool
	trap  func(method) bool // sees every method that the process sends; true withholds it and cuts the process off
}

// method is an AMQP method frame.
type method struct {
	class, method uint16
	arguments     []byte
}

// acks reports whether the process acknowledges a delivery.
func (m method) acks() bool { return m.class == 60 && m.method == 80 }

// publishes reports whether the process publishes to an exchange.
func (m method) publishes(exchange string) bool {
	return m.class == 60 && m.method == 40 && len(m.arguments) > 2 &&
		bytes.HasPrefix(m.arguments[2:], append([]byte{byte(len(exchange))}, exchange...))
}

// newTap starts a tap before the node until the test ends, and returns it with the URL through it.
func newTap(t *testing.T, n *node) (*tap, string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{t: t, target: n.address(), listener: listener, conns: map[net.Conn]bool{}}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go p.join(client)
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		p.reset()
	})
	return p, through(t, n.url, listener.Addr().String())
}

// spring sets the trap: the first method that it wants is withheld, strike is called, and nothing of the process passes any more.
func (p *tap) spring(wants func(method) bool, strike func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trap = func(m method) bool {
		if !wants(m) {
			return false
		}
		p.trap = func(method) bool { return true } // the rest of what it had to say
		strike()
		return true
	}
}

func (p *tap) withholds(m method) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trap != nil && p.trap(m)
}

// reset ends every connection with a RST.
func (p *tap) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
	clear(p.conns)
}

func (p *tap) join(client net.Conn) {
	server, err := (&net.Dialer{}).DialContext(p.t.Context(), "tcp", p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	p.mu.Lock()
	p.conns[client], p.conns[server] = true, true
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.forward(client, server) })
	both.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	both.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, client)
	delete(p.conns, server)
}

// forward passes on what the process sends, frame by frame.
func (p *tap) forward(client, server net.Conn) {
	defer func() { _ = server.Close() }()
	in := bufio.NewReader(client)
	if _, err := io.CopyN(server, in, 8); err != nil { // the protocol's name
		return
	}
	head := make([]byte, 7)
	for {
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		frame := make([]byte, 7+int(binary.BigEndian.Uint32(head[3:]))+1)
		copy(frame, head)
		if _, err := io.ReadFull(in, frame[7:]); err != nil {
			return
		}
		const methods = 1
		if frame[0] == methods && len(frame) > 12 {
			m := method{binary.BigEndian.Uint16(frame[7:]), binary.BigEndian.Uint16(frame[9:]), frame[11 : len(frame)-1]}
			if p.withholds(m) {
				return
			}
		}
		if _, err := server.Write(frame); err != nil {
			return
		}
	}
}
