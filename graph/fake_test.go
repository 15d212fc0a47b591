package graph_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"webflix/graph"
	"webflix/recommend"
)

// fakes answer the resolvers from memory, and count how often they are called.
type fakes struct {
	calls atomic.Int64 // of everything
	polls sync.Map     // calls by method name: *atomic.Int64

	mu        sync.Mutex // protects all below
	films     map[int32]recommend.Film
	users     map[int64]recommend.User
	histories map[int64][]recommend.Watch
	dismissed map[int64][]int32
	requests  map[recommend.RequestID]*request
	started   uint64

	err    error         // what every call fails with
	hold   chan struct{} // finals wait for it to be closed, when not nil
	ended  chan ending   // receives whenever the context of a stream ends, when not nil
	flood  bool          // streams never end, and send without a pause
	burst  int           // partials that come at once, once nobody takes them any more
	poured chan [2]int64 // receives the sequence at which nobody took them, and that of the final
	pace   time.Duration // between updates, for people and browsers that watch
}

type request struct {
	standing recommend.Standing
	updates  []*recommend.Update
}

func newFakes() *fakes {
	f := &fakes{
		films: map[int32]recommend.Film{}, users: map[int64]recommend.User{}, histories: map[int64][]recommend.Watch{},
		dismissed: map[int64][]int32{}, requests: map[recommend.RequestID]*request{},
	}
	genres := []string{"Drama", "Comedy", "Film-Noir", "Sci-Fi"}
	for id := int32(1); id <= 200; id++ {
		f.films[id] = recommend.Film{
			Movie:   recommend.Movie{ID: id, Title: fmt.Sprintf("Film %d", id), Year: 1900 + int(id)%120, Genres: []string{genres[id%4], genres[(id+1)%4]}},
			Watches: int(1000 - id), Rating: 3.5,
		}
	}
	for id := int64(1); id <= 30; id++ {
		f.users[id] = recommend.User{ID: id, Name: fmt.Sprintf("Person %d", id)}
		for m := range int32(60) {
			f.histories[id] = append(f.histories[id], recommend.Watch{Movie: m + 1, At: time.Date(2020, 1, 1, 0, 0, int(m), 0, time.UTC), Rating: 4})
		}
	}
	return f
}

func (f *fakes) resolver() *graph.Resolver {
	return &graph.Resolver{Library: f, People: f, Recommender: f, Pipeline: f, Models: f}
}

