package grouplens

import (
	"archive/zip"
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"webflix/recommend"
)

// Write writes films and ratings as a zip that Open reads: a folder of this name with the CSV files of the later data sets.
func Write(w io.Writer, name string, data *recommend.Dataset) error {
	archive := zip.NewWriter(w)
	err := errors.Join(writeMovies(archive, name, data.Movies), writeRatings(archive, name, data.Ratings), archive.Close())
	if err != nil {
		return fmt.Errorf("write the data set %s: %w", name, err)
	}
	return nil
}

func writeMovies(archive *zip.Writer, name string, movies []recommend.Movie) error {
	file, err := archive.Create(path.Join(name, "movies.csv"))
	if err != nil {
		return err
	}
	rows := csv.NewWriter(file)
	if err := rows.Write([]string{"movieId", "title", "genres"}); err != nil {
		return err
	}
	for i := range movies {
		m := &movies[i]
		title := m.Title
		if m.Year > 0 {
			title = fmt.Sprintf("%s (%d)", title, m.Year)
		}
		genres := "(no genres listed)"
		if len(m.Genres) > 0 {
			genres = strings.Join(m.Genres, "|")
		}
		if err := rows.Write([]string{strconv.Itoa(int(m.ID)), title, genres}); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

func writeRatings(archive *zip.Writer, name string, ratings []recommend.Rating) error {
	file, err := archive.Create(path.Join(name, "ratings.csv"))
	if err != nil {
		return err
	}
	rows := bufio.NewWriter(file)
	if _, err := rows.WriteString("userId,movieId,rating,timestamp\n"); err != nil {
		return err
	}
	var row []byte
	for _, r := range ratings {
		row = append(strconv.AppendInt(row[:0], r.User, 10), ',')
		row = append(strconv.AppendInt(row, int64(r.Movie), 10), ',')
		row = append(strconv.AppendFloat(row, float64(r.Rating), 'f', 1, 32), ',')
		row = append(strconv.AppendInt(row, r.At, 10), '\n')
		if _, err := rows.Write(row); err != nil {
			return err
		}
	}
	return rows.Flush()
}
