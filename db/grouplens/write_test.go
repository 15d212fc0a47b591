package grouplens

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"webflix/recommend"
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	data := recommend.Generate(recommend.World{Seed: 1, Films: 50, People: 20, Ratings: 400})
	data.Movies = append(data.Movies, recommend.Movie{ID: 60, Title: `The "Quote", Reloaded`})
	path := filepath.Join(t.TempDir(), "invented.zip")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(file, "invented", data); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if d.Name != "invented" {
		t.Errorf("the data set is named %q", d.Name)
	}
	var again recommend.Dataset
	for m, err := range d.Movies() {
		if err != nil {
			t.Fatal(err)
		}
		again.Movies = append(again.Movies, m)
	}
	for r, err := range d.Ratings() {
		if err != nil {
			t.Fatal(err)
		}
		again.Ratings = append(again.Ratings, r)
	}
	if !reflect.DeepEqual(data, &again) {
		t.Errorf("%d films and %d ratings do not survive writing", len(data.Movies), len(data.Ratings))
	}
}
