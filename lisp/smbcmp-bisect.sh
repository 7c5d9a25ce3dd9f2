#!/bin/sh
# @TITLE@
#
# For "git bisect run": builds and starts the server of a revision, sends it what a
# client did in a capture, and tells from the answers if the revision is good.
#
#   git bisect start BAD GOOD
#   git bisect run @SCRIPT@
#
# Exit status: 0 good, 1 bad, 125 it can't be told.  What each step found goes to
# @LOG@.

# These are yours.  The server must stay in the foreground, and be one command.
build () {
  @BUILD@
}
start_server () {
  @START@
}
share=@SHARE@ port=@PORT@ user=@USER@

# What is sent and compared.  Where captures may not be made, let capture=no: the
# script tells of the statuses alone.
replay=@REPLAY@ good=@GOOD@ expect=@EXPECT@
capture=yes interface=@INTERFACE@ log=@LOG@

set -u
directory=$(mktemp -d) || exit 125
server='' dumpcap=''

smbcmp () {
  @SMBCMP@ "$@"
}

# RESULT TEXT: the end of a step.
tell () {
  case $1 in 0) word=good ;; 1) word=bad ;; *) word=skip ;; esac
  printf '%s %s: %s\n' "$(git rev-parse --short HEAD 2>/dev/null || echo -)" "$word" "$2" |
    tee -a "$log"
  exit "$1"
}

# Only what was started here is stopped, by its pid.
finish () {
  [ -z "$dumpcap" ] || kill -INT "$dumpcap" 2>/dev/null
  [ -z "$server" ] || kill "$server" 2>/dev/null
  wait
  rm -rf "$directory"
}
trap finish EXIT
trap 'exit 125' INT TERM HUP

# COMMAND: until it succeeds, for ten seconds.
await () {
  for _ in $(seq 100); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  return 1
}

listening () {
  host=${share#//}
  /usr/bin/python3 -c 'import socket, sys; socket.create_connection(sys.argv[1:], 1)' \
    "${host%%/*}" "$port"
}

build >"$directory/build.log" 2>&1 || tell 125 "it does not build"
# Another server that answers would be taken for this one.
if listening 2>/dev/null; then tell 125 "port $port is in use"; fi
start_server >"$directory/server.log" 2>&1 </dev/null &
server=$!
await listening || tell 125 "no server: $(tail -n 1 "$directory/server.log")"
if [ $capture = yes ]; then
  dumpcap -q -i "$interface" -f "tcp port $port" -w "$directory/now.pcapng" \
    >"$directory/dumpcap.log" 2>&1 &
  dumpcap=$!
  await test -s "$directory/now.pcapng" ||
    tell 125 "no capture: $(tail -n 1 "$directory/dumpcap.log")"
  sleep 0.5
fi
"$replay" --port "$port" -U "$user" ${expect:+--expect-status "$expect"} "$share" \
  >"$directory/replay.log" 2>&1
status=$?
[ $status -le 1 ] || tell 125 "$(tail -n 1 "$directory/replay.log")"
first=$(grep -m 1 '^DIFFERS' "$directory/replay.log")
if [ $capture = yes ]; then
  sleep 0.5
  kill -INT "$dumpcap"; wait "$dumpcap"; dumpcap=
  smbcmp diff --bisect --slower never ${expect:+--only status} @DECODE@ \
         "$good" "$directory/now.pcapng" >"$directory/diff.log" 2>&1
  status=$?
  [ $status -le 1 ] || tell 125 "$(tail -n 1 "$directory/diff.log")"
  if [ "$expect" ]; then
    # Other divergences may come and go with other revisions.
    if first=$(grep -m 1 -F "$expect / " "$directory/diff.log"); then status=1; else status=0; fi
  else
    first=$(grep -m 1 '^First: ' "$directory/diff.log")
  fi
fi
[ $status = 1 ] || first='no divergence'
tell $status "$(echo "$first" | tr -s ' ')"
