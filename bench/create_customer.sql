-- The measure beside CreateCustomer on PostgreSQL: the same rows in the same tables, made up here as
-- bench/people.py makes them up. What stands between \startpipeline and \endpipeline is one message
-- each way and one transaction. Ids come in blocks of 64 from the counter, as pdmd takes them.
\if :left = 0
UPDATE id_counter SET next_id = next_id + 64 WHERE company_id = 9001 AND kind = 3 RETURNING next_id - 64 AS next \gset
\set left 64
\endif
\set id :next
\set next :next + 1
\set left :left - 1
\set op :start + :id
\set name random(1, 24)
\set year random(1925, 2014)
\set month random(1, 12)
\set day random(1, 28)
\set house random(1, 240)
\set district random(1, 29)
\set sector random(100, 999)
\set mail random(1, 999999)
\set telephone random(100000, 999999)
\startpipeline
INSERT INTO customer (company_id, customer_id, external_customer_ref, created, last_modified, title, first_name, last_name, gender, dob, line_1, line_2, line_3, city, county, postal_code, email_address, tel_number_1, tel_number_2, active, branch_id, version, last_op) VALUES (9001, :id, 'G' || :id, '2026-01-01', '2026-01-01', 'Mrs', 'Margaret', (CAST('{Smith,Jones,Taylor,Brown,Williams,Wilson,Johnson,Davies,Patel,Robinson,Wright,Thompson,Evans,Walker,White,Roberts,Green,Hall,Wood,Jackson,Clarke,Khan,Ahmed,Singh}' AS TEXT[]))[:name], 2, :year || '-' || lpad(:month, 2, '0') || '-' || lpad(:day, 2, '0'), :house || ' Station Road', '', '', 'Leeds', 'West Yorkshire', 'LS' || :district || ' ' || :sector, 'margaret.' || :mail || '@example.org', '07700 ' || :telephone, '', 1, 1, 1, int8send(:op) || int8send(:id));
INSERT INTO customer_term (company_id, term, customer_id) VALUES (9001, (CAST('{lsmith,ljones,ltaylor,lbrown,lwilliams,lwilson,ljohnson,ldavies,lpatel,lrobinson,lwright,lthompson,levans,lwalker,lwhite,lroberts,lgreen,lhall,lwood,ljackson,lclarke,lkhan,lahmed,lsingh}' AS TEXT[]))[:name], :id), (9001, 'd' || :year || '-' || lpad(:month, 2, '0') || '-' || lpad(:day, 2, '0'), :id), (9001, 'pls' || :district || :sector, :id), (9001, 'emargaret.' || :mail || '@example.org', :id), (9001, 't07700' || :telephone, :id);
INSERT INTO audit (company_id, op, key_number, operator_uid, command, request_id, record, record_id, record_branch_id, fields, old_version, new_version) VALUES (9001, int8send(:op) || int8send(:id), 1, -1, 'CreateCustomer', '0123456789abcdef', 4, :id, 1, '', 0, 1);
\endpipeline
