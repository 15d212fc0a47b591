package recommend

import (
	"fmt"
	"slices"
)

// kind is a criterion as the registry has it.
type kind struct {
	name        string
	description string
	weight      float64                                                // in a blend that was not learned
	train       func(t *trainSet, variant int) ([]byte, error)         // nil: it needs no part
	open        func(catalog *Catalog, part []byte) (Criterion, error) // reads what train wrote
	beside      bool                                                   // a variant is chosen by what it adds to the others, not by its worth alone
}

// registry returns every criterion there is, in the order in which blends list them. To add one: write its file, add its line
// here, and start a worker for its name.
func registry() []kind {
	return []kind{
		{"history", "films like those in the history", 1, trainHistory, openHistory, false},
		{"sittings", "films that people watch together with those in the history", 1, trainSittings, openSittings, false},
		{"next", "what people like soon after the newest films in the history", 0.5, trainNext, openNext, false},
		{"later", "what people like when they come back after such a history", 0.5, trainLater, openLater, false},
		{"community", "what people of like taste watch", 0.5, trainCommunity, openCommunity, false},
		{"genres", "films of the most-watched genres", 0.1, nil, openGenres, false},
		{"era", "films of the years that the person likes", 0.05, nil, openEra, false},
		{"popularity", "what many people watch now", 0.1, trainPopularity, openPopularity, true},
	}
}

// Criteria describes every criterion there is, in the order in which blends list them, with the weights of a blend that was
// not learned.
func Criteria() []CriterionInfo {
	var infos []CriterionInfo
	for _, k := range registry() {
		infos = append(infos, CriterionInfo{Name: k.name, Description: k.description, Weight: k.weight})
	}
	return infos
}

// CriterionNames returns the names of all criteria, in the registry's order.
func CriterionNames() []string {
	var names []string
	for _, k := range registry() {
		names = append(names, k.name)
	}
	return names
}

// OpenCriterion makes a criterion ready to score: part is the model's part of its name, nil when the model has none.
func OpenCriterion(name string, catalog *Catalog, part []byte) (Criterion, error) {
	kinds := registry()
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no criterion %q", name)
	}
	c, err := kinds[i].open(catalog, part)
	if err != nil {
		return nil, fmt.Errorf("open criterion %s: %w", name, err)
	}
	return c, nil
}

// PartsOf returns which parts of a model a worker of these criteria needs: the catalogue, and the criteria's own.
func PartsOf(criteria ...string) []string {
	parts := []string{catalogPart}
	for _, k := range registry() {
		if k.train != nil && slices.Contains(criteria, k.name) {
			parts = append(parts, k.name)
		}
	}
	return parts
}

// Catalog opens the model's catalogue.
func (m *Model) Catalog() (*Catalog, error) { return OpenCatalog(m.Parts[catalogPart]) }

// Open makes criteria of the model ready to score, all of its blend's when no name is given. They share one catalogue.
func (m *Model) Open(names ...string) (map[string]Criterion, error) {
	catalog, err := m.Catalog()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		for _, w := range m.Blend {
			names = append(names, w.Criterion)
		}
	}
	criteria := make(map[string]Criterion, len(names))
	for _, name := range names {
		if criteria[name], err = OpenCriterion(name, catalog, m.Parts[name]); err != nil {
			return nil, err
		}
	}
	return criteria, nil
}
