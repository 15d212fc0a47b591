package db

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"webflix/recommend"
)

// FilmCache is the store, and remembers the films that it read: every ranking that is shown names some dozens, and a catalogue
// changes only when a data set is imported. An import is noticed at the next look, whatever else changes a film within a minute.
// While Run runs, it has read the catalogue before anybody asks. It is safe for concurrent use.
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
	filmsPage   = 2000 // that Run reads at once
)

// NewFilmCache returns an empty cache, which looks so often whether the catalogue has changed, while it is used.
func NewFilmCache(db *DB, every time.Duration) *FilmCache {
	return &FilmCache{DB: db, every: every, films: newFilms()}
}

func newFilms() *lru.Cache[int32, recommend.Film] {
	films, err := lru.New[int32, recommend.Film](cachedFilms)
	if err != nil {
		panic(err) // the size is positive
	}
	return films
}

// Run reads the catalogue, the most watched films of one that is too large to remember, and reads it again when it has changed, and every
// half minute, until ctx ends. Nobody needs it to succeed: films that are not remembered are read when they are asked for. A cache that
// looks at every reading has nothing to read ahead.
func (c *FilmCache) Run(ctx context.Context, log *slog.Logger) error {
	if c.every <= 0 {
		return nil
	}
	look := time.NewTicker(max(c.every/2, 1)) // before anybody else has to
	defer look.Stop()
	var version string // of what was read
	var at time.Time
	failing := false // and somebody has been told
	for {
		now, err := c.look(ctx)
		if err == nil && (now != version || time.Since(at) > filmsStay/2) {
			if err = c.read(ctx, now); err == nil {
				version, at = now, time.Now()
			}
		}
		if err != nil && !failing && ctx.Err() == nil {
			log.Warn("The catalogue cannot be read ahead", "err", err)
		}
		failing = err != nil
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// read remembers the films of a version of the catalogue, in place of what is remembered.
func (c *FilmCache) read(ctx context.Context, version string) error {
	var ids []int32
	err := c.SelectContext(ctx, &ids, `
		SELECT m.id FROM movies m LEFT JOIN movie_stats s ON s.movie_id = m.id ORDER BY s.watches DESC NULLS LAST, m.id LIMIT $1`,
		cachedFilms)
	if err != nil {
		return fmt.Errorf("list the catalogue: %w", err)
	}
	films := newFilms()
	for ; len(ids) > 0; ids = ids[min(filmsPage, len(ids)):] {
		page, err := c.DB.Films(ctx, ids[:min(filmsPage, len(ids))])
		if err != nil {
			return err
		}
		for i := range page {
			films.Add(page[i].ID, page[i])
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version == version {
		c.films, c.cleared = films, time.Now()
	}
	return nil
}

// Films is DB.Films. Nobody changes what is in the films that it returns.
func (c *FilmCache) Films(ctx context.Context, ids []int32) ([]recommend.Film, error) {
	version, err := c.check(ctx)
	if err != nil {
		return nil, err
	}
	known := c.remembered()
	found := make(map[int32]recommend.Film, len(ids))
	var unread []int32
	for _, id := range ids {
		if film, ok := known.Get(id); ok {
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
	return c.lookNow(ctx)
}

// look is check whether or not somebody has looked just now.
func (c *FilmCache) look(ctx context.Context) (version string, err error) {
	c.checking.Lock()
	defer c.checking.Unlock()
	return c.lookNow(ctx)
}

// lookNow reads the version of the catalogue. The caller holds checking.
func (c *FilmCache) lookNow(ctx context.Context) (version string, err error) {
	now := time.Now()
	err = c.GetContext(ctx, &version, `
		SELECT coalesce(string_agg(name || ' ' || extract(epoch FROM imported_at), ', ' ORDER BY name), '') FROM datasets`)
	if err != nil {
		return "", fmt.Errorf("look whether the catalogue has changed: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.version || now.Sub(c.cleared) > filmsStay {
		c.films = newFilms()
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

func (c *FilmCache) remembered() *lru.Cache[int32, recommend.Film] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.films
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
