package graph

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Documents are kept, parsed and by hash, as long as they are not longer than clients' are: so nobody fills the memory.
const (
	documentsKept = 1000
	documentBytes = 16 << 10
)

// documents finds the document that a request means by its SHA-256: one of the trusted ones, or one that was sent before
// (Automatic Persisted Queries).
type documents struct {
	trusted map[string]string // by hash
	only    bool              // no others are answered
	seen    *lru.Cache[string, string]
}

func newDocuments(trusted map[string]string, only bool) *documents {
	seen, err := lru.New[string, string](documentsKept)
	if err != nil {
		panic(err) // cannot happen: the size is positive
	}
	return &documents{trusted: trusted, only: only, seen: seen}
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = &documents{}

// ExtensionName names the extension to gqlgen.
func (d *documents) ExtensionName() string { return "Documents" }

// Validate has nothing to check.
func (d *documents) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters fills the document in, or refuses one that is not trusted.
func (d *documents) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	hash, err := persistedHash(p)
	if err != nil {
		return err
	}
	if d.only {
		return d.fromTrusted(p, hash)
	}
	if hash == "" {
		return nil
	}
	if p.Query != "" {
		if hashOf(p.Query) != hash {
			return coded(codeBadRequest, "the hash is not the document's SHA-256")
		}
		if len(p.Query) <= documentBytes {
			d.seen.Add(hash, p.Query)
		}
		return nil
	}
	if document, ok := d.trusted[hash]; ok {
		p.Query = document
		return nil
	}
	document, ok := d.seen.Get(hash)
	if !ok {
		return coded(codeNotPersisted, "PersistedQueryNotFound")
	}
	p.Query = document
	return nil
}

func (d *documents) fromTrusted(p *graphql.RawParams, hash string) *gqlerror.Error {
	if hash == "" {
		hash = hashOf(p.Query)
	}
	document, ok := d.trusted[hash]
	if !ok {
		return coded(codeUntrusted, "only documents that were registered are answered")
	}
	p.Query = document
	return nil
}

// persistedHash returns the hash that a request names its document by, "" when it does not.
func persistedHash(p *graphql.RawParams) (string, *gqlerror.Error) {
	extension, ok := p.Extensions["persistedQuery"]
	if !ok || extension == nil {
		return "", nil
	}
	fields, _ := extension.(map[string]any)
	hash, ok := fields["sha256Hash"].(string)
	if !ok || len(hash) != 2*sha256.Size {
		return "", coded(codeBadRequest, "persistedQuery needs version 1 and a sha256Hash")
	}
	return strings.ToLower(hash), nil
}

func hashOf(document string) string {
	sum := sha256.Sum256([]byte(document))
	return hex.EncodeToString(sum[:])
}

// queryCache keeps parsed documents.
type queryCache[T any] struct {
	documents *lru.Cache[string, T]
}

func newQueryCache[T any]() queryCache[T] {
	kept, err := lru.New[string, T](documentsKept)
	if err != nil {
		panic(err) // cannot happen: the size is positive
	}
	return queryCache[T]{documents: kept}
}

// Get returns a parsed document.
func (c queryCache[T]) Get(_ context.Context, key string) (T, bool) { return c.documents.Get(key) }

// Add keeps a parsed document.
func (c queryCache[T]) Add(_ context.Context, key string, value T) {
	if len(key) <= documentBytes {
		c.documents.Add(key, value)
	}
}
