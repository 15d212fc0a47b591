package graph

import (
	"context"
	"crypto/rand"
	"encoding/hex"
)

type (
	requestIDKey struct{}
	traceKey     struct{}
)

// withRequestID gives a request an id for the log: the client's when it is one, else a new one.
func withRequestID(ctx context.Context, sent string) context.Context {
	if !plain(sent, 8, 64) {
		var id [8]byte
		_, _ = rand.Read(id[:]) // never fails
		sent = hex.EncodeToString(id[:])
	}
	return context.WithValue(ctx, requestIDKey{}, sent)
}

func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withTrace keeps a W3C traceparent for the messages that the request leads to.
func withTrace(ctx context.Context, sent string) context.Context {
	if !plain(sent, 55, 55) {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, sent)
}

func traceOf(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}

// plain reports whether a header is of a length and of letters, digits and hyphens alone.
func plain(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// fresh returns a context with the request's id and trace and nothing else of it.
func fresh(ctx context.Context) context.Context {
	return withTrace(withRequestID(context.Background(), requestIDOf(ctx)), traceOf(ctx))
}
