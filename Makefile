# smbcmp --- build, test, measure
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later

VERSION := $(shell sed -n 's/^;; Version: *//p' smbcmp.el)
EMACS   ?= emacs
CC      ?= cc
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local

BUILD     ?= build
WARNINGS   = -std=gnu11 -Wall -Wextra -Werror
GLIB       = $(shell pkg-config --cflags glib-2.0)
GLIB_LIBS  = $(shell pkg-config --libs glib-2.0)
WS_VERSION = $(shell pkg-config --modversion wireshark | awk -F. '{ print $$1 * 10000 + $$2 * 100 + $$3 }')
WS         = $(shell pkg-config --cflags wireshark) -DWS_VERSION=$(WS_VERSION)
WS_LIBS    = $(shell pkg-config --libs-only-L wireshark) -lwireshark -lwiretap -lwsutil $(GLIB_LIBS)
ALL_CFLAGS = $(WARNINGS) $(CFLAGS) -fPIC -fvisibility=hidden -DSMBCMP_VERSION='"$(VERSION)"' -MMD -MP

# The three halves of the native part.  Only `engine' sees libwireshark, only
# `module' sees Emacs.
module_SRC := wire rules diff lisp module module-wire module-embedded module-diff
engine_SRC := wire session pack columns sort fields jobs engine
worker_SRC := $(engine_SRC) watch sandbox worker

obj = $(patsubst %,$(BUILD)/%.o,$(1))

NATIVE := $(BUILD)/smbcmp-module.so $(BUILD)/smbcmp-engine.so $(BUILD)/smbcmp-worker
LISP   := smbcmp.el smblog-mode.el $(wildcard lisp/*.el)
ELC    := $(LISP:%.el=$(BUILD)/elc/%.elc)

.PHONY: all native lisp test lint bench demo deps docs clean install dist check-libraries

all: native lisp
native: check-libraries $(NATIVE)
lisp: $(BUILD)/elc/.done

$(BUILD) $(BUILD)/elc:
	@mkdir -p $@

$(call obj,session pack columns sort fields jobs engine watch): ALL_CFLAGS += $(WS)
$(BUILD)/%.o: module/%.c Makefile smbcmp.el | $(BUILD)
	$(CC) $(ALL_CFLAGS) $(GLIB) -c $< -o $@

$(BUILD)/smbcmp-module.so: $(call obj,$(module_SRC))
	$(CC) -shared $(LDFLAGS) $^ -o $@ $(GLIB_LIBS) -ldl

$(BUILD)/smbcmp-engine.so: $(call obj,$(engine_SRC))
	$(CC) -shared $(LDFLAGS) $^ -o $@ $(WS_LIBS)

$(BUILD)/smbcmp-worker: $(call obj,$(worker_SRC))
	$(CC) $(LDFLAGS) $^ -o $@ $(WS_LIBS) -lseccomp

-include $(wildcard $(BUILD)/*.d)

# One line that says what to install; nothing at all when nothing is missing.
check-libraries:
	@sh module/packages.sh check build

# Byte-compiled into a copy, so that a checkout always runs its sources.
$(BUILD)/elc/.done: $(LISP) $(wildcard lisp/*.eld) | $(BUILD)/elc
	@rm -rf $(BUILD)/elc/* && mkdir -p $(BUILD)/elc/lisp
	@cp smbcmp.el smblog-mode.el $(BUILD)/elc && cp lisp/* $(BUILD)/elc/lisp
	@cd $(BUILD)/elc && $(EMACS) -Q --batch -L . -L lisp \
	  --eval '(setq byte-compile-error-on-warn t)' \
	  -f batch-byte-compile *.el lisp/*.el
	@touch $@

deps:
	sh module/packages.sh install all

test:
	@sh module/packages.sh install test
	@$(MAKE) --no-print-directory native
	@$(EMACS) -Q --batch -L . -L lisp -L test -l test/run.el -f smbcmp-test-run $(TESTS)

lint:
	@sh module/packages.sh install lint
	@sh test/lint.sh

bench:
	@sh module/packages.sh install bench
	@$(MAKE) --no-print-directory native
	@sh test/bench.sh

demo:
	@sh module/packages.sh install build
	@$(MAKE) --no-print-directory native
	@sh test/demo.sh

docs: $(BUILD)/smbcmp.info
$(BUILD)/smbcmp.info: README.org | $(BUILD)
	$(EMACS) -Q --batch README.org --eval "(require 'ox-texinfo)" \
	  --eval '(org-export-to-file (quote texinfo) "$(BUILD)/smbcmp.texi")'
	makeinfo --no-split $(BUILD)/smbcmp.texi -o $@

compile_commands.json: Makefile
	bear -- $(MAKE) -B native

# What `package-install-file' takes: Lisp on top, the native part's sources
# beside it.
dist: $(BUILD)/smbcmp-$(VERSION).tar
$(BUILD)/smbcmp-$(VERSION).tar: $(LISP) $(wildcard lisp/*.eld module/*) Makefile README.org LICENSE | $(BUILD)
	@rm -rf $(BUILD)/smbcmp-$(VERSION) && mkdir -p $(BUILD)/smbcmp-$(VERSION)/test
	@cp -r $(LISP) $(wildcard lisp/*.eld) module Makefile README.org LICENSE $(BUILD)/smbcmp-$(VERSION)
	@cp test/packages.mk module/packages.sh $(BUILD)/smbcmp-$(VERSION)/test
	@$(EMACS) -Q --batch -L lisp -l smbcmp-pkg-file -f smbcmp-pkg-file-write 2>/dev/null; \
	 tar -C $(BUILD) -cf $@ smbcmp-$(VERSION)

install: all
	install -d $(DESTDIR)$(PREFIX)/share/emacs/site-lisp/smbcmp/build
	install -m 644 $(LISP) $(wildcard lisp/*.eld) $(DESTDIR)$(PREFIX)/share/emacs/site-lisp/smbcmp
	install -m 755 $(NATIVE) $(DESTDIR)$(PREFIX)/share/emacs/site-lisp/smbcmp/build

clean:
	rm -rf $(BUILD) compile_commands.json
