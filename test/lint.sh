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
  "$make" -s CC="$1" BUILD="build/lint-$1" native check-programs
}

formatted () {
  for file in module/*.[ch] test/*.[ch]; do
    clang-format --dry-run -Werror "$file" 2>/dev/null || echo "$file: run make format"
  done | { ! grep .; }
}

shell_scripts () {
  bash -n .ci/run && for script in module/*.sh test/*.sh; do
    sh -n "$script" || return
  done && shellcheck .ci/run module/*.sh test/*.sh
}

# Every source says whose it is and under which license.
licenses () {
  ! grep -L 'SPDX-License-Identifier: GPL-3.0-or-later' \
    ./*.el lisp/*.el test/*.el module/*.[ch] test/*.[ch] module/*.sh test/*.sh Makefile \
    | grep .
}

# Promises for later are not for the sources.
promises () {
  ! grep -nE '\b(TODO|FIXME|XXX)\b' ./*.el lisp/* module/* test/*.* README.org Makefile \
    | grep -v '^test/lint\.sh:'
}

lisp () {
  "$emacs" --batch -L . -L lisp -L test -l test/lint.el -f "$@"
}

check "gcc -Wall -Wextra" compiles gcc
check "clang -Wall -Wextra" compiles clang
check "clang-format" formatted
check "byte-compiler" "$make" -s BUILD=build/lint-elc lisp
check "byte-compiler, tests" lisp smbcmp-lint-compile test/*.el
check "checkdoc" lisp smbcmp-lint-checkdoc ./*.el lisp/*.el
check "package-lint" lisp smbcmp-lint-package ./*.el lisp/*.el
check "shell scripts" shell_scripts
check "licenses" licenses
check "no promises" promises
exit $failed
