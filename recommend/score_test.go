package recommend

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkScore scores one criterion for one person with a history of 100, at 60,000 films, and reports the median. The
// weights are random, as many as training keeps: how long scoring takes does not depend on what was learned.
func BenchmarkScore(b *testing.B) {
	data := Generate(World{Seed: 1, Films: 60_000, People: 2_000, Ratings: 200_000})
	catalog, err := NewCatalog(data)
	if err != nil {
		b.Fatal(err)
	}
	t := newTrainSet(data, catalog, &Options{})
	criteria := map[string]Criterion{
		"history":   &history{catalog: catalog, canvas: newCanvas(catalog), rows: randomRows(mostLiked(t.counts(), 4000), catalog.Len(), 1000)},
		"next":      &history{catalog: catalog, canvas: newCanvas(catalog), rows: randomRows(mostLiked(t.counts(), 60_000), catalog.Len(), nextRow)},
		"community": randomCommunity(catalog),
	}
	popular, err := trainPopularity(t, 0)
	if err != nil {
		b.Fatal(err)
	}
	for name, part := range map[string][]byte{"genres": nil, "era": nil, "popularity": popular} {
		if criteria[name], err = OpenCriterion(name, catalog, part); err != nil {
			b.Fatal(err)
		}
	}
	task := Task{At: time.Unix(catalog.latest, 0)}
	for _, r := range data.Ratings[:100] {
		task.History = append(task.History, Watch{Movie: r.Movie, At: time.Unix(r.At, 0), Rating: 5})
	}
	for name, c := range criteria {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := c.Score(task); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
		})
	}
}

func randomRows(films []int32, columns, row int) sparse {
	random := rand.New(rand.NewPCG(1, 1))
	rows := newSparse(columns, row)
	for _, f := range films {
		var others []int32
		for range min(row, len(films)) {
			others = append(others, films[random.IntN(len(films))])
		}
		slices.Sort(others)
		weights := make([]float32, len(others))
		for i := range weights {
			weights[i] = random.Float32()
		}
		rows.set(int(f), others, weights)
	}
	return rows.sparse()
}

func randomCommunity(catalog *Catalog) *community {
	random := rand.New(rand.NewPCG(1, 2))
	c := &community{catalog: catalog, canvas: newCanvas(catalog), factors: make(factors, catalog.Len()*communitySize), unseen: 300}
	for i := range c.factors {
		c.factors[i] = float32(random.NormFloat64()) / 10
	}
	c.gram = c.factors.gram(0.01, 0)
	return c
}
