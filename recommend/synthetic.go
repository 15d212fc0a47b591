package recommend

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// World says what data Generate invents.
type World struct {
	Seed    uint64
	Films   int
	People  int
	Ratings int     // about so many
	Days    int     // over which people watch; 0: 1,000
	Tail    float64 // natural logarithm of how much more famous the most famous film is than the least; 0: 5
}

// Generate invents a data set with a realistic long tail: few films are watched by many and most by few, few people watch very
// much. A film's fame falls with the exponential of a root of its rank; with a Tail of 5 the shares of the most watched films come near
// those of MovieLens 1M; 12 is meant for tens of thousands of films, where many have been watched by a few people only. Films and people have tastes in a few dimensions, of which genres
// are a visible part; films appear over time; people watch in sittings and rate what they like higher. The same World gives the
// same data.
func Generate(w World) *Dataset {
	if w.Days == 0 {
		w.Days = 1000
	}
	if w.Tail == 0 {
		w.Tail = 5
	}
	random := rand.New(rand.NewPCG(w.Seed, 0))
	shelf := stock(w, random)
	d := &Dataset{Movies: shelf.movies, Ratings: make([]Rating, 0, w.Ratings+w.Ratings/8)}
	mean := float64(w.Ratings) / float64(w.People)
	for u := range w.People {
		n := int(mean * math.Exp(random.NormFloat64()*1.1-0.605)) // log-normal with this mean
		shelf.watch(d, int64(u)+1, min(max(n, 3), w.Films/2), random)
	}
	return d
}

const tastes = 12 // dimensions of taste, each with a genre

// shelf is an invented catalogue while people choose from it.
type shelf struct {
	movies  []Movie
	taste   [][]int     // by dimension of taste, its films, the most famous first
	fame    [][]float64 // of the films of each taste, summed up so far
	quality []float64
	born    []int64 // seconds
	days    int
}

func stock(w World, random *rand.Rand) *shelf {
	names := []string{
		"Action", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "Horror", "Mystery", "Romance", "Science Fiction", "Western",
	}
	s := &shelf{taste: make([][]int, tastes), fame: make([][]float64, tastes), days: w.Days}
	for f := range w.Films {
		main := int(math.Abs(random.NormFloat64())*tastes/3) % tastes
		m := Movie{ID: int32(f) + 1, Title: fmt.Sprintf("Film %d", f+1), Year: 1950 + random.IntN(60), Genres: []string{names[main]}}
		if second := random.IntN(tastes); second != main {
			m.Genres = append(m.Genres, names[second])
			s.taste[second] = append(s.taste[second], f)
		}
		slices.Sort(m.Genres)
		s.taste[main] = append(s.taste[main], f)
		s.movies = append(s.movies, m)
		s.quality = append(s.quality, random.NormFloat64()*0.5)
		born := int64(0)
		if random.Float64() < 0.3 {
			born = random.Int64N(int64(w.Days) * 86400)
		}
		s.born = append(s.born, born)
	}
	rank := random.Perm(w.Films)
	for t, films := range s.taste {
		slices.SortFunc(films, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
		sum := 0.0
		for i := range films {
			sum += math.Exp(-w.Tail * math.Pow((float64(i)+0.5)/float64(len(films)), 0.4))
			s.fame[t] = append(s.fame[t], sum)
		}
	}
	return s
}

// choose draws a film of a taste; false when it has none.
func (s *shelf) choose(taste int, random *rand.Rand) (int, bool) {
	fame := s.fame[taste]
	if len(fame) == 0 {
		return 0, false
	}
	i, _ := slices.BinarySearch(fame, random.Float64()*fame[len(fame)-1])
	return s.taste[taste][min(i, len(fame)-1)], true
}

// watch adds a person's history: a few tastes, sittings of a dozen films, more of the famous ones.
func (s *shelf) watch(d *Dataset, user int64, n int, random *rand.Rand) {
	likes := [3]int{random.IntN(tastes), random.IntN(tastes), random.IntN(tastes)}
	end := int64(s.days) * 86400
	at := random.Int64N(end * 9 / 10)
	seen := make(map[int]bool, n)
	for len(seen) < n {
		if random.IntN(12) == 0 {
			at += random.Int64N(max(min(20*86400, (end-at)/10), 1)) // nearer and nearer as the end comes
		}
		at += 20 + random.Int64N(90)
		taste, fond := random.IntN(tastes), random.Float64() < 0.8
		if fond {
			taste = likes[min(random.IntN(3), random.IntN(3))]
		}
		f, ok := s.choose(taste, random)
		if !ok || seen[f] || s.born[f] > at {
			if random.IntN(8) == 0 {
				n-- // everything they fancy is seen
			}
			continue
		}
		seen[f] = true
		stars := 3.3 + s.quality[f] + random.NormFloat64()*0.8
		if fond {
			stars += 0.6
		}
		d.Ratings = append(d.Ratings, Rating{
			User: user, Movie: s.movies[f].ID, At: at, Rating: float32(min(max(math.Round(2*stars)/2, 0.5), 5)),
		})
	}
}
