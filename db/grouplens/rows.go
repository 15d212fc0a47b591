package grouplens

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"webflix/recommend"
)

// Bounds of a data set.
const (
	maxID     = 9_999_999 // films and people of our own have the numbers above
	maxMovies = 2_000_000
	maxTitle  = 500 // characters
	maxGenres = recommend.MaxGenres
	maxTime   = 4_102_444_800 // the year 2100; beyond it are times in milliseconds
)

// Movies reads the films, with display titles. After a RowError it goes on with the next row if the caller does.
func (d *DataSet) Movies() iter.Seq2[recommend.Movie, error] {
	return func(yield func(recommend.Movie, error) bool) {
		d.rows(d.layout.movies, []string{"movieId", "title", "genres"},
			func(line int, fields [][]byte) (string, bool) {
				m, reason := d.movie(line, fields)
				if reason != "" {
					return reason, true
				}
				return "", yield(m, nil)
			},
			func(err error) bool { return yield(recommend.Movie{}, err) })
	}
}

func (d *DataSet) movie(line int, fields [][]byte) (recommend.Movie, string) {
	id, ok := number(fields[0], 1, maxID)
	if !ok {
		return recommend.Movie{}, fmt.Sprintf("the film's number is %.40q, not 1 to %d", fields[0], maxID)
	}
	m := recommend.Movie{ID: int32(id)}
	if first, twice := d.movies[m.ID]; twice {
		return recommend.Movie{}, fmt.Sprintf("film %d is listed twice, first on line %d", id, first)
	}
	if len(d.movies) >= maxMovies {
		return recommend.Movie{}, fmt.Sprintf("there are more than %d films", maxMovies)
	}
	m.Title, m.Year = DisplayTitle(string(fields[1]))
	if m.Title == "" {
		return recommend.Movie{}, "the film has no title"
	}
	if utf8.RuneCountInString(m.Title) > maxTitle {
		return recommend.Movie{}, fmt.Sprintf("the title has more than %d characters", maxTitle)
	}
	m.Genres = splitGenres(string(fields[2]))
	for _, g := range m.Genres {
		if _, known := d.genres[g]; !known && len(d.genres) >= maxGenres {
			return recommend.Movie{}, fmt.Sprintf("%.40q would be genre number %d; there may be %d", g, maxGenres+1, maxGenres)
		}
		d.genres[g] = struct{}{}
	}
	d.movies[m.ID] = line
	return m, ""
}

// splitGenres returns the genres by the names that the data sets since 2013 use, each once.
func splitGenres(s string) []string {
	var genres []string
	for g := range strings.SplitSeq(s, "|") {
		switch g = strings.TrimSpace(g); g {
		case "", "(no genres listed)":
			continue
		case "Children's":
			g = "Children"
		}
		if !slices.Contains(genres, g) {
			genres = append(genres, g)
		}
	}
	return genres
}

// People reads the people that the data set lists: nobody when it has no such file, where everybody who rated is a person.
func (d *DataSet) People() iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		if d.layout.people == "" {
			return
		}
		d.people = map[int64]int{}
		d.rows(d.layout.people, []string{"userId", "gender", "age", "occupation", "zip"},
			func(line int, fields [][]byte) (string, bool) {
				id, ok := number(fields[0], 1, maxID)
				if !ok {
					return fmt.Sprintf("the person's number is %.40q, not 1 to %d", fields[0], maxID), true
				}
				if first, twice := d.people[id]; twice {
					return fmt.Sprintf("person %d is listed twice, first on line %d", id, first), true
				}
				d.people[id] = line
				return "", yield(id, nil)
			},
			func(err error) bool { return yield(0, err) })
	}
}

// Ratings reads the ratings. The same person's rating of the same film may come twice.
func (d *DataSet) Ratings() iter.Seq2[recommend.Rating, error] {
	return func(yield func(recommend.Rating, error) bool) {
		d.rows(d.layout.ratings, []string{"userId", "movieId", "rating", "timestamp"},
			func(_ int, fields [][]byte) (string, bool) {
				r, reason := d.rating(fields)
				if reason != "" {
					return reason, true
				}
				return "", yield(r, nil)
			},
			func(err error) bool { return yield(recommend.Rating{}, err) })
	}
}

