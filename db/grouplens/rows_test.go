package grouplens

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"webflix/recommend"
)

// in returns a data set of these files, as if it had been opened.
func in(files map[string]string, l layout) *DataSet {
	fs := fstest.MapFS{}
	for name, body := range files {
		fs[name] = &fstest.MapFile{Data: []byte(body)}
	}
	return &DataSet{
		Name: "x", layout: l, files: fs, folder: ".", limit: DefaultLimit,
		movies: map[int32]int{}, genres: map[string]struct{}{},
	}
}

// all reads a whole data set and returns its rows and errors.
func all(t *testing.T, d *DataSet) (movies []recommend.Movie, people []int64, ratings []recommend.Rating, bad []string) {
	t.Helper()
	note := func(err error) bool {
		var row *RowError
		if err != nil && !errors.As(err, &row) {
			t.Fatal(err)
		}
		if err != nil {
			bad = append(bad, err.Error())
		}
		return err == nil
	}
	for m, err := range d.Movies() {
		if note(err) {
			movies = append(movies, m)
		}
	}
	for p, err := range d.People() {
		if note(err) {
			people = append(people, p)
		}
	}
	for r, err := range d.Ratings() {
		if note(err) {
			ratings = append(ratings, r)
		}
	}
	return movies, people, ratings, bad
}

func TestBothLayoutsGiveTheSame(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]*DataSet{
		"csv": in(map[string]string{
			"movies.csv": "\ufeffmovieId,title,genres\r\n" +
				"7,\"Été \"\"d'or\"\", L' (Summer, The) (1999)\",Children|Drama\r\n\r\n" +
				"8,Nothing,(no genres listed)",
			"ratings.csv": "userId,movieId,rating,timestamp\r\n1,7,4.0,978300760\r\n1,8,0.5,978300761\r\n",
		}, layouts()[0]),
		"dat": in(map[string]string{
			"movies.dat":  "7::\xc9t\xe9 \"d'or\", L' (Summer, The) (1999)::Children's|Drama|Children\n8::Nothing::\n",
			"users.dat":   "1::F::1::10::48067\n",
			"ratings.dat": "1::7::4::978300760\n1::8::.5::978300761",
		}, layouts()[1]),
		"dat in UTF-8": in(map[string]string{
			"movies.dat":  "7::Été \"d'or\", L' (Summer, The) (1999)::Children|Drama\n8::Nothing::(no genres listed)\n",
			"users.dat":   "1::F::1::10::48067\n",
			"ratings.dat": "1::7::4::978300760\n1::8::0.5::978300761\n",
		}, layouts()[1]),
	} {
		movies, people, ratings, bad := all(t, d)
		if len(bad) != 0 {
			t.Errorf("%s: %v", name, bad)
		}
		if len(movies) != 2 || movies[0].ID != 7 || movies[0].Title != `L'Été "d'or"` || movies[0].Year != 1999 ||
			!slices.Equal(movies[0].Genres, []string{"Children", "Drama"}) ||
			movies[1].Title != "Nothing" || movies[1].Year != 0 || movies[1].Genres != nil {
			t.Errorf("%s: the films are %+v", name, movies)
		}
		if (name == "csv") != (len(people) == 0) {
			t.Errorf("%s: the people are %v", name, people)
		}
		want := []recommend.Rating{{User: 1, Movie: 7, Rating: 4, At: 978300760}, {User: 1, Movie: 8, Rating: 0.5, At: 978300761}}
		if !slices.Equal(ratings, want) {
			t.Errorf("%s: the ratings are %+v", name, ratings)
		}
	}
}

