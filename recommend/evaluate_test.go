package recommend

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// Floors of nDCG@10 on the fixed data set: each criterion alone, and the blend, which must be as good as the best of them.
func TestQualityDoesNotFall(t *testing.T) {
	t.Parallel()
	w := trained(t)
	report, err := EvaluateModel(w.model, w.train, w.test, Trial{Ablation: true, Options: Options{Seed: 1}})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := report.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	floors := map[string]float64{
		"blend": 0.27, "history alone": 0.25, "sittings alone": 0.2, "next alone": 0.185, "later alone": 0.1, "community alone": 0.16,
		"genres alone": 0.1, "era alone": 0.015, "popularity alone": 0.15,
	}
	best := 0.0
	for i := range report.Lines {
		line := &report.Lines[i]
		if strings.HasSuffix(line.Name, " alone") {
			best = max(best, line.Value("ndcg"))
		}
		if line.Value("ndcg") < floors[line.Name] {
			t.Errorf("%s: nDCG %.4f, below %.4f", line.Name, line.Value("ndcg"), floors[line.Name])
		}
	}
	if blend := report.Lines[0].Value("ndcg"); blend < 0.97*best {
		t.Errorf("the blend has nDCG %.4f, the best criterion alone %.4f", blend, best)
	}
	t.Log(table.String())
	var chart bytes.Buffer
	if err := report.WriteSVG(&chart); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(&chart); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the chart is not XML: %v", err)
		}
	}
}

func TestColdStartIsNoWorseThanPopularity(t *testing.T) {
	t.Parallel()
	w := trained(t)
	report, err := EvaluateModel(w.model, w.train, w.test, Trial{ColdStart: []int{0, 1, 3, 5, 10}, Options: Options{Seed: 1}})
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) float64 {
		i := slices.IndexFunc(report.Lines, func(l Line) bool { return l.Name == name })
		if i < 0 {
			t.Fatalf("no line %q", name)
		}
		return report.Lines[i].Value("ndcg")
	}
	for _, films := range []string{", 0 films", ", 1 films", ", 3 films", ", 5 films", ", 10 films"} {
		if blend, popular := value("blend"+films), value("popularity"+films); blend < 0.99*popular {
			t.Errorf("blend%s has nDCG %.4f, popularity %.4f", films, blend, popular)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	w := trained(t)
	catalog, err := w.model.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	m := judge([]int32{1, 2, 3, 4}, map[int32]bool{2: true, 4: true, 9: true}, 4, catalog)
	ideal := 1 + 1/math.Log2(3) + 0.5
	want := []float64{(1/math.Log2(3) + 1/math.Log2(5)) / ideal, 2.0 / 3, 0.5, (0.5 + 0.5) / 3, 0.5, 1}
	for i := range want {
		if math.Abs(m[i]-want[i]) > 1e-12 {
			t.Errorf("%s is %v, want %v", metricNames()[i], m[i], want[i])
		}
	}
}

func TestSplitsKeepEveryRatingAndTheOrderOfTime(t *testing.T) {
	t.Parallel()
	data := Generate(World{Seed: 5, Films: 60, People: 40, Ratings: 1_000})
	for _, text := range []string{"random:0.8", "time:0.8", "last:0.2"} {
		split, err := ParseSplit(text)
		if err != nil || split.String() != text {
			t.Fatalf("%s reads as %v, error %v", text, split, err)
		}
		train, test := split.Cut(data.Ratings, 1)
		if len(train)+len(test) != len(data.Ratings) || math.Abs(float64(len(test))/float64(len(data.Ratings))-0.2) > 0.05 {
			t.Errorf("%s: %d and %d of %d ratings", text, len(train), len(test), len(data.Ratings))
		}
		newest := map[int64]int64{}
		for _, r := range train {
			user := r.User
			if split.By == "time" {
				user = 0
			}
			newest[user] = max(newest[user], r.At)
		}
		for _, r := range test {
			if split.By == "last" && r.At < newest[r.User] || split.By == "time" && r.At < newest[0] {
				t.Fatalf("%s tests on what is older than what it trains on", text)
			}
		}
	}
	for _, text := range []string{"", "last", "random:1", "random:0", "last:x", "first:0.2", "time:NaN"} {
		if _, err := ParseSplit(text); err == nil {
			t.Errorf("%q was taken for a split", text)
		}
	}
}

func TestReadInteractions(t *testing.T) {
	t.Parallel()
	d, err := ReadInteractions(strings.NewReader("user\titem\ttime\n1\t10\t100\n2\t10\n\n2\t11\t50.5\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Rating{{User: 1, Movie: 10, At: 100}, {User: 2, Movie: 10}, {User: 2, Movie: 11, At: 50}}
	if !slices.Equal(d.Ratings, want) || len(d.Movies) != 2 {
		t.Errorf("read %v and %d films", d.Ratings, len(d.Movies))
	}
	for _, bad := range []string{"1\t2\n3\n", "1\t2\n1\tx\n", "1\t2\n1\t2\tsoon\n"} {
		if _, err := ReadInteractions(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: error %v, want one that names line 2", bad, err)
		}
	}
}
