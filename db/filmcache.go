package db

import (
	"context"
	"fmt"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"webflix/recommend"
)

// FilmCache is the store, and remembers the films that it read: every ranking that is shown names some dozens, and a catalogue
// changes only when a data set is imported. An import is noticed at the next look, whatever else changes a film within a minute.
// It is safe for concurrent use.
type FilmCache struct {
	*DB

	every    time.Duration // between looks whether the catalogue has changed
	checking sync.Mutex    // held while somebody looks

	mu      sync.Mutex // protects what follows
	films   *lru.Cache[int32, recommend.Film]
	version string    // of the catalogue that the films are from
	checked time.Time // when the version was read last
	cleared time.Time
}

const (
	cachedFilms = 100_000 // of some 250 bytes each
	filmsStay   = time.Minute
)

// NewFilmCache returns an empty cache, which looks so often whether the catalogue has changed, while it is used.
func NewFilmCache(db *DB, every time.Duration) *FilmCache {
	films, err := lru.New[int32, recommend.Film](cachedFilms)
	if err != nil {
		panic(err) // the size is positive
	}
	return &FilmCache{DB: db, every: every, films: films}
}

// Films is DB.Films. Nobody changes what is in the films that it returns.
func (c *FilmCache) Films(ctx context.Context, ids []int32) ([]recommend.Film, error) {
	version, err := c.check(ctx)
	if err != nil {
		return nil, err
	}
	found := make(map[int32]recommend.Film, len(ids))
	var unread []int32
	for _, id := range ids {
		if film, ok := c.films.Get(id); ok {
			found[id] = film
		} else {
			unread = append(unread, id)
		}
	}
	if len(unread) > 0 {
		read, err := c.DB.Films(ctx, unread)
		if err != nil {
			return nil, err
		}
		for i := range read {
			found[read[i].ID] = read[i]
		}
		c.add(read, version)
	}
	films := make([]recommend.Film, 0, len(ids))
	for _, id := range ids {
		if film, ok := found[id]; ok {
			films = append(films, film)
		}
	}
	return films, nil
}

// check returns the version of the catalogue, and forgets the films of an older one. While one caller looks, the others go on
// with what there is.
func (c *FilmCache) check(ctx context.Context) (version string, err error) {
	if version, fresh := c.known(); fresh || !c.checking.TryLock() {
		return version, nil
	}
	defer c.checking.Unlock()
	now := time.Now()
	err = c.GetContext(ctx, &version, `
		SELECT coalesce(string_agg(name || ' ' || extract(epoch FROM imported_at), ', ' ORDER BY name), '') FROM datasets`)
	if err != nil {
		return "", fmt.Errorf("look whether the catalogue has changed: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.version || now.Sub(c.cleared) > filmsStay {
		c.films.Purge()
		c.version, c.cleared = version, now
	}
	c.checked = now
	return version, nil
}

// known returns the version of the last look, and whether that was just now.
func (c *FilmCache) known() (version string, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version, !c.checked.IsZero() && time.Since(c.checked) < c.every
}

// add remembers films, unless the catalogue has changed since their reading began.
func (c *FilmCache) add(films []recommend.Film, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != version {
		return
	}
	for i := range films {
		c.films.Add(films[i].ID, films[i])
	}
}
