package graph

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
)

// slim makes a connection that is taken over have small buffers: most conversations are idle, and their messages short.
type slim struct{ http.ResponseWriter }

const slimBuffer = 256

// Unwrap lets http.ResponseController through to the writer.
func (s slim) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Hijack takes the connection over. What the client has sent already is kept.
func (s slim) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, both, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err //nolint:wrapcheck // the caller is websocket.Accept, which wraps it
	}
	sent, _ := both.Peek(both.Reader.Buffered()) // never fails: it is there
	small := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(sent), conn), max(slimBuffer, len(sent)))
	if _, err := small.Peek(len(sent)); err != nil {
		return nil, nil, fmt.Errorf("keep what the client has sent: %w", err)
	}
	return conn, bufio.NewReadWriter(small, bufio.NewWriterSize(conn, slimBuffer)), nil
}
