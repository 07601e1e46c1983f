#ifndef CLI_CSV_WRITE_H
#define CLI_CSV_WRITE_H

#include "base/str.h"
#include "base/text.h"

/* Appends a cell, in quotation marks where it would else be read as something else. What stands
 * between cells and behind rows is the caller's. */
void csv_add_cell(struct text *t, struct str cell, char separator);

#endif
