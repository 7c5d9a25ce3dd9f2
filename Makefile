# smbcmp --- build, test, measure
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later

VERSION := $(shell sed -n 's/^;; Version: *//p' smbcmp.el)
EMACS   ?= emacs
CC      ?= cc
CLANG   ?= clang
CFLAGS  ?= -O2 -g
PREFIX  ?= /usr/local
BUILD   ?= build

# smbd is where users of Debian do not look for programs.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

# Nothing may be said where something is missing: `make demo' begins there.
packages   = EMACS='$(EMACS)' CC='$(CC)' sh module/packages.sh
pkg-config = $(shell pkg-config $(1) 2>/dev/null)

GLIB       := $(call pkg-config,--cflags glib-2.0)
GLIB_LIBS  := $(call pkg-config,--libs glib-2.0) -pthread
WS_VERSION := $(shell pkg-config --modversion wireshark 2>/dev/null \
                | awk -F. '{ print $$1 * 10000 + $$2 * 100 + int($$3) }')
WS         := $(call pkg-config,--cflags wireshark libpcap) -DWS_VERSION=$(WS_VERSION) \
              -DWS_PREFIX='"$(call pkg-config,--variable=prefix wireshark)"' \
              -DWS_PLUGINS='"$(call pkg-config,--variable=plugindir wireshark)"'
WS_LIBS    := $(call pkg-config,--libs-only-L wireshark) -lwireshark -lwiretap -lwsutil \
              $(call pkg-config,--libs libpcap)
# WERROR is for those who change the sources; see test/lint.sh.
WARNINGS    = -std=gnu11 -Wall -Wextra $(WERROR)
ALL_CFLAGS  = $(WARNINGS) $(CFLAGS) -Imodule -fPIC -fvisibility=hidden -MMD -MP $(GLIB) \
              -DSMBCMP_VERSION='"$(VERSION)"'