func (d *DataSet) rating(fields [][]byte) (recommend.Rating, string) {
	user, ok := number(fields[0], 1, maxID)
	if !ok {
		return recommend.Rating{}, fmt.Sprintf("the person's number is %.40q, not 1 to %d", fields[0], maxID)
	}
	if _, known := d.people[user]; !known && d.people != nil {
		return recommend.Rating{}, fmt.Sprintf("person %d is not in %s", user, d.layout.people)
	}
	movie, ok := number(fields[1], 1, maxID)
	if !ok {
		return recommend.Rating{}, fmt.Sprintf("the film's number is %.40q, not 1 to %d", fields[1], maxID)
	}
	if _, known := d.movies[int32(movie)]; !known {
		return recommend.Rating{}, fmt.Sprintf("film %d is not in %s", movie, d.layout.movies)
	}
	rating, ok := stars(fields[2])
	if !ok {
		return recommend.Rating{}, fmt.Sprintf("the rating is %.40q, not 0.5 to 5", fields[2])
	}
	at, ok := number(fields[3], 0, maxTime)
	if !ok {
		return recommend.Rating{}, fmt.Sprintf("the time is %.40q, not in seconds since 1970 and before 2100", fields[3])
	}
	return recommend.Rating{User: user, Movie: int32(movie), Rating: rating, At: at}, ""
}

// number reads a decimal number without sign or blanks.
func number(field []byte, least, most int64) (int64, bool) {
	if len(field) == 0 || len(field) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range field {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, n >= least && n <= most
}

// stars reads a rating such as 4 or 3.5.
func stars(field []byte) (float32, bool) {
	if len(field) == 0 || len(bytes.Trim(field, "0123456789.")) > 0 {
		return 0, false // no sign, exponent, hexadecimal or NaN
	}
	r, err := strconv.ParseFloat(string(field), 32)
	return float32(r), err == nil && r >= 0.5 && r <= 5
}

// splitColons cuts a line at each double colon.
func splitColons(fields [][]byte, line []byte) ([][]byte, error) {
	for {
		field, rest, more := bytes.Cut(line, []byte("::"))
		fields = append(fields, field)
		if !more {
			return fields, nil
		}
		line = rest
	}
}

var (
	errQuoteOpen  = errors.New("a quoted field does not end on its line")
	errQuoteStray = errors.New("there is a quote inside a field that does not start with one, or text after a closing quote")
)

// splitCSV cuts a line at its commas. A field may be quoted, with quotes in it doubled; it ends on its line, for no file of
// a data set has titles with line breaks, and so one forgotten quote spoils one row only.
func splitCSV(fields [][]byte, line []byte) ([][]byte, error) {
	for {
		var field []byte
		if len(line) > 0 && line[0] == '"' {
			var err error
			if field, line, err = quoted(line); err != nil {
				return fields, err
			}
		} else {
			end := bytes.IndexByte(line, ',')
			if end < 0 {
				end = len(line)
			}
			if bytes.IndexByte(line[:end], '"') >= 0 {
				return fields, errQuoteStray
			}
			field, line = line[:end], line[end:]
		}
		fields = append(fields, field)
		if len(line) == 0 {
			return fields, nil
		}
		line = line[1:] // the comma
	}
}

// quoted reads a quoted field, and returns the rest from the comma on.
func quoted(line []byte) (field, rest []byte, err error) {
	line = line[1:]
	for {
		end := bytes.IndexByte(line, '"')
		if end < 0 {
			return nil, nil, errQuoteOpen
		}
		field, line = append(field, line[:end]...), line[end+1:]
		switch {
		case len(line) == 0 || line[0] == ',':
			return field, line, nil
		case line[0] != '"':
			return nil, nil, errQuoteStray
		}
		field, line = append(field, '"'), line[1:]
	}
}
