-- +goose Up
-- What processes share and nobody else may know: made by whoever needs it first.
CREATE TABLE secrets (
    name  text PRIMARY KEY,
    value bytea NOT NULL
);

-- +goose Down
DROP TABLE secrets;
