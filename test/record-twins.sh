#!/bin/sh
# record-twins.sh --- record kinds of SMB traffic, each twice, and once where it fails
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   record-twins.sh DIRECTORY [KIND...]
#
# writes DIRECTORY/KIND-1.pcapng.gz, KIND-2.pcapng.gz, two runs of the same, and what else
# is said below, for each KIND, by default all:
#
#   nbt         smbclient on port 139, with a NetBIOS session
#   nt1         SMB1; nt1-raw without extended security
#   nt1-raw-bad     ... with a wrong password
#   rpc         rpcclient's lsarpc, samr, srvsvc and wkssvc
#   rpc-bad         ... asks for a user who is not there
#   sealed      the same signed and sealed
#   print       a job by smbclient, then spoolss by rpcclient
#   print-bad       ... for a printer that is not there
#   anonymous   a session without a user
#   dfs         a link to another share
#   impacket    a client written with impacket
#   impacket-bad    ... on a share that is read only
#   impacket-server smbclient at impacket's server
#   rclone      a copy, a listing, a deletion
#   rclone-bad      ... on a share that is read only
#   krb5        smbclient, with a ticket, at a domain controller
#   krb5-bad        ... a file that is another user's
#   torture     smbtorture's smb2.create.open with a ticket
#   winbind     winbindd of a member asks the domain controller
#
# Everything runs in a network namespace of its own, with its files in a scratch
# directory, and is stopped in the end.  Needs root, and Debian's samba, smbclient, winbind,
# samba-testsuite, samba-ad-dc, samba-ad-provision, krb5-user, python3-impacket,
# rclone and Wireshark's dumpcap.

set -eu

if [ "${SMBCMP_RECORD_INSIDE:-}" != yes ]; then
  [ $# -ge 1 ] || { echo "usage: record-twins.sh DIRECTORY [KIND...]" >&2; exit 1; }
  mkdir -p "$1"
  exec env SMBCMP_RECORD_INSIDE=yes timeout 900 unshare --net --mount --pid --uts --fork \
    --mount-proc "$0" "$@"
fi

out=$(cd "$1" && pwd)
shift
kinds="$*"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch" 2> /dev/null || { sleep 1; rm -rf "$scratch"; }' EXIT
ip link set lo up
server=127.0.0.1 member=127.0.0.2 dc=127.0.0.3
user=root password=Passw0rd
for address in $member $dc; do ip addr add "$address/8" dev lo; done
chmod 755 "$scratch"

wanted () {
  [ -z "$kinds" ] && return 0
  case " $kinds " in *" $1 "*) return 0 ;; esac
  return 1
}

# await PORT ADDRESS
await () {
  for _ in $(seq 200); do
    ss -Hltn "sport = :$1 and src = $2" | grep -q . && return
    sleep 0.1
  done
  echo "record-twins.sh: nothing listens on $2:$1" >&2
  exit 1
}

# record NAME COMMAND...: capture what passes while it runs, whatever it returns
record () {
  name=$1
  shift
  : > "$scratch/dumpcap"
  dumpcap -q -i lo -f "${filter:-tcp port 445 or tcp port 139 or tcp port 88}" \
    -w "$scratch/$name.pcapng" 2> "$scratch/dumpcap" &
  dumpcap=$!
  for _ in $(seq 100); do
    grep -q '^File:' "$scratch/dumpcap" && break
    sleep 0.1
  done
  (cd "$scratch/client" && "$@" < /dev/null) > "$out/$name.out" 2>&1 || :
  sleep 1
  kill -INT $dumpcap
  wait $dumpcap || :
  gzip -9n < "$scratch/$name.pcapng" > "$out/$name.pcapng.gz"
}

# twice KIND COMMAND...: each time on the same files
twice () {
  kind=$1
  shift
  for run in 1 2; do
    files
    record "$kind-$run" "$@"
  done
}

mkdir -p "$scratch/client" "$scratch/share" "$scratch/spool" "$scratch/other"
chmod a+rwx "$scratch/spool"
head -c 5000 /dev/zero | tr '\0' u > "$scratch/client/up.bin"
files () {
  find "$scratch/share" "$scratch/other" "$scratch/spool" -mindepth 1 -delete
  mkdir "$scratch/share/docs"
  echo 'Hello, world.' > "$scratch/share/hello.txt"
  echo 'Read me.' > "$scratch/share/docs/readme.txt"
  head -c 10000 /dev/zero | tr '\0' a > "$scratch/share/docs/a.bin"
  echo 'Elsewhere.' > "$scratch/other/there.txt"
  ln -s "msdfs:127.0.0.1\\other" "$scratch/share/link"
  chmod -R a+rwX "$scratch/share" "$scratch/other"
}

# conf DIRECTORY ADDRESS: what all of Samba's servers here have in common
conf () {
  for directory in lock state cache private pid ncalrpc log sock; do
    mkdir -p "$1/$directory"
  done
  chmod 755 "$1" "$1/sock"
  cat << END
  interfaces = $2/8
  bind interfaces only = yes
  load printers = no
  printing = bsd
  print command = true
  lpq command = true
  lpq cache time = 1
  lock directory = $1/lock
  state directory = $1/state
  cache directory = $1/cache
  private dir = $1/private
  pid directory = $1/pid
  ncalrpc dir = $1/ncalrpc
  winbindd socket directory = $1/sock
  log file = $1/log/log.%m
  log level = 1
  client min protocol = NT1
END
}

# ------------------------------------------------------------ a server alone

