package demo_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"webflix/db/demo"
	"webflix/recommend"
)

func now() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

func TestCatalogue(t *testing.T) {
	t.Parallel()
	d, err := demo.New(now())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Movies) < 650 {
		t.Errorf("there are %d films, want 650 or more", len(d.Movies))
	}
	genres := map[string]int{
		"Action": 0, "Adventure": 0, "Animation": 0, "Children": 0, "Comedy": 0, "Crime": 0, "Documentary": 0, "Drama": 0,
		"Fantasy": 0, "Film-Noir": 0, "Horror": 0, "Musical": 0, "Mystery": 0, "Romance": 0, "Sci-Fi": 0, "Thriller": 0,
		"War": 0, "Western": 0,
	}
	decades := map[int]int{}
	seen := map[string]bool{}
	for i, m := range d.Movies {
		// A film's number is for ever: lines are added to the end of the file, and none is taken out.
		if m.ID != int32(demo.FirstID+i) {
			t.Errorf("%q has the number %d, want %d", m.Title, m.ID, demo.FirstID+i)
		}
		if key := strings.ToLower(fmt.Sprint(m.Title, m.Year)); seen[key] {
			t.Errorf("%q of %d is there twice", m.Title, m.Year)
		} else {
			seen[key] = true
		}
		if m.Title != strings.Join(strings.Fields(m.Title), " ") || m.Title == "" || strings.HasSuffix(m.Title, ", The") {
			t.Errorf("%q is no display title", m.Title)
		}
		if m.Year < 1920 || m.Year > 2025 {
			t.Errorf("%q is of %d", m.Title, m.Year)
		}
		decades[m.Year/10*10]++
		if n := len(m.Genres); n < 1 || n > 4 || !slices.IsSorted(m.Genres) || len(slices.Compact(slices.Clone(m.Genres))) != n {
			t.Errorf("%q has the genres %v, want one to four, sorted", m.Title, m.Genres)
		}
		for _, g := range m.Genres {
			if _, known := genres[g]; !known {
				t.Errorf("%q has the genre %q", m.Title, g)
			}
			genres[g]++
		}
	}
	for g, n := range genres {
		if n < 15 {
			t.Errorf("%d films are of genre %s, want 15 or more", n, g)
		}
	}
	for decade := 1920; decade <= 2020; decade += 10 {
		if decades[decade] < 10 {
			t.Errorf("%d films are of the %ds, want 10 or more", decades[decade], decade)
		}
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	d, err := demo.New(now())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Users) < 400 {
		t.Errorf("there are %d people, want 400 or more", len(d.Users))
	}
	names := map[string]bool{}
	for i, u := range d.Users {
		if u.ID != int64(demo.FirstID+i) || names[u.Name] || !strings.Contains(u.Name, " ") || !unicode.IsUpper([]rune(u.Name)[0]) {
			t.Errorf("person %d is %+v", i, u)
		}
		names[u.Name] = true
	}
	years := map[int32]int{}
	for _, m := range d.Movies {
		years[m.ID] = m.Year
	}
	watches := map[int64]int{}
	seen := map[[2]int64]bool{}
	var last recommend.Rating
	for _, w := range d.Watches {
		watches[w.User]++
		at := time.Unix(w.At, 0).UTC()
		if at.After(now()) || at.Before(now().AddDate(-3, 0, -2)) || at.Year() < years[w.Movie] {
			t.Errorf("user %d saw film %d of %d at %v", w.User, w.Movie, years[w.Movie], at)
		}
		if w.User == last.User && w.At <= last.At {
			t.Errorf("user %d saw film %d before or together with film %d", w.User, w.Movie, last.Movie)
		}
		if r := 2 * w.Rating; r < 0 || r > 10 || r != float32(int(r)) {
			t.Errorf("user %d rated film %d with %v", w.User, w.Movie, w.Rating)
		}
		key := [2]int64{w.User, int64(w.Movie)}
		if seen[key] {
			t.Errorf("user %d saw film %d twice", w.User, w.Movie)
		}
		seen[key], last = true, w
	}
	for _, u := range d.Users {
		if n := watches[u.ID]; n < 20 || n > 150 {
			t.Errorf("%s saw %d films, want 20 to 150", u.Name, n)
		}
	}
}

func TestSameNowGivesTheSame(t *testing.T) {
	t.Parallel()
	one, err := demo.New(now())
	if err != nil {
		t.Fatal(err)
	}
	two, err := demo.New(now())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("the same now gives two different demos")
	}
}

// What people alike watch must say more about what a person watches next than what everybody watches does: else no
// recommendation could be plausible.
func TestHistoriesFollowTastes(t *testing.T) {
	t.Parallel()
	d, err := demo.New(now())
	if err != nil {
		t.Fatal(err)
	}
	const last, list = 10, 10
	known, held := make([]map[int32]bool, len(d.Users)), make([]map[int32]bool, len(d.Users))
	popular := map[int32]float64{}
	for i, u := range d.Users {
		known[i], held[i] = map[int32]bool{}, map[int32]bool{}
		var films []int32
		for _, w := range d.Watches {
			if w.User == u.ID {
				films = append(films, w.Movie)
			}
		}
		for j, f := range films {
			if j < len(films)-last {
				known[i][f] = true
				popular[f]++
			} else {
				held[i][f] = true
			}
		}
	}
	var alike, everybody int
	for i := range d.Users {
		neighbours := map[int32]float64{}
		for j := range d.Users {
			common := 0.0
			for f := range known[i] {
				if known[j][f] {
					common++
				}
			}
			closeness := common * common / float64(len(known[i])*len(known[j]))
			for f := range known[j] {
				neighbours[f] += closeness * closeness
			}
		}
		alike += hits(neighbours, known[i], held[i], list)
		everybody += hits(popular, known[i], held[i], list)
	}
	t.Logf("of %d films, the neighbours tell %d and popularity tells %d", last*len(d.Users), alike, everybody)
	if alike < 3*everybody {
		t.Errorf("of %d films, the neighbours tell %d and popularity tells %d", last*len(d.Users), alike, everybody)
	}
}

// hits counts how many of the best films that are not known are among the held ones.
func hits(score map[int32]float64, known, held map[int32]bool, list int) (hits int) {
	var films []int32
	for f := range score {
		if !known[f] {
			films = append(films, f)
		}
	}
	slices.SortFunc(films, func(a, b int32) int { return cmp.Or(cmp.Compare(score[b], score[a]), cmp.Compare(a, b)) })
	for _, f := range films[:min(list, len(films))] {
		if held[f] {
			hits++
		}
	}
	return hits
}
