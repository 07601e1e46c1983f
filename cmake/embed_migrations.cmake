# cmake -DSOURCES=0001_a.sql,0002_b.sql -DOUTPUT=migrations.c -P embed_migrations.cmake
#
# Writes the migrations as C arrays (a string literal may not be that long). The files are in
# PostgreSQL's words; SQLite's come from them by four mechanical rules:
#   BIGINT and SMALLINT become INTEGER; BYTEA becomes BLOB; a line that is ");" closes a CREATE TABLE
#   and becomes ") STRICT, WITHOUT ROWID;".
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
	string(REGEX REPLACE "([^A-Za-z0-9_])(BIGINT|SMALLINT)([^A-Za-z0-9_])" "\\1INTEGER\\3"
		text "${text}")
	string(REGEX REPLACE "([^A-Za-z0-9_])BYTEA([^A-Za-z0-9_])" "\\1BLOB\\2" text "${text}")
	string(REPLACE "\n);" "\n) STRICT, WITHOUT ROWID;" text "${text}")

	string(HEX "${text}" bytes)
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(APPEND arrays "static const char text_${count}[] = {${bytes}0};\n")
	string(APPEND rows "\t{${count}, \"${name}\", text_${count}},\n")
endforeach()
file(WRITE "${OUTPUT}" "/* Written by embed_migrations.cmake. */
#include \"store/migrate.h\"

${arrays}
const struct migration migrations[] = {
${rows}};

const size_t n_migrations = ${count};
")
