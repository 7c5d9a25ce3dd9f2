#!/bin/sh
# builds.sh --- build in all the ways that people build, and see that it runs
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   builds.sh [REGEXP]
#
# A copy of this checkout is built for each row of the table below whose name matches
# REGEXP, and a few tests are run with it.  A table is printed at the end; what was said
# is in build/builds/ROW.log.

set -u
cd "$(dirname "$0")/.." || exit
builds=$PWD/build/builds
smoke='^compare-test-two-runs\|^compare-test-a-read-only\|^smblog-test-a\|^list-test-isearch'

# Name of the row, folder of the copy, arguments of make.
rows () {
  cat <<'TABLE'
gcc -O0|gcc-O0|CC=gcc CFLAGS=-O0
gcc -O3 -flto|gcc-lto|CC=gcc 'CFLAGS=-O3 -flto=auto' 'LDFLAGS=-O3 -flto=auto'
gcc, _FORTIFY_SOURCE=3|gcc-fortify|CC=gcc 'CFLAGS=-O2 -D_FORTIFY_SOURCE=3'
clang -O0|clang-O0|CC=clang CFLAGS=-O0
clang -O3|clang-O3|CC=clang CFLAGS=-O3
clang, _FORTIFY_SOURCE=3|clang-fortify|CC=clang 'CFLAGS=-O2 -D_FORTIFY_SOURCE=3'
eight jobs|jobs|-j8
a path with spaces|path with spaces|
LC_ALL=C|locale|LC_ALL=C LANG=C
a read-only tree|read-only|
TABLE
}

# A checkout that can't be written to: Emacs builds, as who may not write there.
read_only () {
  home=$builds/home
  rm -rf "$home" && mkdir "$home" && chmod -R a-w .
  as=
  [ "$(id -u)" != 0 ] || { chown nobody "$home"; as='setpriv --reuid=nobody --clear-groups'; }
  # shellcheck disable=SC2086
  HOME=$home $as emacs -Q --batch -L . -L lisp --eval "(progn
    (require 'smbcmp)
    (smbcmp-module-build)
    (pcase-let ((\`(,a ,b) (mapcar (lambda (run)
                                    (smbcmp-open (format \"test/data/%s/capture.pcapng\" run)))
                                  '(\"good\" \"good-again\"))))
      (unless (and (file-in-directory-p (smbcmp-module-native-file \"x\") \"~\")
                   (null (smbcmp-comparison-divergences (smbcmp-diff-captures a b))))
        (kill-emacs 1))))"
}

# ROW FOLDER ARGUMENTS: a line of the table.
try () {
  row=$1
  rm -rf "${builds:?}/$2" && mkdir -p "$builds/$2"
  tar -c --exclude=./build --exclude=./.git . | tar -x -C "$builds/$2"
  if [ "$2" = read-only ]; then
    set -- "$2" read_only
  else
    eval "set -- \"\$2\" make $3 native lisp check TESTS='$smoke'"
  fi
  if (cd "$builds/$1" && shift && "$@") >"$builds/$1.log" 2>&1 </dev/null; then
    echo "$row|ok"
    chmod -R u+w "$builds/$1" && rm -rf "${builds:?}/$1"
  else
    echo "$row|failed: $builds/$1.log"
  fi
}

mkdir -p "$builds"
rows | grep -e "${1:-.}" | while IFS='|' read -r row folder arguments; do
  try "$row" "$folder" "$arguments"
done | tee "$builds/table" | column -t -s '|'
! grep -q '|failed' "$builds/table"
