package bench

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := 1000; i > 0; i-- {
		times = append(times, time.Duration(i)*time.Millisecond)
	}
	if q := quantiles(times); q != (Quantiles{P50: 501, P95: 951, P99: 991, Max: 1000}) {
		t.Errorf("of 1 to 1000 ms the quantiles are %+v", q)
	}
	if q := quantiles(nil); q != (Quantiles{}) {
		t.Errorf("of nothing the quantiles are %+v", q)
	}
}

func TestMedianOfRuns(t *testing.T) {
	t.Parallel()
	m := median([]Figures{
		{Requests: 10, Rate: 30, First: Quantiles{P50: 1}, Final: Quantiles{P99: 900}},
		{Requests: 20, Rate: 10, First: Quantiles{P50: 3}, Final: Quantiles{P99: 7}},
		{Requests: 30, Rate: 20, First: Quantiles{P50: 2}, Final: Quantiles{P99: 8}, Errors: 1},
	})
	if m.Requests != 60 || m.Errors != 1 || m.Rate != 20 || m.First.P50 != 2 || m.Final.P99 != 8 {
		t.Errorf("the medians are %+v", m)
	}
}

// TestChartsAreWellFormed reads charts as a browser does, with names that have to be escaped and figures at the edges.
func TestChartsAreWellFormed(t *testing.T) {
	t.Parallel()
	r := &TurtleReport{Users: 3, Slowed: map[string]time.Duration{"<history> & co": time.Second}, Programs: []Figures{
		{Name: "a & b <c>", First: Quantiles{P50: 0, P95: 0}, Final: Quantiles{P50: 1e6, P95: 1e7}},
		{Name: "nothing"},
	}}
	growth := &GrowthReport{Steps: []GrowthFigure{{Figures: Figures{Name: "<1> people", Rate: 3, Final: Quantiles{P50: 1, P99: 2}}}}}
	for _, chart := range []string{r.SVG(), (&LimitReport{}).SVG(), (&LoadReport{}).SVG(), growth.SVG()} {
		d := xml.NewDecoder(strings.NewReader(chart))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, chart)
			}
		}
		if strings.Contains(chart, "NaN") || strings.Contains(chart, "Inf") {
			t.Errorf("a chart has places that are no numbers: %s", chart)
		}
	}
}

// TestLongLabelsHaveRoom draws a bar whose name is longer than most: it must end before the bar begins, and begin in the picture.
func TestLongLabelsHaveRoom(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("x", 70)
	chart := barChart("t", "n", "/s", []bar{{label: label, solid: 1}})
	_, after, _ := strings.Cut(chart, `<text x="`+strconv.Itoa(int(letter*70)+10)+`"`)
	if !strings.Contains(after, label) {
		t.Errorf("the label has no room in %s", chart)
	}
}

// TestArrivalsAreAsManyAsAsked asks for a rate: as many requests are due, within the run, at other moments in another run, and at the
// same ones in the same.
func TestArrivalsAreAsManyAsAsked(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []time.Duration { return arrivals(50, 4*time.Second, rand.New(rand.NewPCG(seed, 3))) }
	due := run(1)
	if len(due) != 200 || !slices.IsSorted(due) || due[0] < 0 || due[199] >= 4*time.Second {
		t.Errorf("50 a second for 4 seconds are due at %v", due)
	}
	if !slices.Equal(due, run(1)) || slices.Equal(due, run(2)) {
		t.Error("runs are not each of their own, the same each time")
	}
}

// TestLoadFiguresAreInJSON reads what a run without errors, and a server that tells little, look like.
func TestLoadFiguresAreInJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(LoadFigures{MemoryMiB: new(120.5)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"errors":0`, `"serverMemoryMiB":120.5`, `"oldestMs":null`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("there is no %s in %s", want, raw)
		}
	}
}
