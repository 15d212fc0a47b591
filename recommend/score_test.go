package recommend

import (
	"testing"
	"time"
)

// BenchmarkScore scores one criterion for one person at 60,000 films, with a history of 100.
func BenchmarkScore(b *testing.B) {
	data := Generate(World{Seed: 1, Films: 60_000, People: 8_000, Ratings: 1_000_000})
	catalog, err := NewCatalog(data)
	if err != nil {
		b.Fatal(err)
	}
	kinds := registry()
	parts, err := fit(newTrainSet(data, catalog, &Options{}), make([]int, len(kinds)), "fit")
	if err != nil {
		b.Fatal(err)
	}
	task := Task{At: time.Unix(catalog.latest, 0)}
	for _, r := range data.Ratings[:100] {
		task.History = append(task.History, Watch{Movie: r.Movie, At: time.Unix(r.At, 0), Rating: r.Rating})
	}
	for i, k := range kinds {
		c, err := k.open(catalog, parts[i])
		if err != nil {
			b.Fatal(err)
		}
		b.Run(k.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.Score(task); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
