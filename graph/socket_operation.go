package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"runtime/debug"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// subscribe starts an operation.
func (s *socket) subscribe(ctx context.Context, m *message) bool {
	params := &graphql.RawParams{}
	if decode(bytes.NewReader(m.Payload), params) != nil || params.Query == "" && params.Extensions["persistedQuery"] == nil {
		s.close(closeInvalid, "The payload of subscribe must be an object with a query")
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.acked {
		s.close(closeUnauthorized, "Unauthorized")
		return false
	}
	if _, taken := s.operations[m.ID]; taken {
		s.close(closeDuplicate, "Subscriber for "+clip(m.ID)+" already exists")
		return false
	}
	if s.h.leaving.Err() != nil && len(s.operations) == 0 { // the handler is drained
		s.close(closeRestart, "Service restart")
		return false
	}
	if err := s.admit(); err != nil {
		s.running.Go(func() { s.fail(m.ID, gqlerror.List{err}) })
		return true
	}
	ctx, cancel := context.WithCancelCause(withViewer(ctx, s.viewer))
	s.operations[m.ID] = cancel
	v := s.viewer
	s.running.Go(func() {
		defer s.forget(m.ID, cancel)
		s.operate(ctx, v, m.ID, params)
	})
	return true
}

// admit counts an operation, or says why there can be no more now.
func (s *socket) admit() *gqlerror.Error {
	if len(s.operations) >= s.h.limits.SocketSubscriptions {
		return coded(codeTooMany, "too many operations on this socket")
	}
	if wait, ok := s.h.addressRates.take(s.address); !ok {
		return retryable(coded(codeRateLimited, "too many requests from your address"), wait)
	}
	if over := s.h.admit(s.viewer); over != nil {
		return retryable(coded(codeRateLimited, "too many requests with your token"), over.RetryAfter)
	}
	return nil
}

func (s *socket) forget(id string, cancel context.CancelCauseFunc) {
	cancel(nil)
	s.mu.Lock()
	delete(s.operations, id)
	s.mu.Unlock()
	s.closeIdle()
}

// operate runs an operation and sends every response.
func (s *socket) operate(ctx context.Context, v viewer, id string, params *graphql.RawParams) {
	defer func() {
		if cause := recover(); cause != nil {
			s.h.log.ErrorContext(ctx, "an operation panicked", "request", requestIDOf(ctx), "cause", cause, "stack", string(debug.Stack()))
			s.fail(id, gqlerror.List{internal(graphql.WithOperationContext(ctx, &graphql.OperationContext{}))})
		}
	}()
	op, refused := s.h.prepare(ctx, params)
	if refused != nil {
		s.fail(id, refused.Errors)
		return
	}
	if op.Operation.Operation == ast.Subscription && v.subject != "" {
		if !s.h.viewerSubs.take(v.subject) {
			s.fail(id, gqlerror.List{coded(codeTooMany, "too many subscriptions with your token")})
			return
		}
		defer s.h.viewerSubs.leave(v.subject)
	}
	defer s.h.counted(op)()
	s.pass(ctx, id, op)
}

func (s *socket) pass(ctx context.Context, id string, op operation) {
	ctx, events := withFeed(ctx)
	responses, ctx := s.h.executor.DispatchOperation(ctx, op.OperationContext)
	quoted, _ := json.Marshal(id) //nolint:errchkjson // a string
	for begun := false; ; begun = true {
		events.next(ctx)
		resp := responses(ctx)
		if resp == nil || ctx.Err() != nil { // who is cut off learns it from the end of the conversation
			break
		}
		var b bytes.Buffer // an idle subscription holds none
		b.Grow(len(resp.Data) + 128)
		b.WriteString(`{"type":"next","id":`)
		b.Write(quoted)
		b.WriteString(`,"payload":`)
		var err error
		if begun && resp.HasNext != nil {
			err = encodeDeferred(&b, resp)
		} else {
			err = encodeResult(&b, resp, op.cost)
		}
		if err != nil {
			s.h.log.ErrorContext(ctx, "an event cannot be sent", "request", requestIDOf(ctx), "error", err)
			s.fail(id, gqlerror.List{internal(ctx)})
			return
		}
		b.WriteByte('}')
		s.send(b.Bytes())
	}
	if ctx.Err() == nil {
		s.send([]byte(`{"type":"complete","id":` + string(quoted) + `}`))
	}
}

// fail ends an operation with errors.
func (s *socket) fail(id string, errs gqlerror.List) {
	data, err := json.Marshal(struct {
		Type    string        `json:"type"`
		ID      string        `json:"id"`
		Payload gqlerror.List `json:"payload"`
	}{"error", id, errs})
	if err == nil {
		s.send(data)
	}
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60]
	}
	return s
}
