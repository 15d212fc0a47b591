package chaos

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// impostor starts a worker whose RabbitMQ is a server with a certificate that nobody vouches for, and returns it, and what reports
// whether the worker has trusted the server.
func (d *deployment) impostor() (worker *process, talked func() bool) {
	d.t.Helper()
	certificate := d.certificate()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = listener.Close() })
	var trusted atomic.Bool
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			if n, _ := conn.Read(make([]byte, 8)); n > 0 { // what comes after the handshake
				trusted.Store(true)
			}
			_ = conn.Close()
		}
	}()
	worker = d.startWith([]string{"AMQP_URL=amqps://guest:guest@" + listener.Addr().String() + "/"}, "worker")
	return worker, trusted.Load
}

// certificate makes a certificate for this machine that vouches for itself.
func (d *deployment) certificate() tls.Certificate {
	d.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		d.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		d.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
