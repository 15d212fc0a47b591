package db_test

import (
	"bytes"
	"testing"

	"golang.org/x/sync/errgroup"

	"webflix/db/dbtest"
)

func TestProcessesThatStartAtOnceShareASecret(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	secrets := make([][]byte, 8)
	var processes errgroup.Group
	for i := range secrets {
		processes.Go(func() (err error) {
			secrets[i], err = d.Secret(t.Context(), "jwt")
			return err
		})
	}
	if err := processes.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if len(s) != 32 || !bytes.Equal(s, secrets[0]) {
			t.Errorf("some have the secret %x, others %x", secrets[0], s)
		}
	}
}

// Who asks while the first is about to commit waits for it, and has its secret.
func TestSecretThatIsBeingMade(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	first, err := d.BeginTxx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Rollback() }()
	if _, err := first.ExecContext(t.Context(), `INSERT INTO secrets (name, value) VALUES ('jwt', 'of the first')`); err != nil {
		t.Fatal(err)
	}
	var got []byte
	var second errgroup.Group
	second.Go(func() (err error) {
		got, err = d.Secret(t.Context(), "jwt")
		return err
	})
	for waits := false; !waits; {
		err := d.GetContext(t.Context(), &waits, `
			SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')`)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil || string(got) != "of the first" {
		t.Errorf("the second has %q, %v", got, err)
	}
}
