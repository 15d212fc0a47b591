package recommend

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// trainSet is the likings of a data set as training reads them: for each person their liked films by place, oldest first.
type trainSet struct {
	catalog *Catalog
	users   []int64 // ids, ascending
	start   []int   // of user u's likings, and one more
	film    []int32
	at      []int64
	options *Options
}

func newTrainSet(data *Dataset, catalog *Catalog, options *Options) *trainSet {
	t := &trainSet{catalog: catalog, options: options}
	row := map[int64]int32{}
	for _, r := range data.Ratings {
		if r.Liked() {
			row[r.User] = 0
		}
	}
	for id := range row {
		t.users = append(t.users, id)
	}
	slices.Sort(t.users)
	for u, id := range t.users {
		row[id] = int32(u)
	}
	t.start = make([]int, len(t.users)+1)
	for _, r := range data.Ratings {
		if r.Liked() {
			t.start[row[r.User]+1]++
		}
	}
	for u := range t.users {
		t.start[u+1] += t.start[u]
	}
	t.film = make([]int32, t.start[len(t.users)])
	t.at = make([]int64, len(t.film))
	next := slices.Clone(t.start)
	for _, r := range data.Ratings {
		if r.Liked() {
			k := next[row[r.User]]
			next[row[r.User]]++
			t.film[k], _ = catalog.Place(r.Movie)
			t.at[k] = r.At
		}
	}
	t.each(len(t.users), t.sortByTime)
	return t
}

// sortByTime orders a person's likings by time, then by film.
func (t *trainSet) sortByTime(u int) {
	films, at := t.likings(u)
	type seen struct {
		at   int64
		film int32
	}
	all := make([]seen, len(films))
	for i := range films {
		all[i] = seen{at[i], films[i]}
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.film, b.film)) })
	for i, l := range all {
		films[i], at[i] = l.film, l.at
	}
}

// likings returns the films that user u likes and when they saw them, oldest first.
func (t *trainSet) likings(u int) ([]int32, []int64) {
	return t.film[t.start[u]:t.start[u+1]], t.at[t.start[u]:t.start[u+1]]
}

// counts returns how many people like each film.
func (t *trainSet) counts() []int32 {
	n := make([]int32, t.catalog.Len())
	for _, f := range t.film {
		n[f]++
	}
	return n
}

// byFilm returns the likings the other way round: for each film the users who like it, ascending, and which of their likings
// it is.
func (t *trainSet) byFilm() (start []int, users, which []int32) {
	start = make([]int, t.catalog.Len()+1)
	for _, f := range t.film {
		start[f+1]++
	}
	for f := range start[1:] {
		start[f+1] += start[f]
	}
	users, which = make([]int32, len(t.film)), make([]int32, len(t.film))
	next := slices.Clone(start)
	for u := range t.users {
		films, _ := t.likings(u)
		for i, f := range films {
			users[next[f]], which[next[f]] = int32(u), int32(i)
			next[f]++
		}
	}
	return start, users, which
}

// each calls do for 0 to n-1 on as many goroutines as the options allow, in no order, and returns when all have returned.
func (t *trainSet) each(n int, do func(i int)) { parallel(t.options.Parallel, n, do) }

// parallel calls do for 0 to n-1 on as many goroutines as workers says (0: one a core), in no order.
func parallel(workers, n int, do func(i int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	const batch = 8
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for {
				to := int(next.Add(batch))
				for i := to - batch; i < min(to, n); i++ {
					do(i)
				}
				if to >= n {
					return
				}
			}
		})
	}
	wg.Wait()
}
