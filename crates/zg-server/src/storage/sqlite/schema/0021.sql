-- What shoppers do, what the shop says of its products, and the lists that were shown.

-- The newest number of each of the logs below; whoever writes to one holds its row, so numbers become visible in their order.
CREATE TABLE shop_counters (
    tenant   TEXT NOT NULL PRIMARY KEY,
    events   INTEGER NOT NULL DEFAULT 0,
    products INTEGER NOT NULL DEFAULT 0,
    lists    INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- `visitor` is a hash of the device's random number. `vouched` is 1 for what the merchant says, `counted` 0 for what is not
-- learned from: too much of it came from one address.
CREATE TABLE shop_events (
    tenant      TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    visitor     BLOB NOT NULL,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    item        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    request     TEXT,
    slot        INTEGER,
    reason      TEXT,
    context     TEXT,
    vouched     INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

-- An event counts once.
CREATE UNIQUE INDEX shop_events_by_id ON shop_events (tenant, visitor, id);
CREATE INDEX shop_events_by_age ON shop_events (tenant, received_at);

-- `digest` is of what the feed says, where it is from a feed; `seq` is the number of the last change.
CREATE TABLE shop_products (
    tenant TEXT NOT NULL,
    item   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    digest BLOB,
    data   TEXT NOT NULL,
    PRIMARY KEY (tenant, item)
) STRICT, WITHOUT ROWID;

CREATE INDEX shop_products_by_seq ON shop_products (tenant, seq);

-- JSON lines, some seconds of them in each row; nobody's name is in them.
CREATE TABLE shop_lists (
    tenant TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    lines  TEXT NOT NULL,
    PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX shop_lists_by_age ON shop_lists (tenant, at);
