#!/bin/sh
# record.sh --- record a capture and the server's log from a real smbd
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   record.sh SCENARIO DIRECTORY
#
# writes DIRECTORY/capture.pcapng, the server's level-10 log (log.smbd.gz) and
# the client's (log.smbclient.gz).  SCENARIO is one of
#
#   good            SMB 3.1.1, everything works
#   readonly        the same on a read-only share: mkdir, put, rename, del fail
#   forbidden       the same on a share for another user: the tree connect fails
#   denied          the same with the client's address denied: it is not let in
#   enc[=CIPHER[:DIALECT]]
#                   the same, encrypted; CIPHER like AES-256-GCM, DIALECT like SMB3_02
#   both            the same twice, plain and encrypted, in one capture
#   smb21  smb1     the same with the client limited to SMB 2.1, SMB1
#   smb202          the same with a server that knows no more than SMB 2.0.2
#   concurrent      two clients at once
#   held            one client opens files and never closes them, another can't
#                   delete them meanwhile; smbstatus.json is what the server has open
#   stalled         a client that takes little at a time, so that its window closes; then
#                   the server stops for two seconds in the middle of a request
#   starved         a server that never leaves a client more than one credit
#   pieces=BYTES    a client that may read and write BYTES at a time, and list as many,
#                   but no fewer than 65536, of which it needs two
#   released        the same as held, but the first client closes what it opened
#   contended       a client that others stand in the way of: one has a file open that may
#                   not be written meanwhile, then deletes one that is open (needs
#                   python3-impacket)
#   leaked          a client that opens a file fifty times and goes without closing it
#   turned[=never]  two clients one after the other; between them the share becomes
#                   read-only, or never
#   points=LINK     client and server in network namespaces of their own; between them is
#                   LINK, the program of lossy-link.c: 5 ms late, every 20th TCP frame
#                   is lost and every 33rd comes twice; server.pcapng is what came to
#                   the server, link.txt what LINK counted
#   smbtorture=NAME a test of Samba's own test client, like smb2.compound or, of SMB1,
#                   base.lock
#   rpcclient=COMMANDS
#                   commands of rpcclient, separated by semicolons
#   replay=SCRIPT   a script of smbcmp-replay; replay.txt is what it said, and its exit
#                   status; replay-readonly=SCRIPT on a read-only share, replay-smb202=SCRIPT
#                   on a server that knows no more than SMB 2.0.2
#   journal         two clients at once, and what systemd's journal has of the server:
#                   journal.export.gz and journal.json.gz; starts a journald if
#                   none runs
#   winbindd        smbd and winbindd, with trace ids: all their logs
#   perclient       two clients, each with a log of its own (log file = log.%m)
#   rotated=KB      a log that is renamed to log.smbd.old when it has so many kilobytes
#   big[=ROUNDS]    two clients at once, 900 rounds each: 120,000 frames and a
#                   log of 1.4 GB, which stays uncompressed as log.smbd
#
# The server listens on loopback only, at port 445 of SMBCMP_RECORD_ADDRESS
# (127.0.0.1; tests have one of their own), keeps everything in a scratch directory, and everything stops by itself
# (SMBCMP_RECORD_SECONDS, 600).  Needs root, for the port and for the capture.

set -eu

say () { echo "record.sh: $*" >&2; }
die () { say "$@"; exit 1; }

scenario=${1%%=*} argument=
case $1 in *=*) argument=${1#*=} ;; esac
[ $# = 2 ] || die "usage: record.sh SCENARIO DIRECTORY"
mkdir -p "$2"
out=$(cd "$2" && pwd)
address=${SMBCMP_RECORD_ADDRESS:-127.0.0.1}
seconds=${SMBCMP_RECORD_SECONDS:-600}
share=//$address/share
user=smbu password=Passw0rd
encryption='' dialect=SMB3_11 protocol=SMB2
at_client='' at_server='' interface=lo
case $1 in
  smb1 | smbtorture=base.* | smbtorture=raw.*) protocol=NT1 ;;
  smb202* | replay-smb202=*) protocol=SMB2_02 ;;
