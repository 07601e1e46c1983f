/*
 * Runs a fuzz target without a fuzzer: over every file of the folders that are named. A folder
 * that is not there counts as empty, but no file at all is a failure.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_BYTES_MAX (1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static bool run_file(const char *folder, const char *name)
{
	char path[4096];
	int n_path = snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = n_path > 0 && (size_t)n_path < sizeof(path) ? fopen(path, "rb") : NULL;
	uint8_t *bytes = malloc(INPUT_BYTES_MAX);
	bool good = f && bytes;

	if (good) {
		size_t n = fread(bytes, 1, INPUT_BYTES_MAX, f);
		good = !ferror(f);
		/* A buffer of its own size, so that reading beyond it shows. */
		uint8_t *exact = good ? realloc(bytes, n ? n : 1) : NULL;
		if (exact) {
			bytes = exact;
			(void)LLVMFuzzerTestOneInput(bytes, n); /* always 0, or it aborts */
		}
	}
	if (!good)
		fprintf(stderr, "cannot read %s/%s\n", folder, name);
	free(bytes);
	if (f)
		(void)fclose(f); /* nothing was written */
	return good;
}

/* False: something cannot be read. */
static bool run_folder(const char *folder, size_t *n_files)
{
	DIR *dir = opendir(folder);
	bool good = dir || errno == ENOENT;

	if (!dir)
		return good;
	for (struct dirent *entry = readdir(dir); entry && good; entry = readdir(dir)) {
		if (entry->d_name[0] == '.')
			continue;
		good = run_file(folder, entry->d_name);
		++*n_files;
	}
	(void)closedir(dir); /* nothing was written */
	return good;
}

int main(int argc, char **argv)
{
	size_t n_files = 0;

	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv); /* always 0 */
	for (int i = 1; i < argc; i++) {
		if (!run_folder(argv[i], &n_files))
			return 1;
	}
	printf("%zu files\n", n_files);
	return n_files ? 0 : 1;
}
