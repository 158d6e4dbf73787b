-- Large pictures of a database that was moved here, in parts; those that are written here are in `images`.
CREATE TABLE image_parts (
    tenant       text COLLATE "C" NOT NULL,
    conversation text COLLATE "C" NOT NULL,
    upload       text COLLATE "C" NOT NULL,
    n            bigint NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (tenant, conversation, upload, n)
);

ALTER TABLE image_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Where it is NULL the picture is in `bytes`.
ALTER TABLE images ADD COLUMN upload text COLLATE "C";

-- Who is erased is looked for.
CREATE INDEX offers_by_grant ON offers (tenant, grant_id);
CREATE INDEX offers_by_customer ON offers (tenant, customer);
CREATE INDEX grant_households_by_grant ON grant_households (tenant, grant_id);
