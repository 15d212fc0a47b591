package recommend

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Split says how data are cut into a part to train on and a part to test on.
type Split struct {
	By    string  // "random": of each person's watches; "time": of all watches; "last": each person's newest
	Share float64 // random and time: the part to train on; last: the part to test on
}

// ParseSplit reads "random:0.8", "time:0.8" or "last:0.2".
func ParseSplit(s string) (Split, error) {
	by, share, _ := strings.Cut(s, ":")
	split := Split{By: by}
	var err error
	if split.Share, err = strconv.ParseFloat(share, 64); err != nil || !(split.Share > 0 && split.Share < 1) ||
		!slices.Contains([]string{"random", "time", "last"}, by) {
		return Split{}, fmt.Errorf("%q is not a split; use random:0.8, time:0.8 or last:0.2", s)
	}
	return split, nil
}

// String returns what ParseSplit reads.
func (s Split) String() string {
	return s.By + ":" + strconv.FormatFloat(s.Share, 'g', -1, 64)
}

// Cut cuts ratings in two. The same seed cuts the same way, whatever the order of the ratings.
func (s Split) Cut(ratings []Rating, seed uint64) (train, test []Rating) {
	sorted := slices.Clone(ratings)
	if s.By == "time" {
		slices.SortFunc(sorted, func(a, b Rating) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.User, b.User), cmp.Compare(a.Movie, b.Movie))
		})
		at := int(s.Share * float64(len(sorted)))
		return sorted[:at:at], sorted[at:]
	}
	slices.SortFunc(sorted, func(a, b Rating) int {
		return cmp.Or(cmp.Compare(a.User, b.User), cmp.Compare(a.At, b.At), cmp.Compare(a.Movie, b.Movie))
	})
	random := rand.New(rand.NewPCG(seed, 2))
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to].User == sorted[from].User {
			to++
		}
		own := sorted[from:to]
		from = to
		hold := int(s.Share*float64(len(own)) + 0.5) // the newest
		if s.By == "random" {
			hold = int((1-s.Share)*float64(len(own)) + 0.5)
			random.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
		}
		train = append(train, own[:len(own)-hold]...)
		test = append(test, own[len(own)-hold:]...)
	}
	return train, test
}
