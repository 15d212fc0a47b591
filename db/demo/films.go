package demo

import (
	"bufio"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"webflix/recommend"
)

// filmsFile has a film a line: its number, which is never given to another film; title; year; genres; fame from 1 to 5, by
// which it is watched; tags, which tell what kind of film it is more finely than genres do, and are seen by the generator
// alone; the series that it is part of, whose parts are watched by year.
//
//go:embed films.tsv
var filmsFile string

// film is a film with what the generator needs to know of it.
type film struct {
	recommend.Movie

	fame   int
	tags   []string
	series string
}

func readFilms() ([]film, error) {
	var films []film
	lines := bufio.NewScanner(strings.NewReader(filmsFile))
	lines.Scan() // the header
	for line := 2; lines.Scan(); line++ {
		f, err := readFilm(lines.Text())
		if err != nil {
			return nil, fmt.Errorf("films.tsv:%d: %w", line, err)
		}
		films = append(films, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read films.tsv: %w", err)
	}
	return films, nil
}

func readFilm(line string) (film, error) {
	fields := strings.Split(line, "\t")
	if len(fields) != 7 {
		return film{}, fmt.Errorf("it has %d fields, not 7", len(fields))
	}
	var numbers [3]int
	for i, field := range []string{fields[0], fields[2], fields[4]} {
		n, err := strconv.Atoi(field)
		if err != nil {
			return film{}, fmt.Errorf("read a number: %w", err)
		}
		numbers[i] = n
	}
	return film{
		Movie: recommend.Movie{
			ID: int32(FirstID + numbers[0]), Title: fields[1], Year: numbers[1], Genres: strings.Split(fields[3], "|"),
		},
		fame: numbers[2], tags: strings.Fields(fields[5]), series: fields[6],
	}, nil
}
