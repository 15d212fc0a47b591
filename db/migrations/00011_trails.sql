-- +goose Up

-- What the pipeline's picture shows of an answer stands at the beginning of its payload. To read the payloads of some hundred requests
-- whole, four times a second for as long as somebody looks, held up everybody who asked. The plan is made as that of standings is.
-- +goose StatementBegin
CREATE FUNCTION trails(ids uuid[], head int) RETURNS SETOF standings_row
LANGUAGE plpgsql STABLE ROWS 400
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.trace, r.sequence, r.final_at, clock_timestamp(),
           s.criterion, s.scored, s.late, s.arrived_at, substring(s.payload FROM 1 FOR head)
    FROM requests r LEFT JOIN scores s ON s.request_id = r.id
    WHERE r.id = ANY (ids)
    ORDER BY r.id DESC;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION trails;
