package db

import (
	"context"
	"crypto/rand"
	"fmt"
)

// secretSize is the bytes of a secret: enough to sign with HS256.
const secretSize = 32

// Secret returns the secret of this name, the same for every process and after every restart. The first to ask makes it.
func (db *DB) Secret(ctx context.Context, name string) ([]byte, error) {
	fresh := make([]byte, secretSize)
	_, _ = rand.Read(fresh) // never fails
	var secret []byte
	err := db.GetContext(ctx, &secret, `
		WITH made AS (INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING value)
		SELECT value FROM made UNION ALL SELECT value FROM secrets WHERE name = $1 LIMIT 1`, name, fresh)
	if err != nil {
		return nil, fmt.Errorf("read the secret %q: %w", name, err)
	}
	return secret, nil
}
