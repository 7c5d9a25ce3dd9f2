#!/bin/sh
# lint.sh --- everything that can be said of the sources without running them
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Each check prints one line, and what it found if it found something.  The
# exit status is 1 if any did.

# Functions are called by way of `check'.
# shellcheck disable=SC2317

cd "$(dirname "$0")/.." || exit
emacs=${EMACS:-emacs} make=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL
failed=0

# check NAME COMMAND...
check () {
  name=$1
  shift
  if output=$("$@" 2>&1 </dev/null); then
    echo "ok      $name"
  else
    failed=1
    echo "FAILED  $name"
    printf '%s\n' "$output" | sed -e '/^Loading /d' -e 's/^/        /'
  fi
}

# All C, the tests' too, with warnings as errors; built apart.
compiles () {
  "$make" -s CC="$1" WERROR=-Werror BUILD="build/lint-$1" native check-programs
}

formatted () {
  for file in module/*/*.[ch] test/*.[ch]; do
    clang-format --dry-run -Werror "$file" 2>/dev/null || echo "$file: run make format"
  done | { ! grep .; }
}

# What each floor of the native part may include, beside itself.
floors () {
  cat <<'TABLE'
support
smb      support
wire     support
compare  support smb wire
log      support smb
link     support smb wire log
capture  support smb wire
launch
worker   support smb wire capture launch
emacs    support smb wire compare log link worker
TABLE
}

# Every #include of ours leads down the floors, and no file comes back
# to itself; only capture sees libwireshark, only emacs Emacs.
includes () {
  {
    floors | sed 's/^/floor /'
    (cd module && grep -E '^ *#include ["<]' ./*/*.[ch]) \
      | sed -nE 's,^\./([^:]*): *#include ["<]([^">]*).*,include \1 \2,p'
  } | awk '
    function folder (file) { sub (/\/.*/, "", file); return file }
    # Follow what FILE includes; PATH is the way to it.
    function walk (file, path,    n, i, next_files) {
      if (state[file] == "open") { print "module/" file ": is in a circle:" path; return }
      if (state[file]) return
      state[file] = "open"
      n = split (uses[file], next_files, " ")
      for (i = 1; i <= n; i++) walk (next_files[i], path " " next_files[i])
      state[file] = "done"
    }
    # A source, its header and what it shares with its own parts, NAME-work.h, are one.
    function stem (file) { sub (/(-work)?\.[ch]$/, "", file); return file }
    $1 == "floor" { floor[$2] = 1; for (i = 2; i <= NF; i++) may[$2, $i] = 1; next }
    $3 ~ /^(epan|wiretap|wsutil)\// && folder ($2) != "capture" \
    || $3 == "emacs-module.h" && folder ($2) != "emacs" {
      print "module/" $2 ": is not on the floor that may include <" $3 ">"
    }
    !(folder ($3) in floor) { next }
    !may[folder ($2), folder ($3)] {
      print "module/" $2 ": " folder ($2) "/ may not include " folder ($3) "/ (" $3 ")"
    }
    stem ($2) != stem ($3) { uses[stem ($2)] = uses[stem ($2)] " " stem ($3) }
    END { for (file in uses) walk (file, "") }' | sort -u | { ! grep .; }
}

shell_scripts () {
  bash -n .ci/run && for script in module/*.sh test/*.sh; do
    sh -n "$script" || return
  done && shellcheck .ci/run module/*.sh test/*.sh
}

# Every source says whose it is and under which license.
licenses () {
  ! grep -L 'SPDX-License-Identifier: GPL-3.0-or-later' \
    ./*.el lisp/*.el test/*.el module/*/*.[ch] test/*.[ch] module/*.sh test/*.sh Makefile \
    | grep .
}

# Promises for later are not for the sources.
promises () {
  ! grep -nE '\b(TODO|FIXME|XXX)\b' ./*.el lisp/* module/*.sh module/*/* test/*.* README.org Makefile \
    | grep -v '^test/lint\.sh:'
}

# Loops that collect into a variable look for its end each time.
loops () {
  ! grep -nE '\b(collect|append|nconc)(ing)? .* into\b' ./*.el lisp/*.el \
    | grep -vE ':[0-9]+: *[";]'
}

lisp () {
  "$emacs" --batch -L . -L lisp -L test -l test/lint.el -f "$@"
}

check "gcc -Wall -Wextra" compiles gcc
check "clang -Wall -Wextra" compiles clang
check "clang-format" formatted
# Each by an Emacs of its own, as native compilation does it later: what a file needs of
# others must be in it.
check "byte-compiler" "$make" -s BUILD=build/lint-elc LISP_AT_ONCE=1 \
  LISP_FLAGS="--eval '(setq byte-compile-error-on-warn t)'" lisp
check "byte-compiler, tests" lisp smbcmp-lint-compile test/*.el
check "checkdoc" lisp smbcmp-lint-checkdoc ./*.el lisp/*.el
check "package-lint" lisp smbcmp-lint-package ./*.el lisp/*.el
check "what files of Lisp need" lisp smbcmp-lint-files ./*.el lisp/*.el
check "check-declare" lisp smbcmp-lint-declarations ./*.el lisp/*.el
check "floors of the native part" includes
check "shell scripts" shell_scripts
check "licenses" licenses
check "no promises" promises
check "no quadratic loops" loops
exit $failed
