-- What goes along to a person, as JSON; and whether this one should not wait long.
ALTER TABLE conversations ADD COLUMN packet TEXT;
ALTER TABLE conversations ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

-- What was given for whose fault. A day, a window and a limit are counted from here, so nothing in it is ever changed.
CREATE TABLE grants (
    tenant     TEXT NOT NULL,
    id         TEXT NOT NULL,
    order_id   TEXT NOT NULL,
    purchase   TEXT,
    customer   TEXT NOT NULL,
    rule       TEXT NOT NULL,
    fault      TEXT NOT NULL,
    gives      TEXT NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    cost       INTEGER NOT NULL CHECK (cost > 0),
    granted_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_by_order ON grants (tenant, order_id, granted_at);
CREATE INDEX grants_by_purchase ON grants (tenant, purchase, granted_at) WHERE purchase IS NOT NULL;
CREATE INDEX grants_by_customer ON grants (tenant, customer, granted_at);
CREATE INDEX grants_by_day ON grants (tenant, granted_at, rule, cost);

CREATE TABLE grant_households (
    tenant    TEXT NOT NULL,
    household TEXT NOT NULL,
    grant_id  TEXT NOT NULL,
    PRIMARY KEY (tenant, household, grant_id)
) STRICT, WITHOUT ROWID;

-- The answer to a request, so that a retry gets the same one.
CREATE TABLE decisions (
    tenant     TEXT NOT NULL,
    request    TEXT NOT NULL,
    digest     BLOB NOT NULL,
    decision   TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, request)
) STRICT, WITHOUT ROWID;

CREATE INDEX decisions_by_age ON decisions (decided_at);