func (f *fakes) count(method string) error {
	f.calls.Add(1)
	n, _ := f.polls.LoadOrStore(method, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fakes) countOf(method string) int64 {
	n, ok := f.polls.Load(method)
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

func (f *fakes) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakes) Films(_ context.Context, ids []int32) ([]recommend.Film, error) {
	if err := f.count("Films"); err != nil {
		return nil, err
	}
	var films []recommend.Film
	for _, id := range ids {
		if film, ok := f.films[id]; ok {
			films = append(films, film)
		}
	}
	return films, nil
}

func (f *fakes) FindFilms(_ context.Context, q recommend.FilmQuery) (recommend.FilmPage, error) {
	if err := f.count("FindFilms"); err != nil {
		return recommend.FilmPage{}, err
	}
	var found []recommend.Film
	for id := int32(1); int(id) <= len(f.films); id++ {
		if film := f.films[id]; strings.Contains(film.Title, q.Text) {
			found = append(found, film)
		}
	}
	total := len(found)
	found = found[min(q.Offset, total):min(q.Offset+q.Limit, total)]
	return recommend.FilmPage{Films: found, More: q.Offset+q.Limit < total, Total: total}, nil
}

func (f *fakes) Genres(context.Context) ([]recommend.GenreCount, error) {
	if err := f.count("Genres"); err != nil {
		return nil, err
	}
	return []recommend.GenreCount{{Genre: "Drama", Count: 100}, {Genre: "Comedy", Count: 100}, {Genre: "Film-Noir", Count: 100}, {Genre: "Sci-Fi", Count: 100}}, nil
}

func (f *fakes) Users(_ context.Context, ids []int64) ([]recommend.User, error) {
	if err := f.count("Users"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var users []recommend.User
	for _, id := range ids {
		if u, ok := f.users[id]; ok {
			users = append(users, u)
		}
	}
	return users, nil
}

func (f *fakes) FindUsers(_ context.Context, q recommend.UserQuery) (recommend.UserPage, error) {
	if err := f.count("FindUsers"); err != nil {
		return recommend.UserPage{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.SortedFunc(maps.Values(f.users), func(a, b recommend.User) int { return cmp.Compare(a.ID, b.ID) })
	return recommend.UserPage{Users: all[min(q.Offset, len(all)):min(q.Offset+q.Limit, len(all))], More: q.Offset+q.Limit < len(all), Total: len(all)}, nil
}

func (f *fakes) CreateUser(_ context.Context, name string) (recommend.User, error) {
	if err := f.count("CreateUser"); err != nil {
		return recommend.User{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	u := recommend.User{ID: int64(len(f.users) + 1), Name: name}
	f.users[u.ID] = u
	return u, nil
}

func (f *fakes) Histories(_ context.Context, q recommend.HistoryQuery) (map[int64]recommend.HistoryPage, error) {
	if err := f.count("Histories"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	pages := map[int64]recommend.HistoryPage{}
	for _, user := range q.Users {
		all := f.histories[user]
		pages[user] = recommend.HistoryPage{
			Watches: all[min(q.Offset, len(all)):min(q.Offset+q.Limit, len(all))], More: q.Offset+q.Limit < len(all), Total: len(all),
		}
	}
	return pages, nil
}

func (f *fakes) Tastes(_ context.Context, users []int64) (map[int64]recommend.Taste, error) {
	if err := f.count("Tastes"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	tastes := map[int64]recommend.Taste{}
	for _, user := range users {
		tastes[user] = recommend.Taste{
			Watches: len(f.histories[user]), Genres: []recommend.GenreCount{{Genre: "Drama", Count: 30, Share: 0.5}},
			Eras: []recommend.EraCount{{Decade: 1990, Count: 60, Share: 1}},
		}
	}
	return tastes, nil
}

func (f *fakes) Opinions(_ context.Context, movies map[int64][]int32) (map[int64][]recommend.Opinion, error) {
	if err := f.count("Opinions"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	opinions := make(map[int64][]recommend.Opinion, len(movies))
	for user, of := range movies {
		for _, m := range of {
			o := recommend.Opinion{Movie: m, Dismissed: slices.Contains(f.dismissed[user], m)}
			for _, w := range f.histories[user] {
				if w.Movie == m {
					o.WatchedAt, o.Rating = w.At, w.Rating
				}
			}
			opinions[user] = append(opinions[user], o)
		}
	}
	return opinions, nil
}

func (f *fakes) Record(_ context.Context, user int64, watches []recommend.Watch) error {
	if err := f.count("Record"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.users[user]; !ok {
		return recommend.ErrNotFound
	}
	for _, w := range watches {
		if _, ok := f.films[w.Movie]; !ok {
			return fmt.Errorf("record a watch of film %d: %w", w.Movie, recommend.ErrNotFound)
		}
	}
	f.histories[user] = append(slices.Clone(watches), f.histories[user]...)
	return nil
}

func (f *fakes) Remove(_ context.Context, user int64, movies []int32) (removed []recommend.Watch, err error) {
	if err := f.count("Remove"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.histories[user] = slices.DeleteFunc(slices.Clone(f.histories[user]), func(w recommend.Watch) bool {
		if slices.Contains(movies, w.Movie) {
			removed = append(removed, w)
			return true
		}
		return false
	})
	return removed, nil
}

func (f *fakes) Dismiss(_ context.Context, user int64, movie int32) error {
	if err := f.count("Dismiss"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dismissed[user] = append(f.dismissed[user], movie)
	return nil
}

func (f *fakes) Restore(_ context.Context, user int64, movie int32) error {
	if err := f.count("Restore"); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dismissed[user] = slices.DeleteFunc(f.dismissed[user], func(m int32) bool { return m == movie })
	return nil
}

func (f *fakes) Dismissed(_ context.Context, users []int64, _ int) (map[int64][]int32, error) {
	if err := f.count("Dismissed"); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	dismissed := map[int64][]int32{}
	for _, user := range users {
		dismissed[user] = slices.Clone(f.dismissed[user])
	}
	return dismissed, nil
}

func (f *fakes) Models(context.Context) ([]recommend.ModelInfo, error) {
	if err := f.count("Models"); err != nil {
		return nil, err
	}
	return []recommend.ModelInfo{{
		Version: 3, TrainedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Active: true, Bytes: 5 << 20,
		Blend: recommend.Blend{{Criterion: "history", Weight: 1}}, Metrics: map[string]float64{"ndcg@10": 0.3},
	}}, nil
}

func (f *fakes) Similar(_ context.Context, movie int32, limit int) ([]int32, error) {
	if err := f.count("Similar"); err != nil {
		return nil, err
	}
	var ids []int32
	for i := range int32(min(limit, 12)) {
		ids = append(ids, movie%180+i+1)
	}
	return ids, nil
}

func (f *fakes) Criteria(context.Context) ([]recommend.CriterionInfo, error) {
	if err := f.count("Criteria"); err != nil {
		return nil, err
	}
	return recommend.Criteria(), nil
}

// open makes a request with two partial updates and a final one, without a clock.
func (f *fakes) open(req recommend.Request) *request {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started++
	now := time.UnixMilli(1_700_000_000_000)
	binary.BigEndian.PutUint64(req.ID[:8], uint64(now.UnixMilli())<<16)
	binary.BigEndian.PutUint64(req.ID[8:], f.started)
	req.Deadline = now.Add(req.Spec.Deadline)
	if len(req.Spec.Blend) == 0 {
		req.Spec.Blend = recommend.Blend{{Criterion: "history", Weight: 1}, {Criterion: "genres", Weight: 0.5}}
	}
	r := &request{standing: recommend.Standing{Request: req, Sequence: 1, Now: now}}
	var results []recommend.Result
	for n := range 3 {
		s := r.standing
		s.Sequence = int64(n + 1)
		if n > 0 && n <= len(req.Spec.Blend) {
			result := recommend.Result{Request: req.ID, Criterion: req.Spec.Blend[n-1].Criterion, Status: recommend.StatusDone, Model: 3, Wait: time.Millisecond, Work: 2 * time.Millisecond}
			var explained recommend.Explained
			for m := range int32(100) {
				result.Candidates = append(result.Candidates, recommend.Candidate{Movie: m + 61, Score: 3 - float32(m)/50})
				explained = append(explained, []recommend.Evidence{
					{Movie: m%60 + 1, Share: 1}, {Label: "Drama", Share: 0.5, Count: 3, Of: 10},
				})
			}
			result.Evidence = explained
			results = append(results, result)
		}
		if n == 2 {
			s.FinalAt = now.Add(200 * time.Millisecond)
		}
		s.Now = now.Add(time.Duration(n*100) * time.Millisecond)
		u := recommend.Tally(&s, results)
		r.updates = append(r.updates, &u)
	}
	f.requests[req.ID] = r
	return r
}

// ending says why a stream's context ended.
type ending struct{ cause error }

func (f *fakes) follow(ctx context.Context, r *request) <-chan *recommend.Update {
	if f.burst > 0 {
		return f.pour(r)
	}
	updates := make(chan *recommend.Update)
	hold, ended := f.hold, f.ended
	go func() {
		defer close(updates)
		if ended != nil {
			defer func() { ended <- ending{context.Cause(ctx)} }()
		}
		for i := 0; f.flood; i++ {
			u := *r.updates[1]
			u.Sequence = int64(i)
			select {
			case updates <- &u:
			case <-ctx.Done():
				return
			}
		}
		for _, u := range r.updates {
			select {
			case <-time.After(f.pace):
			case <-ctx.Done():
				return
			}
			if u.Final && hold != nil {
				select {
				case <-hold:
				case <-ctx.Done():
					return
				}
			}
			select {
			case updates <- u:
			case <-ctx.Done():
				return
			}
		}
	}()
	return updates
}

// pour sends partials until nobody takes them any more, then as many as burst says, each in the place of an unread one, as
// the pipeline does, and then the final. It waits for no reader.
func (f *fakes) pour(r *request) <-chan *recommend.Update {
	updates := make(chan *recommend.Update, 1)
	go func() {
		defer close(updates)
		u := *r.updates[1]
		for stalled := false; !stalled; u.Sequence++ {
			newest := u
			select {
			case updates <- &newest:
			case <-time.After(200 * time.Millisecond):
				stalled = true
			}
		}
		stalled := u.Sequence
		for range f.burst {
			newest := u
			replace(updates, &newest)
			u.Sequence++
		}
		final := *r.updates[2]
		final.Sequence = u.Sequence
		replace(updates, &final)
		f.poured <- [2]int64{stalled, final.Sequence}
	}()
	return updates
}

// replace puts an update in the place of an unread one.
func replace(updates chan *recommend.Update, newest *recommend.Update) {
	select {
	case <-updates:
	default:
	}
	updates <- newest
}

func (f *fakes) Recommend(ctx context.Context, req recommend.Request) (<-chan *recommend.Update, error) {
	if err := f.count("Recommend"); err != nil {
		return nil, err
	}
	return f.follow(ctx, f.open(req)), nil
}

func (f *fakes) Start(_ context.Context, req recommend.Request) (*recommend.Standing, error) {
	if err := f.count("Start"); err != nil {
		return nil, err
	}
	return &f.open(req).standing, nil
}

func (f *fakes) find(id recommend.RequestID) (*request, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.requests[id]; ok {
		return r, nil
	}
	return nil, recommend.ErrNotFound
}

func (f *fakes) Attach(ctx context.Context, id recommend.RequestID) (<-chan *recommend.Update, error) {
	if err := f.count("Attach"); err != nil {
		return nil, err
	}
	r, err := f.find(id)
	if err != nil {
		return nil, err
	}
	return f.follow(ctx, r), nil
}

func (f *fakes) Read(_ context.Context, ids []recommend.RequestID) ([]recommend.Ranked, error) {
	if err := f.count("Read"); err != nil {
		return nil, err
	}
	var ranked []recommend.Ranked
	for _, id := range ids {
		if r, err := f.find(id); err == nil {
			ranked = append(ranked, recommend.Ranked{Standing: &r.standing, Newest: r.updates[len(r.updates)-1]})
		}
	}
	return ranked, nil
}

func (f *fakes) Frame(context.Context) (*recommend.Frame, error) {
	if err := f.count("Frame"); err != nil {
		return nil, err
	}
	return &recommend.Frame{
		At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Requests: 1, Rate: 0.5,
		Queues: []recommend.QueueState{{Name: "task.history", Criterion: "history", Ready: 2, Unacked: -1, Consumers: 1, Oldest: -1}},
		Trails: []recommend.Trail{{User: 7, Steps: []recommend.Step{{Criterion: "history", Status: recommend.StatusDone}}}},
	}, nil
}

func (f *fakes) Follow(ctx context.Context) (<-chan *recommend.Frame, error) {
	frame, err := f.Frame(ctx)
	if err != nil {
		return nil, err
	}
	frames := make(chan *recommend.Frame, 1)
	frames <- frame
	context.AfterFunc(ctx, func() { close(frames) })
	return frames, nil
}

func (f *fakes) Trail(_ context.Context, id recommend.RequestID) (*recommend.Trail, int64, error) {
	if err := f.count("Trail"); err != nil {
		return nil, 0, err
	}
	r, err := f.find(id)
	if err != nil {
		return nil, 0, err
	}
	return &recommend.Trail{Request: id, User: r.standing.User, Accepted: id.Time(), Deadline: r.standing.Deadline}, r.standing.User, nil
}