func TestWrongRowsAreNamed(t *testing.T) {
	t.Parallel()
	manyGenres := make([]string, maxGenres+1)
	for i := range manyGenres {
		manyGenres[i] = strings.Repeat("g", i+1)
	}
	for _, test := range []struct{ file, row, want string }{
		{"movies.csv", `9,Nine`, "the line has 2 fields, not 3 (movieId,title,genres)"},
		{"movies.csv", `9,One, two,Drama`, "the line has 4 fields, not 3 (movieId,title,genres)"},
		{"movies.csv", `nine,Nine,Drama`, `the film's number is "nine", not 1 to 9999999`},
		{"movies.csv", `10000000,Nine,Drama`, `the film's number is "10000000", not 1 to 9999999`},
		{"movies.csv", `-9,Nine,Drama`, `the film's number is "-9", not 1 to 9999999`},
		{"movies.csv", `99999999999999999999,Nine,Drama`, `the film's number is "99999999999999999999", not 1 to 9999999`},
		{"movies.csv", `7,Again,Drama`, "film 7 is listed twice, first on line 2"},
		{"movies.csv", `9,"Nine,Drama`, "a quoted field does not end on its line"},
		{"movies.csv", `9,Ni"ne,Drama`, errQuoteStray.Error()},
		{"movies.csv", `9,"Ni"ne,Drama`, errQuoteStray.Error()},
		{"movies.csv", `9, ,Drama`, "the film has no title"},
		{"movies.csv", `9,"",Drama`, "the film has no title"},
		{"movies.csv", `9,` + strings.Repeat("é", 501) + `,Drama`, "the title has more than 500 characters"},
		{"movies.csv", `9,` + strings.Repeat("n", longestLine) + `,Drama`, "the line has more than 16384 bytes"},
		{"movies.csv", `9,Nine,` + strings.Join(manyGenres, "|"), `"` + strings.Repeat("g", 40) + `" would be genre number 65; there may be 64`},
		{"movies.csv", "9,N\xefne,Drama", "the line is not UTF-8"},
		{"movies.csv", "9,N\x00ne,Drama", "the line has a NUL byte"},
		{"ratings.csv", `1,7,4.0`, "the line has 3 fields, not 4 (userId,movieId,rating,timestamp)"},
		{"ratings.csv", `x,7,4.0,978300760`, `the person's number is "x", not 1 to 9999999`},
		{"ratings.csv", `1,7.0,4.0,978300760`, `the film's number is "7.0", not 1 to 9999999`},
		{"ratings.csv", `1,9,4.0,978300760`, "film 9 is not in movies.csv"},
		{"ratings.csv", `1,7,5.5,978300760`, `the rating is "5.5", not 0.5 to 5`},
		{"ratings.csv", `1,7,0,978300760`, `the rating is "0", not 0.5 to 5`},
		{"ratings.csv", `1,7,-1,978300760`, `the rating is "-1", not 0.5 to 5`},
		{"ratings.csv", `1,7,NaN,978300760`, `the rating is "NaN", not 0.5 to 5`},
		{"ratings.csv", `1,7,0x1p1,978300760`, `the rating is "0x1p1", not 0.5 to 5`},
		{"ratings.csv", `1,7,4.0.0,978300760`, `the rating is "4.0.0", not 0.5 to 5`},
		{"ratings.csv", `1,7,,978300760`, `the rating is "", not 0.5 to 5`},
		{"ratings.csv", `1,7,4,978300760000`, `the time is "978300760000", not in seconds since 1970 and before 2100`},
		{"ratings.csv", `1,7,4,yesterday`, `the time is "yesterday", not in seconds since 1970 and before 2100`},
	} {
		files := map[string]string{
			"movies.csv":  "movieId,title,genres\n7,Seven,Drama\n8,Eight,\n",
			"ratings.csv": "userId,movieId,rating,timestamp\n1,7,4.0,978300760\n1,8,4.0,978300760\n",
		}
		files[test.file] += test.row + "\n" + strings.SplitAfter(files[test.file], "\n")[2]
		if test.file == "movies.csv" {
			files[test.file] = strings.TrimSuffix(files[test.file], "8,Eight,\n")
		}
		_, _, _, bad := all(t, in(files, layouts()[0]))
		if want := "x/" + test.file + ":4: " + test.want; len(bad) != 1 || bad[0] != want {
			t.Errorf("%q is reported as %q, want %q", test.row, bad, want)
		}
	}
}

func TestWrongPeopleAreNamed(t *testing.T) {
	t.Parallel()
	_, _, ratings, bad := all(t, in(map[string]string{
		"movies.dat":  "7::Seven::Drama\n",
		"users.dat":   "1::F::1::10::48067\n1::M::1::10::48067\n0::F::1::10::48067\n2::F\n",
		"ratings.dat": "1::7::4::978300760\n2::7::4::978300760\n",
	}, layouts()[1]))
	want := []string{
		"x/users.dat:2: person 1 is listed twice, first on line 1",
		`x/users.dat:3: the person's number is "0", not 1 to 9999999`,
		"x/users.dat:4: the line has 2 fields, not 5 (userId,gender,age,occupation,zip)",
		"x/ratings.dat:2: person 2 is not in users.dat",
	}
	if !slices.Equal(bad, want) || len(ratings) != 1 {
		t.Errorf("the errors are %q, want %q", bad, want)
	}
}

func TestWrongHeaderEndsTheFile(t *testing.T) {
	t.Parallel()
	d := in(map[string]string{"movies.csv": "id;title;genres\n7;Seven;Drama\n"}, layouts()[0])
	var errs []string
	for _, err := range d.Movies() {
		errs = append(errs, err.Error())
	}
	if want := `x/movies.csv:1: the header is "id;title;genres", not "movieId,title,genres"`; !slices.Equal(errs, []string{want}) {
		t.Errorf("the errors are %q, want %q", errs, want)
	}
}

func FuzzRows(f *testing.F) {
	f.Add("7,Seven,Drama", "1,7,4.0,978300760")
	f.Add(`7,"Sev""en, The (1999)",Drama|Comedy`, "1,7,4.0,978300760\r\n1,7,4.0,978300760")
	f.Add("7::S\xe9ven::Children's", "1::7::5::978300760")
	f.Add(`7,"`, ",,,")
	f.Add(`7,"",x`, `"1","7","3","4"`)
	f.Fuzz(func(t *testing.T, movieRows, ratingRows string) {
		for i, d := range []*DataSet{
			in(map[string]string{
				"movies.csv":  "movieId,title,genres\n" + movieRows,
				"ratings.csv": "userId,movieId,rating,timestamp\n" + ratingRows,
			}, layouts()[0]),
			in(map[string]string{"movies.dat": movieRows, "users.dat": "1::F::1::1::1\n", "ratings.dat": ratingRows}, layouts()[1]),
		} {
			movies, _, ratings, bad := all(t, d)
			known := map[int32]bool{}
			for _, m := range movies {
				if known[m.ID] || m.ID < 1 || m.ID > maxID || m.Title == "" || strings.ContainsAny(m.Title, "\x00\n") {
					t.Errorf("film %+v", m)
				}
				known[m.ID] = true
			}
			for _, r := range ratings {
				if !known[r.Movie] || r.User < 1 || r.Rating < 0.5 || r.Rating > 5 || r.At < 0 || r.At > maxTime {
					t.Errorf("rating %+v", r)
				}
			}
			lines := func(s string) (n int) {
				for line := range strings.SplitSeq(s, "\n") {
					if strings.TrimRight(line, "\r") != "" {
						n++
					}
				}
				return n
			}
			if i == 0 && len(movies)+len(ratings)+len(bad) != lines(movieRows)+lines(ratingRows) {
				t.Errorf("%d films, %d ratings and %d bad rows", len(movies), len(ratings), len(bad))
			}
		}
	})
}
