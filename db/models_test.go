package db_test

import (
	"bytes"
	"maps"
	"testing"

	"webflix/db/dbtest"
	"webflix/recommend"
)

// A model of a large catalogue has parts of more bytes than one row has room for; they come back as they were, and versions
// beyond those to keep go.
func TestLargeModelsComeBack(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	large := make([]byte, 17<<20)
	for i := range large {
		large[i] = byte(i >> 12)
	}
	blend := recommend.Blend{{Criterion: "history", Weight: 1}}
	m := &recommend.Model{Blend: blend, Parts: map[string][]byte{"history": large, "next": {1, 2, 3}}}
	first, err := d.Publish(t.Context(), m, 1)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.ModelParts(t.Context(), first, []string{"history", "next", "none"})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(got, m.Parts, bytes.Equal) {
		t.Error("the parts are not what was published")
	}
	second, err := d.Publish(t.Context(), &recommend.Model{Blend: blend, Parts: map[string][]byte{"next": {4}}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if version, _, err := d.ActiveModel(t.Context()); err != nil || version != second {
		t.Errorf("model %d is active, want %d (%v)", version, second, err)
	}
	if got, err := d.ModelParts(t.Context(), first, []string{"history"}); err != nil || len(got) > 0 {
		t.Errorf("the first model is kept: %d parts, %v", len(got), err)
	}
	models, err := d.Models(t.Context())
	if err != nil || len(models) != 1 {
		t.Errorf("%d models, %v", len(models), err)
	}
}
