-- +goose Up

-- These functions run with plans that each connection makes once and keeps. One that is made while a partition is new and
-- empty reads it from end to end, and would go on doing so when the partition has a million rows, until the statistics are
-- brought up to date. Every row that they want is found by an index, so they may use nothing else; and which requests are
-- open is asked once, so that no loop reads the index of the open ones for each answer.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION merge_scores(ids uuid[], criteria text[], oks boolean[], payloads bytea[])
RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    open uuid[];
BEGIN
    open := ARRAY(SELECT r.id FROM requests r WHERE r.id = ANY (ids) AND r.final_at IS NULL ORDER BY r.id FOR UPDATE);

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, n.ok, r.final_at IS NOT NULL, n.payload
    FROM unnest(ids, criteria, oks, payloads) AS n (id, criterion, ok, payload)
    JOIN requests r ON r.id = n.id
    ON CONFLICT DO NOTHING;

    UPDATE requests r
    SET sequence = r.sequence + 1,
        final_at = CASE WHEN c.scored = jsonb_array_length(r.spec -> 'blend') THEN clock_timestamp() END
    FROM (SELECT s.request_id, count(*) FILTER (WHERE s.scored) AS scored
          FROM scores s WHERE s.request_id = ANY (open) AND NOT s.late GROUP BY s.request_id) c
    WHERE r.id = c.request_id;

    RETURN QUERY SELECT * FROM standings(ids);
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION close_with(ids uuid[], criteria text[], payloads bytea[])
RETURNS SETOF standings_row LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    open uuid[];
BEGIN
    open := ARRAY(SELECT r.id FROM requests r WHERE r.id = ANY (ids) AND r.final_at IS NULL ORDER BY r.id FOR UPDATE);

    INSERT INTO scores (request_id, criterion, scored, late, payload)
    SELECT n.id, n.criterion, true, false, n.payload
    FROM unnest(ids, criteria, payloads) AS n (id, criterion, payload)
    WHERE n.id = ANY (open)
    ON CONFLICT DO NOTHING;

    UPDATE requests r SET sequence = r.sequence + 1, final_at = clock_timestamp() WHERE r.id = ANY (open);

    RETURN QUERY SELECT * FROM standings(ids);
END $$;
-- +goose StatementEnd

ALTER FUNCTION close_due SET enable_seqscan = off;
ALTER FUNCTION close_due SET enable_hashjoin = off;
ALTER FUNCTION close_due SET enable_mergejoin = off;

-- +goose Down
ALTER FUNCTION merge_scores RESET ALL;
ALTER FUNCTION close_due RESET ALL;
ALTER FUNCTION close_with RESET ALL;
