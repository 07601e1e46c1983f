-- What the servers may do, given by pdmd_owner after each `pdmd db migrate`.
GRANT USAGE ON SCHEMA public TO pdmd;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pdmd;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pdmd;
-- Who did what is added to and read, by a server that was broken into as well.
REVOKE UPDATE, DELETE ON audit FROM pdmd;
