package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// encodeResult writes a response as GraphQL says: data stands in it unless the request was refused before it ran. The cost
// is told unless it is 0.
func encodeResult(b *bytes.Buffer, r *graphql.Response, cost int) error {
	sep := byte('{')
	field := func(name string) {
		b.WriteByte(sep)
		sep = ','
		b.WriteByte('"')
		b.WriteString(name)
		b.WriteString(`":`)
	}
	if len(r.Errors) > 0 {
		field("errors")
		if err := encode(b, r.Errors); err != nil {
			return err
		}
	}
	if r.Data != nil {
		field("data")
		b.Write(r.Data)
	}
	if r.Label != "" {
		field("label")
		if err := encode(b, r.Label); err != nil {
			return err
		}
	}
	if r.Path != nil {
		field("path")
		if err := encode(b, r.Path); err != nil {
			return err
		}
	}
	if r.HasNext != nil {
		field("hasNext")
		b.WriteString(strconv.FormatBool(*r.HasNext))
	}
	if cost > 0 {
		field("extensions")
		b.WriteString(`{"cost":`)
		b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(cost), 10))
		b.WriteByte('}')
	}
	if sep == '{' {
		b.WriteByte(sep)
	}
	b.WriteByte('}')
	return nil
}

func encode(b *bytes.Buffer, v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a response: %w", err)
	}
	b.Write(plain)
	return nil
}

// encodeDeferred writes a later part of a response whose first part has been sent: in the form of deferSpec=20220824.
func encodeDeferred(b *bytes.Buffer, r *graphql.Response) error {
	more := r.HasNext != nil && *r.HasNext
	part := *r
	part.HasNext = nil
	b.WriteString(`{"incremental":[`)
	if err := encodeResult(b, &part, 0); err != nil {
		return err
	}
	b.WriteString(`],"hasNext":`)
	b.WriteString(strconv.FormatBool(more))
	b.WriteByte('}')
	return nil
}

// send writes a single answer.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, media string, status int, resp *graphql.Response, cost int) {
	var b bytes.Buffer
	b.Grow(len(resp.Data) + 64)
	if err := encodeResult(&b, resp, cost); err != nil {
		h.log.ErrorContext(r.Context(), "an answer cannot be sent", "request", requestIDOf(r.Context()), "error", err)
		h.refuseRequest(w, r, http.StatusInternalServerError, internal(r.Context()))
		return
	}
	header := w.Header()
	header.Set("Content-Type", media+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that went away
}

// refuseRequest answers a request that is not even run.
func (h *Handler) refuseRequest(w http.ResponseWriter, r *http.Request, status int, e *gqlerror.Error) {
	media := negotiate(r).single
	if media == "" {
		media = mediaJSON
	}
	if ms, ok := e.Extensions["retryAfterMs"].(int64); ok {
		wait := time.Duration(ms) * time.Millisecond
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	h.send(w, r, media, status, &graphql.Response{Errors: gqlerror.List{e}}, 0)
}
