package recommend

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Measure is a metric's mean over people with its 95 % bootstrap confidence interval.
type Measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// metricNames lists what is measured of each person's list, in the order of a listMetrics.
func metricNames() []string {
	return []string{"ndcg", "recall", "precision", "map", "mrr", "hits", "novelty", "diversity"}
}

// listMetrics are a list's figures in the order of metricNames.
type listMetrics [8]float64

// judge measures a list of which the first k films count against the films held back: nDCG with the ideal list cut at k,
// recall, precision, average precision over the held-back films, reciprocal rank of the first hit, whether there is a hit, mean
// self-information of the films, and mean share of genres that two films do not have in common.
func judge(list []int32, held map[int32]bool, k int, catalog *Catalog) listMetrics {
	list = list[:min(k, len(list))]
	var m listMetrics
	var gain, ideal, precisions float64
	hits := 0
	for i, movie := range list {
		if !held[movie] {
			continue
		}
		hits++
		gain += 1 / math.Log2(float64(i)+2)
		precisions += float64(hits) / float64(i+1)
		if hits == 1 {
			m[4], m[5] = 1/float64(i+1), 1
		}
	}
	for i := range min(k, len(held)) {
		ideal += 1 / math.Log2(float64(i)+2)
	}
	m[0], m[1], m[2] = gain/ideal, float64(hits)/float64(len(held)), float64(hits)/float64(k)
	m[3] = precisions / float64(len(held))
	m[6], m[7] = novelty(list, catalog), variety(list, catalog)
	return m
}

func novelty(list []int32, c *Catalog) float64 {
	var sum float64
	for _, movie := range list {
		liked := 0.0
		if place, ok := c.Place(movie); ok {
			liked = float64(c.liked[place])
		}
		sum -= math.Log2((liked + 1) / float64(c.people+1))
	}
	return sum / math.Max(float64(len(list)), 1)
}

func variety(list []int32, c *Catalog) float64 {
	var sum float64
	pairs := 0
	for i, a := range list {
		for _, b := range list[:i] {
			sum += 1 - c.alike(a, b)
			pairs++
		}
	}
	return sum / math.Max(float64(pairs), 1)
}

// bootstrap draws people with replacement, always the same ones for a seed and a number of people.
type bootstrap [][]uint16 // for each draw, how often each person is in it

const bootstrapDraws = 400

func newBootstrap(people int, seed uint64) bootstrap {
	random := rand.New(rand.NewPCG(seed, 3))
	draws := make(bootstrap, bootstrapDraws)
	for d := range draws {
		draws[d] = make([]uint16, people)
		for range people {
			draws[d][random.IntN(people)]++
		}
	}
	return draws
}

// measures returns the mean and interval of each metric over people.
func (b bootstrap) measures(people []listMetrics) []Measure {
	names := metricNames()
	out := make([]Measure, len(names))
	for i, name := range names {
		var sum float64
		for p := range people {
			sum += people[p][i]
		}
		means := make([]float64, len(b))
		for d, times := range b {
			for p, n := range times {
				means[d] += float64(n) * people[p][i]
			}
			means[d] /= float64(len(people))
		}
		slices.Sort(means)
		out[i] = Measure{
			Name: name, Value: sum / float64(len(people)),
			Low: means[len(means)*25/1000], High: means[len(means)*975/1000],
		}
	}
	return out
}

// shown counts the films in any list.
func shown(lists [][]int32, k, films int) float64 {
	seen := make(map[int32]bool, films)
	for _, list := range lists {
		for _, movie := range list[:min(k, len(list))] {
			seen[movie] = true
		}
	}
	return float64(len(seen))
}
