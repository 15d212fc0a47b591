-- +goose Up
-- What each process does with the broker's queues, as it reported last: the broker does not tell over AMQP. A process without
-- rows does nothing. Losing it in a crash loses nothing: it is written anew every second.
CREATE UNLOGGED TABLE flows (
    process     text        NOT NULL,
    queue       text        NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    held        integer     NOT NULL, -- messages delivered and not settled
    oldest      timestamptz,          -- when the oldest of them was published
    published   float8      NOT NULL, -- messages a second
    settled     float8      NOT NULL, -- messages a second
    PRIMARY KEY (process, queue)
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE flows;
