package queue

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"webflix/queue/queuetest"
)

// Anyone may put anything on a queue.
func TestForeignGarbageBreaksNothing(t *testing.T) {
	t.Parallel()
	b, prefix := dialRabbitMQ(t, queuetest.URL(t))
	dead, q := testQueue(prefix, "dead"), testQueue(prefix, "q")
	q.DeadLetter = dead.Bind
	declareAll(t, b, dead, q)
	ch := behindTheScenes(t)
	garbage := []amqp.Publishing{
		{},
		{Headers: amqp.Table{"huge": strings.Repeat("x", 100_000)}, Body: []byte("{")},
		{Headers: amqp.Table{headerTrace: int32(7), headerPublished: "yesterday", "x-delivery-count": "many"}},
		{Headers: amqp.Table{headerPublished: int64(-1 << 63), "x-delivery-count": int64(1<<63 - 1)}},
		{Headers: amqp.Table{"x-death": []any{"what"}, headerReason: []byte{1}}},
		{Headers: amqp.Table{"x-death": []any{amqp.Table{"reason": int8(1), "routing-keys": []any{}}}}},
		{Headers: amqp.Table{headerTrace: strings.Repeat("x", 120_000), headerReason: "forged", headerExchange: strings.Repeat("x", 300)}},
		{Type: strings.Repeat("t", 255), CorrelationId: strings.Repeat("c", 255), Timestamp: time.Unix(1<<40, 0), Priority: 9},
	}
	for _, to := range []Address{q.Bind, dead.Bind} {
		for _, p := range garbage {
			if err := ch.Publish(to.Exchange, to.Key, true, false, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	consume(t, b, Subscription{Queue: q.Name}, func(_ context.Context, batch []*Message) []error {
		if m := batch[0]; m.Delivery < 1 {
			t.Errorf("delivery is %d", m.Delivery)
		}
		return []error{&Rejection{Reason: strings.Repeat("not ours ", 1000)}}
	})
	awaitStats(t, b, dead.Name, func(s Stats) bool { return s.Ready == 2*len(garbage) })
	letters, err := b.ListDead(t.Context(), dead.Name, 100)
	if err != nil || len(letters) != 2*len(garbage) {
		t.Fatalf("got %d letters, %v; want %d", len(letters), err, 2*len(garbage))
	}
	for _, letter := range letters {
		if letter.Queue == q.Name && (letter.From != q.Bind || len(letter.Reason) > maxReason) {
			t.Errorf("a dead letter says %+v", letter)
		}
	}
	n, err := b.ReplayDead(t.Context(), dead.Name, func(letter *DeadLetter) bool { return letter.Queue != q.Name })
	if n != 0 || err != nil {
		t.Errorf("%d foreign letters were replayed, %v", n, err)
	}
}

func FuzzForeignHeaders(f *testing.F) {
	f.Add("reason", int64(3), uint8(2), []byte("x"))
	f.Add("", int64(-1), uint8(0), []byte(nil))
	f.Fuzz(func(t *testing.T, text string, n int64, kind uint8, raw []byte) {
		values := []any{text, n, int32(n), int8(n), raw, nil, time.Unix(n, 0), n%2 == 0, []any{text, n}, amqp.Table{"reason": text, "time": n}}
		value := func(i uint8) any { return values[int(kind+i)%len(values)] }
		headers := amqp.Table{
			headerTrace: value(0), headerPublished: value(1), headerReason: value(2), headerQueue: value(3),
			headerExchange: value(4), headerKey: value(5), headerDeliveries: value(6), headerDied: value(7),
			"x-delivery-count": value(8), "x-death": []any{value(9), amqp.Table{"routing-keys": value(1)}},
		}
		if m := fromDelivery(&amqp.Delivery{Headers: headers, Redelivered: n > 0}); m.Delivery < 1 {
			t.Errorf("delivery is %d", m.Delivery)
		}
		if end := deathOf(headers); end != nil && (end.deliveries < 0 || len(end.reason) > maxReason) {
			t.Errorf("death is %+v", end)
		}
	})
}

// buffer is a log that a test reads while it is written.
type buffer struct {
	mu   sync.Mutex // protects text
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestWrongPasswordIsSaid(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(queuetest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("guest", "s3cret-and-wrong")
	written := &buffer{}
	b, err := Dial(Config{URL: u.String(), Log: slog.New(slog.NewTextHandler(written, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close() }()
	for !strings.Contains(b.Ready().Error(), "password") && t.Context().Err() == nil {
		wait(t.Context(), 5*time.Millisecond)
	}
	if err := b.Ready(); !errors.Is(err, ErrUnavailable) || !strings.Contains(written.String(), "level=ERROR") {
		t.Errorf("ready: %v; the log says %s", err, written)
	}
	if strings.Contains(written.String()+b.Ready().Error(), "s3cret") {
		t.Error("the password is in the log")
	}
}

func TestWrongURLIsRefusedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "http://u:s3cret@host", "amqp://u:s3cret@host:port", "amqp://u:s3cret%zz@host", "amqp://a,amqp://u:s3cret@h:x"} {
		b, err := Dial(Config{URL: u})
		if err == nil {
			_ = b.Close()
			t.Errorf("%q was accepted", u)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the password is in %q", err)
		}
	}
}

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	certificate, ca := selfSigned(t)
	_, target := newProxy(t, queuetest.URL(t), &tls.Config{Certificates: []tls.Certificate{certificate}})
	strict, _ := dialRabbitMQ(t, target)
	for err := strict.Ready(); !strings.Contains(err.Error(), "certificate") && t.Context().Err() == nil; err = strict.Ready() {
		wait(t.Context(), 5*time.Millisecond)
	}
	b, prefix := dialRabbitMQ(t, target+"?cacertfile="+url.QueryEscape(ca))
	q := testQueue(prefix, "q")
	declareAll(t, b, q)
	publish(t, b, Message{To: q.Bind})
}

// selfSigned returns a certificate of this host, and the file with its authority.
func selfSigned(t *testing.T) (certificate tls.Certificate, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca
}
