package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"webflix/graph"
	"webflix/recommend"
)

func TestQueries(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	me := token(t, "user:7", time.Hour)
	cases := []struct{ name, query, want string }{
		{
			"film", `{movie(id:"movie:5"){id title year rating watchCount genres{id name movieCount} viewerState{watchedAt rating dismissed}}}`,
			`{"movie":{"id":"movie:5","title":"Film 5","year":1905,"rating":3.5,"watchCount":995,"genres":[{"id":"genre:Comedy","name":"Comedy","movieCount":100},{"id":"genre:Film-Noir","name":"Film-Noir","movieCount":100}],"viewerState":{"watchedAt":"2020-01-01T00:00:04.000Z","rating":4,"dismissed":false}}}`,
		},
		{"no film", `{movie(id:"movie:9999"){id}}`, `{"movie":null}`},
		{"similar", `{movie(id:"movie:5"){similar(first:2){id}}}`, `{"movie":{"similar":[{"id":"movie:6"},{"id":"movie:7"}]}}`},
		{
			"page", `{movies(first:2){edges{node{id}} nodes{id} totalCount pageInfo{hasNextPage hasPreviousPage}}}`,
			`{"movies":{"edges":[{"node":{"id":"movie:1"}},{"node":{"id":"movie:2"}}],"nodes":[{"id":"movie:1"},{"id":"movie:2"}],"totalCount":200,"pageInfo":{"hasNextPage":true,"hasPreviousPage":false}}}`,
		},
		{
			"viewer", `{viewer{id name taste{watchCount genres{genre count share} eras{decade}} dismissed{id} history(first:1){nodes{watchedAt rating movie{title}}}}}`,
			`{"viewer":{"id":"user:7","name":"Person 7","taste":{"watchCount":60,"genres":[{"genre":"Drama","count":30,"share":0.5}],"eras":[{"decade":1990}]},"dismissed":[],"history":{"nodes":[{"watchedAt":"2020-01-01T00:00:00.000Z","rating":4,"movie":{"title":"Film 1"}}]}}}`,
		},
		{
			"nodes", `{nodes(ids:["movie:5","nothing","user:7","user:8","genre:Drama","genre:None","movie:9999","model:3"]){__typename id}}`,
			`{"nodes":[{"__typename":"Movie","id":"movie:5"},null,{"__typename":"User","id":"user:7"},null,{"__typename":"Genre","id":"genre:Drama"},null,null,null]}`,
		},
		{
			"wait", `{recommendations(input:{first:1}){__typename ...on Recommendation{isFinal latest{sequence isFinal picks{rank movie{id}}coverage{percent} criteria{criterion status workMs modelVersion}}}}}`,
			`{"recommendations":{"__typename":"Recommendation","isFinal":true,"latest":{"sequence":3,"isFinal":true,"picks":[{"rank":1,"movie":{"id":"movie:61"}}],"coverage":{"percent":100},"criteria":[{"criterion":"history","status":"DONE","workMs":2,"modelVersion":3},{"criterion":"genres","status":"DONE","workMs":2,"modelVersion":3}]}}}`,
		},
		{
			"reasons", `{recommendations(input:{first:1}){...on Recommendation{latest{picks{reasons shares{criterion score evidence{label share count of movie{title}}}}}}}}`,
			`{"recommendations":{"latest":{"picks":[{"reasons":["because you watched Film 1","30 % of what you watch is drama"],"shares":[{"criterion":"history","score":3,"evidence":[{"label":null,"share":1,"count":null,"of":null,"movie":{"title":"Film 1"}},{"label":"Drama","share":0.5,"count":3,"of":10,"movie":null}]},{"criterion":"genres","score":1.5,"evidence":[{"label":null,"share":0.5,"count":null,"of":null,"movie":{"title":"Film 1"}},{"label":"Drama","share":0.25,"count":3,"of":10,"movie":null}]}]}]}}}`,
		},
		{
			"bad input", `{recommendations(input:{first:1000}){__typename ...on InvalidInputError{message path}}}`,
			`{"recommendations":{"__typename":"InvalidInputError","message":"must be from 1 to 100","path":["input","first"]}}`,
		},
		{
			"record", `mutation{recordWatch(input:{movie:"movie:199",watchedAt:"2021-01-01T00:00:00Z",rating:4.5}){__typename ...on HistoryPayload{watches{rating movie{id}}user{id}}}}`,
			`{"recordWatch":{"__typename":"HistoryPayload","watches":[{"rating":4.5,"movie":{"id":"movie:199"}}],"user":{"id":"user:7"}}}`,
		},
		{
			"each mutation reads anew", `mutation{
				a:recordWatch(input:{movie:"movie:198",watchedAt:"2031-01-01T00:00:00Z"}){__typename}
				b:dismissMovie(input:{movie:"movie:198"}){...on DismissPayload{movie{viewerState{dismissed}} user{dismissed{id}}}}
				c:restoreMovie(input:{movie:"movie:198"}){...on DismissPayload{movie{viewerState{dismissed}} user{dismissed{id}}}}}`,
			`{"a":{"__typename":"InvalidInputError"},"b":{"movie":{"viewerState":{"dismissed":true}},"user":{"dismissed":[{"id":"movie:198"}]}},"c":{"movie":{"viewerState":{"dismissed":false}},"user":{"dismissed":[]}}}`,
		},
		{"record nothing", `mutation{recordWatch(input:{movie:"movie:9999"}){__typename}}`, `{"recordWatch":{"__typename":"NotFoundError"}}`},
		{"record for another", `mutation{recordWatch(input:{user:"user:8",movie:"movie:1"}){__typename}}`, `{"recordWatch":{"__typename":"ForbiddenError"}}`},
		{
			"remove", `mutation{removeWatch(input:{movie:"movie:60"}){__typename ...on HistoryPayload{watches{movie{id}}}}}`,
			`{"removeWatch":{"__typename":"HistoryPayload","watches":[{"movie":{"id":"movie:60"}}]}}`,
		},
		{
			"dismiss", `mutation{dismissMovie(input:{movie:"movie:150"}){...on DismissPayload{movie{id viewerState{dismissed}}}}}`,
			`{"dismissMovie":{"movie":{"id":"movie:150","viewerState":{"dismissed":true}}}}`,
		},
		{
			"restore", `mutation{restoreMovie(input:{movie:"movie:151"}){...on DismissPayload{movie{id viewerState{dismissed}}}}}`,
			`{"restoreMovie":{"movie":{"id":"movie:151","viewerState":{"dismissed":false}}}}`,
		},
		{"closed sign-in", `mutation{signIn(input:{user:"user:1"}){__typename}}`, `{"signIn":{"__typename":"ForbiddenError"}}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := f.ask(t, me, c.query, nil)
			if len(a.Errors) > 0 || string(a.Data) != c.want {
				t.Errorf("%s\n got %s %v\nwant %s", c.query, a.Data, a.Errors, c.want)
			}
		})
	}
}

func TestPagesFollowOneAnother(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	var after any
	var seen []string
	for range 4 {
		a := f.ask(t, "", `query($after:String){movies(first:60,after:$after){nodes{id}pageInfo{endCursor hasNextPage}}}`, map[string]any{"after": after})
		var page struct {
			Movies struct {
				Nodes    []struct{ ID string }
				PageInfo struct {
					EndCursor   string
					HasNextPage bool
				}
			}
		}
		unmarshal(t, a.Data, &page)
		for _, n := range page.Movies.Nodes {
			seen = append(seen, n.ID)
		}
		if !page.Movies.PageInfo.HasNextPage {
			break
		}
		after = page.Movies.PageInfo.EndCursor
	}
	if len(seen) != 200 || seen[0] != "movie:1" || seen[199] != "movie:200" {
		t.Errorf("%d films, from %v to %v", len(seen), seen[0], seen[len(seen)-1])
	}
}

// A row is about a film that was liked, and leaves out what the person knows already or does not want.
func TestRowsBecauseYouWatched(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	fakes.histories[7] = []recommend.Watch{{Movie: 101, At: at, Rating: 1}, {Movie: 100, At: at, Rating: 5}, {Movie: 104, At: at, Rating: 5}}
	fakes.dismissed[7] = []int32{103}
	f := serve(t, fakes, graph.Config{})
	a := f.ask(t, token(t, "user:7", time.Hour), `{viewer{rows(first:1){because{id} movies{id}}}}`, nil)
	var films []string
	for _, id := range []int{102, 105, 106, 107, 108, 109, 110, 111, 112} {
		films = append(films, fmt.Sprintf(`{"id":"movie:%d"}`, id))
	}
	want := `{"viewer":{"rows":[{"because":{"id":"movie:100"},"movies":[` + strings.Join(films, ",") + `]}]}}`
	if string(a.Data) != want {
		t.Errorf("got  %s %v\nwant %s", a.Data, a.Errors, want)
	}
}

// A page of films with all that hangs on them costs a constant number of reads.
func TestListsCostAConstantNumberOfReads(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{})
	reads := func(first int) int64 {
		before := f.calls.Load()
		a := f.ask(t, token(t, "user:7", time.Hour),
			`query($n:Int){movies(first:$n){edges{node{title genres{name movieCount} viewerState{dismissed}}}}
			viewer{history(first:$n){nodes{movie{title genres{movieCount} viewerState{rating}}}}}}`, map[string]any{"n": first})
		if len(a.Errors) > 0 {
			t.Fatal(a.Errors)
		}
		return f.calls.Load() - before
	}
	few, many := reads(2), reads(50)
	if few != many || many > 8 {
		t.Errorf("2 films: %d reads, 50 films: %d", few, many)
	}
}

func TestErrorsSayNothingOfOurs(t *testing.T) {
	t.Parallel()
	fakes := newFakes()
	var log strings.Builder
	f := serve(t, fakes, graph.Config{Log: logTo(&log)})
	fakes.fail(errSecret)
	a := f.ask(t, "", `{trending{id}}`, nil)
	if a.code() != "INTERNAL" || strings.Contains(a.Errors[0].Message, "pq:") {
		t.Errorf("got %+v", a.Errors)
	}
	id, _ := a.Errors[0].Extensions["requestId"].(string)
	if id == "" || !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "pq:") {
		t.Errorf("request %q is not in the log: %s", id, log.String())
	}
}
