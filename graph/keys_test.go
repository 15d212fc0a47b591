package graph

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fetches answers the reads of a key set without a network.
type fetches struct {
	keys  map[string]*ecdsa.PublicKey
	down  bool
	hangs bool
	count int
}

// newFetches returns an issuer with the key a.
func newFetches(t *testing.T) *fetches {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &fetches{keys: map[string]*ecdsa.PublicKey{"a": &key.PublicKey}}
}

func (f *fetches) RoundTrip(r *http.Request) (*http.Response, error) {
	f.count++
	if f.hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
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

// Keys are read once, again when a token names a new one and when they are no longer fresh, never often, and kept when the issuer is
// away.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFetches(t)
		key := f.keys["a"]
		set := newKeySet(t.Context(), "http://issuer.example/keys", &http.Client{Transport: f})
		find := func(kid string, ok bool, count int) {
			t.Helper()
			_, err := set.find(t.Context(), kid, "ES256")
			synctest.Wait() // until what is read behind the token is there
			if (err == nil) != ok || f.count != count {
				t.Errorf("key %s: %v, after %d reads, want %d", kid, err, f.count, count)
			}
		}
		find("a", true, 1)
		find("a", true, 1)
		find("b", false, 1) // too soon to read again
		f.keys["b"] = key
		time.Sleep(keysPause + time.Second) //nolint:forbidigo // the bubble's clock
		find("b", true, 2)
		delete(f.keys, "a")
		find("a", true, 2)
		time.Sleep(keysFresh + time.Second) //nolint:forbidigo // the bubble's clock
		find("a", true, 3)
		find("a", false, 3) // taken back
		delete(f.keys, "b")
		f.keys["c"] = key
		time.Sleep(keysLife + time.Second) //nolint:forbidigo // the bubble's clock
		find("b", false, 4)                // nobody has asked for so long that nothing is believed unread
		f.down = true
		time.Sleep(keysLife + time.Second) //nolint:forbidigo // the bubble's clock
		find("c", true, 5)                 // the issuer is away
		if _, err := set.find(t.Context(), "c", "RS256"); err == nil {
			t.Error("a key is used with another algorithm")
		}
	})
}

// An issuer that does not answer holds up nobody whose key is known, whoever asks for keys that are not. They wait for one reading.
func TestKeysOfAnIssuerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFetches(t)
		open, end := context.WithCancel(t.Context())
		set := newKeySet(open, "http://issuer.example/keys", &http.Client{Transport: f})
		known := func(most time.Duration) {
			t.Helper()
			begun := time.Now()
			if _, err := set.find(t.Context(), "a", "ES256"); err != nil || time.Since(begun) > most {
				t.Errorf("a known key is found after %v, %v", time.Since(begun), err)
			}
		}
		unknown := func(most time.Duration, among int) *sync.WaitGroup {
			var askers sync.WaitGroup
			for range among {
				askers.Go(func() {
					begun := time.Now()
					if _, err := set.find(t.Context(), "x", "ES256"); !errors.Is(err, errKeysAway) || time.Since(begun) > most {
						t.Errorf("an unknown key is not found after %v, %v", time.Since(begun), err)
					}
				})
			}
			synctest.Wait()
			return &askers
		}
		known(0)
		f.hangs = true
		time.Sleep(keysFresh + time.Second) //nolint:forbidigo // the bubble's clock
		known(0)
		askers := unknown(keysTimeout, 3)
		known(0)
		askers.Wait()
		if f.count != 2 {
			t.Errorf("the keys were read %d times, want 2", f.count)
		}
		unknown(0, 1).Wait()                // too soon to read again
		time.Sleep(keysLife + time.Second)  //nolint:forbidigo // the bubble's clock
		known(keysTimeout)                  // nobody has asked for long
		time.Sleep(keysPause + time.Second) //nolint:forbidigo // the bubble's clock
		askers = unknown(0, 1)
		end()
		set.wait() // the reading ends with the handler
		askers.Wait()
		if unknown(0, 1).Wait(); f.count != 4 {
			t.Errorf("the keys were read %d times, want 4: a reading begins after the end", f.count)
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
