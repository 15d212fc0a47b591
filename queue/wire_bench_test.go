package queue

import (
	"math/rand/v2"
	"testing"
	"time"

	"webflix/recommend"
)

// usual returns a task and a result of the sizes that most have: 165 watches; 300 candidates, 60 of them with evidence.
func usual() (*recommend.Task, *recommend.Result) {
	random := rand.New(rand.NewPCG(1, 1))
	task, result := sampleTask(), sampleResult()
	task.History, task.Exclude, task.Filter = nil, nil, recommend.Filter{}
	for i := range 165 {
		task.History = append(task.History, recommend.Watch{
			Movie: random.Int32N(4000), At: task.At.Add(-time.Duration(i) * time.Hour), Rating: 4,
		})
	}
	result.Candidates = nil
	for i := range 300 {
		c := recommend.Candidate{Movie: random.Int32N(4000), Score: 3 - float32(i)/100}
		result.Candidates = append(result.Candidates, c)
	}
	explained := make(recommend.Explained, 60)
	for i := range explained {
		for range 4 {
			explained[i] = append(explained[i], recommend.Evidence{Movie: random.Int32N(4000), Share: random.Float32()})
		}
	}
	result.Evidence = explained
	return task, result
}

func BenchmarkEncodeTaskOf(b *testing.B) {
	task, _ := usual()
	packed := Pack(&recommend.Profile{History: task.History})
	criteria := []string{"sittings", "next", "community", "genres", "era"}
	b.ReportAllocs()
	for b.Loop() {
		EncodeTaskOf(task, packed, criteria)
	}
}

func BenchmarkDecodeTask(b *testing.B) {
	task, _ := usual()
	benchDecode(b, EncodeTask(task), func(b []byte) (*recommend.Task, error) { return DecodeTask(b, task.Criterion) })
}

func BenchmarkBundle(b *testing.B) {
	_, result := usual()
	msgs := make([]Message, 8)
	for i := range msgs {
		msgs[i] = Message{Type: TypeResult, CorrelationID: result.Request.String(), Body: EncodeResult(result)}
	}
	b.ReportAllocs()
	for b.Loop() {
		bundle := Bundle(msgs)
		if opened, err := Unbundle(&bundle); len(opened) != len(msgs) {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeResult(b *testing.B) {
	_, result := usual()
	b.ReportAllocs()
	for b.Loop() {
		EncodeResult(result)
	}
}

func BenchmarkDecodeResult(b *testing.B) {
	_, result := usual()
	benchDecode(b, EncodeResult(result), DecodeResult)
}

func BenchmarkEncodeUpdate(b *testing.B) {
	u := usualUpdate()
	b.ReportAllocs()
	for b.Loop() {
		EncodeUpdate(u)
	}
}

func BenchmarkDecodeUpdate(b *testing.B) {
	benchDecode(b, EncodeUpdate(usualUpdate()), DecodeUpdate)
}

// usualUpdate returns a ranking of 20 films by five criteria.
func usualUpdate() *recommend.Update {
	_, result := usual()
	s := &recommend.Standing{Request: recommend.Request{Spec: recommend.Spec{First: recommend.DefaultFirst}}}
	var results []recommend.Result
	for _, c := range []string{"sittings", "next", "community", "genres", "era"} {
		s.Spec.Blend = append(s.Spec.Blend, recommend.Weight{Criterion: c, Weight: 1})
		r := *result
		r.Criterion = c
		results = append(results, r)
	}
	u := recommend.Tally(s, results)
	return &u
}

func benchDecode[T any](b *testing.B, body []byte, decode func([]byte) (T, error)) {
	b.Helper()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(body); err != nil {
			b.Fatal(err)
		}
	}
}
