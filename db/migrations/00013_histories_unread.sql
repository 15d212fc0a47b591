-- +goose Up

-- accept_requests read everybody's history, and threw away those that nobody wanted: a function in a join is called for each row before
-- the join's condition is looked at. With OFFSET 0 its condition is looked at first.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION accept_requests(
    users bigint[], revisions bigint[], fewest integer[], replicas text[], budgets bigint[], specs text[], traces text[])
RETURNS TABLE (request_id uuid, due timestamptz, place bigint, revision bigint, watched bytea, dismissed bytea)
LANGUAGE plpgsql VOLATILE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH new AS MATERIALIZED (
        SELECT new_request_id(moment) AS id, n.user_id, n.revision, n.replica,
               moment + n.budget * interval '1 microsecond' AS deadline, n.spec::jsonb AS spec, n.trace, n.place
        FROM unnest(users, revisions, fewest, replicas, budgets, specs, traces)
             WITH ORDINALITY AS n (user_id, revision, fewest, replica, budget, spec, trace, place)
        WHERE CASE n.revision
              WHEN 0 THEN true
              WHEN -1 THEN n.fewest <= (SELECT count(*) FROM (SELECT FROM watches w WHERE w.user_id = n.user_id LIMIT n.fewest) w)
              ELSE n.revision = (SELECT u.revision FROM users u WHERE u.id = n.user_id) END
    ), inserted AS (
        INSERT INTO requests (id, user_id, replica, deadline, spec, trace)
        SELECT new.id, new.user_id, new.replica, new.deadline, new.spec, new.trace FROM new
    )
    SELECT new.id, new.deadline, new.place, p.revision, p.watched, p.dismissed
    FROM new LEFT JOIN LATERAL (
        SELECT p.* FROM profiles(ARRAY[new.user_id]) p WHERE new.revision = -1 OFFSET 0) p ON true;
END $$;
-- +goose StatementEnd

-- +goose Down
-- The function before returned the same.
