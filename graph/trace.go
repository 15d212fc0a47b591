package graph

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"webflix/trace"
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

// traced makes a span of each operation, named after its kind and its first field, until its last response; what it leads to
// hangs below it.
func traced(tracer *trace.Tracer) graphql.OperationMiddleware {
	return func(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
		op := graphql.GetOperationContext(ctx).Operation
		span := tracer.Start(traceOf(ctx), trace.Server, string(op.Operation), firstField(op.SelectionSet))
		span.Set("graphql.operation.type", string(op.Operation))
		span.Set("webflix.http_request", requestIDOf(ctx))
		ctx = context.WithValue(ctx, traceKey{}, span.Parent())
		context.AfterFunc(ctx, span.End) // a client that goes away reads no last response
		responses := next(ctx)
		return func(ctx context.Context) *graphql.Response {
			resp := responses(ctx)
			if resp != nil && resp.Errors != nil {
				span.Fail(resp.Errors)
			}
			more := resp != nil && (op.Operation == ast.Subscription || resp.HasNext != nil && *resp.HasNext)
			if !more {
				span.End()
			}
			return resp
		}
	}
}

// firstField returns the name in the schema of what an operation asks for first, "" when a fragment has it.
func firstField(selection ast.SelectionSet) string {
	if len(selection) > 0 {
		if field, ok := selection[0].(*ast.Field); ok {
			return field.Name
		}
	}
	return ""
}

// tracedLog adds the trace's id to what is logged of a request.
type tracedLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (l tracedLog) Handle(ctx context.Context, r slog.Record) error {
	if id := trace.ID(traceOf(ctx)); id != "" {
		r.AddAttrs(slog.String("trace", id))
	}
	return l.Handler.Handle(ctx, r)
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
