package db

import "time"

// Progress is how far an import has come with a stage of it.
type Progress struct {
	Stage Stage
	Done  int64 // of Total: bytes while reading, else rows
	Total int64
}

// Stage is a part of an import.
type Stage string

// The stages of an import, in their order.
const (
	StageReading  Stage = "reading"
	StageStoring  Stage = "storing"
	StageCounting Stage = "counting"
)

// tellEvery is the least time between two calls of ImportOptions.Progress within a stage.
const tellEvery = 200 * time.Millisecond

// tell calls Progress, unless it was called a moment ago and this call does not matter.
func (in *importer) tell(stage Stage, done, total int64, matters bool) {
	if in.options.Progress == nil {
		return
	}
	if now := time.Now(); matters || now.Sub(in.told) >= tellEvery {
		in.told = now
		in.options.Progress(Progress{Stage: stage, Done: done, Total: total})
	}
}
