package db

import (
	"errors"
	"net"
	"strings"

	"github.com/lib/pq"
)

// Temporary reports whether an error of Open may pass by itself: the server cannot be reached, or is just starting.
func Temporary(err error) bool {
	if refused := net.Error(nil); errors.As(err, &refused) {
		return true
	}
	e := (*pq.Error)(nil)
	return errors.As(err, &e) && (e.Code.Class() == "57" || strings.HasPrefix(string(e.Code), "53"))
}
