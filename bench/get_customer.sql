-- The measure beside GetCustomer on PostgreSQL: the same columns by the same key.
\set id random(1, :customers)
SELECT customer_id, external_customer_ref, created, last_modified, title, first_name, last_name, gender, dob, line_1, line_2, line_3, city, county, postal_code, email_address, tel_number_1, tel_number_2, active, branch_id, version FROM customer WHERE company_id = 9001 AND customer_id = :id;
