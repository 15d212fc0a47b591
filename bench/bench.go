// Package bench measures Webflix: beside programs without queues, beside the bare broker, and under load as a client sees it.
// It runs the real roles on queues of its own, so that it may run beside a live deployment.
package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"webflix/db"
	"webflix/queue"
	"webflix/recommend"
	"webflix/workers"
)

// Setup is what a measurement runs on.
type Setup struct {
	DB       *db.DB
	Broker   queue.Broker
	Topology queue.Topology // of queues that are the measurement's own
	AMQPURL  string         // where Broker is; "": in this process

	DatabaseURL string    // where DB is
	Out         io.Writer // for tables

	// Worker starts a process that scores these criteria, so many tasks of each at once, and returns what ends it and waits for
	// its end. nil: there are no processes, since messages stay in this one.
	Worker func(ctx context.Context, t queue.Topology, criteria []string, parallel int) (end func() error, err error)

	// Server starts a process with every role, which admits any load, with more flags, and returns the address of its GraphQL, and
	// what ends it and waits for its end.
	Server func(ctx context.Context, t queue.Topology, flags ...string) (url string, end func() error, err error)

	Log *slog.Logger

	clock    *workers.Clock
	database string // its name
	version  int64
	blend    recommend.Blend
	criteria map[string]recommend.Criterion
	machine  Machine
}

// Machine says what the figures were taken on: without it they say nothing.
type Machine struct {
	Cores  int    `json:"cores"`
	System string `json:"system"`
	Go     string `json:"go"`
	Broker string `json:"broker"`
	Films  int    `json:"films"`
	People int    `json:"people"`
	When   string `json:"when"`
	Load   string `json:"loadBefore"` // processes that wanted to run in the minute before; "" when not known
}

func (m Machine) String() string {
	text := fmt.Sprintf("%d cores, %s, %s, messages %s, %d films, %d people, %s",
		m.Cores, m.System, m.Go, m.Broker, m.Films, m.People, m.When)
	if m.Load != "" {
		text += ", others' load " + m.Load
	}
	return text
}

// InProcess returns the same measurement with messages that stay in this process.
func (s *Setup) InProcess() *Setup {
	own := *s
	own.Broker, own.AMQPURL, own.Worker, own.machine.Broker = queue.NewMemory(), "", nil, inProcess
	return &own
}

const inProcess = "in the process"

// keepRequests is longer than anybody keeps them: a measurement drops nothing.
const keepRequests = 10 * 365 * 24 * time.Hour

// Open reads the active model. Call it before anything is measured.
func (s *Setup) Open(ctx context.Context) error {
	s.clock = new(workers.Clock)
	if err := s.clock.Sync(ctx, s.DB); err != nil {
		return err
	}
	if _, err := s.DB.Maintain(ctx, keepRequests); err != nil { // today's partition, as an aggregator makes it
		return err
	}
	version, blend, err := s.DB.ActiveModel(ctx)
	if errors.Is(err, recommend.ErrNotFound) {
		return errors.New("there is no model to score with: run webflix train")
	}
	if err != nil {
		return err
	}
	var names []string
	for _, w := range blend {
		names = append(names, w.Criterion)
	}
	parts, err := s.DB.ModelParts(ctx, version, recommend.PartsOf(names...))
	if err != nil {
		return err
	}
	s.version, s.blend = version, blend
	if s.criteria, err = (&recommend.Model{Version: version, Parts: parts}).Open(names...); err != nil {
		return fmt.Errorf("open model %d: %w", version, err)
	}
	s.machine = Machine{
		Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(),
		Broker: "through RabbitMQ", When: time.Now().UTC().Format("2006-01-02 15:04 MST"),
	}
	if raw, err := os.ReadFile("/proc/loadavg"); err == nil { // a busy machine shows figures that are none of ours
		s.machine.Load, _, _ = strings.Cut(string(raw), " ")
	}
	if s.AMQPURL == "" {
		s.machine.Broker = inProcess
	}
	err = s.DB.QueryRowContext(ctx, `SELECT current_database(), (SELECT count(*) FROM movies), (SELECT count(*) FROM users)`).
		Scan(&s.database, &s.machine.Films, &s.machine.People)
	if err != nil {
		return fmt.Errorf("count films and people: %w", err)
	}
	return nil
}

// people returns n people who have a history, the same ones each time, again from the first when there are fewer.
func (s *Setup) people(ctx context.Context, n int) ([]int64, error) {
	var all []int64
	err := s.DB.SelectContext(ctx, &all, `
		SELECT u.id FROM users u WHERE EXISTS (SELECT FROM watches w WHERE w.user_id = u.id) ORDER BY u.id`)
	if err != nil {
		return nil, fmt.Errorf("choose people: %w", err)
	}
	if len(all) == 0 {
		return nil, errors.New("nobody in the database has watched a film: import a data set first")
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same choice each time is what is wanted
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	people := make([]int64, n)
	for i := range people {
		people[i] = all[i%len(all)]
	}
	return people, nil
}

// chosen returns the blend to ask for: of the named criteria, or of those with a learned weight and the slow ones. A criterion
// without a learned weight gets the mean one, since nobody waits for one that counts for nothing.
func (s *Setup) chosen(names []string, slow map[string]time.Duration) (recommend.Blend, error) {
	for _, name := range append(sortedKeys(slow), names...) {
		if s.blend.Find(name) < 0 {
			return nil, fmt.Errorf("model %d has no criterion %q", s.version, name)
		}
	}
	mean := s.blend.Total() / float64(len(s.blend))
	var blend recommend.Blend
	for _, w := range s.blend {
		_, isSlow := slow[w.Criterion]
		if named := slices.Contains(names, w.Criterion); len(names) > 0 && !named || len(names) == 0 && w.Weight == 0 && !isSlow {
			continue
		}
		if w.Weight == 0 {
			w.Weight = mean
		}
		blend = append(blend, w)
	}
	return blend, nil
}

// weightiest returns n criteria of the model, those with the most weight, with at least the mean one.
func (s *Setup) weightiest(n int) recommend.Blend {
	blend := slices.Clone(s.blend)
	slices.SortStableFunc(blend, func(a, b recommend.Weight) int { return cmp.Compare(b.Weight, a.Weight) })
	mean := s.blend.Total() / float64(len(s.blend))
	for i := range blend {
		blend[i].Weight = cmp.Or(blend[i].Weight, mean)
	}
	return blend[:min(n, len(blend))]
}
