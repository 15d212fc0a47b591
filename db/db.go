// Package db is Webflix's store in PostgreSQL: the catalogue, the histories, the models and the ledger, through sqlx and
// lib/pq. Every process opens one *DB; main hands it to the roles as the small interfaces that they declare.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// DB is a pool of connections to the database. It is safe for concurrent use.
type DB struct {
	*sqlx.DB

	kept  kept
	specs specs
}

// Option changes how Open connects.
type Option func(*options)

type options struct {
	name     string
	maxConns int
}

// Named sets the name under which the connections show in pg_stat_activity, unless the URL has an application_name. The
// default is "webflix".
func Named(name string) Option { return func(o *options) { o.name = name } }

// MaxConns limits the connections that are open at once. The default is 16: a server of the usual 100 connections has room
// for six processes.
func MaxConns(n int) Option { return func(o *options) { o.maxConns = n } }

// ErrURL is the error of a URL that no server could be at.
var ErrURL = errors.New("the database's URL cannot be used")

// planning are settings of every connection, unless the URL has others. Without statistics a partition of today's requests looks large
// to the planner: what runs for two milliseconds was compiled for seconds, or spread over processes that took longer to start.
//
//nolint:gochecknoglobals // a constant
var planning = map[string]string{"jit": "off", "max_parallel_workers_per_gather": "0"}

// Open connects to the server behind a postgres:// URL, or lib/pq's key=value form, and returns when it has answered. The
// caller closes the DB. No error shows the URL's password.
func Open(ctx context.Context, databaseURL string, opts ...Option) (*DB, error) {
	o := options{name: "webflix", maxConns: 16}
	for _, opt := range opts {
		opt(&o)
	}
	cfg, err := pq.NewConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, withoutURL(err, databaseURL))
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = o.name
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	for setting, value := range planning {
		if _, set := cfg.Runtime[setting]; !set {
			cfg.Runtime[setting] = value
		}
	}
	cfg.BinaryParameters = true // a query with arguments is one round trip, and bytes are not spelled out
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	}
	connector.Dialer(newDialer())
	db := sqlx.NewDb(sql.OpenDB(connector), "postgres")
	db.SetMaxOpenConns(o.maxConns)
	db.SetMaxIdleConns(o.maxConns) // a pool that shrinks after each burst would connect anew in the next
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close() // nothing was done with it
		if errors.Is(err, pq.ErrSSLNotSupported) {
			err = fmt.Errorf("%w (to connect without encryption, append ?sslmode=disable to the URL)", err)
		}
		return nil, fmt.Errorf("connect to the database %q at %s:%d: %w", cfg.Database, cfg.Host, cfg.Port, err)
	}
	return &DB{DB: db}, nil
}

// withoutURL hides a parser's error that quotes the URL or a part of it, for that may be the password.
func withoutURL(err error, databaseURL string) error {
	_, quotes := errors.AsType[*url.Error](err)
	if quotes || strings.Contains(err.Error(), databaseURL) {
		return errors.New("it must look like postgres://user:password@host:5432/name?sslmode=require, " +
			"with special characters of the password escaped (%40 for @, %2F for /)")
	}
	return err
}

// inTx runs do in one transaction, which is committed when do returns nil and else rolled back.
func (db *DB) inTx(ctx context.Context, do func(tx *sqlx.Tx) error) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit; the error that led here counts
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