esac
if [ "$scenario" = enc ] && [ "$argument" ]; then
  cipher=${argument%%:*}
  case $argument in *:*) dialect=${argument#*:} ;; esac
  encryption="server smb3 encryption algorithms = $cipher
  client smb3 encryption algorithms = $cipher"
fi

# What has smbclient encrypt; Samba 4.13 knows no other.
encrypted=--client-protection=encrypt
smbclient --help 2>&1 | grep -q client-protection || encrypted=-e

[ "$(id -u)" = 0 ] || die "needs root, for port 445 and to capture"

if [ "$scenario" = points ]; then
  address=10.77.0.2 share=//10.77.0.2/share interface=smbcmp-c
  at_client='ip netns exec smbcmp-c' at_server='ip netns exec smbcmp-s'
fi

# One recording at a time: they share the port.
exec 9>/tmp/smbcmp-record.lock
flock 9

scratch=$(mktemp -d "${TMPDIR:-/tmp}/smbcmp-record.XXXXXX")
server='' capture='' winbindd='' journald='' link='' second='' level=10 logging=file
finish () {
  [ -z "$link" ] || kill "$link" 2>/dev/null || :
  [ -z "$second" ] || kill -INT "$second" 2>/dev/null || :
  [ -z "$capture" ] || kill -INT "$capture" 2>/dev/null || :
  [ -z "$server" ] || kill "$server" 2>/dev/null || :
  [ -z "$winbindd" ] || kill "$winbindd" 2>/dev/null || :
  [ -z "$journald" ] || kill "$journald" 2>/dev/null || :
  wait
  [ -z "$journald" ] ||
    rm -f /run/systemd/journal/socket /run/systemd/journald.conf.d/smbcmp-record.conf
  if [ "$scenario" = points ]; then
    for name in c r s; do ip netns del smbcmp-$name 2>/dev/null || :; done
  fi
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

bounded () { timeout -k 5 "$seconds" "$@"; }

# The server: its configuration, a user of its own, files to work on.  The
# user is mapped to one that every system has.
prepare () {
  for directory in lock state cache private pid ncalrpc log share/docs client; do
    mkdir -p "$scratch/$directory"
  done
  cat > "$scratch/smb.conf" <<CONF
[global]
  workgroup = TESTGRP
  netbios name = SMBHOST
  interfaces = $address/8
  bind interfaces only = yes
  smb ports = $([ "$scenario" = perclient ] && echo 445 139 || echo 445)
  disable netbios = $([ "$scenario" = perclient ] && echo no || echo yes)
  load printers = no
  printing = bsd
  security = user
  passdb backend = tdbsam
  username map = $scratch/users
  lock directory = $scratch/lock
  state directory = $scratch/state
  cache directory = $scratch/cache
  private dir = $scratch/private
  pid directory = $scratch/pid
  ncalrpc dir = $scratch/ncalrpc
  server min protocol = $protocol
  $(case $scenario in *smb202) echo server max protocol = SMB2_02 ;; esac)
  client min protocol = NT1
  $encryption
  $([ "$scenario" != denied ] || echo "hosts deny = 127.0.0.1")
  log level = $level
  logging = $logging
  debug encryption = yes
  debug hires timestamp = yes
  debug pid = yes
  debug uid = yes
  debug class = yes
  max log size = $([ "$scenario" = rotated ] && echo "$argument" || echo 0)
  $([ "$scenario" != perclient ] || echo "log file = $scratch/log/log.%m")
  $([ "$scenario" != winbindd ] || echo 'winbind debug traceid = yes')
  idmap config * : backend = tdb
  idmap config * : range = 100000-200000
  $([ "$scenario" != pieces ] || cat <<LIMITS
  smb2 max read = $argument
  smb2 max write = $argument
  smb2 max trans = $((argument > 65536 ? argument : 65536))
LIMITS
  )
  smb2 max credits = $([ "$scenario" = starved ] && echo 1 || echo 8192)
[share]
  path = $scratch/share
  read only = $(case $scenario in *readonly) echo yes ;; *) echo no ;; esac)
  $([ "$scenario" != forbidden ] || echo valid users = root)
CONF
  echo "nobody = $user" > "$scratch/users"
  printf '%s\n%s\n' $password $password |
    smbpasswd -c "$scratch/smb.conf" -D 0 -s -a nobody >"$scratch/smbpasswd.out" 2>&1 ||
    die "smbpasswd: $(tail -n 3 "$scratch/smbpasswd.out")"
  echo 'Hello, world.' > "$scratch/share/hello.txt"
  echo 'Read me.' > "$scratch/share/docs/readme.txt"
  head -c 10000 /dev/zero | tr '\0' a > "$scratch/share/docs/a.bin"
  head -c 5000 /dev/zero | tr '\0' u > "$scratch/client/up.bin"
  chmod 755 "$scratch"
  chmod -R a+rwX "$scratch/share"
  chmod 700 "$scratch/private"
}

# Wait for COMMAND to succeed; ten seconds at most.  WHAT it is that we wait for.
await () {
  what=$1; shift
  for _ in $(seq 100); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  die "$what"
}

