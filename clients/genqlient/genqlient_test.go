// Package genqlient tests the GraphQL face with the client that genqlient makes for Go. The server's address comes in
// WEBFLIX_URL; npm test in clients/ starts one.
package genqlient

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/coder/websocket"
)

func address(t *testing.T) string {
	t.Helper()
	url := os.Getenv("WEBFLIX_URL")
	if url == "" {
		t.Skip("WEBFLIX_URL is not set: run npm test in clients/")
	}
	return url
}

func signIn(t *testing.T, client graphql.Client) string {
	t.Helper()
	answer, err := SignIn(t.Context(), client, "user:7")
	if err != nil {
		t.Fatal(err)
	}
	payload, ok := answer.SignIn.(*SignInSignInSignInPayload)
	if !ok {
		t.Fatalf("got %T", answer.SignIn)
	}
	return payload.Token
}

func TestQueriesAndErrors(t *testing.T) {
	client := graphql.NewClient(address(t), http.DefaultClient)
	film, err := Film(t.Context(), client, "movie:5")
	if err != nil || film.Movie.Title != "Film 5" {
		t.Fatalf("%+v %v", film, err)
	}
	if _, err := Film(t.Context(), client, "user:1"); err == nil || !strings.Contains(err.Error(), "movie:541") {
		t.Errorf("an id of another kind: %v", err)
	}
	answer, err := SignIn(t.Context(), client, "user:999999999")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := answer.SignIn.(*SignInSignInNotFoundError); !ok {
		t.Errorf("got %T", answer.SignIn)
	}
}

// dialer makes coder/websocket a dialer for genqlient.
type dialer struct{}

type conn struct{ *websocket.Conn }

func (dialer) DialContext(ctx context.Context, url string, header http.Header) (graphql.WSConn, error) {
	protocol := header.Get("Sec-WebSocket-Protocol")
	header.Del("Sec-WebSocket-Protocol")
	c, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPHeader: header, Subprotocols: []string{protocol}})
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	return conn{c}, err
}

func (c conn) Close() error { return c.Conn.Close(websocket.StatusNormalClosure, "") }

func (c conn) WriteMessage(kind int, data []byte) error {
	return c.Write(context.Background(), websocket.MessageType(kind), data)
}

func (c conn) ReadMessage() (int, []byte, error) {
	kind, data, err := c.Read(context.Background())
	return int(kind), data, err
}

func socket(url string, options ...graphql.WebSocketOption) graphql.WebSocketClient {
	return graphql.NewClientUsingWebSocket(strings.Replace(url, "http", "ws", 1), dialer{}, options...)
}

func TestARankingGrowsToItsFinal(t *testing.T) {
	url := address(t)
	bearer := "Bearer " + signIn(t, graphql.NewClient(url, http.DefaultClient))
	client := socket(url, graphql.WithConnectionParams(map[string]any{"authorization": bearer}))
	errs, err := client.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	updates, _, err := Ranking(t.Context(), client, 3)
	if err != nil {
		t.Fatal(err)
	}
	for sequence := -1; ; {
		select {
		case err := <-errs:
			t.Fatal(err)
		case answer := <-updates:
			update, ok := answer.Data.Recommend.(*RankingRecommendRecommendationUpdate)
			if !ok {
				t.Fatalf("got %T", answer.Data.Recommend)
			}
			if update.Sequence <= sequence {
				t.Errorf("sequence %d after %d", update.Sequence, sequence)
			}
			sequence = update.Sequence
			if !update.IsFinal {
				continue
			}
			if len(update.Picks) != 3 {
				t.Errorf("%d picks", len(update.Picks))
			}
			_ = client.Close() // it unsubscribes from what is complete, on a connection that it has closed
			return
		}
	}
}
