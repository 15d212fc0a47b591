-- +goose Up

-- A UUID of version 7 from the database's clock: ids sort by time, and partitions are ranges of them.
-- +goose StatementBegin
CREATE FUNCTION new_request_id(at timestamptz DEFAULT clock_timestamp()) RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    PLACING substring(int8send(floor(extract(epoch FROM at) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;
-- +goose StatementEnd

-- The lowest id of a moment: a partition's bound.
-- +goose StatementBegin
CREATE FUNCTION request_id_from(at timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
-- +goose StatementEnd

CREATE TABLE requests (
    id       uuid PRIMARY KEY,
    user_id  bigint NOT NULL,
    replica  text NOT NULL,
    deadline timestamptz NOT NULL,
    spec     jsonb NOT NULL,
    trace    text NOT NULL DEFAULT '',
    sequence bigint NOT NULL DEFAULT 0,
    relayed  smallint NOT NULL DEFAULT 0,     -- how often the relay sent its tasks again; 0 for almost every request
    final_at timestamptz
) PARTITION BY RANGE (id);
CREATE INDEX requests_open ON requests (deadline) WHERE final_at IS NULL;
CREATE INDEX requests_user ON requests (user_id, id DESC);
CREATE TABLE requests_default PARTITION OF requests DEFAULT;

CREATE TABLE scores (
    request_id uuid NOT NULL,
    criterion  text NOT NULL,
    scored     boolean NOT NULL,
    late       boolean NOT NULL,
    arrived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload    bytea NOT NULL,
    PRIMARY KEY (request_id, criterion)
) PARTITION BY RANGE (request_id);
CREATE TABLE scores_default PARTITION OF scores DEFAULT;

-- +goose Down
DROP TABLE scores, requests;
DROP FUNCTION request_id_from, new_request_id;
