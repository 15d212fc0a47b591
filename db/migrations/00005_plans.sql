-- +goose Up

-- These functions run with plans that each connection makes once and keeps. One that is made while a partition is new and
-- empty reads it from end to end, and would go on doing so when the partition has a million rows, until the statistics are
-- brought up to date. Every row that they want is found by an index, so they may use nothing else.
ALTER FUNCTION merge_scores SET enable_seqscan = off;
ALTER FUNCTION merge_scores SET enable_hashjoin = off;
ALTER FUNCTION merge_scores SET enable_mergejoin = off;
ALTER FUNCTION close_due SET enable_seqscan = off;
ALTER FUNCTION close_due SET enable_hashjoin = off;
ALTER FUNCTION close_due SET enable_mergejoin = off;
ALTER FUNCTION close_with SET enable_seqscan = off;
ALTER FUNCTION close_with SET enable_hashjoin = off;
ALTER FUNCTION close_with SET enable_mergejoin = off;

-- +goose Down
ALTER FUNCTION merge_scores RESET ALL;
ALTER FUNCTION close_due RESET ALL;
ALTER FUNCTION close_with RESET ALL;
