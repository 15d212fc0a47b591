package recommend

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkScore scores one criterion for one person with a history of 100, among 4,000 and 60,000 films. The weights are
// random, as many as training keeps: how long scoring takes does not depend on what was learned.
func BenchmarkScore(b *testing.B) {
	for _, films := range []int{4_000, 60_000} {
		data := Generate(World{Seed: 1, Films: films, People: 2_000, Ratings: 200_000})
		catalog, err := NewCatalog(data)
		if err != nil {
			b.Fatal(err)
		}
		criteria := unlearned(b, data, catalog)
		task := Task{At: time.Unix(catalog.latest, 0)}
		head := mostLiked(newTrainSet(data, catalog, &Options{}).counts(), 4000)
		for i := range 100 {
			task.History = append(task.History, Watch{Movie: catalog.ids[head[i*len(head)/100]], At: time.Unix(catalog.latest, 0)})
		}
		for _, name := range slices.Sorted(maps.Keys(criteria)) {
			b.Run(fmt.Sprintf("%s/films=%d", name, films), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := criteria[name].Score(task); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// unlearned returns criteria with random weights. Sittings, which score like history, are left out.
func unlearned(b *testing.B, data *Dataset, catalog *Catalog) map[string]Criterion {
	t := newTrainSet(data, catalog, &Options{})
	criteria := map[string]Criterion{
		"history":   &history{catalog: catalog, canvas: newCanvas(catalog), rows: randomRows(mostLiked(t.counts(), 4000), catalog.Len(), 600)},
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
	return criteria
}

func randomRows(films []int32, columns, row int) sparse {
	random := rand.New(rand.NewPCG(1, 1))
	rows := newSparse(columns, row)
	for _, f := range films {
		var others []int32
		for at := random.IntN(1 + len(films)/row); at < len(films) && len(others) < row; at += 1 + random.IntN(max(2*len(films)/row-1, 1)) {
			others = append(others, films[at])
		}
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
	films := make(factors, catalog.Len()*communitySize)
	for i := range films {
		films[i] = float32(random.NormFloat64()) / 10
	}
	return newCommunity(catalog, films, 0.01)
}
