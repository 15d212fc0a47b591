package bench

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"webflix/recommend"
)

// Training says what data to invent and train on, in this process: its peak of memory is what is measured.
type Training struct {
	World    recommend.World
	Asked    int                                 // people whom each criterion scores for afterwards
	Progress func(stage string, done, total int) // may be nil
	Stop     func() bool                         // may be nil
}

// TrainingFigures are what training on one data set took.
type TrainingFigures struct {
	Films      int                  `json:"films"`
	People     int                  `json:"people"`
	Ratings    int                  `json:"ratings"`
	Seconds    float64              `json:"seconds"`    // of training, from ratings in memory to a model
	CPUSeconds float64              `json:"cpuSeconds"` // of the same, on all cores
	DataMiB    float64              `json:"dataMiB"`    // the process's memory before training: the program and the ratings
	PeakMiB    float64              `json:"peakMiB"`    // the most memory that the process had while training
	ModelMiB   float64              `json:"modelMiB"`
	Open       float64              `json:"openSeconds"` // to make all criteria of the model ready
	OpenMiB    float64              `json:"openMiB"`     // memory that they take then
	Metrics    map[string]float64   `json:"metrics"`     // on what training held back: "ndcg@10", "history/ndcg@10"
	Stages     []Stage              `json:"stages"`
	Score      map[string]Quantiles `json:"score"` // by criterion: one task of one person
}

// Stage is a part of training.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	PeakMiB float64 `json:"peakMiB"`
}

// Run invents, trains, opens the model and scores.
func (t *Training) Run() (*TrainingFigures, error) {
	data := recommend.Generate(t.World)
	runtime.GC()
	f := &TrainingFigures{Films: len(data.Movies), People: t.World.People, Ratings: len(data.Ratings), DataMiB: resident("VmRSS")}
	w := stageWatch{figures: f, start: time.Now()}
	resetPeak()
	start, cpu := time.Now(), readCPU("").webflix
	model, err := recommend.Train(data, recommend.Options{Seed: t.World.Seed, Stop: t.Stop, Progress: func(stage string, done, total int) {
		w.enter(stage)
		if t.Progress != nil {
			t.Progress(stage, done, total)
		}
	}})
	if err != nil {
		return nil, fmt.Errorf("train on %d ratings: %w", f.Ratings, err)
	}
	w.enter("")
	f.Seconds, f.CPUSeconds, f.Metrics = time.Since(start).Seconds(), (readCPU("").webflix - cpu).Seconds(), model.Metrics
	for _, part := range model.Parts {
		f.ModelMiB += float64(len(part)) / (1 << 20)
	}
	histories := recommend.NewHistories(data.Ratings)
	for _, r := range data.Ratings {
		histories.AsOf = max(histories.AsOf, r.At)
	}
	before := live()
	start = time.Now()
	criteria, err := model.Open()
	if err != nil {
		return nil, fmt.Errorf("open the model: %w", err)
	}
	f.Open = time.Since(start).Seconds()
	f.OpenMiB = live() - before
	runtime.KeepAlive(data) // what is collected between the two readings would count against the criteria
	runtime.KeepAlive(model)
	return f, t.score(f, histories, criteria)
}

// score asks every criterion for people spread evenly over all.
func (t *Training) score(f *TrainingFigures, histories *recommend.Histories, criteria map[string]recommend.Criterion) error {
	f.Score = map[string]Quantiles{}
	users := histories.Users()
	for name, c := range criteria {
		var took []time.Duration
		for i := range min(t.Asked, len(users)) {
			task := histories.Task(users[i*len(users)/t.Asked])
			task.History = task.History[:min(400, len(task.History))] // as many as travel with a task
			start := time.Now()
			if _, err := c.Score(task); err != nil {
				return fmt.Errorf("score with %s: %w", name, err)
			}
			took = append(took, time.Since(start))
		}
		f.Score[name] = quantiles(took)
	}
	return nil
}

