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

-- What a ranking is made of: each request, repeated for each answer that counts, or once with nulls when there is none.
-- +goose StatementBegin
CREATE TYPE standings_row AS (
    id uuid, user_id bigint, replica text, deadline timestamptz, spec jsonb, trace text, sequence bigint,
    final_at timestamptz, now timestamptz, criterion text, scored boolean, late boolean, arrived_at timestamptz, payload bytea);
CREATE FUNCTION standings(ids uuid[], late_too boolean DEFAULT false) RETURNS SETOF standings_row
LANGUAGE sql STABLE ROWS 400 AS $$
    SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.trace, r.sequence, r.final_at, clock_timestamp(),
           s.criterion, s.scored, s.late, s.arrived_at, s.payload
    FROM requests r LEFT JOIN scores s ON s.request_id = r.id AND (late_too OR NOT s.late)
    WHERE r.id = ANY (ids)
    ORDER BY r.id
$$;
-- +goose StatementEnd

-- Take answers in and finalise what is complete, in one round trip. Requests are locked in the order of their ids, so two
-- aggregators never deadlock, and each statement below sees what the other committed before it let go of the lock (a
-- single statement would not). A request that some criterion failed is left open: its coverage decides how it is closed.
-- +goose StatementBegin
CREATE FUNCTION merge_scores(ids uuid[], criteria text[], oks boolean[], payloads bytea[])
RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM requests r WHERE r.id = ANY (ids) ORDER BY r.id FOR UPDATE;

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, n.ok, r.final_at IS NOT NULL, n.payload
    FROM unnest(ids, criteria, oks, payloads) AS n (id, criterion, ok, payload)
    JOIN requests r ON r.id = n.id
    ON CONFLICT DO NOTHING;

    UPDATE requests r
    SET sequence = r.sequence + 1,
        final_at = CASE WHEN c.scored = jsonb_array_length(r.spec -> 'blend') THEN clock_timestamp() END
    FROM (SELECT s.request_id, count(*) FILTER (WHERE s.scored) AS scored
          FROM scores s WHERE s.request_id = ANY (ids) AND NOT s.late GROUP BY s.request_id) c
    WHERE r.id = c.request_id AND r.final_at IS NULL;

    RETURN QUERY SELECT * FROM standings(ids);
END $$;
-- +goose StatementEnd

-- How much of the blend's weight has answered with scores, in per cent.
-- +goose StatementBegin
CREATE FUNCTION request_coverage(request uuid, spec jsonb) RETURNS double precision LANGUAGE sql STABLE AS $$
    SELECT 100 * coalesce(sum((b ->> 'weight')::float8) FILTER (WHERE EXISTS (
               SELECT FROM scores s
               WHERE s.request_id = request AND s.criterion = b ->> 'criterion' AND s.scored AND NOT s.late)), 0)
           / nullif(sum((b ->> 'weight')::float8), 0)
    FROM jsonb_array_elements(spec -> 'blend') b
$$;
-- +goose StatementEnd

-- Close what is past its deadline, or failed in part and complete, with what has come. A request with less coverage than
-- it asked for, or none, stays open and is returned so: the caller closes it with an answer from the ladder.
-- +goose StatementBegin
CREATE FUNCTION close_due(failed uuid[], most integer) RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    due uuid[];
BEGIN
    due := ARRAY(SELECT r.id FROM requests r
                 WHERE r.final_at IS NULL AND r.deadline <= clock_timestamp()
                 ORDER BY r.deadline LIMIT most FOR UPDATE SKIP LOCKED)
        || ARRAY(SELECT r.id FROM requests r
                 WHERE r.final_at IS NULL AND r.id = ANY (failed) FOR UPDATE SKIP LOCKED);
    IF cardinality(due) = 0 THEN
        RETURN;
    END IF;
    UPDATE requests r
    SET sequence = r.sequence + 1, final_at = clock_timestamp()
    FROM (SELECT q.id, request_coverage(q.id, q.spec) AS percent, q.spec FROM requests q WHERE q.id = ANY (due)) c
    WHERE r.id = c.id AND c.percent > 0 AND c.percent >= coalesce((c.spec ->> 'minCoverage')::float8, 0);

    RETURN QUERY SELECT * FROM standings(due);
END $$;
-- +goose StatementEnd

-- Close requests with an answer from the ladder.
-- +goose StatementBegin
CREATE FUNCTION close_with(ids uuid[], criteria text[], payloads bytea[])
RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM 1 FROM requests r WHERE r.id = ANY (ids) ORDER BY r.id FOR UPDATE;

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, true, false, n.payload
    FROM unnest(ids, criteria, payloads) AS n (id, criterion, payload)
    JOIN requests r ON r.id = n.id AND r.final_at IS NULL
    ON CONFLICT DO NOTHING;

    UPDATE requests r SET sequence = r.sequence + 1, final_at = clock_timestamp()
    WHERE r.id = ANY (ids) AND r.final_at IS NULL;

    RETURN QUERY SELECT * FROM standings(ids);
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION close_with, close_due, request_coverage, merge_scores, standings;
DROP TYPE standings_row;
DROP TABLE scores, requests;
DROP FUNCTION request_id_from, new_request_id;
