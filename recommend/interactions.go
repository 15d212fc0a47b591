package recommend

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ReadInteractions reads lines of user, film and Unix time, separated by tabs; the time may be missing, further columns are
// ignored, and so is a first line of names. Each line is a liking without a rating. Films have no titles and no genres.
func ReadInteractions(r io.Reader) (*Dataset, error) {
	d := &Dataset{}
	known := map[int32]bool{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" {
			continue
		}
		rating, err := readInteraction(lines.Text())
		if err != nil && n == 1 {
			continue // the columns' names
		}
		if err != nil {
			return nil, fmt.Errorf("read interactions: line %d: %w", n, err)
		}
		d.Ratings = append(d.Ratings, rating)
		if !known[rating.Movie] {
			known[rating.Movie] = true
			d.Movies = append(d.Movies, Movie{ID: rating.Movie})
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read interactions: %w", err)
	}
	return d, nil
}

func readInteraction(line string) (Rating, error) {
	columns := strings.Split(line, "\t")
	if len(columns) < 2 {
		return Rating{}, fmt.Errorf("%.40q has no two columns separated by a tab", line)
	}
	user, err := strconv.ParseInt(columns[0], 10, 64)
	if err != nil {
		return Rating{}, fmt.Errorf("user %.40q is not a whole number", columns[0])
	}
	film, err := strconv.ParseInt(columns[1], 10, 32)
	if err != nil {
		return Rating{}, fmt.Errorf("film %.40q is not a whole number", columns[1])
	}
	rating := Rating{User: user, Movie: int32(film)}
	if len(columns) > 2 {
		at, err := strconv.ParseFloat(columns[2], 64)
		if err != nil {
			return Rating{}, fmt.Errorf("time %.40q is not a number of seconds", columns[2])
		}
		rating.At = int64(at)
	}
	return rating, nil
}
