package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progressEvery is how often a line is written where there is no terminal.
const progressEvery = 3 * time.Second

// progress shows how far long work is: a bar on a terminal, a line every few seconds elsewhere. Its methods are called by
// one goroutine at a time.
type progress struct {
	to    io.Writer
	bar   *progressbar.ProgressBar // nil where there is no terminal
	stage string
	said  time.Time
}

func newProgress(to io.Writer) *progress {
	p := &progress{to: to}
	if isTerminal(to) {
		p.bar = progressbar.NewOptions64(1, progressbar.OptionSetWriter(to), progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionSetPredictTime(true))
	}
	return p
}

// show says that done of total is done in a stage.
func (p *progress) show(stage string, done, total int64) {
	if p.bar != nil {
		if stage != p.stage {
			p.bar.Reset()
			p.bar.Describe(stage)
			p.stage = stage
		}
		p.bar.ChangeMax64(max(total, 1))
		_ = p.bar.Set64(min(done, max(total, 1))) // a bar that cannot be drawn is no reason to stop
		return
	}
	if stage == p.stage && time.Since(p.said) < progressEvery {
		return
	}
	p.stage, p.said = stage, time.Now()
	if total > 0 {
		fmt.Fprintf(p.to, "%s: %d %%\n", stage, 100*done/total)
	} else {
		fmt.Fprintln(p.to, stage)
	}
}

// end takes the bar off the terminal.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a descriptor fits an int
}
