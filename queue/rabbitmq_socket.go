package queue

import (
	"net"
	"runtime"
	"sync"
	"time"
)

// socket gathers what is written to a connection while it is busy, and sends all of it at once: the library writes each
// message, acknowledgement and heartbeat by itself, and a system call and a packet for each of them cost more, here and at the
// broker, than what is in them. Nothing waits for more to come. Writes fail when the peer takes nothing for writeTime; the
// error is that of a later Write, and ends the connection.
type socket struct {
	net.Conn

	wake  chan struct{} // holds one: there is something to send, or it is to end
	ended chan struct{} // closed when nothing is sent any more

	mu      sync.Mutex // protects what follows
	room    sync.Cond  // pending was taken, or err is set
	pending []byte
	err     error // why nothing more is taken
}

// mostPending is how much may wait to be sent before Write waits.
const mostPending = 256 << 10

// newSocket returns the connection with a goroutine that sends, which Close ends.
func newSocket(conn net.Conn) *socket {
	s := &socket{Conn: conn, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	s.room.L = &s.mu
	go s.run()
	return s
}

// Write implements net.Conn. What it returns has been taken, not sent.
func (s *socket) Write(b []byte) (int, error) {
	s.mu.Lock()
	for len(s.pending) > mostPending && s.err == nil {
		s.room.Wait()
	}
	if s.err != nil {
		defer s.mu.Unlock()
		return 0, s.err
	}
	s.pending = append(s.pending, b...)
	s.mu.Unlock()
	s.stir()
	return len(b), nil
}

// Close sends what was taken, unless that has failed, and closes the connection.
func (s *socket) Close() error {
	s.fail(net.ErrClosed)
	s.stir()
	<-s.ended
	return s.Conn.Close()
}

func (s *socket) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// fail notes the first reason why nothing more is taken.
func (s *socket) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	s.room.Broadcast()
}

func (s *socket) run() {
	defer close(s.ended)
	var spare []byte
	for range s.wake {
		runtime.Gosched() // whoever is about to write goes first
		s.mu.Lock()
		full, last := s.pending, s.err != nil
		s.pending = spare[:0]
		s.room.Broadcast()
		s.mu.Unlock()
		if err := s.send(full); err != nil {
			s.fail(err)
			_ = s.Conn.Close() // the library learns it from its reading at once
			return
		}
		if last {
			return
		}
		spare = full
	}
}

func (s *socket) send(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := s.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := s.Conn.Write(b)
	return err
}