# Whether somebody listens at port 445 of one of ADDRESSES, as /proc/net/tcp has them.
listens () {
  $at_server cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    grep -qi ": \($1\):01BD 0*:0000 0A "
}

# The server's own address, or all that a machine has.
own () {
  echo "$address" | {
    IFS=. read -r a b c d
    printf '%02X%02X%02X%02X' "$d" "$c" "$b" "$a"
  }
}

listening () { listens "$(own)"; }
capturing () { [ -s "$out/capture.pcapng" ]; }

# Client and server, each in a name space, and between them what carries their frames.
connect () {
  for name in c r s; do ip netns add smbcmp-$name; done
  for name in c s; do
    ip link add smbcmp-$name netns smbcmp-$name type veth \
      peer name smbcmp-r$name netns smbcmp-r
    ip -n smbcmp-r link set smbcmp-r$name up
    ip -n smbcmp-$name link set lo up
    ip netns exec smbcmp-$name "$argument" plain smbcmp-$name
  done
  ip -n smbcmp-c addr add 10.77.0.1/24 dev smbcmp-c
  ip -n smbcmp-s addr add 10.77.0.2/24 dev smbcmp-s
  for name in c s; do ip -n smbcmp-$name link set smbcmp-$name up; done
  timeout "$seconds" ip netns exec smbcmp-r "$argument" smbcmp-rc smbcmp-rs 5 20 33 \
    >"$out/link.txt" 9>&- &
  link=$!
}

start () {
  if listens "$(own)\|0\{8\}\|0\{32\}"; then die "port 445 is in use"; fi
  rm -f "$out/capture.pcapng"
  # With -l the parameter "log file" would not count.
  if [ "$scenario" = perclient ]; then set --; else set -- -l "$scratch/log"; fi
  # No function between: a signal to it would leave the server running.
  # shellcheck disable=SC2086
  timeout -k 5 "$seconds" $at_server smbd -F --no-process-group -s "$scratch/smb.conf" "$@" \
    </dev/null >"$scratch/smbd.out" 2>&1 9>&- &
  server=$!
  await "smbd does not listen: $(tail -n 3 "$scratch/smbd.out")" listening
  # shellcheck disable=SC2086
  $at_client dumpcap -q -i "$interface" -B 64 -a duration:"$seconds" -f "tcp port 445 and host $address" \
    -w "$out/capture.pcapng" 2>"$scratch/dumpcap.out" 9>&- &
  capture=$!
  if [ "$scenario" = points ]; then
    $at_server dumpcap -q -i smbcmp-s -a duration:"$seconds" -f "tcp port 445" \
      -w "$out/server.pcapng" 2>"$scratch/dumpcap-server.out" 9>&- &
    second=$!
  fi
  await "dumpcap does not capture: $(tail -n 3 "$scratch/dumpcap.out")" capturing
  sleep 0.5
}

# Clients of winbindd know its socket by where Samba was built to have it.
start_winbindd () {
  socket=$(testparm -s --parameter-name='winbindd socket directory' /dev/null 2>/dev/null)
  [ ! -S "$socket/pipe" ] || ! wbinfo -p >/dev/null 2>&1 || die "winbindd runs already"
  : >"$scratch/winbindd.out"
  # Made when the system starts, where systemd does that.
  mkdir -p "${socket%/*}"
  timeout -k 5 "$seconds" winbindd -F --no-process-group -s "$scratch/smb.conf" \
    -l "$scratch/log" </dev/null >"$scratch/winbindd.out" 2>&1 9>&- &
  winbindd=$!
  await "winbindd does not answer: $(tail -n 3 "$scratch/winbindd.out")" wbinfo -p
}

# A journal of our own would need a name space: the server's entries are told from
# others by the server's pids.
start_journal () {
  level='3 smb2:10' logging='file systemd'
  if [ ! -S /run/systemd/journal/socket ]; then
    mkdir -p /run/systemd/journal /run/systemd/journald.conf.d
    printf '[Journal]\nRateLimitIntervalSec=0\nReadKMsg=no\n' \
      >/run/systemd/journald.conf.d/smbcmp-record.conf
    timeout -k 5 "$seconds" /lib/systemd/systemd-journald >/dev/null 2>&1 9>&- &
    journald=$!
    await "journald does not listen" test -S /run/systemd/journal/socket
  fi
  since=$(date '+%Y-%m-%d %H:%M:%S')
}

