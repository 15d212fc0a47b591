package recommend

import (
	"errors"
	"fmt"
	"math"
)

// ErrStopped is the error of training that was told to stop.
var ErrStopped = errors.New("stopped")

// Options say how to train. The zero value trains on all cores, without saying a word, and learns the blend from what people
// watched last.
type Options struct {
	Seed     uint64                              // the same seed on the same data makes the same model
	Parallel int                                 // goroutines; 0: one a core
	Validate Split                               // how to hold data back to learn the blend from; zero: last:0.2
	Progress func(stage string, done, total int) // called now and then, from one goroutine at a time
	Stop     func() bool                         // asked now and then; true ends training with ErrStopped
}

func (o *Options) progress(stage string, done, total int) {
	if o.Progress != nil {
		o.Progress(stage, done, total)
	}
}

func (o *Options) stopped() bool { return o.Stop != nil && o.Stop() }

// Train learns how to blend the criteria from a part of the data that it holds back at first, then fits every criterion to all
// of the data. The model's metrics are those on the part held back: "ndcg@10", and "history/ndcg@10" for a criterion alone.
func Train(data *Dataset, options Options) (*Model, error) {
	if options.Validate.By == "" {
		options.Validate = Split{By: "last", Share: 0.2}
	}
	catalog, err := NewCatalog(data)
	if err != nil {
		return nil, fmt.Errorf("make the catalogue: %w", err)
	}
	chosen, err := choose(data, catalog, &options)
	if err != nil {
		return nil, fmt.Errorf("learn the blend: %w", err)
	}
	m := &Model{Blend: chosen.blend, Metrics: chosen.metrics, Parts: map[string][]byte{catalogPart: catalog.Encode()}}
	parts, err := fit(newTrainSet(data, catalog, &options), chosen.variants, "fit")
	if err != nil {
		return nil, err
	}
	for i, k := range registry() {
		if parts[i] != nil {
			m.Parts[k.name] = parts[i]
		}
	}
	return m, nil
}

// fit trains every criterion of the registry and returns their parts in its order.
func fit(t *trainSet, variants []int, stage string) ([][]byte, error) {
	if len(t.film) == 0 {
		return nil, errors.New("nobody in the data likes a film")
	}
	kinds := registry()
	parts := make([][]byte, len(kinds))
	for i, k := range kinds {
		t.options.progress(stage+" "+k.name, i, len(kinds))
		if t.options.stopped() {
			return nil, ErrStopped
		}
		if k.train == nil {
			continue
		}
		var err error
		if parts[i], err = k.train(t, variants[i]); err != nil {
			return nil, fmt.Errorf("train criterion %s: %w", k.name, err)
		}
	}
	t.options.progress(stage, len(kinds), len(kinds))
	return parts, nil
}

// choice is what was learned on the part held back.
type choice struct {
	blend    Blend
	variants []int // by criterion
	metrics  map[string]float64
}

// choose fits the criteria to a part of the data, and chooses their variants and weights by how well they rank the rest.
// With too few people to learn from, it is the registry's weights.
func choose(data *Dataset, catalog *Catalog, options *Options) (*choice, error) {
	kinds := registry()
	c := &choice{variants: make([]int, len(kinds)), metrics: map[string]float64{}}
	weights := make([]float64, len(kinds))
	for i, k := range kinds {
		weights[i] = k.weight
		c.blend = append(c.blend, Weight{Criterion: k.name, Weight: k.weight})
	}
	train, all := options.Validate.lessons(data.Ratings, options.Seed)
	if len(all) < learnMin {
		return c, nil
	}
	parts, err := fit(newTrainSet(&Dataset{Ratings: train}, catalog, options), c.variants, "validate")
	if err != nil {
		return nil, err
	}
	criteria := make([]Criterion, len(kinds))
	for i, k := range kinds {
		options.progress("choose "+k.name, i, len(kinds))
		if criteria[i], err = k.open(catalog, parts[i]); err != nil {
			return nil, err
		}
		if criteria[i], err = c.tune(i, criteria[i], all, options); err != nil {
			return nil, err
		}
	}
	class := newClass(all, options.Parallel)
	if err := class.each(func(l *lesson) error { return l.ask(criteria) }); err != nil {
		return nil, err
	}
	options.progress("weigh", 0, 2)
	class.climb(weights)
	if err := c.refine(criteria, weights, class, options); err != nil {
		return nil, err
	}
	options.progress("weigh", 1, 2)
	weights, c.metrics["ndcg@10"] = class.learn(weights, options.Seed)
	var total float64
	for _, w := range weights {
		total += w
	}
	if total == 0 {
		return c, nil // no criterion found anything: nothing to learn
	}
	for i := range c.blend {
		c.blend[i].Weight = math.Round(1000*weights[i]/total) / 1000
	}
	return c, c.blend.Check()
}

// refine chooses the variants of criteria that stand beside others, each with the weight that suits it.
func (c *choice) refine(criteria []Criterion, weights []float64, class *class, options *Options) error {
	for i, k := range registry() {
		t, ok := criteria[i].(tunable)
		if !ok || !k.beside {
			continue
		}
		best := -1.0
		class.lean(weights, i)
		for v, variant := range t.variants() {
			if options.stopped() {
				return ErrStopped
			}
			if err := class.each(func(l *lesson) error { return l.reask(i, variant) }); err != nil {
				return err
			}
			for _, times := range []float64{1, 0.7, 0.5, 0.3, 1.5, 2} {
				if value := class.gain(i, times*max(weights[i], learnLeast)); value > best {
					best, criteria[i], c.variants[i] = value, variant, v
				}
			}
		}
		if err := class.each(func(l *lesson) error { return l.reask(i, criteria[i]) }); err != nil {
			return err
		}
	}
	return nil
}

// tune notes the best variant of a criterion and returns it.
func (c *choice) tune(i int, criterion Criterion, all []*lesson, options *Options) (Criterion, error) {
	variants := []Criterion{criterion}
	if t, ok := criterion.(tunable); ok && !registry()[i].beside {
		variants = t.variants()
	}
	some := make([]*lesson, 0, learnAlone)
	for i := range min(learnAlone, len(all)) {
		some = append(some, all[i*len(all)/min(learnAlone, len(all))])
	}
	var best []float64
	for v, variant := range variants {
		if options.stopped() {
			return nil, ErrStopped
		}
		gains, err := alone(variant, some, options.Parallel)
		if err != nil {
			return nil, err
		}
		if v == 0 || better(gains, best) {
			best, criterion, c.variants[i] = gains, variant, v
		}
	}
	c.metrics[c.blend[i].Criterion+"/ndcg@10"] = mean(best)
	return criterion, nil
}
