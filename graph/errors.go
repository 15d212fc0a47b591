package graph

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"webflix/graph/model"
	"webflix/recommend"
)

// The stable codes of top-level errors, in `extensions.code`. gqlgen adds GRAPHQL_PARSE_FAILED and
// GRAPHQL_VALIDATION_FAILED.
const (
	codeBadRequest      = "BAD_REQUEST"
	codeBadInput        = "BAD_USER_INPUT"
	codeNotFound        = "NOT_FOUND"
	codeUnauthenticated = "UNAUTHENTICATED"
	codeForbidden       = "FORBIDDEN"
	codeUnavailable     = "UNAVAILABLE"
	codeOverloaded      = "OVERLOADED"
	codeRateLimited     = "RATE_LIMITED"
	codeTooComplex      = "TOO_COMPLEX"
	codeTooMany         = "TOO_MANY_SUBSCRIPTIONS"
	codeUntrusted       = "DOCUMENT_NOT_TRUSTED"
	codeNotPersisted    = "PERSISTED_QUERY_NOT_FOUND"
	codeCanceled        = "CANCELED"
	codeInternal        = "INTERNAL"
)

func coded(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// retryable adds when to try again to an error.
func retryable(e *gqlerror.Error, after time.Duration) *gqlerror.Error {
	e.Extensions["retryAfterMs"] = after.Milliseconds()
	return e
}

// userError translates an error into the member of the unions that says it, nil when there is none: then it is a fault.
func userError(err error) any {
	var invalid *recommend.InvalidError
	var away *recommend.UnavailableError
	switch {
	case errors.As(err, &invalid):
		return &model.InvalidInputError{Message: invalid.Reason, Path: invalid.Path}
	case errors.As(err, &away) && away.Overloaded:
		return &model.OverloadedError{Message: overloaded(away), RetryAfterMs: int(away.RetryAfter.Milliseconds())}
	case errors.As(err, &away):
		return &model.UnavailableError{Message: unavailable(away), RetryAfterMs: int(away.RetryAfter.Milliseconds())}
	case errors.Is(err, recommend.ErrNotFound):
		return &model.NotFoundError{Message: "There is no such thing, or none that you may see."}
	default:
		return nil
	}
}

func overloaded(e *recommend.UnavailableError) string {
	return e.What + " has more to do than it can. Try again in a moment."
}

func unavailable(e *recommend.UnavailableError) string {
	return e.What + " is away for the moment. Try again."
}

// outcome returns the result of a union: what was made, or the member that says the error. An error that the union T has
// no member for stays an error.
func outcome[T any](made T, err error) (T, error) {
	if err == nil {
		return made, nil
	}
	if member, ok := userError(err).(T); ok {
		return member, nil
	}
	var none T
	return none, err
}

// absent turns ErrNotFound into null, for fields that say by null that there is no such thing.
func absent[T any](found *T, err error) (*T, error) {
	if errors.Is(err, recommend.ErrNotFound) {
		return nil, nil //nolint:nilnil // null says: there is none
	}
	return found, err
}

// presenter makes what clients see of an error: ours for clients as they are, faults without any detail, which goes to the
// log with the request's id.
type presenter struct {
	log       *slog.Logger
	temporary func(error) bool // nil: no failure is
}

func (p *presenter) present(ctx context.Context, err error) *gqlerror.Error {
	shown := &gqlerror.Error{}
	if located, ok := errors.AsType[*gqlerror.Error](err); ok {
		*shown = *located
		shown.Err = nil
		if located.Err == nil || errors.As(located.Err, new(*gqlerror.Error)) {
			return settled(shown, located)
		}
	}
	if shown.Path == nil {
		shown.Path = graphql.GetPath(ctx)
	}
	p.translate(ctx, shown, err)
	return shown
}

// settled returns an error that was made for clients, with a code.
func settled(shown, located *gqlerror.Error) *gqlerror.Error {
	if inner, ok := errors.AsType[*gqlerror.Error](located.Err); ok {
		shown.Message, shown.Extensions = inner.Message, inner.Extensions
	}
	if shown.Extensions["code"] == nil {
		extensions := map[string]any{"code": codeBadInput}
		maps.Copy(extensions, shown.Extensions)
		shown.Extensions = extensions
	}
	return shown
}

func (p *presenter) translate(ctx context.Context, shown *gqlerror.Error, err error) {
	var away *recommend.UnavailableError
	var notNumber *strconv.NumError
	switch member := userError(err).(type) {
	case *model.InvalidInputError:
		shown.Message, shown.Extensions = member.Message, map[string]any{"code": codeBadInput}
		if len(member.Path) > 0 {
			shown.Extensions["input"] = member.Path
		}
	case *model.NotFoundError:
		shown.Message, shown.Extensions = member.Message, map[string]any{"code": codeNotFound}
	case *model.OverloadedError:
		errors.As(err, &away)
		shown.Message = member.Message
		shown.Extensions = map[string]any{"code": codeOverloaded, "retryAfterMs": away.RetryAfter.Milliseconds()}
	case *model.UnavailableError:
		errors.As(err, &away)
		p.log.WarnContext(ctx, "a server that is needed is away", "request", requestIDOf(ctx), "error", err)
		shown.Message = member.Message
		shown.Extensions = map[string]any{"code": codeUnavailable, "retryAfterMs": away.RetryAfter.Milliseconds()}
	default:
		switch {
		case errors.As(err, &notNumber):
			shown.Message, shown.Extensions = "a number is out of range or malformed", map[string]any{"code": codeBadInput}
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			shown.Message, shown.Extensions = "the request was cancelled", map[string]any{"code": codeCanceled}
		case p.temporary != nil && p.temporary(err):
			p.log.WarnContext(ctx, "a server that is needed is away", "request", requestIDOf(ctx), "error", err)
			shown.Message = "A server that is needed is away for the moment. Try again."
			shown.Extensions = map[string]any{"code": codeUnavailable, "retryAfterMs": time.Second.Milliseconds()}
		default:
			p.log.ErrorContext(ctx, "a request failed", "request", requestIDOf(ctx), "path", shown.Path.String(), "error", err)
			shown.Message = "Something went wrong on our side. It is in the log under the request's id."
			shown.Extensions = map[string]any{"code": codeInternal, "requestId": requestIDOf(ctx)}
		}
	}
}

// recovered makes a panic of a resolver an error. The stack goes to the log.
func (p *presenter) recovered(ctx context.Context, cause any) error {
	p.log.ErrorContext(ctx, "a resolver panicked", "request", requestIDOf(ctx), "cause", cause, "stack", string(debug.Stack()))
	return internal(ctx)
}

func internal(ctx context.Context) *gqlerror.Error {
	return &gqlerror.Error{
		Message: "Something went wrong on our side. It is in the log under the request's id.",
		Path:    graphql.GetPath(ctx), Extensions: map[string]any{"code": codeInternal, "requestId": requestIDOf(ctx)},
	}
}
