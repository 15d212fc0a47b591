package recommend

import (
	"errors"
	"strings"
	"time"
)

// ErrNotFound is the error of a person, film or request that there is not.
var ErrNotFound = errors.New("not found")

// ErrRefused is the error of what the ledger will not take however often it is sent.
var ErrRefused = errors.New("refused for good")

// ErrUnsubscribed is the cause of a context whose owner has said that it wants no more updates; one that merely lost its
// connection may come back for them.
var ErrUnsubscribed = errors.New("unsubscribed")

// InvalidError is the error of input that cannot be used as it is. Its text is written for whoever sent the input.
type InvalidError struct {
	Path   []string // the field, from the outside in
	Reason string   // what is wrong, and what would be right
}

func (e *InvalidError) Error() string { return strings.Join(e.Path, ".") + ": " + e.Reason }

// UnavailableError says that a server that is needed is away, or that too much is asked; the same may work later.
type UnavailableError struct {
	What       string // in general terms, for whoever asked: "the message broker"
	Overloaded bool   // too much is asked; nothing was started
	RetryAfter time.Duration
	Err        error // the cause, for the log
}

func (e *UnavailableError) Error() string {
	if e.Err == nil {
		return e.What + " is not available"
	}
	return e.What + " is not available: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }
