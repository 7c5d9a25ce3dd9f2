#!/bin/sh
# packages.sh --- what smbcmp needs from the system, and how to get it
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   packages.sh check SET     one line naming what to install; status 1
#   packages.sh install SET   install what is missing (root or sudo)
#
# SET is build, test (with build), bench (with test), lint (with build) or all.

# What is needed: how to see it is there, and its package on Debian, Fedora
# and openSUSE.
needs () {
  cat <<'TABLE'
build|command -v cc|gcc|gcc|gcc
build|command -v make|make|make|make
build|command -v pkg-config|pkg-config|pkgconf-pkg-config|pkg-config
build|pkg-config --exists glib-2.0|libglib2.0-dev|glib2-devel|glib2-devel
build|pkg-config --exists wireshark|libwireshark-dev|wireshark-devel|wireshark-devel
build|test -e "$(pkg-config --variable=includedir wireshark)/wireshark/wiretap/wtap.h"|libwiretap-dev|wireshark-devel|wireshark-devel
build|test -e "$(pkg-config --variable=includedir wireshark)/wireshark/wsutil/filesystem.h"|libwsutil-dev|wireshark-devel|wireshark-devel
build|test -e /usr/include/seccomp.h|libseccomp-dev|libseccomp-devel|libseccomp-devel
build|command -v "${EMACS:-emacs}"|emacs-nox|emacs-nox|emacs-nox
build|test -e /usr/include/emacs-module.h -o -e /usr/local/include/emacs-module.h|emacs-common|emacs-devel|emacs-devel
test|command -v tshark|tshark|wireshark-cli|wireshark
test|command -v editcap|wireshark-common|wireshark-cli|wireshark
test|command -v valgrind|valgrind|valgrind|valgrind
bench|command -v sharkd|wireshark-common|wireshark-cli|wireshark
bench|command -v dumpcap|wireshark-common|wireshark-cli|wireshark
bench|command -v smbd|samba|samba|samba
bench|command -v smbclient|smbclient|samba-client|samba-client
bench|command -v smbtorture|samba-testsuite|samba-test|samba-test
lint|command -v clang|clang|clang|clang
lint|command -v clang-format|clang-format|clang-tools-extra|clang-tools
lint|test -d /usr/share/emacs/site-lisp/elpa/package-lint-0.16 -o -n "$(find /usr/share/emacs /usr/share/emacs2* ~/.emacs.d/elpa -maxdepth 4 -name 'package-lint*' 2>/dev/null | head -1)"|elpa-package-lint||
TABLE
}

wanted () {
  case $1:$2 in
    all:*|build:build|test:build|test:test|bench:build|bench:test|bench:bench|lint:build|lint:lint) return 0 ;;
    *) return 1 ;;
  esac
}

system () {
  if command -v apt-get >/dev/null 2>&1; then echo debian
  elif command -v dnf >/dev/null 2>&1; then echo fedora
  elif command -v zypper >/dev/null 2>&1; then echo opensuse
  else echo unknown
  fi
}

# The packages of SET that are missing here, for SYSTEM.
missing () {
  needs | while IFS='|' read -r set check debian fedora opensuse; do
    wanted "$1" "$set" || continue
    eval "$check" >/dev/null 2>&1 && continue
    case $2 in
      fedora) echo "$fedora" ;;
      opensuse) echo "$opensuse" ;;
      *) echo "$debian" ;;
    esac
  done | sort -u | tr '\n' ' ' | sed 's/ *$//'
}

run_as_root () {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else
    echo "smbcmp: not root, and no sudo: install $packages yourself" >&2
    exit 1
  fi
}

system=$(system)
packages=$(missing "${2:-build}" "$system")
[ -n "$packages" ] || exit 0

case $1:$system in
  check:debian) echo "smbcmp: missing; run: apt install $packages" >&2; exit 1 ;;
  check:fedora) echo "smbcmp: missing; run: dnf install $packages" >&2; exit 1 ;;
  check:opensuse) echo "smbcmp: missing; run: zypper install $packages" >&2; exit 1 ;;
  check:*) echo "smbcmp: missing (Debian's names): $packages" >&2; exit 1 ;;
esac

echo "smbcmp: installing $packages" >&2
case $system in
  debian)
    run_as_root apt-get -qq update
    # shellcheck disable=SC2086
    run_as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get -qq -y --no-install-recommends install $packages >/dev/null ;;
  # shellcheck disable=SC2086
  fedora) run_as_root dnf -q -y install $packages ;;
  # shellcheck disable=SC2086
  opensuse) run_as_root zypper -q -n install $packages ;;
  *) echo "smbcmp: install these (Debian's names): $packages" >&2; exit 1 ;;
esac
