package db

import (
	"context"
	"net"
	"time"
)

// How a server is noticed that is gone without a word. A read that waits for it has no deadline, and no context ends it: only the
// end of the connection does.
const (
	deadAfter  = 15 * time.Second // without a sign of the server's machine, when all that was sent has arrived
	lostAfter  = 30 * time.Second // without a word that what was sent has arrived
	probeEvery = 5 * time.Second  // while nothing is under way
)

// dialer connects lib/pq to a server, and the connection ends when the server's machine has given no sign of life for deadAfter or
// lostAfter. A server that is slow is not gone, but for one that takes nothing of a COPY for lostAfter.
type dialer struct{ net.Dialer }

func newDialer() *dialer {
	return &dialer{net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: probeEvery, Interval: probeEvery, Count: int(deadAfter/probeEvery) - 1,
		},
		Control: limitSilence,
	}}
}

// DialTimeout is a part of pq.Dialer; lib/pq calls DialContext.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}
