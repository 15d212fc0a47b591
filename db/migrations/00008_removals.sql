-- +goose Up
-- Watches of imported people that were taken out, so that the same data set does not bring them back.
CREATE TABLE removals (
    user_id    bigint  NOT NULL REFERENCES users ON DELETE CASCADE,
    movie_id   integer NOT NULL REFERENCES movies ON DELETE CASCADE,
    watched_at timestamptz NOT NULL,          -- of the newest watch that was removed: a newer one comes in
    PRIMARY KEY (user_id, movie_id)
);
CREATE INDEX removals_movie ON removals (movie_id);

-- +goose Down
DROP TABLE removals;
