-- +goose Up

-- An open request's sequence is counted along the way: a query for each row looked so dear to the planner, with all the
-- partitions, that it had the plan compiled, for seconds. The plan is made once for a connection, and by the indexes.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION standings(ids uuid[], late_too boolean DEFAULT false) RETURNS SETOF standings_row
LANGUAGE plpgsql STABLE ROWS 400
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT r.id, r.user_id, r.replica, r.deadline, r.spec, r.trace,
           CASE WHEN r.final_at IS NULL
                THEN greatest(r.sequence, count(s.criterion) FILTER (WHERE NOT s.late) OVER (PARTITION BY r.id))
                ELSE r.sequence END,
           r.final_at, clock_timestamp(), s.criterion, s.scored, s.late, s.arrived_at, s.payload
    FROM requests r LEFT JOIN scores s ON s.request_id = r.id AND (late_too OR NOT s.late)
    WHERE r.id = ANY (ids)
    ORDER BY r.id;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION standings;
-- +goose StatementBegin
CREATE FUNCTION standings(ids uuid[], late_too boolean DEFAULT false) RETURNS SETOF standings_row
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
