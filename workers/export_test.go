package workers

import (
	"context"

	"webflix/queue"
	"webflix/recommend"
)

// ScoresOf returns the body of the result that a worker makes of a task.
func ScoresOf(ctx context.Context, w *Worker, task []byte) (result []byte, model int64, err error) {
	sealed, err := queue.OpenTask(queue.TypeTask, task, w.Criterion)
	if err != nil {
		return nil, 0, err
	}
	scores, model, err := w.scores(ctx, sealed)
	return queue.EncodeResultOf(&recommend.Result{Criterion: w.Criterion, Model: model}, scores), model, err
}
