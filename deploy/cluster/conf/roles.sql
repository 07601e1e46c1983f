-- The database and its two roles, made once by the superuser on the primary.
-- pdmd_owner owns the tables and migrates them; pdmd is what the servers are.
CREATE ROLE pdmd_owner LOGIN PASSWORD :'pdmd_owner_password';
CREATE ROLE pdmd LOGIN PASSWORD :'pdmd_password';
CREATE DATABASE pdmd OWNER pdmd_owner ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
REVOKE ALL ON DATABASE pdmd FROM PUBLIC;
GRANT CONNECT ON DATABASE pdmd TO pdmd;
