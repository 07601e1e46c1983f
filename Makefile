# A thin front of CMake (CMakePresets.json), for people: `make help`.
# Each target first installs the Debian packages that it needs and that are missing
# (scripts/packages); where none is, that takes milliseconds.

PREFIX  = /usr/local
DESTDIR =
LISTEN  = 127.0.0.1:8080
ROUNDS  = 5
SECONDS = 5
ONLY    =
FUZZ_SECONDS = 60

.PHONY: all demo test install bench fuzz lint coverage clean help
# ninja runs the compilers side by side by itself; two targets at once would only share a folder.
.NOTPARALLEL:

all:
	@scripts/need build
	@scripts/build release pdmd

demo: ## build, make demo data, serve it on $(LISTEN) until Ctrl-C (ARGS="--once", ...)
	@scripts/need build demo
	@scripts/build release pdmd
	@exec build/release/pdmd demo --dir build/demo --listen '$(LISTEN)' $(ARGS)

test: ## build with and without sanitizers, and run every test
	@scripts/need build test
	@scripts/test

install: ## pdmd, unit, example settings and documents under $(DESTDIR)$(PREFIX)
	@scripts/need build
	@scripts/build release pdmd
	@$(if $(DESTDIR),DESTDIR="$$(realpath -m '$(DESTDIR)')") \
		cmake --install build/release --prefix '$(PREFIX)'

bench: ## measure beside nginx and pgbench and write bench/RESULTS.md (ONLY="postgres", ...)
	@scripts/need build bench
	@scripts/build release -D PDMD_BENCH=ON pdmd pace
	@bench/bench.py --rounds '$(ROUNDS)' --seconds '$(SECONDS)' $(if $(ONLY),--only $(ONLY))

fuzz: ## run each fuzz target for $(FUZZ_SECONDS) seconds
	@scripts/need build fuzz
	@scripts/build fuzz
	@scripts/fuzz --seconds '$(FUZZ_SECONDS)'

lint: ## both compilers, clang-tidy, cppcheck, shellcheck, floors, format
	@scripts/need build lint
	@scripts/lint

coverage: ## which lines the tests run: build/coverage/html/index.html
	@scripts/need build coverage
	@scripts/coverage

clean: ## remove everything that was built, and the demo's data
	rm -rf build

help: ## this list
	@echo 'make             build build/release/pdmd'
	@sed -n 's/^\([a-z]*\): ## \(.*\)/\1\t\2/p' Makefile | \
		while IFS="$$(printf '\t')" read -r name what; do printf 'make %-11s %s\n' "$$name" "$$what"; done
