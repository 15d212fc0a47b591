package graph_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"webflix/graph"
)

// guardedTypes are the types whose every field must state its rule.
func guardedTypes() []string { return []string{"Query", "Mutation", "Subscription", "User"} }

func loadSchema(t testing.TB) *ast.Schema {
	t.Helper()
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: graph.SDL()})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestEveryRootFieldStatesItsRule(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, name := range guardedTypes() {
		for _, field := range schema.Types[name].Fields {
			if !strings.HasPrefix(field.Name, "__") && field.Directives.ForName("access") == nil {
				t.Errorf("%s.%s has no @access", name, field.Name)
			}
		}
	}
}

// asker is someone who asks: whether they may use a field with each rule, about user 7.
type asker struct {
	name  string
	token string
	may   map[string]bool
}

func askers(t testing.TB, dev bool) []asker {
	rules := func(self, asker, service, admin bool) map[string]bool {
		return map[string]bool{"ANYONE": true, "SELF": self, "OWNER": self, "ASKER": asker, "SERVICE": service || dev, "ADMIN": admin || dev}
	}
	return []asker{
		{"nobody", "", rules(false, dev, false, false)},
		{"viewer", token(t, "user:7", time.Hour), rules(true, true, false, false)},
		{"other viewer", token(t, "user:8", time.Hour), rules(false, false, false, false)},
		{"service", token(t, "importer", time.Hour, "service"), rules(true, true, true, false)},
		{"admin", token(t, "operator", time.Hour, "admin"), rules(false, false, false, true)},
	}
}

