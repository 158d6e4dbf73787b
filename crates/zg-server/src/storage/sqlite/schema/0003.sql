-- Who the shopper is, in the merchant's own word; never what somebody typed.
ALTER TABLE conversations ADD COLUMN subject TEXT;
ALTER TABLE conversations ADD COLUMN subject_name TEXT;
CREATE INDEX conversations_by_subject ON conversations (tenant, subject) WHERE subject IS NOT NULL;
