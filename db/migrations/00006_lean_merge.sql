-- +goose Up

-- A result of a few kilobytes stays in its row as it is: scores do not compress, and moving them out of the row and back cost
-- more than all the rest of a merge. New partitions are made so by Maintain.
ALTER TABLE scores ALTER COLUMN payload SET STORAGE EXTERNAL;
-- +goose StatementBegin
DO $$
DECLARE
    part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'scores'::regclass LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN payload SET STORAGE EXTERNAL', part);
        EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', part);
    END LOOP;
END $$;
-- +goose StatementEnd

-- While a request is open, its sequence is the number of answers that count: no row is written for each of them. The row's own
-- sequence says how the final follows them; that of a version before may be ahead.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION standings(ids uuid[], late_too boolean DEFAULT false) RETURNS SETOF standings_row
LANGUAGE sql STABLE ROWS 400 AS $$
    SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.trace,
           CASE WHEN r.final_at IS NULL
                THEN greatest(r.sequence, (SELECT count(*) FROM scores c WHERE c.request_id = r.id AND NOT c.late))
                ELSE r.sequence END,
           r.final_at, clock_timestamp(), s.criterion, s.scored, s.late, s.arrived_at, s.payload
    FROM requests r LEFT JOIN scores s ON s.request_id = r.id AND (late_too OR NOT s.late)
    WHERE r.id = ANY (ids)
    ORDER BY r.id
$$;
-- +goose StatementEnd

-- What a merge returns: a request as it is now, with the answers that count, without what is in them. stored says which of
-- them are there since this merge.
CREATE TYPE merged_row AS (
    id uuid, user_id bigint, replica text, deadline timestamptz, spec jsonb, trace text, sequence bigint,
    final_at timestamptz, now timestamptz, criteria text[], scored boolean[], stored boolean[]);

-- merge_scores with less to do: payloads come in one piece, each of a length; what is in the answers is not sent back; only a
-- request that is complete is written; and only the partitions of these requests, from lowest to highest, are looked at.
-- Its plans are made once for a connection: planning for each of a week's partitions took longer than all that they do. As
-- there, requests are locked in the order of their ids, and each statement sees what others committed before that.
-- +goose StatementBegin
CREATE FUNCTION merge_answers(
    lowest uuid, highest uuid, ids uuid[], criteria text[], oks boolean[], starts integer[], lengths integer[], payloads bytea)
RETURNS SETOF merged_row LANGUAGE plpgsql VOLATILE ROWS 50
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    this   xid := pg_current_xact_id()::xid;
    locked requests[];
    known  uuid[];
    open   uuid[];
BEGIN
    SELECT array_agg(l), array_agg(l.id), coalesce(array_agg(l.id) FILTER (WHERE l.final_at IS NULL), '{}')
    INTO locked, known, open
    FROM (SELECT r.* FROM requests r
          WHERE r.id = ANY (ids) AND r.id BETWEEN lowest AND highest ORDER BY r.id FOR UPDATE) l;
    IF known IS NULL THEN
        RETURN;
    END IF;

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, n.ok, n.id <> ALL (open), substring(payloads FROM n.start FOR n.length)
    FROM unnest(ids, criteria, oks, starts, lengths) AS n (id, criterion, ok, start, length)
    WHERE n.id = ANY (known)
    ON CONFLICT DO NOTHING;

    RETURN QUERY
    WITH counted AS MATERIALIZED (
        SELECT s.request_id, count(*) AS answers, count(*) FILTER (WHERE s.scored) AS good,
               array_agg(s.criterion) AS criteria, array_agg(s.scored) AS scored, array_agg(s.xmin = this) AS stored
        FROM scores s
        WHERE s.request_id = ANY (known) AND s.request_id BETWEEN lowest AND highest AND NOT s.late
        GROUP BY s.request_id
    ), completed AS (
        UPDATE requests r SET final_at = clock_timestamp(), sequence = greatest(r.sequence + 1, c.answers)
        FROM counted c
        WHERE r.id = c.request_id AND r.id BETWEEN lowest AND highest AND r.id = ANY (open)
          AND c.good = jsonb_array_length(r.spec -> 'blend')
        RETURNING r.id, r.final_at, r.sequence
    )
    SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.trace,
           CASE WHEN r.final_at IS NULL THEN coalesce(d.sequence, greatest(r.sequence, c.answers)) ELSE r.sequence END,
           coalesce(d.final_at, r.final_at), clock_timestamp(), c.criteria, c.scored, c.stored
    FROM unnest(locked) r
    JOIN counted c ON c.request_id = r.id
    LEFT JOIN completed d ON d.id = r.id;
END $$;
-- +goose StatementEnd

-- The same, but for the sequence of the final.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION close_due(failed uuid[], most integer) RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    tomorrow uuid := request_id_from(clock_timestamp() + interval '1 day'); -- no need to look at partitions made in advance
    due      uuid[];
BEGIN
    due := ARRAY(SELECT r.id FROM requests r
                 WHERE r.final_at IS NULL AND r.deadline <= now() AND r.id < tomorrow
                 ORDER BY r.deadline LIMIT most FOR UPDATE SKIP LOCKED)
        || ARRAY(SELECT r.id FROM requests r
                 WHERE r.final_at IS NULL AND r.id = ANY (failed) FOR UPDATE SKIP LOCKED);
    IF cardinality(due) = 0 THEN
        RETURN;
    END IF;
    UPDATE requests r SET sequence = greatest(r.sequence, c.answers) + 1, final_at = clock_timestamp()
    FROM (SELECT q.id, request_coverage(q.id, q.spec) AS percent, q.spec,
                 (SELECT count(*) FROM scores s WHERE s.request_id = q.id AND NOT s.late) AS answers
          FROM requests q WHERE q.id = ANY (due)) c
    WHERE r.id = c.id AND c.percent > 0 AND c.percent >= coalesce((c.spec ->> 'minCoverage')::float8, 0);

    RETURN QUERY SELECT * FROM standings(due);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION close_with(ids uuid[], criteria text[], payloads bytea[])
RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    open uuid[];
BEGIN
    open := ARRAY(SELECT r.id FROM requests r WHERE r.id = ANY (ids) AND r.final_at IS NULL ORDER BY r.id FOR UPDATE);

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, true, false, n.payload
    FROM unnest(ids, criteria, payloads) AS n (id, criterion, payload)
    WHERE n.id = ANY (open)
    ON CONFLICT DO NOTHING;

    UPDATE requests r
    SET final_at = clock_timestamp(),
        sequence = greatest(r.sequence, (SELECT count(*) FROM scores s WHERE s.request_id = r.id AND NOT s.late)) + 1
    WHERE r.id = ANY (open);

    RETURN QUERY SELECT * FROM standings(ids);
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION merge_answers;
DROP TYPE merged_row;
