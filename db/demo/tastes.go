package demo

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// taste is a kind of film that people like.
type taste struct {
	name   string
	share  float64 // how common it is
	from   int     // years of its heyday, 0 for any
	to     int
	likes  map[string]float64 // tags, 1 for what it is all about
	weight []float64          // for each film, how well it fits: 0 to 1
}

// tastes returns every taste there is, fitted to the films. Each is written as its share, heyday and liked tags.
func tastes(films []film) ([]taste, error) {
	all := []taste{
		{name: "space adventures", share: 3, from: 1977, likes: like("space 1, super .45, quest .45, time .3, robots .35, wonder .3")},
		{name: "thoughtful science fiction", share: 2, likes: like("wonder 1, robots .8, time .5, mind .5, aliens .25")},
		{name: "creatures from elsewhere", share: 1.5, likes: like("aliens 1, action .4, universal .25, disaster .3, treasure .3")},
		{name: "superheroes", share: 3, from: 1998, likes: like("super 1, action .4, space .35, quest .2")},
		{name: "eighties action", share: 2.5, from: 1980, to: 2000, likes: like("action 1, spy .35, kungfu .25, heist .2")},
		{name: "spies", share: 1.5, likes: like("spy 1, hitchcock .3, politics .35, heist .35, action .3")},
		{name: "clever heists", share: 1.5, likes: like("heist 1, cool .5, gangster .4, neonoir .35")},
		{name: "talkative crooks", share: 2, from: 1991, likes: like("cool 1, gangster .45, neonoir .4, dark .45, western .15, kungfu .2")},
		{name: "the mob", share: 2, likes: like("gangster 1, prison .4, seventies .35, heist .3, noir .2")},
		{name: "New Hollywood", share: 1.5, from: 1967, to: 1982, likes: like("seventies 1, gangster .3, road .35, politics .35, neonoir .3")},
		{name: "film noir", share: 1.2, from: 1940, to: 1960, likes: like("noir 1, hitchcock .45, golden .3, neonoir .5")},
		{name: "dark thrillers", share: 2.5, from: 1985, likes: like("psycho 1, neonoir .6, mind .45, court .15, korea .3")},
		{name: "puzzles of the mind", share: 2, from: 1990, likes: like("mind 1, psycho .45, time .5, quirky .2, robots .35")},
		{name: "suspense and whodunits", share: 1.2, likes: like("whodunit 1, hitchcock .9, noir .3, golden .15")},
		{name: "courts and newsrooms", share: 1, likes: like("court 1, politics .9, biopic .3, prison .4")},
		{name: "war", share: 1.8, likes: like("ww2 1, war .95, epic .35")},
		{name: "epics", share: 1.2, likes: like("epic 1, war .3, western .3, quest .3, samurai .25, costume .2")},
		{name: "swords and fists", share: 1.2, likes: like("kungfu 1, samurai .9, action .2, hk .25")},
		{name: "westerns", share: 1.2, likes: like("western 1, golden .15, seventies .2, samurai .2")},
		{name: "fantasy", share: 2.5, likes: like("quest 1, treasure .5, kids80 .3, ghibli .3, super .2")},
		{name: "adventure", share: 1.5, likes: like("treasure 1, kids80 .5, quest .35, disaster .4, spy .2")},
		{name: "family animation", share: 3, likes: like("pixar 1, disney .9, feelgood .25, kids80 .2, ghibli .3, xmas .15")},
		{name: "anime", share: 1.8, likes: like("ghibli 1, anime .95, asia .15, pixar .25")},
		{name: "musicals", share: 1.3, likes: like("musical 1, rock .3, disney .35, golden .25, romcom .2")},
		{name: "music", share: 1, likes: like("rock 1, musical .25, docs .15, cool .2")},
		{name: "romantic comedies", share: 3, from: 1987, likes: like("romcom 1, teen .35, tears .4, xmas .3, costume .25, feelgood .25")},
		{name: "tearjerkers", share: 1.8, likes: like("tears 1, costume .45, romcom .5, feelgood .3")},
		{name: "bonnets and manners", share: 1.2, likes: like("costume 1, tears .4, golden .2, biopic .3")},
		{name: "coming of age", share: 1.5, from: 1980, likes: like("teen 1, romcom .35, kids80 .45, quirky .25, gross .2")},
		{name: "an eighties childhood", share: 2, from: 1975, to: 1999, likes: like("kids80 1, treasure .6, xmas .35, time .35, parody .2, space .3")},
		{name: "the golden age", share: 1.2, to: 1965, likes: like("golden 1, screwball .75, musical .3, hitchcock .4, noir .3")},
		{name: "silents and early talkies", share: .5, to: 1945, likes: like("silent 1, universal .7, screwball .5, golden .3")},
		{name: "spoofs", share: 1.5, likes: like("parody 1, gross .4, cult .35, screwball .15")},
		{name: "loud comedies", share: 2.5, from: 1980, likes: like("gross 1, parody .4, romcom .2, teen .35, action .15")},
		{name: "black comedies", share: 1.5, from: 1985, likes: like("dark 1, quirky .6, neonoir .25, cool .4")},
		{name: "wry independents", share: 1.8, from: 1985, likes: like("quirky 1, wes .95, dark .35, road .45, teen .2")},
		{name: "slashers", share: 1.5, from: 1974, likes: like("slasher 1, ghosts .6, zombies .5, cult .15, newhorror .4")},
		{name: "hauntings", share: 1.5, likes: like("ghosts 1, newhorror .95, universal .2, psycho .25, slasher .35")},
		{name: "midnight screenings", share: 1, likes: like("cult 1, zombies .95, slasher .35, aliens .3, parody .25")},
		{name: "the new wave", share: .8, to: 1985, likes: like("nouvelle 1, euro .6, noir .2, silent .1")},
		{name: "European masters", share: 1, likes: like("euro 1, nordic .45, nouvelle .5, latin .2")},
		{name: "the north", share: .6, likes: like("nordic 1, euro .35, dark .25")},
		{name: "East Asia", share: 1, likes: like("asia 1, hk .95, korea .6, ghibli .2, samurai .3")},
		{name: "Korea", share: 1, likes: like("korea 1, psycho .35, newhorror .3, asia .25, hk .2")},
		{name: "Bollywood and beyond", share: 1, likes: like("india 1, musical .15, feelgood .25")},
		{name: "Spain and Latin America", share: .8, likes: like("latin 1, euro .3, south .2, road .2")},
		{name: "voices of the south", share: .6, likes: like("south 1, asia .5, latin .5, india .4, euro .25")},
		{name: "documentaries", share: 1.3, likes: like("docs 1, politics .35, rock .2, biopic .25")},
		{name: "true lives", share: 1.3, likes: like("biopic 1, politics .5, sport .3, feelgood .3")},
		{name: "sport", share: 1.2, likes: like("sport 1, feelgood .35, biopic .3")},
		{name: "warm hearts", share: 1.5, likes: like("feelgood 1, romcom .3, pixar .2, biopic .3, xmas .2")},
		{name: "disasters", share: .8, likes: like("disaster 1, action .55, aliens .45")},
	}
	for i := range all {
		if err := all[i].fit(films); err != nil {
			return nil, fmt.Errorf("the taste for %s: %w", all[i].name, err)
		}
	}
	return all, nil
}

