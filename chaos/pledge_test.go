package chaos

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// pledge is a promise with a figure, and what a case measured.
type pledge struct {
	Promise, What, Measured, Promised, Run string
}

func (p pledge) markdown() string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", p.Promise, p.What, p.Measured, p.Promised, p.Run)
}

// readPledge reads what markdown writes, and reports whether it is that.
func readPledge(text string) (pledge, bool) {
	cells := strings.Split(strings.Trim(text, "| \n"), " | ")
	if len(cells) != 5 || !strings.HasPrefix(cells[0], "P") {
		return pledge{}, false
	}
	return pledge{cells[0], cells[1], cells[2], cells[3], cells[4]}, true
}

// slack is how many times as much a short run may miss: it shares the machine, and is to notice what breaks, not what is slow.
const slack = 10

// kept reports a time of a promise.
func (d *deployment) kept(promise, what string, measured, promised time.Duration) {
	d.t.Helper()
	d.pledge(measured <= promised, measured <= slack*promised, pledge{
		Promise: promise, What: what, Measured: milliseconds(measured), Promised: "at most " + milliseconds(promised),
	})
}

// keptShare is kept for a share, of which there is to be at least so much.
func (d *deployment) keptShare(promise, what string, measured, promised float64) {
	d.t.Helper()
	d.pledge(measured >= promised, 1-measured <= slack*(1-promised), pledge{
		Promise: promise, What: what, Measured: fmt.Sprintf("%.1f %%", 100*measured), Promised: fmt.Sprintf("at least %.0f %%", 100*promised),
	})
}

// keptCount is kept for what there is to be at most so much of; a short run may have some more.
func (d *deployment) keptCount(promise, what string, measured, promised, more int) {
	d.t.Helper()
	d.pledge(measured <= promised, measured <= promised+more, pledge{
		Promise: promise, What: what, Measured: strconv.Itoa(measured), Promised: "at most " + strconv.Itoa(promised),
	})
}

// pledge holds to a promise: in the long run, where the case has the machine for itself, to what it says, else loosely.
func (d *deployment) pledge(kept, loosely bool, p pledge) {
	d.t.Helper()
	d.t.Logf("%s, %s: %s, promised %s", p.Promise, p.What, p.Measured, p.Promised)
	if *long {
		report.pledge(p, !kept)
	} else {
		kept = loosely
	}
	if !kept {
		d.t.Errorf("%s is broken: %s: %s, promised %s", p.Promise, p.What, p.Measured, p.Promised)
	}
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.0f ms", float64(d)/float64(time.Millisecond))
}
