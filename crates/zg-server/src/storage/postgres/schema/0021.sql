-- What shoppers do, what the shop says of its products, and the lists that were shown.

-- The newest number of each of the logs below; whoever writes to one holds its row, so numbers become visible in their order.
CREATE TABLE shop_counters (
    tenant   text COLLATE "C" PRIMARY KEY,
    events   bigint NOT NULL DEFAULT 0,
    products bigint NOT NULL DEFAULT 0,
    lists    bigint NOT NULL DEFAULT 0
);

-- `visitor` is a hash of the device's random number. `vouched` is 1 for what the merchant says, `counted` 0 for what is not
-- learned from: too much of it came from one address.
CREATE TABLE shop_events (
    tenant      text COLLATE "C" NOT NULL,
    seq         bigint NOT NULL,
    visitor     bytea NOT NULL,
    id          text COLLATE "C" NOT NULL,
    kind        text NOT NULL,
    item        text COLLATE "C" NOT NULL,
    at          bigint NOT NULL,
    received_at bigint NOT NULL,
    request     text,
    slot        bigint,
    reason      text,
    context     text,
    vouched     bigint NOT NULL,
    counted     bigint NOT NULL,
    PRIMARY KEY (tenant, seq)
);

-- An event counts once.
CREATE UNIQUE INDEX shop_events_by_id ON shop_events (tenant, visitor, id);
CREATE INDEX shop_events_by_age ON shop_events (tenant, received_at);

-- `digest` is of what the feed says, where it is from a feed; `seq` is the number of the last change.
CREATE TABLE shop_products (
    tenant text COLLATE "C" NOT NULL,
    item   text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    digest bytea,
    data   text NOT NULL,
    PRIMARY KEY (tenant, item)
);

CREATE INDEX shop_products_by_seq ON shop_products (tenant, seq);

-- JSON lines, some seconds of them in each row; nobody's name is in them.
CREATE TABLE shop_lists (
    tenant text COLLATE "C" NOT NULL,
    seq    bigint NOT NULL,
    at     bigint NOT NULL,
    lines  text NOT NULL,
    PRIMARY KEY (tenant, seq)
);

CREATE INDEX shop_lists_by_age ON shop_lists (tenant, at);
