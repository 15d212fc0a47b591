package queue

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a broker under test and RabbitMQ, to break their connections in every way.
type proxy struct {
	target string      // host:port of RabbitMQ
	tls    *tls.Config // nil: plain TCP
	addr   string

	mu       sync.Mutex // protects what follows
	listener net.Listener
	pairs    map[*pair]bool
	frozen   chan struct{} // closed while bytes may pass
	blocked  chan struct{} // closed while bytes of publishing clients may pass
}

// pair is a proxied connection.
type pair struct {
	client, server net.Conn
	mu             sync.Mutex // held while a frame goes to the client
	publishes      bool       // the client said so; the proxy's mu protects it
}

// newProxy returns a proxy that listens, and the URL to reach RabbitMQ through it.
func newProxy(t *testing.T, target string, config *tls.Config) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: u.Host, tls: config, addr: "127.0.0.1:0", pairs: make(map[*pair]bool)}
	p.blocked = make(chan struct{})
	close(p.blocked)
	if u.Port() == "" {
		p.target = net.JoinHostPort(u.Host, "5672")
	}
	p.thaw()
	p.listen(t)
	t.Cleanup(func() {
		p.refuse()
		p.thaw()
		p.gate(true)
		p.cut()
	})
	u.Host = p.addr
	if config != nil {
		u.Scheme = "amqps"
	}
	return p, u.String()
}

// listen accepts connections, on the same address as before.
func (p *proxy) listen(t *testing.T) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", p.addr)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener, p.addr = l, l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.join(t.Context(), conn)
		}
	}()
}

// refuse stops listening. Connections stay.
func (p *proxy) refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.listener.Close()
}

func (p *proxy) join(ctx context.Context, client net.Conn) {
	if p.tls != nil {
		client = tls.Server(client, p.tls)
	}
	server, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.target)
	if err != nil {
		_ = client.Close()
		return
	}
	pr := &pair{client: client, server: server}
	p.mu.Lock()
	p.pairs[pr] = true
	p.mu.Unlock()
	go p.forward(pr)
	p.backward(pr)
	pr.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, pr)
}

func (pr *pair) close() {
	_ = pr.client.Close()
	_ = pr.server.Close()
}

// forward carries what the client sends.
func (p *proxy) forward(pr *pair) {
	defer pr.close()
	buf := make([]byte, 32<<10)
	for {
		n, err := pr.client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte(" publishing")) { // the connection's name
			p.mu.Lock()
			pr.publishes = true
			p.mu.Unlock()
		}
		p.pass()
		p.mu.Lock()
		gate := p.blocked
		if !pr.publishes {
			gate = p.frozen
		}
		p.mu.Unlock()
		<-gate
		if _, err := pr.server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// backward carries what the server sends, frame by frame.
func (p *proxy) backward(pr *pair) {
	for {
		head := make([]byte, 7)
		if _, err := io.ReadFull(pr.server, head); err != nil {
			return
		}
		rest := make([]byte, int(binary.BigEndian.Uint32(head[3:]))+1)
		if _, err := io.ReadFull(pr.server, rest); err != nil {
			return
		}
		p.pass()
		pr.mu.Lock()
		_, err := pr.client.Write(append(head, rest...))
		pr.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// pass waits while the proxy is frozen.
func (p *proxy) pass() {
	p.mu.Lock()
	gate := p.frozen
	p.mu.Unlock()
	<-gate
}

// freeze lets no byte pass, as if the broker were stopped.
func (p *proxy) freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = make(chan struct{})
}

func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen == nil {
		p.frozen = make(chan struct{})
	}
	select {
	case <-p.frozen:
	default:
		close(p.frozen)
	}
}

func (p *proxy) all() []*pair {
	p.mu.Lock()
	defer p.mu.Unlock()
	var pairs []*pair
	for pr := range p.pairs {
		pairs = append(pairs, pr)
	}
	return pairs
}

// cut ends every connection at once.
func (p *proxy) cut() {
	for _, pr := range p.all() {
		pr.close()
	}
}

// gate opens or closes the way of what publishing clients send.
func (p *proxy) gate(open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.blocked:
		if !open {
			p.blocked = make(chan struct{})
		}
	default:
		if open {
			close(p.blocked)
		}
	}
}

// block does what an alarm of the broker does: it tells the publishing clients that it takes no messages, and reads nothing
// more from them but keeps sending; or it takes them again.
func (p *proxy) block(active bool) {
	p.gate(!active)
	method := []byte{0, 10, 0, 61} // connection.unblocked
	if active {
		method = append([]byte{0, 10, 0, 60}, "\x0alow on ram"...) // connection.blocked
	}
	frame := append([]byte{1, 0, 0, 0, 0, 0, byte(len(method))}, method...)
	frame = append(frame, 0xCE)
	for _, pr := range p.all() {
		p.mu.Lock()
		publishes := pr.publishes
		p.mu.Unlock()
		if publishes {
			pr.mu.Lock()
			_, _ = pr.client.Write(frame)
			pr.mu.Unlock()
		}
	}
}
