# cmake -DSOURCES=0001_a.sql,0002_b.sql -DOUTPUT=migrations.c -P embed_migrations.cmake
#
# Writes the migrations as C arrays (a string literal may not be that long). The files are in
# PostgreSQL's words; SQLite's come from them by mechanical rules:
#   BIGINT and SMALLINT become INTEGER; BYTEA becomes BLOB; a line that is ");" closes a CREATE TABLE
#   and becomes ") STRICT, WITHOUT ROWID;".
#   Where a key's line says "-- one number", as PRIMARY KEY (company_id, x_id), -- one number, the two
#   become one, x_key, which is the row's number itself, and the table is closed by ") STRICT;". SQLite
#   then finds a row through pages that hold hundreds of numbers each; a key of two columns
#   would put whole rows into the pages on the way (measured: 5.0 against 3.8 us a look-up).
#   A line that ends with "-- PostgreSQL only" is left out.
#   Where a key's line says "-- append only", triggers see to it that rows stay as they are; PostgreSQL
#   has privileges for that.
set(arrays "")
set(rows "")
set(count 0)
string(REPLACE "," ";" SOURCES "${SOURCES}")
foreach(source IN LISTS SOURCES)
	math(EXPR count "${count} + 1")
	get_filename_component(file "${source}" NAME)
	if(NOT file MATCHES "^0*([1-9][0-9]*)_([a-z0-9_]+)\\.sql$" OR NOT CMAKE_MATCH_1 EQUAL count)
		message(FATAL_ERROR "${file}: migration number ${count} should be NNNN_name.sql")
	endif()
	set(name "${CMAKE_MATCH_2}")

	file(READ "${source}" text)
	string(REPLACE " -- PostgreSQL only" "" postgres "${text}")
	# The order of texts is that of their bytes, as in SQLite, whatever the database's own is.
	string(REGEX REPLACE "([^A-Za-z0-9_]TEXT)([^A-Za-z0-9_])" "\\1 COLLATE \"C\"\\2" postgres "${postgres}")
	string(HEX "${postgres}" bytes)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(APPEND arrays "static const char text_${count}[] = {${bytes}0};\n")

	string(REGEX REPLACE "[^\n]*-- PostgreSQL only\n" "" text "${text}")
	string(REGEX REPLACE "([^A-Za-z0-9_])(BIGINT|SMALLINT)([^A-Za-z0-9_])" "\\1INTEGER\\3"
		text "${text}")
	string(REGEX REPLACE "([^A-Za-z0-9_])BYTEA([^A-Za-z0-9_])" "\\1BLOB\\2" text "${text}")
	string(REGEX REPLACE "PRIMARY KEY \\(company_id, ([a-z]+)_id\\), -- one number([^;]*)\n\\);"
		"\\1_key INTEGER PRIMARY KEY CHECK (company_id < 1 << 30 AND \\1_id < 1 << 33 AND \\1_key = (company_id << 33 | \\1_id)),\\2\n) STRICT;"
		text "${text}")
	set(refuse "BEGIN SELECT RAISE(ABORT, 'rows of \\1 stay as they are'); END;")
	string(REGEX REPLACE "CREATE TABLE ([a-z_]+) \\(([^;]*) -- append only\n\\);"
		"CREATE TABLE \\1 (\\2\n);\nCREATE TRIGGER \\1_no_update BEFORE UPDATE ON \\1 ${refuse}\nCREATE TRIGGER \\1_no_delete BEFORE DELETE ON \\1 ${refuse}"
		text "${text}")
	string(REPLACE "\n);" "\n) STRICT, WITHOUT ROWID;" text "${text}")

	string(HEX "${text}" bytes)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(APPEND arrays "static const char text_sqlite_${count}[] = {${bytes}0};\n")
	string(APPEND rows "\t{${count}, \"${name}\", text_${count}, text_sqlite_${count}},\n")
endforeach()
file(WRITE "${OUTPUT}" "/* Written by embed_migrations.cmake. */
#include \"store/migrate.h\"

${arrays}
const struct migration migrations[] = {
${rows}};

const size_t n_migrations = ${count};
")