alone () {
  { echo '[global]'
    conf "$scratch/alone" $server
    cat << END
  workgroup = TESTGRP
  netbios name = SMBHOST
  smb ports = 445 139
  security = user
  passdb backend = tdbsam
  server min protocol = NT1
  ntlm auth = yes
  host msdfs = yes
[share]
  path = $scratch/share
  read only = no
  msdfs root = yes
  wide links = no
[other]
  path = $scratch/other
  read only = no
[readonly]
  path = $scratch/share
[lp]
  path = $scratch/spool
  printable = yes
END
  } > "$scratch/alone.conf"
  printf '%s\n%s\n' $password $password |
    smbpasswd -c "$scratch/alone.conf" -D 0 -s -a $user > /dev/null 2>&1
  smbd -F --no-process-group -s "$scratch/alone.conf" < /dev/null > "$scratch/smbd.out" 2>&1 &
  smbd=$!
  await 445 $server
}
script='ls; mkdir new; put up.bin new/up.bin; get hello.txt; rename hello.txt hi.txt;
get missing.txt; del docs/readme.txt; allinfo docs/a.bin; ls docs/*'
login="-U $user%$password -s $scratch/alone.conf"
shell () {
  share=$1
  shift
  # shellcheck disable=SC2086
  smbclient "//$server/$share" $login -c "$script" "$@"
}
asked='lsaquery; lookupnames root; lookupsids S-1-5-32-544; enumdomusers; queryuser 1000;
srvinfo; netshareenum; netsharegetinfo share; wkssvc_wkstagetinfo 100; queryuser'
rpc () {
  binding=$1
  shift
  # shellcheck disable=SC2086
  rpcclient "$binding" $login -c "$*"
}
printed () {
  # shellcheck disable=SC2086
  smbclient "//$server/lp" $login -c 'print up.bin; queue' || :
  rpc $server "enumprinters; openprinter $1; getprinter $1; enumjobs $1; enumforms $1"
}
linked () {
  # shellcheck disable=SC2086
  smbclient "//$server/share" $login -c 'ls; cd link; ls; get there.txt'
}
copied () {
  cat > "$scratch/rclone.conf" << END
[smb]
type = smb
host = $server
user = $user
pass = $(rclone obscure $password)
END
  for words in "copy up.bin smb:$1/docs" "lsl smb:$1" "cat smb:$1/hello.txt" \
      "deletefile smb:$1/docs/a.bin"; do
    # shellcheck disable=SC2086
    rclone --config "$scratch/rclone.conf" --retries 1 --low-level-retries 1 $words
  done
}
impacket () {
  /usr/bin/python3 - "$1" << END
import io, sys
from impacket.smbconnection import SMBConnection
from impacket.smb3structs import SMB2_DIALECT_21
share = sys.argv[1]
c = SMBConnection("$server", "$server", preferredDialect=SMB2_DIALECT_21)
c.login("$user", "$password")
def attempt(f, *args):
    try: print(f(*args))
    except Exception as e: print(e)
attempt(c.listShares)
attempt(lambda: [f.get_longname() for f in c.listPath(share, "*")])
attempt(c.createDirectory, share, "new")
attempt(c.putFile, share, "new\\\\up.bin", open("up.bin", "rb").read)
attempt(c.getFile, share, "hello.txt", io.BytesIO().write)
attempt(c.rename, share, "hello.txt", "hi.txt")
attempt(c.deleteFile, share, "docs\\\\readme.txt")
attempt(c.getFile, share, "missing.txt", io.BytesIO().write)
c.close()
END
}
standalone () {
  for kind in nbt nt1 nt1-raw rpc sealed print anonymous dfs impacket rclone; do
    wanted $kind && break
    kind=
  done
  [ "$kind" ] || return 0
  alone
  if wanted nbt; then twice nbt shell share -p 139; fi
  if wanted nt1; then twice nt1 shell share -m NT1; fi
  if wanted nt1-raw; then
    twice nt1-raw shell share -m NT1 --option=clientusespnego=no --option=clientntlmv2auth=no
    files
    record nt1-raw-bad smbclient //$server/share -m NT1 -s "$scratch/alone.conf" \
      --option=clientusespnego=no --option=clientntlmv2auth=no -U $user%wrong -c "$script"
  fi
  if wanted rpc; then
    twice rpc rpc $server "$asked"
    record rpc-bad rpc $server "$(echo "$asked" | sed 's/names root/names nobody2/')"
  fi
  if wanted sealed; then twice sealed rpc "ncacn_np:${server}[seal]" "$asked"; fi
  if wanted print; then
    for run in 1 2; do
      files
      record print-$run printed lp
      sleep 2
    done
    record print-bad printed lp2
  fi
  if wanted anonymous; then
    twice anonymous smbclient -N -s "$scratch/alone.conf" -L $server
  fi
  if wanted dfs; then twice dfs linked; fi
  if wanted impacket; then
    twice impacket impacket share
    files
    record impacket-bad impacket readonly
  fi
  if wanted rclone; then
    twice rclone copied share
    files
    record rclone-bad copied readonly
  fi
  kill $smbd
  wait $smbd 2> /dev/null || :
}

# It does not list what is not there.
at_impacket () {
  rm "$scratch/share/link"
  shell SHARE
}
impacket_server () {
  cat > "$scratch/server.py" << END
from impacket.smbserver import SimpleSMBServer
s = SimpleSMBServer("$server", 445)
s.addShare("SHARE", "$scratch/share", "")
s.setSMB2Support(True)
s.setLogFile("$scratch/impacket.log")
s.start()
END
  alone_conf="$scratch/alone.conf"
  [ -e "$alone_conf" ] || { echo '[global]'; conf "$scratch/alone" $server; } > "$alone_conf"
  /usr/bin/python3 "$scratch/server.py" > "$scratch/impacket.out" 2>&1 &
  pid=$!
  await 445 $server
  twice impacket-server at_impacket
  kill $pid
  wait $pid 2> /dev/null || :
}

# ------------------------------------------------------- a domain and its member

realm=EXAMPLE.TEST
domain_start () {
  hostname dc
  printf '%s dc.example.test dc\n%s member.example.test member\n127.0.0.1 localhost\n' \
    $dc $member > "$scratch/hosts"
  echo "nameserver $dc" > "$scratch/resolv.conf"
  mount --bind "$scratch/hosts" /etc/hosts
  mount --bind "$scratch/resolv.conf" /etc/resolv.conf
  samba-tool domain provision --realm=$realm --domain=EXAMPLE --adminpass=$password \
    --server-role=dc --dns-backend=SAMBA_INTERNAL --host-name=dc --host-ip=$dc \
    --targetdir="$scratch/dc" --use-rfc2307 \
    --option="interfaces=$dc/8" --option="bind interfaces only=yes" \
    --option="vfs objects=dfs_samba4 acl_xattr" > "$scratch/provision.out" 2>&1 ||
    { tail -5 "$scratch/provision.out" >&2; exit 1; }
  export KRB5_CONFIG="$scratch/krb5.conf" KRB5CCNAME="FILE:$scratch/ccache"
  cat > "$KRB5_CONFIG" << END
[libdefaults]
  default_realm = $realm
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  udp_preference_limit = 1
[realms]
  $realm = {
    kdc = $dc
  }
[domain_realm]
  .example.test = $realm
END
  sed -i "/^\[global\]/a\\
  log level = 1\\
  client min protocol = NT1" "$scratch/dc/etc/smb.conf"
  cat >> "$scratch/dc/etc/smb.conf" << END
[share]
  path = $scratch/share
  read only = no
END
  samba -F --no-process-group -s "$scratch/dc/etc/smb.conf" < /dev/null \
    > "$scratch/samba.out" 2>&1 &
  samba=$!
  for port in 88 389 445; do await $port $dc; done
  sleep 5
  samba-tool user create alice $password -s "$scratch/dc/etc/smb.conf" > /dev/null
}
sign_in () {
  kdestroy -q 2> /dev/null || :
  echo $password | kinit alice > /dev/null
}
with_ticket () {
  sign_in
  smbclient //dc.example.test/share --use-kerberos=required -s "$scratch/dc/etc/smb.conf" \
    -c "$script"
}
torture () {
  sign_in
  smbtorture //dc.example.test/share --use-kerberos=required -s "$scratch/dc/etc/smb.conf" \
    --seed=1 smb2.create.open
}
member_start () {
  { echo '[global]'
    conf "$scratch/member" $member
    cat << END
  netbios name = MEMBER
  workgroup = EXAMPLE
  realm = $realm
  security = ads
  disable netbios = yes
  password server = dc.example.test
  idmap config * : backend = tdb
  idmap config * : range = 100000-200000
  idmap config EXAMPLE : backend = rid
  idmap config EXAMPLE : range = 200001-300000
  winbind cache time = 0
  winbind scan trusted domains = no
END
  } > "$scratch/member.conf"
  net ads join -s "$scratch/member.conf" -U administrator%$password --no-dns-updates \
    > "$scratch/join.out" 2>&1 || tail -3 "$scratch/join.out" >&2
}
wbind () {
  winbindd -F --no-process-group -s "$scratch/member.conf" < /dev/null > "$scratch/winbindd.out" 2>&1 &
  winbindd=$!
  export WINBINDD_SOCKET_DIR="$scratch/member/sock"
  for _ in $(seq 100); do
    wbinfo -p && break
    sleep 0.1
  done
  wbinfo -t
  wbinfo -n "$1"
  wbinfo -u
  wbinfo -g
  wbinfo -a "EXAMPLE\\$1%$password"
  kill $winbindd
  wait $winbindd 2> /dev/null || :
  find "$scratch/member" -name '*.tdb' ! -name secrets.tdb -delete
}
domain () {
  for kind in krb5 torture winbind; do
    wanted $kind && break
    kind=
  done
  [ "$kind" ] || return 0
  files
  domain_start
  if wanted krb5; then
    twice krb5 with_ticket
    files
    chmod 0 "$scratch/share/hello.txt"
    record krb5-bad with_ticket
  fi
  if wanted torture; then twice torture torture; fi
  if wanted winbind; then
    member_start
    twice winbind wbind alice
  fi
  kill $samba
  wait $samba 2> /dev/null || :
}

standalone
if wanted impacket-server; then impacket_server; fi
domain
