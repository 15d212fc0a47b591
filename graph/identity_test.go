package graph_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"webflix/graph"
)

// issuer is an identity provider.
type issuer struct {
	*httptest.Server
	reads atomic.Int64

	mu   sync.Mutex // protects keys
	keys map[string]any
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{keys: map[string]any{}}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.reads.Add(1)
		i.mu.Lock()
		defer i.mu.Unlock()
		var keys []map[string]string
		for kid, key := range i.keys {
			switch k := key.(type) {
			case *rsa.PrivateKey:
				keys = append(keys, map[string]string{"kty": "RSA", "kid": kid, "n": b64(k.N), "e": b64(big.NewInt(int64(k.E)))})
			case *ecdsa.PrivateKey:
				keys = append(keys, map[string]string{"kty": "EC", "crv": "P-256", "kid": kid, "x": b64(k.X), "y": b64(k.Y)})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": keys})
	}))
	t.Cleanup(i.Close)
	return i
}

func b64(n *big.Int) string {
	return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, (n.BitLen()+7)/8)))
}

func (i *issuer) issue(t testing.TB, kid string, claims jwt.MapClaims) string {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	var method jwt.SigningMethod = jwt.SigningMethodRS256
	if _, ok := i.keys[kid].(*ecdsa.PrivateKey); ok {
		method = jwt.SigningMethodES256
	}
	unsigned := jwt.NewWithClaims(method, claims)
	unsigned.Header["kid"] = kid
	signed, err := unsigned.SignedString(i.keys[kid])
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (i *issuer) rotate(t testing.TB, kid string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys[kid] = key
}

const viewerDocument = "{viewer{id}}"

func TestTokensOfAnIdentityProvider(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i.keys["rsa"] = key
	i.rotate(t, "ec")
	f := serve(t, newFakes(), graph.Config{Identity: graph.Identity{JWKS: i.URL, Issuer: "them", Audience: "webflix", Secret: []byte(testSecret)}})
	good := jwt.MapClaims{"sub": "7", "exp": time.Now().Add(time.Hour).Unix(), "iss": "them", "aud": "webflix"}
	with := func(name string, value any) jwt.MapClaims {
		c := maps.Clone(good)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	// A token that says HS256, with the public key for a secret.
	confused := jwt.NewWithClaims(jwt.SigningMethodHS256, good)
	confused.Header["kid"] = "rsa"
	forged, err := confused.SignedString([]byte(b64(key.N)))
	if err != nil {
		t.Fatal(err)
	}
	none, err := jwt.NewWithClaims(jwt.SigningMethodNone, good).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	valid := i.issue(t, "rsa", good)
	for _, c := range []struct {
		name, token string
		ok          bool
	}{
		{"RS256", valid, true},
		{"ES256", i.issue(t, "ec", good), true},
		{"expired", i.issue(t, "rsa", with("exp", time.Now().Add(-time.Hour).Unix())), false},
		{"without an end", i.issue(t, "rsa", with("exp", nil)), false},
		{"not yet", i.issue(t, "rsa", with("nbf", time.Now().Add(time.Hour).Unix())), false},
		{"another issuer", i.issue(t, "rsa", with("iss", "others")), false},
		{"for others", i.issue(t, "rsa", with("aud", "others")), false},
		{"no subject", i.issue(t, "rsa", with("sub", nil)), false},
		{"no person", i.issue(t, "rsa", with("sub", "someone")), false},
		{"unsigned", none, false},
		{"another algorithm", forged, false},
		{"changed", valid[:len(valid)-8] + "AAAAAAAA", false},
		{"nonsense", "a.b.c", false},
	} {
		resp, a := f.post(t, `{"query":"`+viewerDocument+`"}`, map[string]string{"Authorization": "Bearer " + c.token})
		if ok := string(a.Data) == `{"viewer":{"id":"user:7"}}`; ok != c.ok || !ok && (resp.StatusCode != 401 || a.code() != "UNAUTHENTICATED") {
			t.Errorf("%s: %d %s %v", c.name, resp.StatusCode, a.Data, a.Errors)
		}
	}
	if n := i.reads.Load(); n != 1 {
		t.Errorf("the keys were read %d times", n)
	}
}

// A token whose key cannot be read now may be good: its bearer is to come back, not to sign in again.
func TestTokensWhileTheirIssuerIsAway(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.rotate(t, "ec")
	i.Close()
	f := serve(t, newFakes(), graph.Config{Identity: graph.Identity{JWKS: i.URL}})
	bearer := "Bearer " + i.issue(t, "ec", jwt.MapClaims{"sub": "7", "exp": time.Now().Add(time.Hour).Unix()})
	resp, a := f.post(t, `{"query":"`+viewerDocument+`"}`, map[string]string{"Authorization": bearer})
	if resp.StatusCode != 503 || a.code() != "UNAVAILABLE" || resp.Header.Get("Retry-After") == "" {
		t.Errorf("got %d %v, Retry-After %q", resp.StatusCode, a.Errors, resp.Header.Get("Retry-After"))
	}
	c := f.dial(t)
	c.say(t, `{"type":"connection_init","payload":{"authorization":`+quote(bearer)+`}}`)
	if code := c.closed(t); code != 1013 {
		t.Errorf("the socket is closed with %d", code)
	}
}

func TestIdentityOfConfig(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]graph.Identity{
		"a short secret": {Secret: []byte("short")}, "a sign-in without a secret": {DevSignIn: true},
	} {
		if _, err := graph.NewHandler(graph.Config{Resolver: newFakes().resolver(), Identity: id}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestDevelopmentSignIn(t *testing.T) {
	t.Parallel()
	f := serve(t, newFakes(), graph.Config{Identity: graph.Identity{Secret: []byte(testSecret), DevSignIn: true}})
	a := f.ask(t, "", `mutation{signIn(input:{newUserName:" Ada "}){...on SignInPayload{token user{id name}}}}`, nil)
	var got struct {
		SignIn struct {
			Token string
			User  struct{ ID, Name string }
		}
	}
	unmarshal(t, a.Data, &got)
	if got.SignIn.User.Name != "Ada" {
		t.Fatalf("got %s %v", a.Data, a.Errors)
	}
	a = f.ask(t, got.SignIn.Token, "{viewer{id} pipeline{at}}", nil)
	if !strings.Contains(string(a.Data), got.SignIn.User.ID) || len(a.Errors) > 0 {
		t.Errorf("got %s %v", a.Data, a.Errors)
	}
	for _, input := range []string{`{}`, `{user:"user:1",newUserName:"x"}`, `{newUserName:" "}`, `{user:"movie:1"}`} {
		a := f.ask(t, "", `mutation{signIn(input:`+input+`){__typename}}`, nil)
		if string(a.Data) != `{"signIn":{"__typename":"InvalidInputError"}}` {
			t.Errorf("%s: %s %v", input, a.Data, a.Errors)
		}
	}
}
