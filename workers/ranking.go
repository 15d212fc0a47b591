package workers

import (
	"fmt"
	"runtime/debug"

	"webflix/queue"
	"webflix/recommend"
)

// Catalogs has the catalogue that varied rankings are made with.
type Catalogs interface {
	// Catalog returns the active model's catalogue, nil before the first training.
	Catalog() *recommend.Catalog
}

// Ranking makes a request's ranking from the answers in the ledger. By score alone, whoever makes it gets the same one; a varied one
// depends on the catalogue too, and may differ between two processes while a new model arrives. Without a
// catalogue, or catalogs at all, it goes by score alone.
func Ranking(s *recommend.Standing, catalogs Catalogs) (recommend.Update, error) {
	results := make([]recommend.Result, len(s.Answers))
	for i, a := range s.Answers {
		r, err := queue.DecodeResult(a.Payload)
		if err != nil {
			return recommend.Update{}, fmt.Errorf("read the answer of %s: %w", a.Criterion, err)
		}
		r.Criterion = a.Criterion
		results[i] = *r
	}
	u, err := tally(s, results, catalogs)
	if err != nil {
		return recommend.Update{}, err
	}
	return *u, nil
}

// tally makes a request's ranking from its results. It turns a panic into an error: results that it trips over must not end the process of
// everybody who shows the request.
func tally(s *recommend.Standing, results []recommend.Result, catalogs Catalogs) (u *recommend.Update, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("make the ranking of request %s: panic: %v\n%s", s.ID, p, debug.Stack())
		}
	}()
	var catalog *recommend.Catalog
	if catalogs != nil {
		catalog = catalogs.Catalog()
	}
	made := recommend.TallyDiverse(s, results, catalog)
	return &made, nil
}
