package demo

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"webflix/recommend"
)

// Bounds of a history.
const (
	fewest = 20  // evenings
	most   = 150 // films
	years  = 3
)

// generator makes histories. It is deterministic: a person's depends on the person's number, the films and now.
type generator struct {
	films  []film
	tastes []taste
	next   map[int]int // a film and the next part of its series
	before map[int]int // a film and the part of its series before it
	talk   []float64   // running sums over the films of how much everybody talks about them
	now    time.Time
}

func newGenerator(films []film, now time.Time) (*generator, error) {
	all, err := tastes(films)
	if err != nil {
		return nil, err
	}
	g := &generator{films: films, tastes: all, next: map[int]int{}, before: map[int]int{}, now: now}
	series := map[string][]int{}
	for i := range films {
		talk := fame(&films[i])
		if films[i].fame < 4 {
			talk /= 4
		}
		g.talk = append(g.talk, talk)
		if s := films[i].series; s != "" {
			series[s] = append(series[s], i)
		}
	}
	g.talk = sums(g.talk)
	for _, parts := range series {
		slices.SortStableFunc(parts, func(a, b int) int { return cmp.Compare(films[a].Year, films[b].Year) })
		for i := range len(parts) - 1 {
			g.next[parts[i]], g.before[parts[i+1]] = parts[i+1], parts[i]
		}
	}
	return g, nil
}

// fame returns how often a film is watched, compared with others of its kind.
func fame(f *film) float64 { return math.Pow(1.9, float64(f.fame)) }

// person is who a history is made for.
type person struct {
	*rand.Rand

	tastes  []*taste    // one to three, the strongest first
	share   []float64   // how much of the history each makes up
	draw    [][]float64 // for each taste, running sums over the films of how much they draw on an evening of that taste
	hearsay float64     // how often a film is watched only because everybody does
	mood    float64     // how much higher or lower than others they rate
	lazy    float64     // how often they do not rate
	charm   []float64   // for each film, what nobody can explain
	seen    []bool
}

func (g *generator) person(user int64) *person {
	p := &person{
		Rand:  rand.New(rand.NewPCG(seed, uint64(user))),
		charm: make([]float64, len(g.films)), seen: make([]bool, len(g.films)),
	}
	for i := range p.charm {
		p.charm[i] = math.Exp(.5 * p.NormFloat64())
	}
	n := 1 + p.weighted([]float64{.25, .5, .25})
	shares := make([]float64, len(g.tastes))
	for i := range g.tastes {
		shares[i] = g.tastes[i].share
	}
	for i := range n {
		t := p.weighted(shares)
		shares[t] = 0
		p.tastes = append(p.tastes, &g.tastes[t])
		p.share = append(p.share, 1/float64(i+1))
		draw := make([]float64, len(g.films))
		for f, fit := range g.tastes[t].weight {
			draw[f] = fit * fit * fame(&g.films[f]) * p.charm[f]
		}
		p.draw = append(p.draw, sums(draw))
	}
	p.hearsay = .06 + .12*p.Float64()
	p.mood = .25 * p.NormFloat64()
	p.lazy = .4 * p.Float64()
	return p
}

// weighted returns an index, each as often as its weight says, or -1 when all are 0.
func (p *person) weighted(weights []float64) int {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := p.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 && w > 0 {
			return i
		}
	}
	return -1
}

// history makes a person and what they watched: evenings of one to three films of one taste, over the last years.
func (g *generator) history(user int64) []recommend.Rating {
	p := g.person(user)
	var watches []recommend.Rating
	last := -1
	for _, at := range g.evenings(p) {
		theme := p.weighted(p.share)
		for range 1 + p.weighted([]float64{.55, .33, .12}) {
			pick := g.pick(p, theme, last, at.Year())
			if pick < 0 || len(watches) == most || at.After(g.now) {
				break
			}
			p.seen[pick] = true
			watches = append(watches, recommend.Rating{
				User: user, Movie: g.films[pick].ID, Rating: g.rate(p, pick), At: at.Unix(),
			})
			last = pick
			at = at.Add(time.Duration(95+p.IntN(60)) * time.Minute)
		}
	}
	return watches
}

// evenings returns when a person sat down to watch, the oldest first, never twice on a day. Some people joined long ago,
// some not.
func (g *generator) evenings(p *person) []time.Time {
	n := int(min(most, max(fewest, 40*math.Exp(.55*p.NormFloat64()))))
	days := max(n+n/2, 60+p.IntN(365*years-60))
	start := g.now.Add(-24 * time.Hour).UTC()
	evenings := make([]time.Time, n)
	for i, ago := range p.Perm(days)[:n] {
		evenings[i] = time.Date(start.Year(), start.Month(), start.Day()-ago, 17, p.IntN(6*60), p.IntN(60), 0, time.UTC)
	}
	slices.SortFunc(evenings, time.Time.Compare)
	return evenings
}

// pick chooses a film that the person has not seen: the next part of a series, one that everybody talks about, or one to
// the evening's taste. It returns -1 when hardly anything is left.
func (g *generator) pick(p *person, theme, last, year int) int {
	if next, ok := g.next[last]; ok && !p.seen[next] && g.films[next].Year <= year && p.Float64() < .6 {
		return next
	}
	draw := p.draw[theme]
	if p.Float64() < p.hearsay {
		draw = g.talk
	}
	for range 1000 {
		at, _ := slices.BinarySearch(draw, p.Float64()*draw[len(draw)-1])
		if !p.seen[at] && g.films[at].Year <= year {
			return g.inOrder(p, at)
		}
	}
	return -1
}

// sums turns weights into their running sums, by which one is drawn.
func sums(weights []float64) []float64 {
	for i := range weights[1:] {
		weights[i+1] += weights[i]
	}
	return weights
}

// inOrder returns the first part of the film's series that the person has not seen, mostly: few start with the third.
func (g *generator) inOrder(p *person, film int) int {
	first := film
	for {
		before, ok := g.before[first]
		if !ok || p.seen[before] {
			break
		}
		first = before
	}
	if p.Float64() < .15 {
		return film
	}
	return first
}

// rate returns how the person likes the film in half stars, 0 when they do not say: better the closer to their tastes it is,
// and the more famous.
func (g *generator) rate(p *person, film int) float32 {
	var fit float64
	for _, t := range p.tastes {
		fit = max(fit, t.weight[film])
	}
	stars := 2.7 + 1.3*fit + .2*float64(g.films[film].fame-3) + .25*math.Log(p.charm[film]) + p.mood + .45*p.NormFloat64()
	if p.Float64() < p.lazy {
		return 0
	}
	return float32(min(5, max(.5, math.Round(2*stars)/2)))
}
