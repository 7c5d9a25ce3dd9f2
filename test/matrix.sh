#!/bin/sh
# matrix.sh --- build and test on the releases of Debian
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   matrix.sh [SUITE...]
#
# As root, with debootstrap: each of the SUITEs, by default all that are to work,
# is made in build/matrix/SUITE of nothing but make, unless it is there.  As root
# and as a plain user, who can install nothing, `make demo' and `make test' are run
# there in a copy of this checkout, of the tests those that match TESTS.  A table is
# printed at the end; what was said is in build/matrix/SUITE.log.

set -u
cd "$(dirname "$0")/.." || exit
[ "$(id -u)" = 0 ] || { echo "matrix.sh: only root can change its root" >&2; exit 1; }
matrix=$PWD/build/matrix
[ $# -gt 0 ] || set -- bullseye bookworm trixie sid
mkdir -p "$matrix"

# Make SUITE, with what this machine's apt has to know in order to reach packages.
bootstrap () {
  [ ! -e "$matrix/$1/src" ] || return 0
  rm -rf "${matrix:?}/$1"
  debootstrap --variant=minbase --include=make "$1" "$matrix/$1" || return
  cp /etc/apt/apt.conf.d/* "$matrix/$1/etc/apt/apt.conf.d/"
  mkdir "$matrix/$1/src"
  chroot "$matrix/$1" useradd -m tester
}

# SUITE COMMAND: run it there, in the copy of this checkout.
inside () {
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child sh -c '
    mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" \
      && exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
           TERM=dumb LC_ALL=C.UTF-8 TESTS="$2" sh -c "cd /src && $1"' \
    "$matrix/$1" "$2" "${TESTS:-}" </dev/null
}

# FILE: how many tests passed, failed and were skipped, by what was said in it.
counts () {
  awk '/^[0-9]+ skipped$/ { skipped = $1 }
       /^[0-9]+ passed, [0-9]+ failed$/ { counts = $0 }
       END { print counts ? counts ", " skipped + 0 " skipped" : "did not end" }' "$1"
}

# SUITE USER LOG: whether the demonstration went well, and what `counts' says of the tests.
try_as () {
  rm -rf "$matrix/$1/src" && mkdir "$matrix/$1/src"
  tar -c --exclude=./build --exclude=./.git . | tar -x -C "$matrix/$1/src"
  inside "$1" "chown -R $2 ."
  as=
  [ "$2" = root ] || as="setpriv --reuid=$2 --regid=$2 --init-groups env HOME=/home/$2 "
  demo=failed
  inside "$1" "${as}make demo" >>"$3" 2>&1 && demo=ok
  # shellcheck disable=SC2016
  inside "$1" "$as"'make test TESTS="$TESTS"' >"$3.tests" 2>&1
  cat "$3.tests" >>"$3"
  echo "demo $demo; $(counts "$3.tests")"
  rm -f "$3.tests"
}

# SUITE: a line of the table.
try () {
  log=$matrix/$1.log
  bootstrap "$1" >"$log" 2>&1 || { echo "$1|||debootstrap failed|"; return 1; }
  results=
  for user in root tester; do results="$results|$(try_as "$1" $user "$log")"; done
  # shellcheck disable=SC2016
  versions=$(inside "$1" 'emacs -Q --batch --eval "(princ emacs-version)"; echo "|$(pkg-config --modversion wireshark)"')
  echo "$1|$versions$results"
}

{
  echo 'suite|Emacs|Wireshark|as root|as a user'
  for suite; do try "$suite"; done
} | tee "$matrix/table" >&2
column -t -s '|' "$matrix/table"
! grep -q 'demo failed\|debootstrap failed\|did not end\|[1-9][0-9]* failed' "$matrix/table"
