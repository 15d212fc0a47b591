-- +goose Up
CREATE TABLE models (
    version    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    trained_at timestamptz NOT NULL DEFAULT now(),
    active     boolean NOT NULL DEFAULT false,
    blend      jsonb NOT NULL,                -- learned weights
    metrics    jsonb NOT NULL                 -- on the validation part
);
CREATE UNIQUE INDEX models_one_active ON models (active) WHERE active;

CREATE TABLE model_parts (
    version bigint NOT NULL REFERENCES models ON DELETE CASCADE,
    name    text   NOT NULL,                  -- 'catalog', or a criterion
    chunk   integer NOT NULL,                 -- large parts are cut into pieces of at most 16 MiB
    body    bytea  NOT NULL,
    PRIMARY KEY (version, name, chunk)
);
ALTER TABLE model_parts ALTER COLUMN body SET STORAGE EXTERNAL;

-- +goose Down
DROP TABLE model_parts, models;
