package queue

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestSocketSendsEverythingInOrder(t *testing.T) {
	t.Parallel()
	ours, theirs := net.Pipe()
	s := newSocket(ours)
	var want bytes.Buffer
	for i := range 3000 { // more than may be pending, so that a write has to wait
		line := bytes.Repeat([]byte{byte(i)}, 1+i%300)
		want.Write(line)
	}
	got := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(theirs)
		got <- all
	}()
	for rest := want.Bytes(); len(rest) > 0; {
		n := min(len(rest), 170)
		if _, err := s.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if all := <-got; !bytes.Equal(all, want.Bytes()) {
		t.Errorf("%d bytes came, want %d, or they are others", len(all), want.Len())
	}
	if _, err := s.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a write after the end: %v", err)
	}
}

func TestSocketEndsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = theirs.Close() }()
		s := newSocket(ours)
		start := time.Now()
		var err error
		for err == nil {
			_, err = s.Write(make([]byte, 64<<10))
		}
		if took := time.Since(start); took != writeTime {
			t.Errorf("the write fails after %v, want %v", took, writeTime)
		}
		if _, err := ours.Read(make([]byte, 1)); err == nil {
			t.Error("whoever reads from it does not learn of it")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if time.Since(start) != writeTime {
			t.Error("its end takes longer")
		}
	})
}
