-- +goose Up
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE genres (
    id   smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE movies (
    id      integer PRIMARY KEY,              -- the data set's own number; ours start at 10,000,000
    title   text NOT NULL,                    -- display title
    year    smallint NOT NULL DEFAULT 0,      -- 0: unknown
    dataset text NOT NULL                     -- where it comes from: 'webflix', 'ml-1m'
);
CREATE INDEX movies_title_trgm ON movies USING gin (title gin_trgm_ops);
CREATE INDEX movies_year ON movies (year, id);

CREATE TABLE movie_genres (
    movie_id integer  NOT NULL REFERENCES movies ON DELETE CASCADE,
    genre_id smallint NOT NULL REFERENCES genres ON DELETE CASCADE,
    PRIMARY KEY (movie_id, genre_id)
);
CREATE INDEX movie_genres_genre ON movie_genres (genre_id, movie_id);

CREATE TABLE users (
    id      bigint PRIMARY KEY,
    name    text NOT NULL,
    dataset text NOT NULL                     -- 'local': made here
);
CREATE SEQUENCE local_users;

-- One row a person and film: the latest time they saw it, and their rating if they gave one.
CREATE TABLE watches (
    user_id    bigint  NOT NULL REFERENCES users ON DELETE CASCADE,
    movie_id   integer NOT NULL REFERENCES movies ON DELETE CASCADE,
    watched_at timestamptz NOT NULL,
    rating     real,                          -- 0.5 to 5; null: not rated
    PRIMARY KEY (user_id, movie_id),
    CONSTRAINT watches_rating CHECK (rating BETWEEN 0.5 AND 5)
);
CREATE INDEX watches_newest ON watches (user_id, watched_at DESC, movie_id) INCLUDE (rating);
CREATE INDEX watches_movie ON watches (movie_id);

CREATE TABLE dismissals (
    user_id      bigint  NOT NULL REFERENCES users ON DELETE CASCADE,
    movie_id     integer NOT NULL REFERENCES movies ON DELETE CASCADE,
    dismissed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, movie_id)
);

-- What was imported, and when: one row a data set.
CREATE TABLE datasets (
    name        text PRIMARY KEY,
    imported_at timestamptz NOT NULL DEFAULT now(),
    movies      integer NOT NULL,
    users       integer NOT NULL,
    watches     bigint  NOT NULL
);

-- A film's figures, refreshed after an import and by training, so that no page counts watches.
CREATE TABLE movie_stats (
    movie_id integer PRIMARY KEY REFERENCES movies ON DELETE CASCADE,
    watches  integer NOT NULL,
    rating   real,                            -- mean of the ratings, null without any
    popular  real NOT NULL                    -- watches, each halved for every half-life of its age
);
CREATE INDEX movie_stats_popular ON movie_stats (popular DESC, movie_id);

-- +goose Down
DROP SEQUENCE local_users;
DROP TABLE movie_stats, datasets, dismissals, watches, users, movie_genres, movies, genres;
