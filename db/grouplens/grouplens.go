// Package grouplens reads the rating data sets that GroupLens publishes: the `::` files of MovieLens 1M and 10M, and the CSV
// files of every later one, in the published zip or unpacked. It streams: of a data set only the films' numbers are held.
package grouplens

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// DataSet is an opened data set. Read Movies first, then People, then Ratings, for each is checked against those before it.
type DataSet struct {
	Name string // of its folder: "ml-1m"

	layout layout
	files  fs.FS
	closer io.Closer // nil for a folder
	folder string    // in files
	size   int64     // of the files that are read, unpacked
	limit  int64     // most bytes that may be read
	read   int64
	movies map[int32]int // the line of each film
	people map[int64]int // the line of each person, nil when the data set does not list them
	genres map[string]struct{}
}

// layout is how a generation of data sets is written.
type layout struct {
	movies, people, ratings string // files; no people: everybody who rated is a person
	split                   func(fields [][]byte, line []byte) ([][]byte, error)
	header                  bool // the first line names the fields
	latin1                  bool // a line that is not UTF-8 is ISO 8859-1; else it is wrong
}

func layouts() []layout {
	return []layout{
		{movies: "movies.csv", ratings: "ratings.csv", split: splitCSV, header: true},
		{movies: "movies.dat", people: "users.dat", ratings: "ratings.dat", split: splitColons, latin1: true},
	}
}

// DefaultLimit is the most bytes that a data set may unpack to: about ten times the largest one published.
const DefaultLimit = 8 << 30

// Open opens a zip or folder with a data set and finds its files. It may have limit bytes when unpacked; 0 stands for
// DefaultLimit. The caller closes the data set.
func Open(name string, limit int64) (*DataSet, error) {
	if limit == 0 {
		limit = DefaultLimit
	}
	d := &DataSet{limit: limit, movies: map[int32]int{}, genres: map[string]struct{}{}}
	if err := d.open(name); err != nil {
		return nil, fmt.Errorf("open the data set %s: %w", name, err)
	}
	if err := d.find(name); err != nil {
		_ = d.Close() // it was only read
		return nil, fmt.Errorf("open the data set %s: %w", name, err)
	}
	return d, nil
}

func (d *DataSet) open(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return errors.Unwrap(err) // the path is named already
	}
	if info.IsDir() {
		d.files = os.DirFS(name)
		return nil
	}
	archive, err := zip.OpenReader(name)
	if errors.Is(err, zip.ErrFormat) {
		return errors.New("it is neither a zip nor a folder")
	}
	if err != nil {
		return err
	}
	d.files, d.closer = archive, archive
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) || strings.Contains(f.Name, `\`) {
			_ = d.Close() // it was only read
			return fmt.Errorf("the zip has an entry outside its folder: %q", f.Name)
		}
	}
	return nil
}

// find looks for a known layout in the top folder and in the folders right under it.
func (d *DataSet) find(name string) error {
	folders := []string{"."}
	entries, err := fs.ReadDir(d.files, ".")
	if err != nil {
		return fmt.Errorf("list its files: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != "__MACOSX" {
			folders = append(folders, e.Name())
		}
	}
	var found []string
	for _, folder := range folders {
		for _, l := range layouts() {
			if _, err := fs.Stat(d.files, path.Join(folder, l.movies)); err == nil {
				found = append(found, path.Join(folder, l.movies))
				d.folder, d.layout = folder, l
			}
		}
	}
	switch {
	case len(found) == 0:
		return errors.New("it has neither movies.csv nor movies.dat, at the top or in a folder right under it")
	case len(found) > 1:
		return fmt.Errorf("it has more than one data set: %s", strings.Join(found, ", "))
	}
	if err := d.name(name); err != nil {
		return err
	}
	return d.measure()
}

func (d *DataSet) name(name string) error {
	d.Name = d.folder
	if d.folder == "." {
		absolute, err := filepath.Abs(name)
		if err != nil {
			return fmt.Errorf("find the folder's name: %w", err)
		}
		d.Name = filepath.Base(absolute)
		if d.closer != nil {
			d.Name = strings.TrimSuffix(d.Name, filepath.Ext(d.Name))
		}
	}
	if !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$`).MatchString(d.Name) {
		return fmt.Errorf("its folder's name %q names the data set, and may have only letters, digits, dots and hyphens, 64 at most", d.Name)
	}
	return nil
}

// measure finds every file that will be read, and their size.
func (d *DataSet) measure() error {
	for _, file := range []string{d.layout.movies, d.layout.people, d.layout.ratings} {
		if file == "" {
			continue
		}
		info, err := fs.Stat(d.files, path.Join(d.folder, file))
		if errors.Is(err, fs.ErrNotExist) && file == d.layout.people {
			d.layout.people = "" // MovieLens 10M has none
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("it has no %s beside its %s", file, d.layout.movies)
		}
		if err != nil {
			return fmt.Errorf("find %s: %w", file, err)
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a file", file)
		}
		d.size += info.Size()
	}
	if d.size > d.limit || d.size < 0 {
		return d.tooLarge()
	}
	return nil
}

func (d *DataSet) tooLarge() error {
	return fmt.Errorf("it unpacks to more than %d bytes", d.limit)
}

// Size returns how many bytes there are to read in all.
func (d *DataSet) Size() int64 { return d.size }

// BytesRead returns how many bytes have been read so far.
func (d *DataSet) BytesRead() int64 { return d.read }

// Close closes the zip.
func (d *DataSet) Close() error {
	if d.closer == nil {
		return nil
	}
	return d.closer.Close()
}
