-- +goose Up

-- A person's revision changes with every change of what they watched or dismissed, in the same transaction. Whoever keeps a
-- history in memory sees by it whether it is still the newest one.
ALTER TABLE users ADD COLUMN revision bigint NOT NULL DEFAULT 1;

-- A transaction that changes most of the histories says so (SET LOCAL webflix.bulk = 'on') and revises everybody at its end:
-- else it would make whoever records a watch meanwhile wait for it.
-- +goose StatementBegin
CREATE FUNCTION revise_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('webflix.bulk', true) = 'on' THEN
        RETURN NULL;
    END IF;
    UPDATE users u SET revision = u.revision + 1
    WHERE u.id IN (SELECT c.user_id FROM changed c);
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER revise_inserted AFTER INSERT ON watches
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_users();
CREATE TRIGGER revise_updated AFTER UPDATE ON watches
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_users();
CREATE TRIGGER revise_deleted AFTER DELETE ON watches
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_users();
CREATE TRIGGER revise_inserted AFTER INSERT ON dismissals
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_users();
CREATE TRIGGER revise_deleted AFTER DELETE ON dismissals
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION revise_users();

-- +goose Down
DROP TRIGGER revise_inserted ON watches;
DROP TRIGGER revise_updated ON watches;
DROP TRIGGER revise_deleted ON watches;
DROP TRIGGER revise_inserted ON dismissals;
DROP TRIGGER revise_deleted ON dismissals;
DROP FUNCTION revise_users;
ALTER TABLE users DROP COLUMN revision;
