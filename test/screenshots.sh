#!/bin/sh
# screenshots.sh --- pictures of buffers: Emacs in a terminal, or not, under Xvfb
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   screenshots.sh [DIRECTORY]
#
# A picture for each of test/screenshots.el's scenes, as NAME.png in DIRECTORY.
# The environment's BACKGROUND (light, dark) and COLOURS (8, 256; gui is without
# a terminal) say on what, SCENES (manual, all or names) which; EMACS_ARGUMENTS
# are given to Emacs, --eval FORM say.

cd "$(dirname "$0")/.." || exit
emacs=${EMACS:-emacs} directory=${1:-test/screenshots}
mkdir -p "$directory" && directory=$(cd "$directory" && pwd) || exit
case ${BACKGROUND:-light} in
  dark) foreground=grey90 background=grey10 ;;
  *) foreground=black background=white ;;
esac
case ${COLOURS:-256} in
  8) term=xterm-color ;;
  *) term=xterm-256color ;;
esac

# Xvfb says which display it took.  Emacs without a terminal connects twice: in between
# nobody is connected, and a server that resets then refuses the second time.
numbers=$(mktemp) || exit
Xvfb -noreset -displayfd 3 -screen 0 1153x715x24 3>"$numbers" >/dev/null 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; rm -f "$numbers"' EXIT
tries=0
while [ ! -s "$numbers" ] && [ $((tries += 1)) -le 100 ]; do sleep 0.1; done
DISPLAY=:$(cat "$numbers")
export DISPLAY

# terminal COMMAND...: in one of COLOURS.
terminal () {
  timeout 60 xterm -tn "$term" -fg "$foreground" -bg "$background" -cr "$foreground" \
    -fa 'DejaVu Sans Mono' -fs 10 -geometry 144x42+0+0 -b 0 +sb -e "$@"
}

# show ARGUMENT...: Emacs.
show () {
  case ${COLOURS:-256} in
    gui) timeout 60 "$emacs" -Q -fg "$foreground" -bg "$background" -cr "$foreground" \
           -fn 'DejaVu Sans Mono-10' -geometry 142x40+0+0 \
           --eval '(progn (tool-bar-mode -1) (scroll-bar-mode -1))' "$@" ;;
    *) terminal "$emacs" -nw -Q \
         --eval "(setq frame-background-mode '${BACKGROUND:-light})" "$@" ;;
  esac
}

for scene in $("$emacs" -Q --batch -L . -l test/screenshots.el -f smbcmp-screenshots-list); do
  # shellcheck disable=SC2086
  show -L . -L lisp -l test/screenshots.el $EMACS_ARGUMENTS \
    -f smbcmp-screenshots-take "$scene" "$directory/$scene.png"
  [ -s "$directory/$scene.png" ] || { echo "no picture of $scene" >&2; exit 1; }
  echo "$scene.png"
done
