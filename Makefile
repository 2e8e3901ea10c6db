# For packagers: make install DESTDIR=pkg PREFIX=/usr NODE=/usr/bin/node writes the files of a package and nothing else.
# Everybody else: sudo node dist/cli/main.js service install, which also makes the user and starts the service.

PREFIX ?= /usr/local
DESTDIR ?=
NODE ?= $(shell command -v node)

.PHONY: all install
all:
	node scripts/bootstrap.mjs

install: all
	node dist/cli/main.js service install --files-only --yes --node "$(NODE)" \
		--prefix "$(PREFIX)" --destdir "$(abspath $(DESTDIR))"