// stageWatch notes what each stage of training takes.
type stageWatch struct {
	figures *TrainingFigures
	name    string
	start   time.Time
}

// enter begins a stage, unless it is a part of the one under way, and ends the one before.
func (w *stageWatch) enter(stage string) {
	if stage == w.name || stage != "" && !strings.Contains(stage, " ") && stage != "weigh" {
		return
	}
	now, peak := time.Now(), resident("VmHWM")
	w.figures.Stages = append(w.figures.Stages, Stage{cmp.Or(w.name, "hold back"), now.Sub(w.start).Seconds(), peak})
	w.figures.PeakMiB = max(w.figures.PeakMiB, peak)
	w.name, w.start = stage, now
	resetPeak()
}

// resident returns a figure of this process's memory in MiB, 0 where the system does not tell.
func resident(field string) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kilobytes, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kilobytes / 1024
		}
	}
	return 0
}

// resetPeak makes VmHWM count from now on; where the system does not, stages show the peak so far.
func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// live returns the memory in use, without garbage, in MiB.
func live() float64 {
	for range 3 { // what pools keep outlives a collection
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// TrainingReport is how training grows with the data.
type TrainingReport struct {
	Cores int               `json:"cores"`
	Go    string            `json:"go"`
	When  string            `json:"when"`
	Sizes []TrainingFigures `json:"sizes"`
}

// Print writes the report for a terminal.
func (r *TrainingReport) Print(out io.Writer) error {
	fmt.Fprintf(out, "%d cores, %s, %s; processor time is that of all cores.\n\n", r.Cores, r.Go, r.When)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ratings\tpeople\tfilms\ttraining\tprocessor\tratings in memory\tpeak memory\tmodel\topening\topened\tnDCG@10\t")
	for i := range r.Sizes {
		f := &r.Sizes[i]
		fmt.Fprintf(w, "%d\t%d\t%d\t%.1f s\t%.1f s\t%.0f MiB\t%.0f MiB\t%.0f MiB\t%.2f s\t%.0f MiB\t%.4f\t\n",
			f.Ratings, f.People, f.Films, f.Seconds, f.CPUSeconds, f.DataMiB, f.PeakMiB, f.ModelMiB, f.Open, f.OpenMiB, f.Metrics["ndcg@10"])
	}
	if len(r.Sizes) > 1 {
		first, last := r.Sizes[0], r.Sizes[len(r.Sizes)-1]
		fmt.Fprintf(w, "x %.1f\tx %.1f\t\tx %.1f\tx %.1f\tx %.1f\tx %.1f\tx %.1f\tx %.1f\tx %.1f\t\t\n",
			float64(last.Ratings)/float64(first.Ratings), float64(last.People)/float64(first.People), last.Seconds/first.Seconds,
			last.CPUSeconds/first.CPUSeconds, last.DataMiB/first.DataMiB, last.PeakMiB/first.PeakMiB, last.ModelMiB/first.ModelMiB,
			last.Open/first.Open, last.OpenMiB/first.OpenMiB)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	for i := range r.Sizes {
		f := &r.Sizes[i]
		fmt.Fprintf(out, "\n%d ratings, by stage:\n", f.Ratings)
		for _, s := range f.Stages {
			fmt.Fprintf(w, "%s\t%.1f s\t%.0f MiB\t\n", s.Name, s.Seconds, s.PeakMiB)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
		fmt.Fprintf(out, "\n%d ratings, scoring for one person:\n", f.Ratings)
		fmt.Fprintln(w, "\tp50\tp95\tp99\t")
		for _, name := range slices.Sorted(maps.Keys(f.Score)) {
			q := f.Score[name]
			fmt.Fprintf(w, "%s\t%.3f ms\t%.3f ms\t%.3f ms\t\n", name, q.P50, q.P95, q.P99)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	return nil
}
