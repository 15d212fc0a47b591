package db

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/jmoiron/sqlx"
)

// copier streams rows into a table, the fastest way in. Only the transaction that made it may use it, and nothing else in
// the transaction before end or close.
type copier struct {
	stmt *sql.Stmt
	rows int64
}

// copyInto begins a COPY … FROM STDIN. The caller defers close.
func copyInto(ctx context.Context, tx *sqlx.Tx, query string) (*copier, error) {
	stmt, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("begin to copy: %w", err)
	}
	return &copier{stmt: stmt}, nil
}

// add sends a row, at some time: an error may belong to an earlier one.
func (c *copier) add(ctx context.Context, values ...any) error {
	if _, err := c.stmt.ExecContext(ctx, values...); err != nil {
		return fmt.Errorf("copy row %d or one before it: %w", c.rows+1, err)
	}
	c.rows++
	return nil
}

// end sends what is left and waits until the table has it.
func (c *copier) end(ctx context.Context) error {
	if _, err := c.stmt.ExecContext(ctx); err != nil {
		return fmt.Errorf("copy %d rows: %w", c.rows, err)
	}
	return nil
}

// close ends the COPY, well or not: no transaction can be rolled back in the middle of one.
func (c *copier) close() { _ = c.stmt.Close() }

// copyRows copies rows and returns their number. accept decides about every row's error: nil goes on to the next row.
func copyRows[Row any](ctx context.Context, tx *sqlx.Tx, query string, rows iter.Seq2[Row, error],
	add func(*copier, context.Context, Row) error, accept func(error) error,
) (int64, error) {
	c, err := copyInto(ctx, tx, query)
	if err != nil {
		return 0, err
	}
	defer c.close()
	for row, err := range rows {
		if err == nil {
			err = add(c, ctx, row)
		}
		if err := accept(err); err != nil {
			return 0, err
		}
	}
	return c.rows, c.end(ctx)
}
