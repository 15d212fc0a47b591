package recommend

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Titles returns a film's title, "" when it is not known.
type Titles func(movie int32) string

// Reason is why a film is ranked: one criterion's part of its score, in words.
type Reason struct {
	Criterion string
	Score     float64    // the criterion's exact share of the pick's score
	Text      string     // "because you watched Dark City and 12 Monkeys"
	Evidence  []Evidence // what Text speaks of, with shares in the unit of Score
	Rest      float64    // what of Score is none of the evidence's: smaller pieces, and the person's mean over all films
}

// Explain says why a film is ranked, the weightiest reason first: one for each share that speaks for it. Every number in a
// Text is the evidence's own; the evidence's shares and Rest sum to Score.
func Explain(p Pick, titles Titles) []Reason {
	var reasons []Reason
	for _, s := range p.Shares {
		if s.Score <= 0 {
			continue
		}
		r := Reason{Criterion: s.Criterion, Score: s.Score, Evidence: s.Evidence, Rest: s.Score}
		for _, e := range s.Evidence {
			r.Rest -= float64(e.Share)
		}
		r.Text = sentence(s, titles)
		reasons = append(reasons, r)
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Score, a.Score) })
	return reasons
}

// sentence puts a share's evidence into words. A share that rests on nothing that could be named says whose it is.
func sentence(s Share, titles Titles) string {
	films, label := watched(s.Evidence, titles), Evidence{}
	for _, e := range s.Evidence {
		if e.Movie == 0 {
			label = e
			break
		}
	}
	switch {
	case s.Criterion == "history" && films != "":
		return "because you watched " + films
	case s.Criterion == "community" && films != "":
		return "people who like " + films + " like it, too"
	case s.Criterion == "genres" && label.Of > 0:
		return fmt.Sprintf("%.0f %% of what you watch is %s",
			math.Round(100*float64(label.Count)/float64(label.Of)), strings.ToLower(label.Label))
	case s.Criterion == "sittings" && films != "":
		return "people watch it together with " + films
	case s.Criterion == "next" && films != "":
		return "people watch it soon after " + films
	case s.Criterion == "later" && films != "":
		return "people who watched " + films + " come back for it"
	case s.Criterion == "neighbours" && label.Of > 0:
		return fmt.Sprintf("%d of the %d people nearest to you liked it", label.Count, label.Of)
	case s.Criterion == "era" && label.Count > 0:
		return fmt.Sprintf("%d of the %d films you like are from the %s", label.Count, label.Of, label.Label)
	case s.Criterion == "popularity" && label.Of > 0:
		return fmt.Sprintf("%d of %d people liked it", label.Count, label.Of)
	case films != "":
		return "goes with " + films
	case s.Criterion == LadderPopular:
		return "many people watch it"
	case s.Criterion == LadderLastKnown:
		return "it was on your last list"
	default:
		return speaker(s.Criterion) + " for it"
	}
}

// speaker is who speaks for a film, when a criterion does without evidence. That is no more than a positive share means.
func speaker(criterion string) string {
	switch criterion {
	case "history":
		return "what you watched speaks"
	case "community":
		return "the taste of people like you speaks"
	case "genres":
		return "the genres you watch speak"
	case "sittings":
		return "what people watch together speaks"
	case "next":
		return "what people watch next speaks"
	case "later":
		return "what people come back for speaks"
	case "neighbours":
		return "the taste of the people nearest to you speaks"
	case "era":
		return "the decades you like speak"
	case "popularity":
		return "its popularity speaks"
	default:
		return "the criterion " + criterion + " speaks"
	}
}

// watched lists the titles of the films in the evidence, three at most.
func watched(evidence []Evidence, titles Titles) string {
	var names []string
	for _, e := range evidence {
		if e.Movie == 0 || len(names) == 3 {
			continue
		}
		if title := titles(e.Movie); title != "" {
			names = append(names, title)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	default:
		return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
	}
}
