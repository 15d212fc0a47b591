package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Examination is what a look at a data folder shows.
type Examination struct {
	Dir     string // the folder that holds the data folders
	Data    string // the data folder that a start would use; "": a start would make one
	Major   int    // of PostgreSQL, that made it; 0: there is none
	Owner   string // whose it is
	Problem error  // why a start would refuse it
	URL     string // of the server that runs on it now; "": none runs
	Crashed bool   // its last server was not stopped in order: the next start takes longer, and loses nothing committed
	Free    int64  // bytes on its disk, -1 when the system does not tell
}

// Examine looks at the folder that Start would use, and changes nothing.
func Examine(cfg Config) (*Examination, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	x := &Examination{Dir: cfg.DataDir, Free: freeSpace(existing(cfg.DataDir))}
	if dir, err := filepath.EvalSymlinks(x.Dir); err == nil {
		x.Dir = dir
	}
	entries, err := os.ReadDir(x.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		x.Problem = err
		return x, nil //nolint:nilerr // it is what was looked for
	}
	s := store{x.Dir}
	for _, e := range entries {
		if major, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
			x.Major = max(x.Major, major)
		}
	}
	if x.Major == 0 {
		return x, nil
	}
	x.Data = s.data(x.Major)
	x.look(s)
	return x, nil
}

// look looks into the data folder.
func (x *Examination) look(s store) {
	owner, err := s.owner(x.Major)
	if err != nil {
		x.Problem = err
		return
	}
	x.Owner = userName(owner)
	made, err := os.ReadFile(filepath.Join(x.Data, "PG_VERSION"))
	switch euid := os.Geteuid(); {
	case errors.Is(err, fs.ErrPermission), euid != 0 && owner != euid:
		x.Problem = fmt.Errorf("the data in %s belongs to the user %s: start as that user, or choose another data folder", x.Data, x.Owner)
	case errors.Is(err, fs.ErrNotExist):
		x.Problem = fmt.Errorf("%s is not a PostgreSQL data folder: move it away, or choose another data folder", x.Data)
	case err != nil:
		x.Problem = err
	case strings.TrimSpace(string(made)) != strconv.Itoa(x.Major):
		x.Problem = fmt.Errorf("%s holds data of PostgreSQL %s: rename it to %s, or choose another data folder",
			x.Data, strings.TrimSpace(string(made)), filepath.Join(x.Dir, strings.TrimSpace(string(made))))
	case x.Major < oldestMajor:
		x.Problem = fmt.Errorf("%s holds data of PostgreSQL %d, and %d is the oldest that works: move it with pg_upgrade", x.Data, x.Major, oldestMajor)
	}
	if x.Problem == nil {
		_, x.Problem = chooseAccount(s, x.Major)
	}
	if x.Problem != nil {
		return
	}
	p, err := readPostmaster(x.Data)
	if err != nil {
		return // none runs
	}
	if !p.lives() {
		x.Crashed = true
		return
	}
	if password, err := s.password(x.Major); err == nil && p.port != 0 {
		x.URL = connectionURL(p.port, password)
	}
}

// existing returns the folder, or the nearest one above it that there is.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
