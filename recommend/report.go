package recommend

import (
	"fmt"
	"html"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the report for a terminal: a line for each way to rank, nDCG and recall with their intervals.
func (r *Report) WriteTable(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%d people with a history, %d without; %d films, trained on %d ratings; lists of %d\n",
		r.People, r.Cold, r.Films, r.Ratings, r.K)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\t")
	if len(r.Lines) > 0 {
		for _, m := range r.Lines[0].Measures {
			fmt.Fprintf(table, "%s\t", m.Name)
		}
	}
	fmt.Fprintln(table)
	for _, line := range r.Lines {
		fmt.Fprintf(table, "%s\t", line.Name)
		for i, m := range line.Measures {
			switch {
			case m.Name == "coverage":
				fmt.Fprintf(table, "%.0f\t", m.Value)
			case i < 2:
				fmt.Fprintf(table, "%.4f [%.4f, %.4f]\t", m.Value, m.Low, m.High)
			default:
				fmt.Fprintf(table, "%.4f\t", m.Value)
			}
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// WriteSVG draws the nDCG of every line as bars with their intervals.
func (r *Report) WriteSVG(w io.Writer) error {
	const left, width, row = 220, 460, 26
	most := 0.0
	for _, line := range r.Lines {
		most = max(most, line.Measures[0].High)
	}
	if most == 0 {
		most = 1
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="13">`+"\n",
		left+width+80, 40+row*len(r.Lines))
	fmt.Fprintf(&b, `<title>nDCG@%d</title><text x="%d" y="20" font-weight="bold">nDCG@%d, 95 %% interval</text>`+"\n", r.K, left, r.K)
	for i, line := range r.Lines {
		m, y := line.Measures[0], 32+row*i
		at := func(v float64) float64 { return left + width*v/most }
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, y+14, html.EscapeString(line.Name))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="18" fill="#4a7ab5"/>`, left, y, at(m.Value)-left)
		fmt.Fprintf(&b, `<path d="M%.1f %dH%.1f" stroke="#111" stroke-width="2"/>`, at(m.Low), y+9, at(m.High))
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.4f</text>`+"\n", at(m.High)+6, y+14, m.Value)
	}
	b.WriteString("</svg>\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write chart: %w", err)
	}
	return nil
}
