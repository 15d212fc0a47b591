package chaos

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
)

// proxy is a toxiproxy before a server.
type proxy struct {
	t *testing.T
	*toxiproxy.Proxy
}

// newProxy starts a proxy before an address until the test ends.
func newProxy(t *testing.T, upstream string) *proxy {
	t.Helper()
	register()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := &proxy{t: t, Proxy: toxiproxy.NewProxy(server, "chaos", "127.0.0.1:0", upstream)}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// through returns the URL by which a server is reached through the proxy.
func (p *proxy) through(address string) string { return through(p.t, address, p.Listen) }

func through(t *testing.T, address, host string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = host
	return u.String()
}

// toxic adds a toxic to both directions, by its kind and attributes in JSON, and returns what takes it off again.
func (p *proxy) toxic(kind, attributes string) (heal func()) {
	p.t.Helper()
	up, down := p.toxicOf("upstream", kind, attributes), p.toxicOf("downstream", kind, attributes)
	return func() { up(); down() }
}

// toxicOf adds a toxic to one direction.
func (p *proxy) toxicOf(direction, kind, attributes string) (heal func()) {
	p.t.Helper()
	made, err := p.Toxics.AddToxicJson(strings.NewReader(
		`{"type": "` + kind + `", "stream": "` + direction + `", "attributes": ` + attributes + `}`))
	if err != nil {
		p.t.Fatalf("add the toxic %s: %v", kind, err)
	}
	return func() {
		if err := p.Toxics.RemoveToxic(p.t.Context(), made.Name); err != nil {
			p.t.Errorf("remove the toxic %s: %v", kind, err)
		}
	}
}

// partition is a toxic that lets nothing pass and loses nothing: what was sent arrives when it is taken off. Neither side learns
// anything of it, not even of the other's end.
type partition struct{}

// Pipe holds everything up.
func (*partition) Pipe(stub *toxics.ToxicStub) { <-stub.Interrupt }

//nolint:gochecknoglobals // toxiproxy's register is one, too
var register = sync.OnceFunc(func() {
	zerolog.SetGlobalLevel(zerolog.Disabled)
	toxics.Register("partition", new(partition))
})