# FORMAT
journal () {
  TZ=UTC journalctl --no-pager --no-tail --since "$since" -o "$1" SYSLOG_IDENTIFIER=smbd |
    gzip -9n >"$out/journal.$1.gz"
}

# smbclient with the commands on stdin, one on a line.
client () {
  # shellcheck disable=SC2086
  (cd "$scratch/client" &&
   bounded $at_client smbclient "$share" -s "$scratch/smb.conf" -U "$user%$password" "$@" 9>&-)
}

script () {
  printf '%s\n' 'ls' 'mkdir new' 'put up.bin new/up.bin' 'get hello.txt' \
    'rename hello.txt hi.txt' 'get missing.txt' 'del docs/readme.txt' \
    'allinfo docs/a.bin' 'ls docs/*'
}

# NAME, ROUNDS: one client's rounds, in one connection.
rounds () {
  for _ in $(seq "$2"); do
    printf '%s\n' 'ls docs/*' "put up.bin up$1.bin" "get docs/a.bin a$1.bin" \
      'allinfo docs/a.bin' 'get missing.txt' "del up$1.bin"
  done
}

pair () {
  rounds 1 "$1" | client >/dev/null 2>&1 & one=$!
  rounds 2 "$1" | client >/dev/null 2>&1 & two=$!
  wait $one || :
  wait $two || :
}

# Who they are, users, groups and sids.
asked () {
  script | client
  for ask in -u -g '-i SMBHOST\\nobody' '-n SMBHOST\\nobody' '-s S-1-5-32-544' '-n nobody2' \
    '-r nobody' '--all-domains' '-D SMBHOST'; do
    # shellcheck disable=SC2086
    bounded wbinfo $ask 9>&- || :
  done
}

# On port 139 a client says its name.
named () {
  rounds 1 2 | client -p 139 -n CLIENTA >/dev/null 2>&1 & one=$!
  rounds 2 2 | client -p 139 -n CLIENTB >/dev/null 2>&1 & two=$!
  wait $one || :
  wait $two || :
}

# The server's process for the client is the youngest.
stalled () {
  head -c 60000 /dev/zero | tr '\0' b > "$scratch/share/docs/big.bin"
  chmod a+r "$scratch/share/docs/big.bin"
  { sleep 0.5
    echo 'get docs/big.bin big.bin'
    sleep 4
    process=$(pgrep -n -f "smbd.*$scratch/smb.conf")
    kill -STOP "$process"
    echo 'allinfo hello.txt'
    sleep 2
    kill -CONT "$process"
    sleep 1; } | client -O 'SO_RCVBUF=2048'
}

# What a share may be is decided when a client connects to it.
turned () {
  printf '%s\n' 'ls' 'mkdir one' | client
  sleep 1
  if [ "$argument" != never ]; then
    sed -i 's/^  read only = no/  read only = yes/' "$scratch/smb.conf"
    smbcontrol -s "$scratch/smb.conf" smbd reload-config
  fi
  sleep 1
  printf '%s\n' 'ls' 'mkdir two' 'mkdir three' | client || :
  sleep 2
}

# The first client holds on while the second has its turn; then it goes without closing
# what it opened.  Of lines that come together it takes but the first one at once.
held () {
  for file in hello.txt docs/readme.txt docs/a.bin docs/a.bin docs/a.bin; do
    echo "open $file"
    sleep 0.2
    if [ "$scenario" = released ]; then echo 'close 1'; fi
    sleep 0.2
  done | { cat; sleep 2; } | client & holder=$!
  sleep 3
  smbstatus -s "$scratch/smb.conf" --json 2>/dev/null |
    sed -e "s|$scratch||g" >"$out/smbstatus.json"
  printf '%s\n' 'get hello.txt' 'del hello.txt' 'del docs/*' | client || :
  wait $holder || :
}

