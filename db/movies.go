package db

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"webflix/recommend"
)

// film is a row of the catalogue with its figures.
type film struct {
	ID      int32
	Title   string
	Year    int
	Genres  pq.StringArray
	Watches int
	Rating  float64
	Total   int
}

func (f *film) film() recommend.Film {
	return recommend.Film{
		Movie:   recommend.Movie{ID: f.ID, Title: f.Title, Year: f.Year, Genres: f.Genres},
		Watches: f.Watches, Rating: f.Rating,
	}
}

// Films returns the films with these ids, in their order, without those that there are not.
func (db *DB) Films(ctx context.Context, ids []int32) ([]recommend.Film, error) {
	var rows []film
	err := db.SelectContext(ctx, &rows, `
		SELECT m.id, m.title, m.year, coalesce(s.watches, 0) AS watches, coalesce(s.rating, 0) AS rating,
		       ARRAY(SELECT g.name FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
		             WHERE mg.movie_id = m.id ORDER BY g.name) AS genres
		FROM movies m LEFT JOIN movie_stats s ON s.movie_id = m.id
		WHERE m.id = ANY ($1)`, pq.Array(ids))
	if err != nil {
		return nil, fmt.Errorf("read %d films: %w", len(ids), err)
	}
	at := make(map[int32]int, len(rows))
	for i := range rows {
		at[rows[i].ID] = i
	}
	films := make([]recommend.Film, 0, len(rows))
	for _, id := range ids {
		if i, ok := at[id]; ok {
			films = append(films, rows[i].film())
		}
	}
	return films, nil
}

// FindFilms returns a page of the films that the query asks for.
func (db *DB) FindFilms(ctx context.Context, q recommend.FilmQuery) (recommend.FilmPage, error) {
	text, year := splitYear(q.Text)
	if year != 0 && q.Filter.FromYear == 0 && q.Filter.ToYear == 0 {
		q.Filter.FromYear, q.Filter.ToYear = year, year
	}
	if q.Order == "" || q.Order == recommend.OrderRelevance {
		q.Order = recommend.OrderRelevance
		if text == "" {
			q.Order = recommend.OrderPopular
		}
	}
	var rows []film
	err := db.SelectContext(ctx, &rows, `
		WITH found AS (
			SELECT m.id, m.title, m.year, coalesce(s.watches, 0) AS watches, coalesce(s.rating, 0) AS rating,
			       coalesce(s.popular, 0) AS popular,
			       CASE WHEN $1 = '' THEN 0
			            ELSE word_similarity($1, m.title) + (m.title ILIKE $2 || '%')::int + (lower(m.title) = lower($1))::int
			       END AS match
			FROM movies m LEFT JOIN movie_stats s ON s.movie_id = m.id
			WHERE ($1 = '' OR $1 <% m.title OR m.title ILIKE '%' || $2 || '%')
			  AND ($3 = 0 OR m.year >= $3) AND ($4 = 0 OR m.year BETWEEN 1 AND $4)
			  AND ($5 = 0 OR s.rating >= $5)
			  AND (cardinality($6::text[]) = 0 OR EXISTS (
			      SELECT FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
			      WHERE mg.movie_id = m.id AND g.name = ANY ($6)))
			  AND (cardinality($7::text[]) = 0 OR NOT EXISTS (
			      SELECT FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
			      WHERE mg.movie_id = m.id AND g.name = ANY ($7)))
			  AND ($8::bigint = 0 OR NOT EXISTS (SELECT FROM watches w WHERE w.user_id = $8 AND w.movie_id = m.id)
			                     AND NOT EXISTS (SELECT FROM dismissals d WHERE d.user_id = $8 AND d.movie_id = m.id))
		), page AS (
			SELECT *, count(*) OVER () AS total FROM found
			ORDER BY CASE $9 WHEN 'RELEVANCE' THEN match
			                 WHEN 'RATING' THEN (rating * watches + 3.2 * 20) / (watches + 20)
			                 WHEN 'NEWEST' THEN year
			                 WHEN 'POPULAR' THEN popular END DESC NULLS LAST,
			         CASE WHEN $9 = 'TITLE' THEN title END, popular DESC, id
			OFFSET $10 LIMIT $11
		)
		SELECT p.id, p.title, p.year, p.watches, p.rating, p.total,
		       ARRAY(SELECT g.name FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
		             WHERE mg.movie_id = p.id ORDER BY g.name) AS genres
		FROM page p`,
		text, likePattern(text), q.Filter.FromYear, q.Filter.ToYear, q.Filter.MinRating,
		pq.Array(list(q.Filter.Genres)), pq.Array(list(q.Filter.WithoutGenres)), hideFrom(q), string(q.Order),
		q.Offset, q.Limit+1)
	if err != nil {
		return recommend.FilmPage{}, fmt.Errorf("find films: %w", err)
	}
	page := recommend.FilmPage{More: len(rows) > q.Limit}
	for i := range rows[:min(len(rows), q.Limit)] {
		page.Films = append(page.Films, rows[i].film())
		page.Total = rows[i].Total
	}
	return page, nil
}

// hideFrom returns the person whose seen films are left out, 0 for nobody.
func hideFrom(q recommend.FilmQuery) int64 {
	if q.Filter.IncludeSeen {
		return 0
	}
	return q.Viewer
}

// splitYear takes a year from 1870 to 2099 out of a search text, unless it is all of the text: "1917" is a title.
func splitYear(text string) (rest string, year int) {
	text = strings.Join(strings.Fields(text), " ")
	at := yearPattern().FindStringIndex(text)
	if at == nil {
		return text, 0
	}
	rest = strings.Join(strings.Fields(text[:at[0]]+" "+text[at[1]:]), " ")
	if rest == "" {
		return text, 0
	}
	year, err := strconv.Atoi(strings.Trim(text[at[0]:at[1]], "()"))
	if err != nil {
		return text, 0
	}
	return rest, year
}

func yearPattern() *regexp.Regexp {
	return regexp.MustCompile(`\(?\b(18[7-9]\d|19\d\d|20\d\d)\b\)?`)
}

// likePattern escapes what LIKE gives a meaning.
func likePattern(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// list returns an empty list for nil, which pq would send as NULL.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Genres returns every genre that films have, with their number, most first. Share is the part of all films.
func (db *DB) Genres(ctx context.Context) ([]recommend.GenreCount, error) {
	var counts []recommend.GenreCount
	err := db.SelectContext(ctx, &counts, `
		SELECT g.name AS genre, count(*) AS count, count(*)::float8 / (SELECT count(*) FROM movies) AS share
		FROM movie_genres mg JOIN genres g ON g.id = mg.genre_id
		GROUP BY g.name ORDER BY count(*) DESC, g.name`)
	if err != nil {
		return nil, fmt.Errorf("count the genres' films: %w", err)
	}
	return counts, nil
}