# The floors of the native part, each a folder; test/lint.sh has which may include
# which.  Those that know neither Emacs nor libwireshark are linked into all that is
# built, each program and library with what it needs of the others.
floor       = $(patsubst module/%.c,%,$(sort $(wildcard $(1:%=module/%/*.c))))
plain_SRC  := $(call floor,support smb wire compare log link)
module_SRC := $(plain_SRC) $(call floor,emacs)
common_SRC := $(call floor,support smb wire)
# In Emacs there is nothing to seal or to watch.
engine_SRC := $(common_SRC) $(call floor,capture) \
              $(filter-out $(addprefix worker/,main sandbox watchdog forkserver),$(call floor,worker))
worker_SRC := $(common_SRC) $(call floor,capture worker)
sees_ws    := $(call floor,capture worker)

obj = $(patsubst %,$(BUILD)/%.o,$(1))

NATIVE := $(addprefix $(BUILD)/,smbcmp-module.so smbcmp-engine.so smbcmp-worker smbcmp-launch)
LISP   := smbcmp.el smblog-mode.el $(wildcard lisp/*.el)
DATA   := $(wildcard lisp/*.eld lisp/*.py) lisp/smbcmp-bisect.sh

# What is compiled or linked is named; with V=1 commands are shown instead, with -s
# nothing.
Q       = $(if $(V),,@)
silent  = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say     = $(if $(V)$(silent),,@echo '  $(strip $(1))')

.PHONY: all anew native logs lisp test check check-programs soak matrix builds lint format bench demo deps docs screenshots gallery dist \
        install clean check-libraries compile_commands.json
.DELETE_ON_ERROR:

all: native lisp
native: $(NATIVE)
# What is needed to read logs; all of it where libwireshark is.
logs:
	@if $(packages) check build >/dev/null 2>&1; then \
	   $(MAKE) --no-print-directory native; \
	 else \
	   $(MAKE) --no-print-directory NEEDS=module $(BUILD)/smbcmp-module.so; \
	 fi
lisp: $(BUILD)/elc/.done $(BUILD)/smbcmp

$(BUILD):
	@mkdir -p $@

# One line that says what to install; nothing at all when nothing is missing.
check-libraries:
	$(if $(MISSING),$(error $(MISSING)))
check-libraries: MISSING = $(shell $(packages) check $(NEEDS) 2>&1)
NEEDS = build

# ------------------------------------------------------------ the native part

# A new libwireshark has another soname and other headers, whose dates say
# nothing: all that sees it is built anew.
WS_STAMP := $(BUILD)/wireshark-$(WS_VERSION)
$(WS_STAMP): | $(BUILD)
	@rm -f $(BUILD)/wireshark-* && touch $@

$(call obj,$(sees_ws)): ALL_CFLAGS += $(WS)
$(call obj,$(sees_ws)): $(WS_STAMP)
$(BUILD)/%.o: module/%.c Makefile smbcmp.el | $(BUILD) check-libraries
	@mkdir -p $(@D)
	$(call say,CC $<)
	$(Q)$(CC) $(ALL_CFLAGS) -c $< -o $@

# The four files in a folder, of objects there that are compiled with some flags.
define native-files
$(1)/smbcmp-module.so: $(module_SRC:%=$(1)/%.o)
	$$(call say,LINK $$@)
	$$(Q)$$(CC) -shared $$(LDFLAGS) $(2) $$^ -o $$@ $$(GLIB_LIBS) -ldl
$(1)/smbcmp-engine.so: $(engine_SRC:%=$(1)/%.o)
	$$(call say,LINK $$@)
	$$(Q)$$(CC) -shared $$(LDFLAGS) $(2) $$^ -o $$@ $$(WS_LIBS) $$(GLIB_LIBS)
$(1)/smbcmp-worker: $(worker_SRC:%=$(1)/%.o)
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LDFLAGS) $(2) $$^ -o $$@ $$(WS_LIBS) $$(GLIB_LIBS) -lseccomp
$(1)/smbcmp-launch: $(1)/launch/main.o
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(LDFLAGS) $(2) $$^ -o $$@
endef
$(eval $(call native-files,$(BUILD),))

# ------------------------------------------------------------------- the Lisp

# Byte-compiled beside links to the sources, so that none of it is loaded where a source
# is newer; see lisp/smbcmp-compiled.el.  LISP_FLAGS and LISP_AT_ONCE are for those who
# change the sources; see test/lint.sh.
LISP_AT_ONCE = 16
$(BUILD)/elc/.done: $(LISP) $(DATA) $(BUILD)/emacs-version
	$(call say,ELC)
	@rm -rf $(BUILD)/elc && mkdir -p $(BUILD)/elc/lisp
	@ln -sr smbcmp.el smblog-mode.el $(BUILD)/elc && ln -sr lisp/*.el $(DATA) $(BUILD)/elc/lisp
	@cd $(BUILD)/elc && ls *.el lisp/*.el | xargs -n $(LISP_AT_ONCE) -P $$(getconf _NPROCESSORS_ONLN) \
	  $(EMACS) -Q --batch -L . -L lisp $(LISP_FLAGS) -f batch-byte-compile
	@cp $(BUILD)/emacs-version $@

# Of the Emacs that compiles; another one may not be able to load it.
$(BUILD)/emacs-version: anew | $(BUILD)
	@version=$$($(EMACS) -Q --batch --eval '(princ emacs-version)') || exit; \
	 [ "$$version" = "$$(cat $@ 2>/dev/null)" ] || echo "$$version" >$@
anew:

# The command, of this checkout.
$(BUILD)/smbcmp: lisp/smbcmp.sh | $(BUILD)
	@sed -e 's|@EMACS@|$(EMACS)|' -e 's|@LISP@|$(abspath lisp)|' $< >$@ && chmod +x $@

# ----------------------------------------------------------------- the tests

# test/NAME-test.c is a program of GLib's test framework, test/NAME-fuzz.c a
# target of libFuzzer.  Each is linked with all of plain_SRC; test/unit-test.el
# finds and runs them with the rest of the tests.  Beside them is the native part
# under the sanitizers, for test/sanitize-test.el.
unit_tests    := $(patsubst test/%.c,%,$(wildcard test/*-test.c))
fuzzers       := $(patsubst test/%.c,%,$(wildcard test/*-fuzz.c))
ASAN           = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
                 -fno-omit-frame-pointer
TSAN           = -fsanitize=thread -fno-omit-frame-pointer
CHECK_PROGRAMS = $(foreach kind,asan plain tsan,$(unit_tests:%=$(BUILD)/$(kind)/%)) \
                 $(fuzzers:%=$(BUILD)/fuzz/%) \
                 $(addprefix $(BUILD)/asan/,smbcmp-module.so smbcmp-engine.so smbcmp-worker smbcmp-launch \
                     untranslated.so)

# Objects of a kind, in a folder of that name: which compiler, with which flags.
define objects
$(BUILD)/$(1)/%.o: module/%.c Makefile smbcmp.el | check-libraries
	@mkdir -p $$(@D)
	$$(call say,$(1) CC $$<)
	$$(Q)$(2) $$(ALL_CFLAGS) $(3) -c $$< -o $$@
endef
$(eval $(call objects,asan,$$(CC),$$(ASAN)))
$(eval $(call objects,tsan,$$(CC),$$(TSAN)))
$(eval $(call objects,fuzz,$$(CLANG),$$(ASAN) -fsanitize=fuzzer-no-link))

# Programs of a kind, of objects in a folder, with more flags and sources.  Before
# glibc 2.34 what tsan.c asks for is in libdl.
define programs
$(BUILD)/$(1)/%-test: test/%-test.c $(4) $(plain_SRC:%=$(BUILD)/$(2)%.o)
	@mkdir -p $$(@D)
	$$(call say,LINK $$@)
	$$(Q)$$(CC) $$(ALL_CFLAGS) $(3) $$(filter %.c %.o,$$^) -o $$@ $$(GLIB_LIBS) -ldl
endef
$(eval $(call programs,asan,asan/,$$(ASAN)))
# As users have it, for valgrind.
$(eval $(call programs,plain,))
$(eval $(call programs,tsan,tsan/,$$(TSAN),test/tsan.c))

$(BUILD)/fuzz/%-fuzz: test/%-fuzz.c $(plain_SRC:%=$(BUILD)/fuzz/%.o)
	$(call say,LINK $@)
	$(Q)$(CLANG) $(ALL_CFLAGS) $(ASAN) -fsanitize=fuzzer $(filter %.c %.o,$^) \
	  -o $@ $(GLIB_LIBS)

$(eval $(call native-files,$(BUILD)/asan,$$(ASAN)))
$(BUILD)/asan/untranslated.so: test/untranslated.c
	@mkdir -p $(@D)
	$(CC) $(WARNINGS) $(CFLAGS) -shared -fPIC $< -o $@
$(sees_ws:%=$(BUILD)/asan/%.o): ALL_CFLAGS += $(WS)
$(sees_ws:%=$(BUILD)/asan/%.o): $(WS_STAMP)

# Made on the way to the programs, and kept.
.SECONDARY: $(foreach kind,asan tsan fuzz,$(plain_SRC:%=$(BUILD)/$(kind)/%.o))

check-programs: $(CHECK_PROGRAMS)

# TESTS is a regexp for names of tests, JOBS how many Emacsen run them.  `check'
# takes for granted that what tests need is installed.
test:
	@$(packages) install build test docs
	@$(MAKE) --no-print-directory check
check: native
	@$(EMACS) -Q --batch -L . -L lisp -L test -l test/run.el -f smbcmp-test-run $(if $(TESTS),'$(TESTS)')

# A campaign of bad input; SOAK is how many captures and logs are damaged.
soak: native
	@$(EMACS) -Q --batch -L . -L lisp -L test -l test/run.el -l test/soak.el -f soak-run $(SOAK)

# Debian's releases, in chroots; SUITES are which.
matrix:
	@TESTS='$(TESTS)' sh test/matrix.sh $(SUITES)

# Compilers, options and places that people build with and in.
builds:
	@sh test/builds.sh

lint:
	@$(packages) install build lint
	@EMACS='$(EMACS)' MAKE='$(MAKE)' sh test/lint.sh

format:
	clang-format -i module/*/*.[ch] test/*.[ch]

bench:
	@$(packages) install build test bench
	@$(MAKE) --no-print-directory native lisp
	@EMACS='$(EMACS)' BUILD='$(abspath $(BUILD))' sh test/bench.sh $(if $(TESTS),'$(TESTS)')

demo:
	@$(packages) install build
	@$(MAKE) --no-print-directory -j$$(getconf _NPROCESSORS_ONLN) native lisp
	@EMACS='$(EMACS)' sh test/demo.sh

deps:
	@$(packages) install

# --------------------------------------------------------------- what is made

docs: $(BUILD)/smbcmp.info
$(BUILD)/smbcmp.info: README.org | $(BUILD)
	@$(packages) check docs
	@cp README.org $(BUILD)/smbcmp.org
	@cd $(BUILD) && $(EMACS) -Q --batch smbcmp.org -l ox-texinfo \
	  -f org-texinfo-export-to-texinfo
	@makeinfo --no-split $(BUILD)/smbcmp.texi -o $@

# The pictures that README.org shows, taken anew.
screenshots:
	@$(packages) install build pictures
	@$(MAKE) --no-print-directory native
	@EMACS='$(EMACS)' sh test/screenshots.sh

# All buffers on terminals, COLOURS-BACKGROUND, to be looked at; of an EMACS with a
# GUI also gui-light and gui-dark.
SETUPS = 8-light 8-dark 256-light 256-dark
gallery:
	@$(packages) install build pictures
	@$(MAKE) --no-print-directory native
	@for setup in $(SETUPS); do \
	   EMACS='$(EMACS)' SCENES=all COLOURS=$${setup%-*} BACKGROUND=$${setup#*-} \
	     sh test/screenshots.sh '$(BUILD)'/gallery/$$setup || exit; \
	 done

# For clangd and its kind: what the compiler would be run with.
compile_commands.json: check-libraries
	@$(MAKE) --no-print-directory -nB native | awk -v directory='$(CURDIR)' ' \
	  / -c / { file = $$0; sub (/.* -c /, "", file); sub (/ .*/, "", file); \
	           gsub (/["\\]/, "\\\\&"); \
	           printf "%s{\"directory\": \"%s\", \"command\": \"%s\", \"file\": \"%s\"}", \
	             n++ ? ",\n" : "[", directory, $$0, file } \
	  END { print "]" }' >$@

# What `package-install-file' takes: all Lisp on top, the native part's
# sources below.
PACKAGE := smbcmp-$(VERSION)
dist: $(BUILD)/$(PACKAGE).tar
$(BUILD)/$(PACKAGE).tar: $(LISP) $(DATA) $(wildcard module/*.* module/*/*.*) Makefile README.org LICENSE \
                         $(BUILD)/smbcmp.info
	@rm -rf $(BUILD)/$(PACKAGE) && mkdir -p $(BUILD)/$(PACKAGE)
	@cp -r $(LISP) $(DATA) module Makefile README.org LICENSE $(BUILD)/smbcmp.info $(BUILD)/$(PACKAGE)
	@# By this file package.el knows that there is a manual.
	@printf 'The manual.\n\037\nFile: dir,\tNode: Top\n\n* Menu:\n\nEmacs\n%s\n' \
	  '* smbcmp: (smbcmp).   SMB captures in Emacs.' >$(BUILD)/$(PACKAGE)/dir
	@$(EMACS) -Q --batch -l package --visit smbcmp.el --eval \
	  '(package-generate-description-file (package-buffer-info) "$(BUILD)/$(PACKAGE)/smbcmp-pkg.el")'
	@# Emacs 30 warns of a file without, also of this one, which it wrote itself.
	@sed -i '1{/lexical-binding/!s/no-byte-compile/lexical-binding: t; no-byte-compile/}' \
	  $(BUILD)/$(PACKAGE)/smbcmp-pkg.el
	@tar -C $(BUILD) --sort=name --owner=0 --group=0 --numeric-owner -cf $@ $(PACKAGE)

SITE_LISP = $(PREFIX)/share/emacs/site-lisp/smbcmp
install: all
	install -d $(DESTDIR)$(SITE_LISP)/build
	install -m 644 $(LISP) $(DATA) $(BUILD)/elc/*.elc $(BUILD)/elc/lisp/*.elc $(DESTDIR)$(SITE_LISP)
	install -m 755 $(NATIVE) $(DESTDIR)$(SITE_LISP)/build
	install -d $(DESTDIR)$(PREFIX)/bin
	@sed -e 's|@EMACS@|$(EMACS)|' -e 's|@LISP@|$(abspath $(SITE_LISP))|' lisp/smbcmp.sh \
	  >$(BUILD)/smbcmp-installed
	install -m 755 $(BUILD)/smbcmp-installed $(DESTDIR)$(PREFIX)/bin/smbcmp
	@$(EMACS) -Q --batch -l package --eval '(setq backup-inhibited t)' \
	  --eval '(package-generate-autoloads "smbcmp" "$(DESTDIR)$(abspath $(SITE_LISP))")'
	@echo 'In your init file: (load "$(SITE_LISP)/smbcmp-autoloads")'

clean:
	rm -rf $(BUILD) compile_commands.json

-include $(wildcard $(BUILD)/*/*.d $(BUILD)/*/*/*.d)
