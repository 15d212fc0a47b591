package db

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrations are the files that Migrate applies, in the order of their names.
func Migrations() (fs.FS, error) {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	return files, nil
}

// Migrate brings the database's tables up to date. Processes that start at once may all call it: one migrates while the
// others wait.
func (db *DB) Migrate(ctx context.Context) error {
	files, err := Migrations()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db.DB.DB, files, goose.WithSessionLocker(migrationLock{}))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// Advisory locks of the database, each a number of our own.
const (
	migrateLock   = 0x77666c78_0001 // held by a session that migrates
	catalogueLock = 0x77666c78_0002 // held by a transaction that imports or loads a catalogue
)

// migrationLock waits in the database for its turn, where goose's own locker would ask again every second or more.
type migrationLock struct{}

func (migrationLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, int64(migrateLock)); err != nil {
		return fmt.Errorf("wait for another process that migrates: %w", err)
	}
	return nil
}

func (migrationLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, int64(migrateLock)); err != nil {
		return fmt.Errorf("let the next process migrate: %w", err)
	}
	return nil
}
