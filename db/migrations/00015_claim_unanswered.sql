-- +goose Up

-- Claims open requests without any answer for the relay: those half a second old, and again after every further half second. As one
-- query it was planned for tables of unknown size, and in a full partition each look read all requests of the day in the order of their
-- ids: a processor was busy with it. Here who is open is read by its own index alone, whose plain scan marks the entries of requests
-- that are final, so that the next one passes them.
-- +goose StatementBegin
CREATE FUNCTION claim_unanswered(most integer) RETURNS uuid[] LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    due uuid[];
BEGIN
    due := ARRAY(
        WITH open AS MATERIALIZED (
            SELECT r.id, r.relayed FROM requests r WHERE r.final_at IS NULL AND r.deadline > now() + interval '10 ms')
        SELECT o.id FROM open o
        WHERE o.id < request_id_from(now() - (o.relayed + 1) * interval '500 ms')
          AND NOT EXISTS (SELECT FROM scores s WHERE s.request_id = o.id)
        ORDER BY o.id LIMIT most);
    IF cardinality(due) = 0 THEN
        RETURN due;
    END IF;
    due := ARRAY( -- those that nobody else has claimed meanwhile
        SELECT r.id FROM requests r
        WHERE r.id = ANY (due) AND r.final_at IS NULL AND r.id < request_id_from(now() - (r.relayed + 1) * interval '500 ms')
        ORDER BY r.id FOR UPDATE SKIP LOCKED);
    UPDATE requests r
    SET relayed = (extract(epoch FROM clock_timestamp()) * 1000
                   - ('x' || left(replace(r.id::text, '-', ''), 12))::bit(48)::bigint)::bigint / 500
    WHERE r.id = ANY (due);
    RETURN due;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION claim_unanswered;