// fields are documents for each guarded field about user 7. A field that is not listed fails the test.
func guardedDocuments(request string) map[string]string {
	return map[string]string{
		"Query.node":                         `{x:node(id:"user:7"){id}}`,
		"Query.nodes":                        `{nodes(ids:["user:7"]){id}}`,
		"Query.movie":                        `{x:movie(id:"movie:1"){id}}`,
		"Query.movies":                       `{x:movies(first:1){nodes{id}}}`,
		"Query.genres":                       `{x:genres{name}}`,
		"Query.trending":                     `{x:trending(first:1){id}}`,
		"Query.pipeline":                     `{x:pipeline{at}}`,
		"Query.trail":                        `{x:trail(id:"` + request + `"){requestId}}`,
		"Query.models":                       `{x:models{id}}`,
		"Query.criteria":                     `{x:criteria{name}}`,
		"Query.recommendation":               `{x:recommendation(id:"` + request + `"){id}}`,
		"Query.recommendations":              `{x:recommendations(input:{user:"user:7"}){...on Recommendation{id}...on ForbiddenError{message}}}`,
		"Query.viewer":                       `{x:viewer{id}}`,
		"Query.user":                         `{x:user(id:"user:7"){id}}`,
		"Query.users":                        `{x:users(first:1){nodes{id}}}`,
		"Query.developmentSignIn":            `{x:developmentSignIn}`,
		"Mutation.requestRecommendations":    `mutation{x:requestRecommendations(input:{user:"user:7"}){...on Recommendation{id}...on ForbiddenError{message}}}`,
		"Mutation.recordWatch":               `mutation{x:recordWatch(input:{user:"user:7",movie:"movie:1"}){...on HistoryPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.recordWatches":             `mutation{x:recordWatches(input:{user:"user:7",watches:[{movie:"movie:1"}]}){...on HistoryPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.removeWatch":               `mutation{x:removeWatch(input:{user:"user:7",movie:"movie:1"}){...on HistoryPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.removeWatches":             `mutation{x:removeWatches(input:{user:"user:7",movies:["movie:1"]}){...on HistoryPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.dismissMovie":              `mutation{x:dismissMovie(input:{user:"user:7",movie:"movie:1"}){...on DismissPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.restoreMovie":              `mutation{x:restoreMovie(input:{user:"user:7",movie:"movie:1"}){...on DismissPayload{user{id}}...on ForbiddenError{message}}}`,
		"Mutation.signIn":                    `mutation{x:signIn(input:{user:"user:7"}){...on SignInPayload{user{id}}...on ForbiddenError{message}}}`,
		"Subscription.pipeline":              `subscription{x:pipeline{at}}`,
		"Subscription.recommend":             `subscription{x:recommend(input:{user:"user:7"}){...on RecommendationUpdate{requestId}...on ForbiddenError{message}}}`,
		"Subscription.recommendationUpdates": `subscription{x:recommendationUpdates(id:"` + request + `"){...on RecommendationUpdate{requestId}...on NotFoundError{message}}}`,
		"User.id":                            `{x:user(id:"user:7"){id}}`,
		"User.name":                          `{x:user(id:"user:7"){name}}`,
		"User.history":                       `{x:user(id:"user:7"){history(first:1){totalCount}}}`,
		"User.taste":                         `{x:user(id:"user:7"){taste{watchCount}}}`,
		"User.rows":                          `{x:user(id:"user:7"){rows{because{id}}}}`,
		"User.dismissed":                     `{x:user(id:"user:7"){dismissed{id}}}`,
	}
}

// refused says that an answer gave nothing away.
func refused(a answer) bool {
	if len(a.Errors) > 0 {
		return a.code() == "FORBIDDEN"
	}
	s := string(a.Data)
	nothing := []string{`{"x":null}`, `{"nodes":[null]}`, `{"x":{}}`, `{"x":{"history":null}}`, `{"x":{"taste":null}}`, `{"x":{"dismissed":null}}`, `{"x":{"rows":null}}`}
	return slices.Contains(nothing, s) || strings.Contains(s, `"message":"Sign in first`) || strings.Contains(s, `"message":"Your token does not`) ||
		strings.Contains(s, `"message":"There is no such thing`) || strings.Contains(s, "development sign-in is closed")
}

// The whole schema, as nobody, the viewer, another viewer, a service and an administrator, with the development sign-in
// closed and open.
func TestWhoMayUseEveryField(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, dev := range []bool{false, true} {
		t.Run(fmt.Sprintf("development sign-in %v", dev), func(t *testing.T) {
			t.Parallel()
			f := serve(t, newFakes(), graph.Config{Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: dev}})
			documents := guardedDocuments(requestOf(t, f, "user:7"))
			for _, who := range askers(t, dev) {
				for _, object := range guardedTypes() {
					for _, field := range schema.Types[object].Fields {
						name := object + "." + field.Name
						if strings.HasPrefix(field.Name, "__") {
							continue
						}
						document, ok := documents[name]
						if !ok {
							t.Fatalf("no document uses %s: add one", name)
						}
						to := field.Directives.ForName("access").Arguments.ForName("to").Value.Raw
						want := expected(name, to, who, dev)
						if got := !refused(f.first(t, who.token, document)); got != want {
							t.Errorf("%s, %s @access(to: %s): %v, want %v", who.name, name, to, got, want)
						}
					}
				}
			}
		})
	}
}

// expected is the rule of the directive, and what OWNER means for each thing that is owned.
func expected(field, to string, who asker, dev bool) bool {
	nobody := who.name == "nobody"
	switch field {
	case "Query.viewer":
		return who.name == "viewer" || who.name == "other viewer"
	case "Mutation.signIn":
		return dev
	case "Query.node", "Query.nodes", "Query.user", "User.id", "User.name": // whose name may be known
		return who.may["OWNER"] || dev
	case "Query.trail":
		return who.may["OWNER"] || who.may["ADMIN"]
	case "Query.recommendation", "Subscription.recommendationUpdates":
		return who.may["OWNER"] || dev && nobody
	}
	return who.may[to]
}

// first returns the first answer to any document: of a subscription, over an event stream.
func (f *face) first(t testing.TB, bearer, document string) answer {
	t.Helper()
	if !strings.HasPrefix(document, "subscription") {
		return f.ask(t, bearer, document, nil)
	}
	events := f.events(t, bearer, document)
	defer events.close()
	a, ok := events.next(t)
	if !ok {
		t.Fatalf("no event of %s", document)
	}
	return a
}

// requestOf starts a request for a person and returns its id.
func requestOf(t testing.TB, f *face, user string) string {
	t.Helper()
	a := f.ask(t, token(t, user, time.Hour), `mutation{requestRecommendations(input:{}){...on Recommendation{id}}}`, nil)
	var got struct{ RequestRecommendations struct{ ID string } }
	unmarshal(t, a.Data, &got)
	return got.RequestRecommendations.ID
}

// Every root field that takes an id, wherever in its arguments, is asked for what is another's, below; only films belong to
// nobody, and the development sign-in has a test of its own.
func TestNoFieldThatTakesAnIDIsForgotten(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	documents := guardedDocuments("request:of another")
	for _, object := range []string{"Query", "Mutation", "Subscription"} {
		for _, field := range schema.Types[object].Fields {
			name := object + "." + field.Name
			if name == "Query.movie" || !takesID(schema, field.Arguments) {
				continue
			}
			if d := documents[name]; !strings.Contains(d, `"user:7"`) && !strings.Contains(d, `"request:of another"`) {
				t.Errorf("%s takes an id, and its document asks for nobody's: %s", name, d)
			}
		}
	}
}

// takesID reports whether an argument is an id, or an input with an id in it.
func takesID(schema *ast.Schema, arguments ast.ArgumentDefinitionList) bool {
	var seen []string
	var has func(kind string) bool
	has = func(kind string) bool {
		if kind == "ID" || slices.Contains(seen, kind) {
			return kind == "ID"
		}
		seen = append(seen, kind)
		return slices.ContainsFunc(schema.Types[kind].Fields, func(f *ast.FieldDefinition) bool { return has(f.Type.Name()) })
	}
	return slices.ContainsFunc(arguments, func(a *ast.ArgumentDefinition) bool { return has(a.Type.Name()) })
}

// A token of one person never reads or changes what is another's: every field that takes an id of a person or a request,
// asked with ids of others. What is another's would show as a change of the fakes, or as their marks in an answer.
func TestNobodyReadsWhatIsAnothers(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{Limits: graph.Limits{ViewerRate: -1, ViewerBurst: -1, AddressRate: -1, AddressBurst: -1}})
	random := rand.New(rand.NewPCG(1, 2))
	requests := map[int]string{}
	for range 300 {
		me, other := 1+random.IntN(30), 1+random.IntN(30)
		if me == other {
			continue
		}
		if requests[other] == "" {
			requests[other] = requestOf(t, f, fmt.Sprintf("user:%d", other))
		}
		documents := guardedDocuments(requests[other])
		documents["Query.node of a request"] = `{x:node(id:"` + requests[other] + `"){id}}`
		documents["Query.nodes of requests"] = `{nodes(ids:["` + requests[other] + `"]){id}}`
		for name, document := range documents {
			if !strings.Contains(document, "user:7") && !strings.Contains(document, "request:") || name == "Mutation.signIn" || random.IntN(4) > 0 {
				continue
			}
			document = strings.ReplaceAll(document, "user:7", fmt.Sprintf("user:%d", other))
			if a := f.first(t, token(t, fmt.Sprintf("user:%d", me), time.Hour), document); !refused(a) {
				t.Fatalf("user %d reads of user %d: %s\n%s", me, other, document, a.Data)
			}
		}
	}
}
