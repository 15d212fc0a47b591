package grouplens_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"webflix/db/grouplens"
)

func TestDisplayTitle(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		raw, title string
		year       int
	}{
		{"Toy Story (1995)", "Toy Story", 1995},
		{"Matrix, The (1999)", "The Matrix", 1999},
		{"Fish Called Wanda, A (1988)", "A Fish Called Wanda", 1988},
		{"Unforgettable Summer, An (Un été inoubliable) (1994)", "An Unforgettable Summer", 1994},
		{"Misérables, Les (1995)", "Les Misérables", 1995},
		{"Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960},
		{"Boot, Das (Boat, The) (1981)", "Das Boot", 1981},
		{"Untergang, Der (2004)", "Der Untergang", 2004},
		{"Blechtrommel, Die (1979)", "Die Blechtrommel", 1979},
		{"Mariachi, El (1992)", "El Mariachi", 1992},
		{"Postino, Il (1994)", "Il Postino", 1994},
		{"Dolce Vita, La (1960)", "La Dolce Vita", 1960},
		{"Samouraï, Le (1967)", "Le Samouraï", 1967},
		{"City of Lost Children, The (Cité des enfants perdus, La) (1995)", "The City of Lost Children", 1995},
		{"Seven (a.k.a. Se7en) (1995)", "Seven", 1995},
		{"Shanghai Triad (Yao a yao yao dao waipo qiao) (1995)", "Shanghai Triad", 1995},
		{"Supercop (Police Story 3: Supercop) (Jing cha gu shi III: Chao ji jing cha) (1992)", "Supercop", 1992},
		{"Shogun (Kozure (Lone Wolf)) (1980)", "Shogun", 1980},
		{"Lord of the Rings: The Return of the King, The (2003)", "The Lord of the Rings: The Return of the King", 2003},
		{"Good, the Bad and the Ugly, The (Buono, il brutto, il cattivo, Il) (1966)", "The Good, the Bad and the Ugly", 1966},
		{"Cook the Thief His Wife & Her Lover, The (1989)", "The Cook the Thief His Wife & Her Lover", 1989},
		{"I, Robot (2004)", "I, Robot", 2004},
		{"Bye Bye, Love (1995)", "Bye Bye, Love", 1995},
		{"Wonderful, Horrible Life of Leni Riefenstahl, The (1993)", "The Wonderful, Horrible Life of Leni Riefenstahl", 1993},
		{`"Great Performances" Cats (1998)`, `"Great Performances" Cats`, 1998},
		{"(500) Days of Summer (2009)", "(500) Days of Summer", 2009},
		{"Birdman: Or (The Unexpected Virtue of Ignorance) (2014)", "Birdman: Or (The Unexpected Virtue of Ignorance)", 2014},
		{"Evangelion: 3.0 You Can (Not) Redo (2012)", "Evangelion: 3.0 You Can (Not) Redo", 2012},
		{"Frontière(s) (2007)", "Frontière(s)", 2007},
		{"1984 (Nineteen Eighty-Four) (1984)", "1984", 1984},
		{"2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968},
		{"1-900 (06) (1994)", "1-900", 1994},
		{"Assembly (Ji jie hao) (2007) ", "Assembly", 2007},
		{"Babylon 5", "Babylon 5", 0},
		{"The OA", "The OA", 0},
		{"Death Note: Desu nôto (2006–2007)", "Death Note: Desu nôto", 2006},
		{"Fawlty Towers (1975-1979)", "Fawlty Towers", 1975},
		{"Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007},
		{"Dark Portals: The Chronicles of Vidocq  (Vidocq) (2001)", "Dark Portals: The Chronicles of Vidocq", 2001},
		{"(1999)", "(1999)", 0},
		{"Room (9999)", "Room", 0},
		{"Half (open (2001)", "Half (open", 2001},
		{" ", "", 0},
		{"", "", 0},
	} {
		title, year := grouplens.DisplayTitle(test.raw)
		if title != test.title || year != test.year {
			t.Errorf("DisplayTitle(%q) = %q, %d; want %q, %d", test.raw, title, year, test.title, test.year)
		}
	}
}

func FuzzDisplayTitle(f *testing.F) {
	for _, seed := range []string{"Matrix, The (1999)", "Seven (a.k.a. Se7en) (1995)", "(", ")", "()", ", The", "A (", "((1999)) (1999-)", "L', L'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		title, year := grouplens.DisplayTitle(raw)
		if year != 0 && (year < 1870 || year > 2099) {
			t.Errorf("the year of %q is %d", raw, year)
		}
		if title == "" && strings.TrimSpace(raw) != "" {
			t.Errorf("%q has no title left", raw)
		}
		if utf8.ValidString(raw) && !utf8.ValidString(title) {
			t.Errorf("the title %q of %q is not UTF-8", title, raw)
		}
		if len(title) > len(raw)+1 {
			t.Errorf("the title %q of %q is longer", title, raw)
		}
	})
}
