package dbtest_test

import (
	"os"
	"testing"

	"webflix/db/dbtest"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
