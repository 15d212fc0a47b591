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
	_, err := db.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, fresh)
	if err != nil {
		return nil, fmt.Errorf("make the secret %q: %w", name, err)
	}
	var secret []byte // read by a statement of its own: one that waited for another process would not see what that one made
	if err := db.GetContext(ctx, &secret, `SELECT value FROM secrets WHERE name = $1`, name); err != nil {
		return nil, fmt.Errorf("read the secret %q: %w", name, err)
	}
	return secret, nil
}
