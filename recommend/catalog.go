package recommend

import (
	"fmt"
	"slices"
)

// MaxGenres is how many genres a catalogue can tell apart: a film's genres are one word of bits.
const MaxGenres = 64

// Catalog is the films that a model knows, each with a place: 0 to Len()-1, in the order of their ids. A criterion keeps its
// figures by place. A Catalog never changes.
type Catalog struct {
	ids    []int32
	titles []string
	years  []uint16
	genres []uint64 // bit g: the film is of genre names[g]
	names  []string // genres, sorted
	liked  []int32  // people who liked the film
	rating []float32
	people int
	latest int64 // time of the newest watch in the data, Unix seconds
	places places
}

const catalogPart, catalogVersion = "catalog", 1

// NewCatalog makes the catalogue of a data set. Films that are watched and not listed are added, without title and genres.
func NewCatalog(data *Dataset) (*Catalog, error) {
	movies := make(map[int32]Movie, len(data.Movies))
	for _, m := range data.Movies {
		movies[m.ID] = m
	}
	for _, r := range data.Ratings {
		if _, ok := movies[r.Movie]; !ok {
			movies[r.Movie] = Movie{ID: r.Movie}
		}
	}
	c := &Catalog{ids: make([]int32, 0, len(movies))}
	names := map[string]int{}
	for id, m := range movies {
		c.ids = append(c.ids, id)
		for _, g := range m.Genres {
			names[g] = 0
		}
	}
	slices.Sort(c.ids)
	for name := range names {
		c.names = append(c.names, name)
	}
	slices.Sort(c.names)
	if len(c.names) > MaxGenres {
		return nil, fmt.Errorf("the catalogue has %d genres, more than %d", len(c.names), MaxGenres)
	}
	for g, name := range c.names {
		names[name] = g
	}
	for _, id := range c.ids {
		m := movies[id]
		var mask uint64
		for _, g := range m.Genres {
			mask |= 1 << names[g]
		}
		c.titles = append(c.titles, m.Title)
		c.years = append(c.years, uint16(min(max(m.Year, 0), 65535)))
		c.genres = append(c.genres, mask)
	}
	c.places = newPlaces(c.ids)
	c.count(data.Ratings)
	return c, nil
}

// places finds the place of an id. Ids of films are dense, give or take: then it is a table.
type places struct {
	ids   []int32 // ascending
	table []int32 // the place plus 1 of each id from ids[0]; nil when it would be mostly empty
}

func newPlaces(ids []int32) places {
	p := places{ids: ids}
	if len(ids) == 0 {
		return p
	}
	if span := int64(ids[len(ids)-1]) - int64(ids[0]) + 1; span <= 16*int64(len(ids))+1<<16 {
		p.table = make([]int32, span)
		for place, id := range ids {
			p.table[id-ids[0]] = int32(place) + 1
		}
	}
	return p
}

func (p *places) of(id int32) (int32, bool) {
	if p.table == nil {
		place, ok := slices.BinarySearch(p.ids, id)
		return int32(place), ok
	}
	i := int64(id) - int64(p.ids[0])
	if i < 0 || i >= int64(len(p.table)) {
		return 0, false
	}
	return p.table[i] - 1, p.table[i] > 0
}

func (c *Catalog) count(ratings []Rating) {
	c.liked = make([]int32, len(c.ids))
	c.rating = make([]float32, len(c.ids))
	sum := make([]float64, len(c.ids))
	rated := make([]int, len(c.ids))
	people := map[int64]struct{}{}
	for _, r := range ratings {
		place, _ := c.Place(r.Movie)
		people[r.User] = struct{}{}
		c.latest = max(c.latest, r.At)
		if r.Liked() {
			c.liked[place]++
		}
		if r.Rating > 0 {
			sum[place] += float64(r.Rating)
			rated[place]++
		}
	}
	c.people = len(people)
	for i := range sum {
		if rated[i] > 0 {
			c.rating[i] = float32(sum[i] / float64(rated[i]))
		}
	}
}

// Len returns how many films there are.
func (c *Catalog) Len() int { return len(c.ids) }

// ID returns the id of the film at a place.
func (c *Catalog) ID(place int32) int32 { return c.ids[place] }

// Place returns a film's place; false when the catalogue does not have it.
func (c *Catalog) Place(movie int32) (int32, bool) {
	return c.places.of(movie)
}

// Movie returns the film with this id; false when the catalogue does not have it.
func (c *Catalog) Movie(id int32) (Movie, bool) {
	place, ok := c.Place(id)
	if !ok {
		return Movie{}, false
	}
	m := Movie{ID: id, Title: c.titles[place], Year: int(c.years[place])}
	for g, name := range c.names {
		if c.genres[place]&(1<<g) != 0 {
			m.Genres = append(m.Genres, name)
		}
	}
	return m, true
}

// Title returns a film's title, "" when it is not known. It is a Titles for Explain.
func (c *Catalog) Title(movie int32) string {
	if place, ok := c.Place(movie); ok {
		return c.titles[place]
	}
	return ""
}

// Encode returns the catalogue as a model's part.
func (c *Catalog) Encode() []byte {
	w := newPart(catalogPart, catalogVersion)
	w.int32s(c.ids)
	w.texts(c.titles)
	w.uint16s(c.years)
	w.uint64s(c.genres)
	w.texts(c.names)
	w.int32s(c.liked)
	w.float32s(c.rating)
	w.int64(int64(c.people))
	w.int64(c.latest)
	return w.seal()
}

// OpenCatalog reads what Encode wrote.
func OpenCatalog(part []byte) (*Catalog, error) {
	r, err := openPart(part, catalogPart, catalogVersion)
	if err != nil {
		return nil, err
	}
	c := &Catalog{
		ids: r.int32s(), titles: r.texts(), years: r.uint16s(), genres: r.uint64s(), names: r.texts(),
		liked: r.int32s(), rating: r.float32s(), people: int(r.int64()), latest: r.int64(),
	}
	n := len(c.ids)
	r.want(len(c.titles) == n && len(c.years) == n && len(c.genres) == n && len(c.names) <= MaxGenres &&
		len(c.liked) == n && len(c.rating) == n)
	for i := 1; i < n; i++ {
		r.want(c.ids[i-1] < c.ids[i]) // what looks ids up relies on it
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	c.places = newPlaces(c.ids)
	return c, nil
}
