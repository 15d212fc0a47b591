package graph

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// refusal is why a request is not run, with its status.
type refusal struct {
	status int
	err    *gqlerror.Error
}

func refuseWith(status int, code, message string) *refusal {
	return &refusal{status: status, err: coded(code, message)}
}

// serveHTTP answers a GET or POST: first the document is read, then the operation and what the client accepts choose
// between a single answer, an event stream and parts.
func (h *Handler) serveHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	accepted := negotiate(r)
	v, refused := h.enterHTTP(r)
	if refused == nil && accepted.none() {
		refused = refuseWith(http.StatusNotAcceptable, codeBadRequest, "accept application/graphql-response+json or application/json")
	}
	var params *graphql.RawParams
	if refused == nil {
		params, refused = h.readParams(w, r)
	}
	if refused != nil {
		switch refused.status {
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", "GET, POST, OPTIONS")
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		h.refuseRequest(w, r, refused.status, refused.err)
		return
	}
	h.run(w, r.WithContext(withViewer(r.Context(), v)), v, accepted, params)
}

// enterHTTP finds out who asks, and whether they may ask now.
func (h *Handler) enterHTTP(r *http.Request) (viewer, *refusal) {
	if wait, ok := h.addressRates.take(h.addresses.of(r)); !ok {
		return viewer{}, &refusal{http.StatusTooManyRequests, retryable(coded(codeRateLimited, "too many requests from your address"), wait)}
	}
	v, err := h.tokens.read(r.Context(), r.Header.Get("Authorization"))
	if errors.Is(err, errKeysAway) {
		return viewer{}, &refusal{http.StatusServiceUnavailable, retryable(coded(codeUnavailable, err.Error()), keysPause)}
	}
	if err != nil {
		return viewer{}, refuseWith(http.StatusUnauthorized, codeUnauthenticated, err.Error())
	}
	if over := h.admit(v); over != nil {
		return viewer{}, &refusal{http.StatusTooManyRequests, retryable(coded(codeRateLimited, "too many requests with your token"), over.RetryAfter)}
	}
	return v, nil
}

// run runs the operation of a request.
func (h *Handler) run(w http.ResponseWriter, r *http.Request, v viewer, accepted accepts, params *graphql.RawParams) {
	op, refused := h.prepare(r.Context(), params)
	if refused != nil {
		h.refuseOperation(w, r, accepted, refused)
		return
	}
	subscription := op.Operation.Operation == ast.Subscription
	switch {
	case r.Method == http.MethodGet && op.Operation.Operation == ast.Mutation:
		w.Header().Set("Allow", "POST")
		h.refuseRequest(w, r, http.StatusMethodNotAllowed, coded(codeBadRequest, "GET only runs queries and subscriptions"))
	case subscription && accepted.events:
		h.stream(w, r, v, op, &eventStream{})
	case subscription && accepted.parts:
		h.stream(w, r, v, op, &subscriptionParts{})
	case subscription:
		h.refuseRequest(w, r, http.StatusNotAcceptable, coded(codeBadRequest,
			"a subscription needs a WebSocket, or Accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0"))
	case accepted.multipart && r.Method == http.MethodPost && hasDefer(op.Operation.SelectionSet):
		h.stream(w, r, v, op, &deferredParts{})
	case accepted.single == "" && accepted.events:
		withoutDefer(op.OperationContext)
		h.stream(w, r, v, op, &eventStream{})
	default:
		withoutDefer(op.OperationContext)
		h.answer(w, r, accepted.single, op)
	}
}

// answer runs a query or mutation and sends its only response.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, media string, op operation) {
	if media == "" {
		media = mediaGraphQL
	}
	responses, ctx := h.executor.DispatchOperation(r.Context(), op.OperationContext)
	resp := responses(ctx)
	if resp == nil {
		return // the client went away
	}
	h.send(w, r, media, http.StatusOK, resp, op.cost)
}

// refuseOperation answers a document that is not run: it has an error, or asks for too much.
func (h *Handler) refuseOperation(w http.ResponseWriter, r *http.Request, accepted accepts, resp *graphql.Response) {
	status, media := http.StatusOK, accepted.single
	switch {
	case media == "" && accepted.events:
		h.streamOne(w, r, resp)
		return
	case media == "":
		media = mediaGraphQL
	}
	if media == mediaGraphQL && resp.Errors[0].Extensions["code"] != codeNotPersisted {
		status = http.StatusBadRequest
	}
	h.send(w, r, media, status, resp, 0)
}

// readParams reads the document and its variables from the URL or the body.
func (h *Handler) readParams(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	params := &graphql.RawParams{Headers: r.Header}
	params.ReadTime.Start = graphql.Now()
	var refused *refusal
	switch r.Method {
	case http.MethodGet:
		refused = readURL(r, params)
	case http.MethodPost:
		refused = readBody(http.MaxBytesReader(w, r.Body, h.limits.Body), r.Header.Get("Content-Type"), params)
	default:
		refused = refuseWith(http.StatusMethodNotAllowed, codeBadRequest, "use GET or POST")
	}
	params.ReadTime.End = graphql.Now()
	if refused == nil && params.Query == "" && params.Extensions["persistedQuery"] == nil {
		refused = refuseWith(http.StatusBadRequest, codeBadRequest, "the query is missing")
	}
	return params, refused
}

func readURL(r *http.Request, params *graphql.RawParams) *refusal {
	query := r.URL.Query()
	params.Query, params.OperationName = query.Get("query"), query.Get("operationName")
	for name, object := range map[string]*map[string]any{"variables": &params.Variables, "extensions": &params.Extensions} {
		if text := query.Get(name); text != "" {
			if err := decode(strings.NewReader(text), object); err != nil {
				return refuseWith(http.StatusBadRequest, codeBadRequest, name+" must be a JSON object")
			}
		}
	}
	return nil
}

func readBody(body io.Reader, contentType string, params *graphql.RawParams) *refusal {
	// No other type: forms and plain text can be sent across origins without a preflight.
	if media, _, err := mime.ParseMediaType(contentType); err != nil || media != mediaJSON {
		return refuseWith(http.StatusUnsupportedMediaType, codeBadRequest, "the content-type must be application/json")
	}
	err := decode(body, params)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuseWith(http.StatusRequestEntityTooLarge, codeBadRequest, "the body is too large")
	case err != nil:
		return refuseWith(http.StatusBadRequest, codeBadRequest,
			"the body must be a JSON object with query, operationName, variables and extensions")
	}
	return nil
}

// decode reads one JSON value, with numbers as they were written.
func decode(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err //nolint:wrapcheck // never shown: it would echo the body
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errors.New("something follows the JSON value")
		}
		return err
	}
	return nil
}
