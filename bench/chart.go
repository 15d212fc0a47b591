package bench

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// bar is a line of a bar chart: a solid part, and a thin one that goes on to more.
type bar struct {
	label       string
	solid, more float64
	second      bool // of the second colour
}

// Sizes of a chart, in pixels.
const (
	chartWidth = 920
	labelWidth = 400 // at the least
	letter     = 7.2 // of a label, in a wide font
	barHeight  = 16
	barStep    = 24
	headHeight = 76
)

// chartHead begins a chart of a width and a height.
const chartHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13">`

// barChart draws bars from zero, or on a logarithmic scale where milliseconds and minutes are both to be seen.
func barChart(title, note, unit string, bars []bar) string {
	share, ticks := axis(bars)
	left := labelWidth
	for i := range bars {
		left = max(left, int(letter*float64(utf8.RuneCountInString(bars[i].label)))+20)
	}
	x := func(v float64) float64 { return float64(left) + float64(chartWidth-left-90)*share(v) }
	height := headHeight + barStep*len(bars) + 34
	var b strings.Builder
	fmt.Fprintf(&b, chartHead+"\n", chartWidth, height)
	fmt.Fprintf(&b, `<title>%s</title><rect width="100%%" height="100%%" fill="#fff"/>`+"\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<text x="12" y="24" font-size="17" font-weight="600">%s</text>`+"\n", html.EscapeString(title))
	fmt.Fprintf(&b, `<text x="12" y="46" fill="#555">%s</text>`+"\n", html.EscapeString(note))
	for _, v := range ticks {
		fmt.Fprintf(&b, `<path d="M%.1f %dV%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle" fill="#555">%s</text>`+"\n",
			x(v), headHeight-8, height-26, x(v), height-10, html.EscapeString(number(v)+" "+unit))
	}
	for i, one := range bars {
		top := float64(headHeight + barStep*i)
		colour := "#1f6f8b"
		if one.second {
			colour = "#d98324"
		}
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`, left-10, top+13, html.EscapeString(one.label))
		fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="%.1f" height="%d" fill="%s"/>`, left, top, x(one.solid)-float64(left), barHeight, colour)
		if one.more > one.solid {
			fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="2" fill="%s"/>`, x(one.solid), top+barHeight/2-1, x(one.more)-x(one.solid), colour)
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x(max(one.solid, one.more))+6, top+13, html.EscapeString(number(one.solid)))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// below draws charts one below the other.
func below(charts ...string) string {
	var b strings.Builder
	height := 0
	for _, chart := range charts {
		var width, own int
		if _, err := fmt.Sscanf(chart, chartHead, &width, &own); err != nil {
			continue // it is no chart of ours
		}
		fmt.Fprintf(&b, `<svg y="%d" height="%d"%s`, height, own, strings.TrimPrefix(chart, "<svg"))
		height += own
	}
	return fmt.Sprintf(chartHead, chartWidth, height) + "\n" + b.String() + "</svg>\n"
}

// linearUpTo is how many times the smallest figure the largest may be for bars that start at zero.
const linearUpTo = 20

// axis returns where figures lie, from 0 to 1, and those to mark.
func axis(bars []bar) (share func(v float64) float64, ticks []float64) {
	low, high := math.Inf(1), 0.01
	for _, b := range bars {
		low, high = min(low, b.solid), max(high, b.solid, b.more)
	}
	if high <= linearUpTo*low {
		step := math.Pow(10, math.Floor(math.Log10(high)))
		for _, finer := range []float64{2, 2.5} {
			if high/step < 4 {
				step /= finer
			}
		}
		end := step * math.Ceil(high/step)
		for v := 0.0; v <= end*1.001; v += step {
			ticks = append(ticks, v)
		}
		return func(v float64) float64 { return v / end }, ticks
	}
	from, to := math.Floor(math.Log10(max(low, 0.01))), math.Ceil(math.Log10(high))
	for e := from; e <= to; e++ {
		ticks = append(ticks, math.Pow(10, e))
	}
	return func(v float64) float64 { return max(0, (math.Log10(max(v, 1e-9))-from)/(to-from)) }, ticks
}

// number writes a figure with about three digits.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 1:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	default:
		return fmt.Sprintf("%.2g", v)
	}
}

// SVG draws the report.
func (r *TurtleReport) SVG() string {
	var bars []bar
	for i := range r.Programs {
		f := &r.Programs[i]
		bars = append(bars,
			bar{label: f.Name + ": first", solid: f.First.P50, more: f.First.P95, second: true},
			bar{label: "final", solid: f.Final.P50, more: f.Final.P95})
	}
	slowed := "nobody is slowed down"
	for _, name := range sortedKeys(r.Slowed) {
		slowed = fmt.Sprintf("%s takes %v longer", name, r.Slowed[name])
	}
	note := fmt.Sprintf("%d people at the same time, %s. Bars: p50, lines: to p95. Messages %s, %d cores.",
		r.Users, slowed, r.Machine.Broker, r.Machine.Cores)
	return barChart("Time to the first partial and to the final ranking", note, "ms", bars)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
