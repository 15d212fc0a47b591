-- +goose Up

-- To plan these two anew each time took longer than to run them: their arguments are lists, and the planner holds a plan for a list of
-- unknown length for dearer than one for the list at hand. Here the plan is made once for a connection.
-- +goose StatementBegin
CREATE FUNCTION profiles(users bigint[]) RETURNS TABLE (user_id bigint, revision bigint, watched bytea, dismissed bytea)
LANGUAGE plpgsql STABLE ROWS 10
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT u.id, u.revision,
           (SELECT string_agg(int4send(w.movie_id) || timestamptz_send(w.watched_at) || float4send(coalesce(w.rating, 0)), ''
                              ORDER BY w.watched_at DESC, w.movie_id)
            FROM watches w WHERE w.user_id = u.id),
           (SELECT string_agg(int4send(d.movie_id), '' ORDER BY d.dismissed_at DESC, d.movie_id)
            FROM dismissals d WHERE d.user_id = u.id)
    FROM users u WHERE u.id = ANY (users);
END $$;
-- +goose StatementEnd

-- Accepts requests as of one moment, save those whose person has another revision than they say, or is gone. Revision 0 is any; with -1
-- the person must have watched so many films at least, and their profile is returned, so that who asks for the first time takes one
-- call. The transaction does not wait for the disk.
-- +goose StatementBegin
CREATE FUNCTION accept_requests(
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
        SELECT p.* FROM profiles(ARRAY[new.user_id]) p WHERE new.revision = -1) p ON true;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION accept_requests;
DROP FUNCTION profiles;
