package recommend

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
	"time"
)

func TestModelSurvivesEncodingAndScores(t *testing.T) {
	t.Parallel()
	w := trained(t)
	criteria, err := w.model.Open()
	if err != nil {
		t.Fatal(err)
	}
	task := w.task(7)
	for name, c := range criteria {
		scored, err := c.Score(task)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(scored.Candidates) == 0 || len(scored.Candidates) > CandidateLimit {
			t.Errorf("%s returned %d candidates", name, len(scored.Candidates))
		}
		for i, candidate := range scored.Candidates {
			if i > 0 && candidate.Score > scored.Candidates[i-1].Score {
				t.Errorf("%s: candidate %d is better than the one before", name, i)
			}
			if slices.ContainsFunc(task.History, func(w Watch) bool { return w.Movie == candidate.Movie }) {
				t.Errorf("%s ranks film %d, which was seen", name, candidate.Movie)
			}
			if math.IsNaN(float64(candidate.Score)) {
				t.Errorf("%s scores film %d with NaN", name, candidate.Movie)
			}
		}
	}
}

func TestTrainingIsDeterministic(t *testing.T) {
	t.Parallel()
	tiny := World{Seed: 2, Films: 120, People: 150, Ratings: 4_000}
	a, err := Train(Generate(tiny), Options{Seed: 3, Parallel: 1})
	if err != nil {
		t.Fatal(err)
	}
	b, err := Train(Generate(tiny), Options{Seed: 3, Parallel: 3})
	if err != nil {
		t.Fatal(err)
	}
	for name := range a.Parts {
		if !bytes.Equal(a.Parts[name], b.Parts[name]) {
			t.Errorf("part %s differs between two trainings with one seed", name)
		}
	}
	if !slices.Equal(a.Blend, b.Blend) {
		t.Errorf("blends differ: %v and %v", a.Blend, b.Blend)
	}
}

func TestDamagedPartsAreRefused(t *testing.T) {
	t.Parallel()
	model := trained(t).model
	catalog, err := model.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range model.Parts {
		open := func(part []byte) error {
			if name == catalogPart {
				_, err := OpenCatalog(part)
				return err
			}
			_, err := OpenCriterion(name, catalog, part)
			return err
		}
		flipped := bytes.Clone(part)
		flipped[len(flipped)/2] ^= 1
		for what, damaged := range map[string][]byte{
			"missing": nil, "half-written": part[:len(part)/2], "flipped": flipped, "longer": append(bytes.Clone(part), 0),
		} {
			if err := open(damaged); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s part %s: error %v, want ErrCorrupt", what, name, err)
			}
		}
	}
}

// A right checksum does not make a catalogue right: its ids must ascend, or looking one up reaches beyond its table.
func TestCatalogOutOfOrderIsRefused(t *testing.T) {
	t.Parallel()
	catalog, err := trained(t).model.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	catalog.ids[1], catalog.ids[2] = 30_000, 3
	if _, err := OpenCatalog(catalog.Encode()); !errors.Is(err, ErrCorrupt) {
		t.Errorf("error %v, want ErrCorrupt", err)
	}
}

func TestTrainingStops(t *testing.T) {
	t.Parallel()
	if _, err := Train(Generate(smallWorld()), Options{Stop: func() bool { return true }}); !errors.Is(err, ErrStopped) {
		t.Fatalf("error %v, want ErrStopped", err)
	}
}

// FuzzOpen feeds the decoders what is not a model, behind a right checksum: from whole parts of a tiny model on. What opens
// must score without a panic, and only films that there are.
func FuzzOpen(f *testing.F) {
	model, err := Train(Generate(World{Seed: 4, Films: 30, People: 40, Ratings: 500}), Options{Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	catalog, err := model.Catalog()
	if err != nil {
		f.Fatal(err)
	}
	for name, part := range model.Parts {
		f.Add(name, part[:len(part)-partTrailer])
	}
	f.Fuzz(func(t *testing.T, name string, part []byte) {
		sealed := (&partWriter{b: part}).seal()
		if c, err := OpenCatalog(sealed); err == nil {
			if again, err := OpenCatalog(c.Encode()); err != nil || again.Len() != c.Len() {
				t.Errorf("a catalogue of %d films does not survive encoding: %v", c.Len(), err)
			}
		} else if !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
		if name == catalogPart {
			return
		}
		c, err := OpenCriterion(name, catalog, sealed)
		if err != nil {
			return
		}
		at := time.Unix(86400, 0)
		scored, err := c.Score(Task{At: at, History: []Watch{{Movie: 3, At: at}, {Movie: 7, At: time.Unix(0, 0), Rating: 2}}})
		if err != nil {
			t.Error(err)
		}
		for _, candidate := range scored.Candidates {
			if _, ok := catalog.Place(candidate.Movie); !ok {
				t.Errorf("ranks film %d, which there is not", candidate.Movie)
			}
		}
	})
}
