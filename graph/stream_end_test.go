package graph

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// unheard is a context that has ended before what hangs on it has heard of that: for a moment every context is.
type unheard struct{ context.Context } //nolint:containedctx // it is one

func (unheard) Done() <-chan struct{} { return make(chan struct{}) }

// A stream whose operation ends by its token's expiry must not be told that it is complete, even if the operation's results end before
// the stream has heard why.
func TestStreamThatHasNotHeardOfItsEnd(t *testing.T) {
	t.Parallel()
	ctx, expire := context.WithCancelCause(t.Context())
	expire(&errToken{"it has expired"})
	h := &Handler{limits: Limits{WriteTimeout: time.Minute, Ping: time.Hour}}
	w := httptest.NewRecorder()
	h.write(unheard{ctx}, w, &eventStream{}, func(context.Context) *graphql.Response { return nil }, 0)
	if !strings.Contains(w.Body.String(), codeUnauthenticated) {
		t.Errorf("the stream ends with %q", w.Body)
	}
}
