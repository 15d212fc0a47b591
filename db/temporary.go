package db

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/lib/pq"
)

// Temporary reports whether an error may pass by itself: the server cannot be reached, went away in the middle, is just starting
// or stopping, or lacks room or connections.
func Temporary(err error) bool {
	if unreachable := net.Error(nil); errors.As(err, &unreachable) {
		return true
	}
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return true
	}
	e := (*pq.Error)(nil)
	return errors.As(err, &e) && (e.Code.Class() == "57" || e.Code.Class() == "53" || e.Code.Class() == "58")
}
