package chaos

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

//nolint:gochecknoglobals // flags of the test binary, and the report of its run
var (
	long   = flag.Bool("long", false, "run the long versions of the cases")
	write  = flag.String("write", "", "write the table of the cases to this file")
	report lines
)

// line is a case's line in the report.
type line struct {
	Case                      string
	Times                     int
	Requests, Finals, Partial int
	Refused, Lost             int
	Duplicated, Disorder      int
	Attached                  int
	LatestMs                  float64
	Note                      string
}

type lines struct {
	mu  sync.Mutex
	all []line
}

func (l *lines) add(row line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, row)
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	if err := template.drop(); err != nil {
		fmt.Fprintln(os.Stderr, "a database is left behind:", err)
	}
	if *write != "" {
		if err := os.WriteFile(*write, []byte(report.markdown(code == 0)), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "write the report:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// markdown returns docs/reliability.md.
func (l *lines) markdown(passed bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.all, func(a, b line) int { return strings.Compare(a.Case, b.Case) })
	var b strings.Builder
	result := "Every case passed."
	if !passed {
		result = "**Some cases failed.**"
	}
	version := "short"
	if *long {
		version = "long"
	}
	fmt.Fprintf(&b, `# Reliability

`+"`make chaos`"+` wrote this file: it runs Webflix as separate processes on a database and queues of their own, breaks them while
clients ask over WebSockets, and then reads what the clients saw and what the ledger holds. %s The %s versions ran on
%s, %d cores, %s/%s.

A request is *lost* when its ledger row never became final, or its client never got a final; *duplicated* when a client
got two finals; *refused* when the client was told UNAVAILABLE or BUSY and nothing was started. *Partial* finals cover less than all criteria: they are
labelled. *Attached* counts the times that a client lost its connection and followed its request on another one. *Latest* is
the longest time from a request's deadline to its final, negative when every final came before its deadline.

| case | times | requests | finals seen | partial | refused | attached | lost | duplicated | out of order | latest |
|---|---|---|---|---|---|---|---|---|---|---|
`, result, version, time.Now().UTC().Format("2006-01-02"), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	total := line{Case: "**all**"}
	for _, r := range l.all {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.0f ms |\n",
			r.Case, r.Times, r.Requests, r.Finals, r.Partial, r.Refused, r.Attached, r.Lost, r.Duplicated, r.Disorder, r.LatestMs)
		total.Times += r.Times
		total.Requests += r.Requests
		total.Finals += r.Finals
		total.Partial += r.Partial
		total.Refused += r.Refused
		total.Attached += r.Attached
		total.Lost += r.Lost
		total.Duplicated += r.Duplicated
		total.Disorder += r.Disorder
	}
	r := total
	fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | |\n",
		r.Case, r.Times, r.Requests, r.Finals, r.Partial, r.Refused, r.Attached, r.Lost, r.Duplicated, r.Disorder)
	return b.String()
}

// times returns how often a case breaks something.
func times(short, when int) int {
	if *long {
		return when
	}
	return short
}
