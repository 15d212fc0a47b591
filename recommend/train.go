package recommend

import (
	"errors"
	"fmt"
)

// ErrStopped is the error of training that was told to stop.
var ErrStopped = errors.New("stopped")

// Options say how to train. The zero value trains on all cores, without saying a word.
type Options struct {
	Seed     uint64                              // the same seed on the same data makes the same model
	Parallel int                                 // goroutines; 0: one a core
	Progress func(stage string, done, total int) // called now and then, from one goroutine at a time
	Stop     func() bool                         // asked now and then; true ends training with ErrStopped
}

func (o *Options) progress(stage string, done, total int) {
	if o.Progress != nil {
		o.Progress(stage, done, total)
	}
}

func (o *Options) stopped() bool { return o.Stop != nil && o.Stop() }

// Train fits every criterion to the data and learns how to blend them.
func Train(data *Dataset, options Options) (*Model, error) {
	catalog, err := NewCatalog(data)
	if err != nil {
		return nil, fmt.Errorf("make the catalogue: %w", err)
	}
	t := newTrainSet(data, catalog, &options)
	if len(t.film) == 0 {
		return nil, errors.New("nobody in the data likes a film")
	}
	m := &Model{Parts: map[string][]byte{catalogPart: catalog.Encode()}, Metrics: map[string]float64{}}
	kinds := registry()
	for i, k := range kinds {
		options.progress(k.name, i, len(kinds))
		if options.stopped() {
			return nil, ErrStopped
		}
		m.Blend = append(m.Blend, Weight{Criterion: k.name, Weight: k.weight})
		if k.train == nil {
			continue
		}
		if m.Parts[k.name], err = k.train(t, 0); err != nil {
			return nil, fmt.Errorf("train criterion %s: %w", k.name, err)
		}
	}
	options.progress("done", len(kinds), len(kinds))
	return m, nil
}
