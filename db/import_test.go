package db_test

import (
	"os"
	"path/filepath"
	"testing"

	"webflix/db"
	"webflix/db/dbtest"
)

// groupLens returns the path of a published data set, which the project may not contain: they lie in the folder
// WEBFLIX_TEST_DATA, or in shared/data beside the project's. Without it, the test is skipped.
func groupLens(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("WEBFLIX_TEST_DATA")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("set WEBFLIX_TEST_DATA to a folder with %s from grouplens.org/datasets/movielens: %v", name, err)
	}
	return path
}

func TestImportMovieLens1M(t *testing.T) {
	t.Parallel()
	path := groupLens(t, "ml-1m.zip")
	database := dbtest.Open(t)
	for range 2 {
		report, err := database.Import(t.Context(), path, db.ImportOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", report)
	}
}