// like reads a list of tags with their weights. A mistake in it shows as a tag that no film has.
func like(list string) map[string]float64 {
	likes := map[string]float64{}
	for entry := range strings.SplitSeq(list, ",") {
		tag, weight, _ := strings.Cut(strings.TrimSpace(entry), " ")
		w, err := strconv.ParseFloat(weight, 64)
		if err != nil {
			tag, w = entry, 1
		}
		likes[tag] = w
	}
	return likes
}

// fit weighs every film: by its best tag, a little more for each other one, and less the farther it is from the heyday.
func (t *taste) fit(films []film) error {
	seen := map[string]bool{}
	t.weight = make([]float64, len(films))
	for i := range films {
		var best, sum float64
		for _, tag := range films[i].tags {
			best = max(best, t.likes[tag])
			sum += t.likes[tag]
			seen[tag] = true
		}
		t.weight[i] = min(1, best+(sum-best)/4) * t.era(films[i].Year)
	}
	for tag := range t.likes {
		if !seen[tag] {
			return fmt.Errorf("no film has the tag %q", tag)
		}
	}
	return nil
}

func (t *taste) era(year int) float64 {
	away := 0
	if t.from > 0 {
		away = max(away, t.from-year)
	}
	if t.to > 0 {
		away = max(away, year-t.to)
	}
	return math.Exp(-float64(away) / 12)
}
