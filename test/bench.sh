#!/bin/sh
# bench.sh --- measure smbcmp beside its peers
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   bench.sh [REGEXP]
#
# Runs the rooms test/bench-*.el, those whose names match REGEXP, each in an
# Emacs of its own on a terminal, since what a user sees takes a redisplay.
# Each prints a table: medians of several runs, ours and the peer's taken in
# turns, and their ratio.
#
# The data is a big recording (see record.sh) in SMBCMP_BENCH_DATA, by default
# build/bench, where it is made when it is not there yet (root, a minute, 3 GB):
#
#   capture.pcapng log.smbd     one recording
#   again/capture.pcapng        another of the same

set -eu

test=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$test")
build=${BUILD:-$root/build}
data=${SMBCMP_BENCH_DATA:-$build/bench}
emacs=${EMACS:-emacs}

if ! [ -e "$data/capture.pcapng" ] || ! [ -e "$data/log.smbd" ]; then
  sh "$test/record.sh" big "$data"
fi
if ! [ -e "$data/again/capture.pcapng" ]; then
  sh "$test/record.sh" big "$data/again"
  rm -f "$data/again/log.smbd"
fi

# ROOM: its table on stdout.
measure () {
  table=$build/bench.out
  : > "$table"
  SMBCMP_BENCH_DATA=$data SMBCMP_BENCH_TABLE=$table TERM=xterm-256color \
    SMBCMP_BENCH_BUILD=$build timeout -k 5 1200 \
    script -qec "stty rows 50 cols 160; exec $emacs -Q -nw \
      --eval '(setq native-comp-deferred-compilation nil)' \
      -L '$build/elc' -L '$build/elc/lisp' -L '$test' -l bench -l '$1' -f smbcmp-bench-run" \
      /dev/null </dev/null >/dev/null 2>&1 &
  tail -n +1 -s 0.2 -f --pid=$! "$table"
  wait $! || { echo "bench.sh: $1 ended with status $?" >&2; status=1; }
}

status=0
for room in "$test"/bench-*.el; do
  if basename "$room" .el | grep -qE -e "${1:-.}"; then
    measure "$room"
  fi
done
exit $status
