package dbtest

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io/fs"
	"time"

	"github.com/lib/pq"

	"webflix/db"
)

// makeTemplate finds or makes the template of these migrations. The test processes of other packages do the same at the
// same time: one makes it while the others wait. It gets its name when it is complete.
func (s *server) makeTemplate(ctx context.Context) error {
	sum, err := migrationsSum()
	if err != nil {
		return err
	}
	s.template = prefix + "template_" + sum
	building := s.template + "_unfinished"

	orders, err := db.Open(ctx, s.url, db.Named("webflix test"))
	if err != nil {
		return err
	}
	defer func() { _ = orders.Close() }()
	conn, err := orders.Connx(ctx) // the lock belongs to a session
	if err != nil {
		return fmt.Errorf("connect to make the template: %w", err)
	}
	defer func() { _ = conn.Close() }() // ends with the pool, and the lock with it
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock(hashtext($1))`, s.template); err != nil {
		return fmt.Errorf("wait for another process that makes the template: %w", err)
	}
	var made bool
	err = conn.GetContext(ctx, &made, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, s.template)
	if err != nil || made {
		return err
	}
	name := pq.QuoteIdentifier(building)
	for _, query := range []string{
		"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", // left by a process that was killed
		"CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8'",
	} {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("make the template: %w", err)
		}
	}
	if err := migrate(ctx, withDatabase(s.url, building)); err != nil {
		return fmt.Errorf("make the template: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "ALTER DATABASE "+name+" RENAME TO "+pq.QuoteIdentifier(s.template)); err != nil {
		return fmt.Errorf("name the template: %w", err)
	}
	return nil
}

func migrate(ctx context.Context, address string) error {
	database, err := db.Open(ctx, address, db.Named("webflix test"))
	if err != nil {
		return err
	}
	defer func() { _ = database.Close() }()
	return database.Migrate(ctx)
}

// migrationsSum is the same for the same migrations, and another as soon as one of them changes.
func migrationsSum() (string, error) {
	files, err := db.Migrations()
	if err != nil {
		return "", err
	}
	hash := fnv.New64a()
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s %d\n%s", path, len(body), body)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sum the migrations: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// dropStale drops the databases of tests that were killed a day ago or earlier.
func (s *server) dropStale(ctx context.Context) error {
	orders, err := db.Open(ctx, s.url, db.Named("webflix test"))
	if err != nil {
		return err
	}
	defer func() { _ = orders.Close() }()
	var names []string
	err = orders.SelectContext(ctx, &names, `
		SELECT datname FROM pg_database
		WHERE substring(datname FROM '^' || $1 || '([0-9]+)_')::bigint < $2`,
		prefix, time.Now().Add(-24*time.Hour).Unix())
	if err != nil {
		return fmt.Errorf("look for databases left behind: %w", err)
	}
	for _, name := range names {
		if _, err := orders.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)"); err != nil {
			return fmt.Errorf("drop the database %s, left behind: %w", name, err)
		}
	}
	return nil
}
