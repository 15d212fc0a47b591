package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"webflix/bench"
	"webflix/recommend"
)

// trainingOptions say what data to train on, and where the figures go.
type trainingOptions struct {
	ratings []string // "25M"
	films   int
	people  int // of the largest data set
	seed    uint64
	tail    float64
	write   string // file of the report; "": none
	json    bool
	here    bool // train in this process, on the first size, and print its figures as JSON
}

func benchTrainCommand(getenv func(string) string) *cobra.Command {
	o := &trainingOptions{}
	cmd := storelessCommand(getenv, "train", "Train on invented data of several sizes: time and memory", func(ctx context.Context, p *process) error {
		sizes, err := o.sizes()
		if err != nil {
			return err
		}
		if o.here {
			return o.one(ctx, p, sizes[0])
		}
		return o.all(ctx, p, sizes)
	}, (*Config).logFlags, func(_ *Config, f *pflag.FlagSet) { o.flags(f) })
	cmd.Long = `Train invents films, people and ratings with a long tail, trains on them as webflix train does, opens the model and scores,
each size in a process of its own, so that its peak of memory is its own. It needs no database.`
	cmd.Example = `  webflix bench train --ratings 1M,5M,25M --write docs/training.md`
	return cmd
}

func (o *trainingOptions) flags(f *pflag.FlagSet) {
	o.worldFlags(f)
	f.StringSliceVar(&o.ratings, "ratings", []string{"1M", "5M", "25M"}, "sizes, in ascending order")
	f.StringVar(&o.write, "write", "", "write the figures as a page of documentation to this file, too")
	f.BoolVar(&o.json, "json", false, "write JSON instead of tables")
	f.BoolVar(&o.here, "here", false, "train on the first size in this process, and write its figures as JSON")
}

// worldFlags are what any invented data set has, whatever its size.
func (o *trainingOptions) worldFlags(f *pflag.FlagSet) {
	f.IntVar(&o.films, "films", 60_000, "films in the catalogue")
	f.IntVar(&o.people, "people", 160_000, "people in the largest data set; smaller ones have as many ratings a person")
	f.Uint64Var(&o.seed, "seed", 1, "the same seed invents the same data, and makes the same model")
	f.Float64Var(&o.tail, "tail", 12, "how long the tail of rarely seen films is; 5 suits thousands of films, 12 tens of thousands")
}

// world is an invented data set of a size.
func (o *trainingOptions) world(ratings int) recommend.World {
	return recommend.World{Seed: o.seed, Films: o.films, People: o.people, Ratings: ratings, Tail: o.tail}
}

// sizes reads numbers such as 500K and 25M.
func (o *trainingOptions) sizes() ([]int, error) {
	var sizes []int
	for _, text := range o.ratings {
		digits, unit := strings.TrimRight(text, "kKmM"), 1
		switch strings.ToUpper(text[len(digits):]) {
		case "K":
			unit = 1_000
		case "M":
			unit = 1_000_000
		}
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 {
			return nil, usagef("--ratings: %q is no number such as 500K or 25M", text)
		}
		sizes = append(sizes, n*unit)
	}
	if len(sizes) == 0 || o.films < 1 || o.people < 1 {
		return nil, usagef("--ratings, --films and --people must be above 0")
	}
	return sizes, nil
}

// one trains in this process.
func (o *trainingOptions) one(ctx context.Context, p *process, ratings int) error {
	bar := newProgress(p.err)
	defer bar.end()
	t := &bench.Training{
		World:    o.world(ratings),
		Asked:    200,
		Progress: func(stage string, done, total int) { bar.show("training "+stage, int64(done), int64(total)) },
		Stop:     func() bool { return ctx.Err() != nil },
	}
	figures, err := t.Run()
	if err != nil {
		return err
	}
	return writeJSON(p.out, figures)
}

// all trains on every size, in a process each.
func (o *trainingOptions) all(ctx context.Context, p *process, sizes []int) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	report := &bench.TrainingReport{Cores: runtime.NumCPU(), Go: runtime.Version(), When: time.Now().Format(time.DateOnly)}
	for _, ratings := range sizes {
		fmt.Fprintf(p.err, "%d ratings\n", ratings)
		people := max(1, int(float64(o.people)*float64(ratings)/float64(sizes[len(sizes)-1])))
		child := exec.CommandContext(ctx, program, "bench", "train", "--here", "--ratings", strconv.Itoa(ratings),
			"--films", strconv.Itoa(o.films), "--people", strconv.Itoa(people), "--seed", strconv.FormatUint(o.seed, 10),
			"--tail", strconv.FormatFloat(o.tail, 'g', -1, 64))
		var out bytes.Buffer
		child.Stdout, child.Stderr = &out, p.err
		if err := child.Run(); err != nil {
			return fmt.Errorf("train on %d ratings: %w", ratings, err)
		}
		var figures bench.TrainingFigures
		if err := json.Unmarshal(out.Bytes(), &figures); err != nil {
			return fmt.Errorf("read the figures of %d ratings: %w", ratings, err)
		}
		report.Sizes = append(report.Sizes, figures)
	}
	if o.write != "" {
		if err := writeFile(o.write, func(w io.Writer) error { return o.page(w, report) }); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(p.out, report)
	}
	return report.Print(p.out)
}

// page writes the report as a page of documentation.
func (o *trainingOptions) page(w io.Writer, r *bench.TrainingReport) error {
	fmt.Fprintf(w, trainingHead, strings.Join(o.ratings, ","), o.films, o.people)
	if len(r.Sizes) > 1 {
		first, last := r.Sizes[0], r.Sizes[len(r.Sizes)-1]
		fmt.Fprintf(w, trainingGrowth, float64(last.Ratings)/float64(first.Ratings), last.Seconds/first.Seconds, last.PeakMiB/first.PeakMiB)
	}
	var tables strings.Builder
	if err := r.Print(&tables); err != nil {
		return err
	}
	fmt.Fprintln(w, "```")
	fmt.Fprint(w, trimmed(tables.String()))
	_, err := fmt.Fprintln(w, "```")
	return err
}

// trainingHead begins docs/training.md: the sizes, films and people.
const trainingHead = `# Training on large data

` + "`webflix bench train --ratings %s --films %d --people %d --write docs/training.md`" + ` wrote this file. The data are invented, with a tail as
long as that of MovieLens 25M: most films are rated by few. Times are those of training alone, from ratings in memory to a
model; memory is the whole process's. Every size is trained in a process of its own.

`

// trainingGrowth says how training grows: the factors of ratings, time and memory.
const trainingGrowth = `%.1f times the ratings take %.1f times as long and %.1f times the memory. The models of what is watched together (history, sittings, later)
invert a dense core of films whose size does not depend on the ratings, so that small data pay for it as large data do; reading what
people watched, and the factors of people and films (community), grow with the ratings. Scoring grows with neither: it depends on
the person's history and the number of films.

`
