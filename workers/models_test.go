package workers_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"webflix/recommend"
	"webflix/workers"
)

// shelf is a store of models with their parts; the newest is active.
type shelf struct {
	mu     sync.Mutex // protects what follows
	models []*recommend.Model
}

func (s *shelf) publish(m *recommend.Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models = append(s.models, m)
}

func (s *shelf) ActiveModel(context.Context) (int64, recommend.Blend, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.models)), s.models[len(s.models)-1].Blend, nil
}

func (s *shelf) ModelParts(_ context.Context, version int64, _ []string) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.models[version-1].Parts, nil
}

// A model that was half written or damaged is refused, and the one before serves on.
func TestDamagedModelIsRefusedWhileTheLastServes(t *testing.T) {
	t.Parallel()
	data := recommend.Generate(recommend.World{Seed: 1, Films: 40, People: 60, Ratings: 900})
	good, err := recommend.Train(data, recommend.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	broken := func(damage func([]byte) []byte) *recommend.Model {
		m := &recommend.Model{Blend: good.Blend, Parts: map[string][]byte{}}
		for name, part := range good.Parts {
			m.Parts[name] = damage(bytes.Clone(part))
		}
		return m
	}
	for name, bad := range map[string]*recommend.Model{
		"half-written": broken(func(part []byte) []byte { return part[:len(part)/2] }),
		"flipped":      broken(func(part []byte) []byte { part[len(part)/3] ^= 4; return part }),
		"empty":        broken(func([]byte) []byte { return nil }),
	} {
		synctest.Test(t, func(t *testing.T) {
			store := &shelf{models: []*recommend.Model{good}}
			scorers := &workers.Scorers{
				Store: store, Criteria: []string{"history"}, Parts: recommend.PartsOf("history"), Log: quiet(),
				Open: func(version int64, parts map[string][]byte) (map[string]recommend.Criterion, error) {
					return (&recommend.Model{Version: version, Parts: parts}).Open("history")
				},
			}
			active := &workers.ActiveModel{Store: store, Log: quiet()}
			ctx, cancel := context.WithCancel(t.Context())
			if err := scorers.Wait(ctx); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 2)
			go func() { ended <- scorers.Run(ctx) }()
			go func() { ended <- active.Run(ctx) }()
			synctest.Wait()
			store.publish(bad)
			time.Sleep(10 * time.Second) // of the bubble
			watch := recommend.Watch{Movie: data.Ratings[0].Movie, At: time.Now()}
			scored, version, err := scorers.Of("history").Score(&recommend.Task{History: []recommend.Watch{watch}, Model: 1})
			if err != nil || version != 1 || len(scored.Candidates) == 0 || scored.Degraded != "" {
				t.Errorf("%s: scored %d films with model %d, degraded %q: %v", name, len(scored.Candidates), version, scored.Degraded, err)
			}
			if version, _ := active.ActiveBlend(); version != 1 {
				t.Errorf("%s: requests name model %d", name, version)
			}
			store.publish(good) // the next training
			time.Sleep(10 * time.Second)
			if version, _ := active.ActiveBlend(); version != 3 || scorers.Opened() != 3 {
				t.Errorf("%s: with a good model again, %d is named and %d open", name, version, scorers.Opened())
			}
			cancel()
			for range 2 {
				if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
}
