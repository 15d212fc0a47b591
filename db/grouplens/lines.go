package grouplens

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"unicode/utf8"
)

// RowError says which row of a data set is wrong, and why. The rows after it can still be read.
type RowError struct {
	File   string // with the data set's name: "ml-1m/ratings.dat"
	Line   int    // from 1
	Reason string
}

func (e *RowError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason) }

// longestLine is in bytes; the longest in any published data set is below 300.
const longestLine = 16 << 10

// rows calls row for each line of a file with its fields, which are valid during the call. It yields what is wrong with a
// row and goes on for as long as yield wants; an error that is no RowError is the last.
func (d *DataSet) rows(file string, names []string, row func(line int, fields [][]byte) (string, bool), yield func(error) bool) {
	in, err := d.files.Open(path.Join(d.folder, file))
	if err != nil {
		yield(fmt.Errorf("open %s: %w", file, err))
		return
	}
	defer func() { _ = in.Close() }() // it was only read

	reader := bufio.NewReaderSize(&counter{in, d}, longestLine)
	shown := path.Join(d.Name, file)
	var fields [][]byte
	for line := 1; ; line++ {
		text, err := reader.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			if err = skipLine(reader); err != nil && !errors.Is(err, io.EOF) {
				yield(fmt.Errorf("read %s: %w", shown, err))
				return
			}
			if !yield(&RowError{shown, line, fmt.Sprintf("the line has more than %d bytes", longestLine)}) {
				return
			}
			continue
		case errors.Is(err, io.EOF) && len(text) == 0:
			return
		case err != nil && !errors.Is(err, io.EOF):
			yield(fmt.Errorf("read %s: %w", shown, err))
			return
		}
		text = bytes.TrimRight(text, "\r\n")
		if line == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if line == 1 && d.layout.header {
			if want := headerOf(names); string(text) != want {
				yield(fmt.Errorf("%s:1: the header is %.80q, not %q", shown, text, want))
				return
			}
			continue
		}
		if len(text) == 0 {
			continue
		}
		var reason string
		more := true
		if fields, reason = d.fields(fields, text, names); reason == "" {
			reason, more = row(line, fields)
		}
		if reason != "" {
			more = yield(&RowError{shown, line, reason})
		}
		if !more {
			return
		}
	}
}

// fields cuts a line up, into the same slice for every line.
func (d *DataSet) fields(fields [][]byte, text []byte, names []string) ([][]byte, string) {
	if bytes.IndexByte(text, 0) >= 0 {
		return fields, "the line has a NUL byte"
	}
	if !utf8.Valid(text) {
		if !d.layout.latin1 {
			return fields, "the line is not UTF-8"
		}
		text = fromLatin1(text)
	}
	fields, err := d.layout.split(fields[:0], text)
	if err != nil {
		return fields, err.Error()
	}
	if len(fields) != len(names) {
		return fields, fmt.Sprintf("the line has %d fields, not %d (%s)", len(fields), len(names), headerOf(names))
	}
	return fields, ""
}

func headerOf(names []string) string {
	var b []byte
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, name...)
	}
	return string(b)
}

func skipLine(r *bufio.Reader) error {
	for {
		if _, err := r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// fromLatin1 turns ISO 8859-1, whose bytes are Unicode's first characters, into UTF-8.
func fromLatin1(text []byte) []byte {
	out := make([]byte, 0, len(text)+8)
	for _, b := range text {
		out = utf8.AppendRune(out, rune(b))
	}
	return out
}

// counter counts what is read of a data set and stops at its limit, whatever size the zip's directory claims.
type counter struct {
	in io.Reader
	d  *DataSet
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	if c.d.read += int64(n); c.d.read > c.d.limit {
		return 0, c.d.tooLarge()
	}
	return n, err
}
