package graph

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// streamFormat is how several responses are written as one HTTP body. Its methods are called one at a time.
type streamFormat interface {
	contentType() string
	opening() string
	event(b *bytes.Buffer, r *graphql.Response, cost int) error
	ping() string // "" for none
	ending() string
}

// stream runs an operation and writes every response as it comes. It ends with the operation, when the client goes away
// or stops reading, when the token expires, and when the handler is shut down; all that it started has ended then.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, v viewer, op operation, f streamFormat) {
	leave, refused := h.enterStream(r, v, op)
	if refused != nil {
		h.refuseRequest(w, r, refused.status, refused.err)
		return
	}
	defer leave()
	defer h.counted(op)()
	ctx, cancel := h.until(r.Context(), v)
	defer cancel()
	ctx, events := withFeed(ctx)
	responses, ctx := h.executor.DispatchOperation(ctx, op.OperationContext)
	h.write(ctx, w, f, func(ctx context.Context) *graphql.Response {
		events.next(ctx)
		return responses(ctx)
	}, op.cost)
}

// streamOne writes one response as an event stream.
func (h *Handler) streamOne(w http.ResponseWriter, r *http.Request, resp *graphql.Response) {
	h.write(r.Context(), w, &eventStream{}, graphql.OneShot(resp), 0)
}

// enterStream counts a stream, or says why there can be no more.
func (h *Handler) enterStream(r *http.Request, v viewer, op operation) (leave func(), refused *refusal) {
	address := h.addresses.of(r)
	if !h.streams.take(address) {
		return nil, &refusal{http.StatusTooManyRequests, retryable(coded(codeTooMany, "too many streams from your address"), time.Second)}
	}
	counted := v.subject != "" && op.Operation.Operation == ast.Subscription
	if counted && !h.viewerSubs.take(v.subject) {
		h.streams.leave(address)
		return nil, &refusal{http.StatusTooManyRequests, retryable(coded(codeTooMany, "too many subscriptions with your token"), time.Second)}
	}
	release := func() { // not leave: the function returned below would call itself
		h.streams.leave(address)
		if counted {
			h.viewerSubs.leave(v.subject)
		}
	}
	if !h.enter() {
		release()
		return nil, &refusal{http.StatusServiceUnavailable, retryable(coded(codeUnavailable, errShutdown.Error()), time.Second)}
	}
	return func() { release(); h.open.Done() }, nil
}

// body writes to a client, one piece at a time, none for longer than timeout.
type body struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	failed  context.CancelFunc

	mu sync.Mutex // protects w
}

func (b *body) write(ctx context.Context, p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ctx.Err() != nil || len(p) == 0 {
		return
	}
	_ = b.control.SetWriteDeadline(time.Now().Add(b.timeout)) // not every ResponseWriter has deadlines
	if _, err := b.w.Write(p); err != nil {
		b.failed()
		return
	}
	if err := b.control.Flush(); err != nil {
		b.failed()
	}
}

func (h *Handler) write(ctx context.Context, w http.ResponseWriter, f streamFormat, responses graphql.ResponseHandler, cost int) {
	whole := ctx // when it ends, what hangs on it ends after it, in any order
	ctx, cancel := context.WithCancel(ctx)
	out := &body{w: w, control: http.NewResponseController(w), timeout: h.limits.WriteTimeout, failed: cancel}
	_ = out.control.SetReadDeadline(time.Time{}) // the server's read timeout is not for streams
	w.Header().Set("Content-Type", f.contentType())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // proxies pass events on at once
	w.WriteHeader(http.StatusOK)
	out.write(ctx, []byte(f.opening()))

	pinging := out.pingEvery(ctx, h.limits.Ping, f.ping())
	defer pinging.Wait() // nothing may touch w after the request
	defer cancel()

	var b bytes.Buffer
	for {
		resp := responses(ctx)
		if resp == nil {
			break
		}
		b.Reset()
		if err := f.event(&b, resp, cost); err != nil {
			h.log.ErrorContext(ctx, "an event cannot be sent", "request", requestIDOf(ctx), "error", err)
			return
		}
		out.write(ctx, b.Bytes())
	}
	out.end(ctx, context.Cause(whole), f)
}

// end says that the stream is complete, or why it ends before it is: the cause of its operation's end. Clients of a server that is shut
// down are told nothing: an ending without the format's last piece makes them come back to another replica.
func (b *body) end(ctx context.Context, cause error, f streamFormat) {
	var expired *errToken
	switch {
	case cause == nil:
		b.write(ctx, []byte(f.ending()))
	case errors.As(cause, &expired):
		var last bytes.Buffer
		resp := &graphql.Response{Errors: gqlerror.List{coded(codeUnauthenticated, expired.Error())}}
		if err := f.event(&last, resp, 0); err == nil {
			last.WriteString(f.ending())
			b.write(context.WithoutCancel(ctx), last.Bytes())
		}
	}
}

// pingEvery writes signs of life until ctx ends, so that proxies keep the stream and a client that is gone is noticed.
func (b *body) pingEvery(ctx context.Context, interval time.Duration, ping string) *sync.WaitGroup {
	var running sync.WaitGroup
	if ping == "" {
		return &running
	}
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				b.write(ctx, []byte(ping))
			}
		}
	})
	return &running
}

// eventStream is the distinct-connections mode of GraphQL over Server-Sent Events.
type eventStream struct{}

func (*eventStream) contentType() string { return mediaEvents }
func (*eventStream) opening() string     { return ":\n\n" }
func (*eventStream) ping() string        { return ":\n\n" }
func (*eventStream) ending() string      { return "event: complete\ndata:\n\n" }

func (*eventStream) event(b *bytes.Buffer, r *graphql.Response, cost int) error {
	b.WriteString("event: next\ndata: ")
	err := encodeResult(b, r, cost)
	b.WriteString("\n\n")
	return err
}

// The pieces of a multipart body: each part is followed by its boundary, so that clients show it at once.
const (
	partHead = "\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
	partEnd  = "\r\n--graphql"
	lastEnd  = "--\r\n"
)

// subscriptionParts is Apollo's protocol for subscriptions over HTTP multipart.
type subscriptionParts struct{}

func (*subscriptionParts) contentType() string {
	return `multipart/mixed;boundary="graphql";subscriptionSpec=1.0`
}
func (*subscriptionParts) opening() string { return "--graphql" }
func (*subscriptionParts) ping() string    { return partHead + "{}" + partEnd }
func (*subscriptionParts) ending() string  { return lastEnd }

func (*subscriptionParts) event(b *bytes.Buffer, r *graphql.Response, cost int) error {
	b.WriteString(partHead + `{"payload":`)
	err := encodeResult(b, r, cost)
	b.WriteString("}" + partEnd)
	return err
}

// deferredParts is incremental delivery over HTTP multipart in the form of deferSpec=20220824.
type deferredParts struct {
	begun bool
}

func (*deferredParts) contentType() string {
	return `multipart/mixed;boundary="graphql";deferSpec=20220824`
}
func (*deferredParts) opening() string { return "--graphql" }
func (*deferredParts) ping() string    { return "" }
func (*deferredParts) ending() string  { return lastEnd }

func (d *deferredParts) event(b *bytes.Buffer, r *graphql.Response, cost int) (err error) {
	b.WriteString(partHead)
	if d.begun {
		err = encodeDeferred(b, r)
	} else {
		d.begun = true
		err = encodeResult(b, r, cost)
	}
	b.WriteString(partEnd)
	return err
}
