package graph

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fetches answers the reads of a key set without a network.
type fetches struct {
	keys  map[string]*ecdsa.PublicKey
	down  bool
	count int
}

func (f *fetches) RoundTrip(*http.Request) (*http.Response, error) {
	f.count++
	if f.down {
		return nil, io.ErrUnexpectedEOF
	}
	var keys []map[string]string
	for kid, k := range f.keys {
		point, err := k.Bytes() // 4, x and y
		if err != nil {
			return nil, err
		}
		keys = append(keys, map[string]string{
			"kty": "EC", "crv": "P-256", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(point[1:33]),
			"y": base64.RawURLEncoding.EncodeToString(point[33:]),
		})
	}
	body, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
}

// Keys are read once, again when a token names a new one and when they are old, never often, and kept when the issuer is
// away.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		f := &fetches{keys: map[string]*ecdsa.PublicKey{"a": &key.PublicKey}}
		set := newKeySet("http://issuer.example/keys", &http.Client{Transport: f})
		find := func(kid string, ok bool, count int) {
			t.Helper()
			_, err := set.find(t.Context(), kid, "ES256")
			if (err == nil) != ok || f.count != count {
				t.Errorf("key %s: %v, after %d reads, want %d", kid, err, f.count, count)
			}
		}
		find("a", true, 1)
		find("a", true, 1)
		find("b", false, 1) // too soon to read again
		f.keys["b"] = &key.PublicKey
		time.Sleep(keysPause + time.Second) //nolint:forbidigo // the bubble's clock
		find("b", true, 2)
		delete(f.keys, "a")
		find("a", true, 2)
		time.Sleep(keysLife + time.Second) //nolint:forbidigo // the bubble's clock
		find("a", false, 3)                // taken back
		f.down = true
		time.Sleep(keysLife + time.Second) //nolint:forbidigo // the bubble's clock
		find("b", true, 4)                 // the issuer is away
		if _, err := set.find(t.Context(), "b", "RS256"); err == nil {
			t.Error("a key is used with another algorithm")
		}
	})
}

func TestParseKeysPassesOverWhatIsNone(t *testing.T) {
	t.Parallel()
	keys, err := parseKeys([]byte(`{"keys":[{"kty":"oct","kid":"a","k":"AAAA"},{"kty":"RSA","kid":"b","n":"AQAB","e":"AQAB"},
		{"kty":"EC","crv":"P-256","kid":"c","x":"AA","y":"AA"},{"kty":"RSA","kid":"d","use":"enc","n":"AQAB","e":"AQAB"},{}]}`))
	if err != nil || len(keys) != 0 {
		t.Errorf("%v %v", keys, err)
	}
	if _, err := parseKeys([]byte(`[`)); err == nil {
		t.Error("no JSON is taken")
	}
}
