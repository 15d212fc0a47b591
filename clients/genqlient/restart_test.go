package genqlient

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
)

// The client does not come back by itself when its connection is lost: who follows a request opens another one and subscribes
// with the same id. A POST to WEBFLIX_RESTART kills the program with SIGKILL and returns when it runs again, on the same address
// and data.
func TestARankingGoesOnAfterKill(t *testing.T) {
	url, restart := os.Getenv("WEBFLIX_PROGRAM"), os.Getenv("WEBFLIX_RESTART")
	if restart == "" {
		t.Skip("WEBFLIX_RESTART is not set: run npm test in clients/")
	}
	for !killedWhileItGrows(t, url, restart) {
		t.Log("the final came before the program was killed: once more")
	}
}

// killedWhileItGrows follows a request through the program's death. It returns false when the final came before that.
func killedWhileItGrows(t *testing.T, url, restart string) bool {
	answer, err := Ask(t.Context(), graphql.NewClient(url, http.DefaultClient), "user:10000001")
	if err != nil {
		t.Fatal(err)
	}
	request, ok := answer.RequestRecommendations.(*AskRequestRecommendationsRecommendation)
	if !ok {
		t.Fatalf("got %T", answer.RequestRecommendations)
	}
	seen, err := follow(t, url, request.Id, func(u update) bool { return len(u.Picks) > 0 })
	if err != nil {
		t.Fatal(err)
	}
	before := seen[len(seen)-1]
	if before.IsFinal {
		return false
	}
	resp, err := http.Post(restart, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("it does not start again: %s", resp.Status)
	}
	after, err := follow(t, url, request.Id, func(u update) bool { return u.IsFinal })
	if err != nil {
		t.Fatal(err)
	}
	if first := after[0]; first.Sequence < before.Sequence || first.RequestId != before.RequestId {
		t.Errorf("it resumes with %+v, after %+v", first, before)
	}
	for i, u := range after {
		if u.IsFinal != (i == len(after)-1) {
			t.Errorf("update %d of %d is final: %v", i+1, len(after), u.IsFinal)
		}
	}
	if final := after[len(after)-1]; len(final.Picks) != 3 {
		t.Errorf("the final has %d films", len(final.Picks))
	}
	return true
}

type update = *FollowRecommendationUpdatesRecommendationUpdate

// follow attaches to a request on a connection of its own, and returns the updates up to the first that is enough, or the end.
func follow(t *testing.T, url, request string, enough func(update) bool) ([]update, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	client := socket(url)
	errs, err := client.Start(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	answers, _, err := Follow(ctx, client, request)
	if err != nil {
		return nil, err
	}
	var seen []update
	for {
		select {
		case err := <-errs:
			return seen, err
		case <-ctx.Done():
			return seen, ctx.Err()
		case answer, open := <-answers:
			if !open {
				return seen, nil
			}
			u, ok := answer.Data.RecommendationUpdates.(update)
			if !ok {
				t.Fatalf("got %T, %v", answer.Data.RecommendationUpdates, answer.Errors)
			}
			seen = append(seen, u)
			if u.IsFinal || enough(u) {
				return seen, nil
			}
		}
	}
}
