-- +goose Up

-- merge_answers kept the rows that it locked as records without a name, and PostgreSQL made rows of the table of them by writing each as
-- text, the spec with it, and reading it again: a sixth of all that a merge takes. They are the table's rows from the start now.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION merge_answers(
    lowest uuid, highest uuid, ids uuid[], criteria text[], oks boolean[], starts integer[], lengths integer[], payloads bytea)
RETURNS SETOF merged_row LANGUAGE plpgsql VOLATILE ROWS 50
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    this   xid := pg_current_xact_id()::xid;
    locked requests[];
    known  uuid[];
    open   uuid[];
BEGIN
    SELECT array_agg(l.r), array_agg((l.r).id), coalesce(array_agg((l.r).id) FILTER (WHERE (l.r).final_at IS NULL), '{}')
    INTO locked, known, open
    FROM (SELECT r FROM requests r
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

-- +goose Down
-- The function before returned the same.
