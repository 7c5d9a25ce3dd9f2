#!/bin/sh
# packages.sh --- what smbcmp needs from the system, and how to get it
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   packages.sh check SET...     one line that says what to install; status 1
#   packages.sh install SET...   install what is missing; if not root, say as check
#
# SETs are module (enough for logs), build (and run; with module), test, bench,
# lint, docs, pictures; none means all of them but that.  The environment's CC and EMACS are looked for
# instead of cc and emacs.

# What is needed: how to see that it is there, and the package to get it from
# on Debian, Fedora and openSUSE (`-' where it comes with another one or does
# not exist; A/B where A has not always been there and B is what was before).
needs () {
  cat <<'TABLE'
module|command -v "${CC:-cc}"|gcc|gcc|gcc
module|command -v make|make|make|make
module|command -v pkg-config|pkg-config|pkgconf-pkg-config|pkg-config
module|has_header stdlib.h|libc6-dev|glibc-devel|glibc-devel
module|pkg-config --exists glib-2.0|libglib2.0-dev|glib2-devel|glib2-devel
build|pkg-config --exists wireshark|libwireshark-dev|wireshark-devel|wireshark-devel
build|has_header wiretap/wtap.h wireshark|libwiretap-dev|wireshark-devel|wireshark-devel
build|has_header wsutil/filesystem.h wireshark|libwsutil-dev|wireshark-devel|wireshark-devel
build|pkg-config --exists libpcap|libpcap-dev|libpcap-devel|libpcap-devel
build|pkg-config --exists libseccomp|libseccomp-dev|libseccomp-devel|libseccomp-devel
module|command -v "${EMACS:-emacs}"|emacs-nox|emacs-nox|emacs-nox
module|has_header emacs-module.h|emacs-common|emacs-devel|emacs-nox
test|command -v tshark|tshark|wireshark-cli|wireshark
test|command -v editcap|wireshark-common|wireshark-cli|wireshark
test|command -v tcpdump|tcpdump|tcpdump|tcpdump
test|command -v dumpcap|wireshark-common|wireshark-cli|wireshark
test|command -v smbd|samba|samba|samba
test|command -v smbclient|smbclient|samba-client|samba-client
test|/usr/bin/python3 -c 'import impacket'|python3-impacket|python3-impacket|-
test|command -v zstd|zstd|zstd|zstd
test|command -v xz|xz-utils|xz|xz
test|command -v lz4|lz4|lz4|lz4
test|command -v zip|zip|zip|zip
test|command -v unzip|unzip|unzip|unzip
test|command -v git|git|git|git
test|command -v gdb|gdb|gdb|gdb
test|command -v ip|iproute2|iproute|iproute2
test|command -v pgrep|procps|procps-ng|procps
test|command -v winbindd|winbind|samba-winbind|samba-winbind
test|command -v strace|strace|strace|strace
test|command -v valgrind|valgrind|valgrind|valgrind
test|command -v clang|clang|clang|clang
test|can_link "${CC:-cc}" -fsanitize=address,undefined|gcc|libasan libubsan|gcc
test|can_link "${CC:-cc}" -fsanitize=thread|gcc|libtsan|gcc
test|can_link clang -fsanitize=fuzzer-no-link,address|libclang-rt-dev/libclang-common-11-dev|compiler-rt|-
bench|command -v sharkd|wireshark-common|wireshark-cli|wireshark
bench|command -v dumpcap|wireshark-common|wireshark-cli|wireshark
bench|command -v script|bsdutils|util-linux-script|util-linux
bench|command -v smbd|samba|samba|samba
bench|command -v smbclient|smbclient|samba-client|samba-client
bench|command -v smbtorture|samba-testsuite|samba-test|samba-test
lint|command -v clang|clang|clang|clang
lint|command -v clang-format|clang-format|clang-tools-extra|clang-tools
lint|command -v shellcheck|shellcheck|ShellCheck|ShellCheck
lint|has_lisp package-lint|elpa-package-lint|-|-
pictures|command -v Xvfb|xvfb|xorg-x11-server-Xvfb|xorg-x11-server-extra
pictures|command -v xterm|xterm|xterm|xterm
pictures|command -v import|imagemagick|ImageMagick|ImageMagick
docs|command -v makeinfo|texinfo|texinfo|makeinfo
TABLE
}

