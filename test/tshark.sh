#!/bin/sh
# tshark.sh --- tshark, asked the same but once in a run of the tests
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later

# Tests ask tshark for the truth some hundred times, many of them the same, and those
# that also run under the sanitizers ask all of it again.  TSHARK is the real one; what
# it said stays in the folder TSHARK_CACHE, by the arguments, what is in the files among
# them, and the preferences.  The runner empties that folder.

# Who has a configuration of his own asks of other profiles, too.
[ -z "${WIRESHARK_CONFIG_DIR-}" ] || exec "$TSHARK" "$@"
case " $* " in
  *" -w"* | *" -i"* | *" -r - "*) exec "$TSHARK" "$@" ;;
  *" -r "* | *" -G "*) ;;
  *) exec "$TSHARK" "$@" ;;
esac

key=$({
  printf '%s\n' "$TZ" "$LC_ALL" "$LANG"
  cat "${XDG_CONFIG_HOME:-$HOME/.config}"/wireshark/* 2>/dev/null
  for argument; do
    # A file's name is another each time; those of preferences are "kerberos.file:NAME".
    file=${argument#*:}
    if [ -f "$file" ]; then
      echo "${argument%"$file"}"
      sha1sum <"$file"
    else
      echo "$argument"
    fi
  done
} | sha1sum)
kept=$TSHARK_CACHE/${key%% *}
if [ ! -d "$kept" ]; then
  new=$kept.$$
  mkdir "$new"
  "$TSHARK" "$@" >"$new/out" 2>"$new/err"
  echo $? >"$new/status"
  # Another may have been as quick.
  mv -T "$new" "$kept" 2>/dev/null || rm -r "$new"
fi
cat "$kept/err" >&2
cat "$kept/out"
read -r status <"$kept/status"
exit "$status"
