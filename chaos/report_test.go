package chaos

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

//nolint:gochecknoglobals // flags of the test binary, and what its run leaves behind
var (
	long   = flag.Bool("long", false, "run the long versions of the cases, and the cases that have no short one")
	often  = flag.Int("times", 0, "strike each fault so often")
	write  = flag.String("write", "", "bring the cases that ran up to date in this file")
	report lines
	ending endings
)

// endings are what to do at the end of the test run, the last first.
type endings struct {
	mu  sync.Mutex
	all []func()
}

func atTheEnd(do func()) {
	ending.mu.Lock()
	defer ending.mu.Unlock()
	ending.all = append(ending.all, do)
}

func TestMain(m *testing.M) {
	flag.Parse()
	commit()
	code := m.Run()
	if everyCase() {
		if err := report.enough(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	for i := len(ending.all); i > 0; i-- {
		ending.all[i-1]()
	}
	if *write != "" {
		if err := report.write(*write); err != nil {
			fmt.Fprintln(os.Stderr, "write the report:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// line is a case's line in the report.
type line struct {
	Case                              string
	Times, Kills                      int
	Requests, Finals                  int
	Partial, Refused, Attached        int
	Lost, Duplicated, Wrong, Disorder int
	LatestMs, ShownMs                 float64
	Run                               string // when, and where
}

func (l line) String() string {
	return fmt.Sprintf("%s: %d times, %d kills, %d requests, %d lost, %d duplicated, %d wrong, %d out of order, latest %.0f ms, shown %.0f ms",
		l.Case, l.Times, l.Kills, l.Requests, l.Lost, l.Duplicated, l.Wrong, l.Disorder, l.LatestMs, l.ShownMs)
}

func (l line) markdown() string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.0f ms | %.0f ms | %s |\n",
		l.Case, l.Times, l.Kills, l.Requests, l.Finals, l.Partial, l.Refused, l.Attached, l.Lost, l.Duplicated, l.Wrong, l.Disorder,
		l.LatestMs, l.ShownMs, l.Run)
}

// readLine reads what markdown writes, and reports whether it is that.
func readLine(text string) (l line, ok bool) {
	cells := strings.Split(strings.Trim(text, "| \n"), " | ")
	if len(cells) != 15 {
		return line{}, false
	}
	l.Case, l.Run = cells[0], cells[14]
	figures := []*int{
		&l.Times, &l.Kills, &l.Requests, &l.Finals, &l.Partial, &l.Refused, &l.Attached, &l.Lost, &l.Duplicated, &l.Wrong, &l.Disorder,
	}
	for i, figure := range figures {
		var err error
		if *figure, err = strconv.Atoi(cells[i+1]); err != nil {
			return line{}, false
		}
	}
	for i, figure := range []*float64{&l.LatestMs, &l.ShownMs} {
		var err error
		if *figure, err = strconv.ParseFloat(strings.TrimSuffix(cells[12+i], " ms"), 64); err != nil {
			return line{}, false
		}
	}
	return l, true
}

type lines struct {
	mu      sync.Mutex
	all     map[string]line   // by case
	pledges map[string]pledge // by what is promised
}

func (l *lines) add(n line, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.Run = thisRun(failed)
	if l.all == nil {
		l.all = map[string]line{}
	}
	l.all[n.Case] = n
}

func (l *lines) pledge(p pledge, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p.Run = thisRun(failed)
	if l.pledges == nil {
		l.pledges = map[string]pledge{}
	}
	l.pledges[p.What] = p
}

// enough fails unless a whole run did what it is to do at least: the first promise is about so many kills and requests.
func (l *lines) enough() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	const kills, requests = 100, 50_000
	var sum line
	for _, n := range l.all {
		sum.Kills += n.Kills
		sum.Requests += n.Requests
	}
	if sum.Kills < kills || sum.Requests < requests {
		return fmt.Errorf("%d kills and %d requests; a whole run has at least %d and %d", sum.Kills, sum.Requests, kills, requests)
	}
	return nil
}

// everyCase reports whether every case runs for long, as with `make chaos` without CASES.
func everyCase() bool {
	selected := flag.Lookup("test.run").Value.String()
	return *long && *often == 0 && (selected == "" || selected == "TestFaults" || selected == "TestFaults/()")
}

// commit returns what is tested: the commit, with a + when code was changed since; "" where Git does not know.
//
//nolint:gochecknoglobals // it is looked up once, before anybody commits during the run
var commit = sync.OnceValue(func() string {
	if os.Getenv("WEBFLIX_BINARY") != "" {
		return "" // of another commit, perhaps
	}
	head, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return ""
	}
	changed, err := exec.Command("git", "status", "--porcelain", "--", ":/*.go", ":/*.sql", ":/*.graphqls", ":/go.mod", ":/go.sum").Output()
	if err != nil || len(changed) > 0 {
		return strings.TrimSpace(string(head)) + "+, "
	}
	return strings.TrimSpace(string(head)) + ", "
})

// thisRun says when and where a run was, and of what.
func thisRun(failed bool) string {
	run := fmt.Sprintf("%s, %s%d cores, %s/%s", time.Now().UTC().Format(time.DateOnly), commit(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if failed {
		return "**failed**, " + run
	}
	return run
}

// write brings the cases that ran up to date in a file, and leaves the others as they are.
func (l *lines) write(path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	known, pledges := map[string]line{}, map[string]pledge{}
	for text := range strings.Lines(string(before)) {
		if n, ok := readLine(text); ok {
			known[n.Case] = n
		}
		if p, ok := readPledge(text); ok {
			pledges[p.What] = p
		}
	}
	maps.Copy(known, l.all)
	maps.Copy(pledges, l.pledges)
	return os.WriteFile(path, []byte(markdown(known, pledges)), 0o644)
}

// markdown returns docs/reliability.md.
func markdown(known map[string]line, pledges map[string]pledge) string {
	var b strings.Builder
	b.WriteString(`# Reliability

` + "`make chaos`" + ` wrote this file, and ` + "`make upgrade-check`" + ` its line about an older version. They run Webflix as separate processes on a
PostgreSQL and a RabbitMQ of their own, break something while a crowd asks over WebSockets, and then read what the clients saw and what
the ledger holds. A run writes the lines of the cases that it ran.

*Times* is how often the fault was struck. *Requests* are those that the ledger accepted; *refused* ones are not among them. *Finals
seen* are those that the crowd's clients received. The difference is made up of requests that the test itself sends to see whether all is
well again, and of clients that were cut off before their first update and so never learned their request's id; the ledger is checked for
a final of these, too. A request is *lost* when its row in the ledger never became final, when its client never got a final, or when a client was told of it
and the ledger does not have it; *duplicated* when a client got two finals; *wrong* when the final that a client saw is not the ledger's:
of the same sequence, and, bit for bit, what an independent sum over the ledger's rows gives. An update is *out of order* when its
sequence does not rise, or after the final. Those four are promised to be 0 in every case. *Kills* counts processes of Webflix, RabbitMQ
and PostgreSQL that were ended by SIGKILL. *Partial* finals cover less than all criteria, and say why, and which are missing; *refused*
requests were told when to try again, and nothing was started; *attached* counts the times that a client lost its connection and
followed its request on another one. While PostgreSQL ends, people besides start requests that nobody follows. *Latest* is the longest
time from a request's deadline to its final in the ledger, *shown* to its final at the client; they are negative when every final came
before its deadline. A run names the commit that it tested, with a + when code was changed since.

| case | times | kills | requests | finals seen | partial | refused | attached | lost | duplicated | wrong | out of order | latest | shown | run |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
`)
	total := line{Case: "**all**"}
	for _, f := range faults() {
		l, ok := known[f.name]
		if !ok {
			continue
		}
		b.WriteString(l.markdown())
		total.Times += l.Times
		total.Kills += l.Kills
		total.Requests += l.Requests
		total.Finals += l.Finals
		total.Partial += l.Partial
		total.Refused += l.Refused
		total.Attached += l.Attached
		total.Lost += l.Lost
		total.Duplicated += l.Duplicated
		total.Wrong += l.Wrong
		total.Disorder += l.Disorder
		total.LatestMs = max(total.LatestMs, l.LatestMs)
		total.ShownMs = max(total.ShownMs, l.ShownMs)
	}
	b.WriteString(total.markdown())
	b.WriteString(`
## Promises with a figure

What the cases measured of the promises that have one, each with the machine to itself. Clients, every role, PostgreSQL and RabbitMQ
share it. P1: no accepted request is lost. P2: finals are on time. P3: a frozen criterion does not slow the others. P4: totals are exact.
P5: poison is set aside quickly. P6: answers are whole soon after an outage of RabbitMQ. P7: refusals are quick. P8: a stop is orderly.
P9: a client that lost its replica soon sees its request again. P10: updates are in order. P1, P4 and P10 are the table above; speed (P11)
is [measured](performance.md) beside the bare broker.

| promise | what | measured | promised | run |
|---|---|---|---|---|
`)
	for _, p := range slices.SortedFunc(maps.Values(pledges), func(a, b pledge) int {
		return cmp.Or(cmp.Compare(a.Promise, b.Promise), cmp.Compare(a.What, b.What))
	}) {
		b.WriteString(p.markdown())
	}
	return b.String()
}