# Header $1, of the library $2 that pkg-config knows.
has_header () {
  # shellcheck disable=SC2046
  echo "#include <$1>" | "${CC:-cc}" -E ${2:+$(pkg-config --cflags "$2")} -x c - -o /dev/null
}

can_link () {
  echo 'int main (void) { return 0; }' | "$@" -x c - -o /dev/null
}

has_lisp () {
  "${EMACS:-emacs}" --batch -l package \
    --eval "(progn (package-initialize) (require '$1))"
}

# The one of PACKAGES, A/B, that SYSTEM has, or else A.
available () {
  for package in $(echo "$2" | tr / ' '); do
    if [ "$package" = "$2" ] || { [ "$1" = debian ] && apt-cache show "$package"; } \
      >/dev/null 2>&1; then
      echo "$package"
      return
    fi
  done
  echo "${2%%/*}"
}

# The packages of all SETs that are missing, by their names on SYSTEM.
missing () {
  system=$1
  shift
  needs | while IFS='|' read -r set check debian fedora opensuse; do
    case " $* " in
      *" $set "*) ;;
      *" build "*) [ "$set" = module ] || continue ;;
      *) continue ;;
    esac
    eval "$check" >/dev/null 2>&1 </dev/null && continue
    case $system in
      fedora) package=$fedora ;;
      opensuse) package=$opensuse ;;
      *) package=$debian ;;
    esac
    [ "$package" = - ] || available "$system" "$package"
  done | sort -u | tr '\n' ' ' | sed 's/ *$//'
}

system () {
  if command -v apt-get >/dev/null 2>&1; then echo debian
  elif command -v dnf >/dev/null 2>&1; then echo fedora
  elif command -v zypper >/dev/null 2>&1; then echo opensuse
  else echo unknown
  fi
}

# What to do about the packages that are missing: the command line that installs
# them or, on a system not known here, their names on the known ones.
advice () {
  case $1 in
    debian) echo "run: apt install $(missing "$@")" ;;
    fedora) echo "run: dnf install $(missing "$@")" ;;
    opensuse) echo "run: zypper install $(missing "$@")" ;;
    *)
      shift
      echo "install them: Debian: $(missing debian "$@"); Fedora: $(missing fedora "$@");" \
        "openSUSE: $(missing opensuse "$@")" ;;
  esac
}

# The versions of libwireshark whose headers module/capture/ws.h knows.
wireshark_known () {
  ! pkg-config --exists wireshark 2>/dev/null \
    || { pkg-config --atleast-version 3.4 wireshark \
      && ! pkg-config --atleast-version 4.7 wireshark; }
}

complain () {
  echo "smbcmp: $*" >&2
  exit 1
}

# Quiet, unless it goes wrong.
quietly () {
  output=$("$@" 2>&1 </dev/null) && return
  printf '%s\n' "$output" >&2
  return 1
}

# Install the packages of all SETs that are missing on SYSTEM.
install_missing () {
  system=$1
  # Which packages there are is known only then.
  [ "$system" != debian ] || quietly apt-get -q update || return
  packages=$(missing "$@")
  echo "smbcmp: installing $packages (this takes a minute or two)" >&2
  # shellcheck disable=SC2086
  case $system in
    debian)
      quietly env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y --no-install-recommends install $packages ;;
    fedora) quietly dnf -y install $packages ;;
    opensuse) quietly zypper -n install $packages ;;
  esac
}

action=${1:-check}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- build test bench lint docs
system=$(system)
packages=$(missing "$system" "$@")
case " $* " in
  *" build "*) wireshark_known || complain "libwireshark $(pkg-config --modversion wireshark)" \
    "is not supported: its headers are known for Wireshark 3.4 to 4.6" ;;
esac
[ -n "$packages" ] || exit 0

if [ "$action" != install ] || [ "$(id -u)" != 0 ] || [ "$system" = unknown ]; then
  complain "packages are missing; $(advice "$system" "$@")"
fi
install_missing "$system" "$@" || complain "that failed; $(advice "$system" "$@")"
packages=$(missing "$system" "$@")
[ -z "$packages" ] || complain "still missing after installing: $packages"