contended () {
  bounded /usr/bin/python3 - "$address" "$user" "$password" <<'PYTHON'
import sys
from impacket.smbconnection import SessionError, SMBConnection
from impacket.smb3structs import (DELETE, FILE_READ_DATA, FILE_SHARE_DELETE, FILE_SHARE_READ,
                                  FILE_SHARE_WRITE, FILE_WRITE_DATA, SMB2_0_INFO_FILE,
                                  SMB2_DIALECT_21, SMB2_FILE_DISPOSITION_INFO)

address, user, password = sys.argv[1:]
ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE


class Client:
    def __init__(self):
        # Of SMB 3 it would encrypt.
        self.connection = SMBConnection(address, address,
                                        preferredDialect=SMB2_DIALECT_21)
        self.connection.login(user, password)
        self.tree = self.connection.connectTree('share')

    def open(self, name, access, share):
        return self.connection.openFile(self.tree, name, desiredAccess=access,
                                        shareMode=share)

    def fail(self, name, access):
        try:
            self.open(name, access, ALL)
        except SessionError as error:
            print(name, error)


holder, other = Client(), Client()
held = holder.open('hello.txt', FILE_READ_DATA, FILE_SHARE_READ)
other.fail('hello.txt', FILE_WRITE_DATA)
doomed = holder.open('docs\\readme.txt', FILE_READ_DATA | DELETE, ALL)
holder.connection.getSMBServer().setInfo(holder.tree, doomed, b'\1', SMB2_0_INFO_FILE,
                                         SMB2_FILE_DISPOSITION_INFO)
other.fail('docs\\readme.txt', FILE_READ_DATA)
holder.connection.closeFile(holder.tree, doomed)
other.fail('docs\\readme.txt', FILE_READ_DATA)
holder.connection.closeFile(holder.tree, held)
PYTHON
}

leaked () {
  for _ in $(seq 50); do
    echo 'open hello.txt'
    sleep 0.1
  done | { cat; sleep 1; } | client
}

# A failed command is what some scenarios are about: clients may fail.
run () {
  case $scenario in
    good|readonly|forbidden|denied|smb202) script | client -d10 ;;
    enc) script | client -d10 -m "$dialect" "$encrypted" ;;
    both) script | client -d10; script | client -d10 "$encrypted" ;;
    smb21) script | client -d10 -m SMB2_10 ;;
    smb1) script | client -d10 -m NT1 ;;
    concurrent) pair 5 ;;
    held|released) held ;;
    stalled) stalled ;;
    contended) contended ;;
    leaked) leaked ;;
    turned) turned ;;
    winbindd) asked ;;
    perclient) named ;;
    rotated) script | client ;;
    points) rounds 1 3 | client ;;
    pieces)
      touch "$scratch/share/docs/"$(seq -s " $scratch/share/docs/" 600)
      printf '%s\n' 'put up.bin' 'get docs/a.bin a.bin' 'ls docs/*' | client ;;
    starved) printf '%s\n' 'ls' 'get docs/a.bin' | client ;;
    journal) pair 1 ;;
    big) pair "${argument:-900}" ;;
    replay|replay-*)
      # Options are words.
      # shellcheck disable=SC2086
      { bounded /usr/bin/python3 "${argument:?replay=SCRIPT}" ${SMBCMP_REPLAY_OPTIONS:-} \
          -U "$user%$password" "$share" && echo "exit status 0" ||
          echo "exit status $?"; } >"$out/replay.txt" 2>&1 ;;
    smbtorture)
      bounded smbtorture "$share" -s "$scratch/smb.conf" -U "$user%$password" \
        "${argument:?smbtorture=NAME}" 9>&- ;;
    rpcclient)
      bounded rpcclient "$address" -s "$scratch/smb.conf" -U "$user%$password" \
        -c "${argument:?rpcclient=COMMANDS}" 9>&- ;;
    *) die "no such scenario: $scenario" ;;
  esac > "$scratch/client.log" 2>&1 || :
}

stop () {
  sleep 1
  kill -INT "$capture"; wait "$capture" || :; capture=
  if [ "$second" ]; then kill -INT "$second"; wait "$second" || :; second=; fi
  if [ "$link" ]; then kill "$link"; wait "$link" || :; link=; fi
  kill "$server"; wait "$server" 2>/dev/null || :; server=
  if [ "$winbindd" ]; then kill "$winbindd"; wait "$winbindd" 2>/dev/null || :; winbindd=; fi
  if [ "$scenario" = journal ]; then
    journal export
    journal json
  fi
  if [ "$scenario" = big ]; then
    mv "$scratch/log/log.smbd" "$out/log.smbd"
  elif [ "$scenario" = winbindd ] || [ "$scenario" = perclient ] || [ "$scenario" = rotated ]; then
    cp -p "$scratch"/log/log.* "$out"
  else
    gzip -9n < "$scratch/log/log.smbd" > "$out/log.smbd.gz"
    [ ! -s "$scratch/client.log" ] ||
      gzip -9n < "$scratch/client.log" > "$out/log.smbclient.gz"
  fi
  chmod a+r "$out"/*
  say "$(grep -i 'received/dropped' "$scratch/dumpcap.out" || :)"
  ls -l "$out" >&2
}

[ "$scenario" != journal ] || start_journal
[ "$scenario" != points ] || connect
prepare
[ "$scenario" != winbindd ] || start_winbindd
start
run
stop
