#!/bin/sh
# record-protocols.sh --- record what surrounds SMB: Kerberos, DNS, LDAP, NFS
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   record-protocols.sh DIRECTORY [FAMILY...]
#
# writes DIRECTORY/SCENARIO.pcapng for the scenarios of each FAMILY: kerberos, dns, ldap, nfs
# and tcp, by default all.  They are:
#
#   krb5-good, krb5-again  sign in, and get a ticket for cifs/files.example.com
#   krb5-no-spn            the KDC does not know that principal
#   krb5-expired           the user's password has expired
#   krb5-realm             the client asks for another realm
#   krb5-skew              the client's clock is an hour late
#   dns-good, dns-again    look up files.example.com and its services
#   dns-nxdomain           there is no such name
#   dns-address            it has another address
#   dns-down               the server does not listen
#   ldap-good, ldap-again  bind, and search for two users
#   ldap-refused           a wrong password
#   ldap-less              one user is hidden from the client
#   nfs-good, nfs-again    list a directory, read a file (NFS v3)
#   nfs4-good, nfs4-again  the same by NFS v4
#   nfs4-denied            the file is another user's alone
#   port-open              a TCP port with a server
#   port-closed            the same without
#   smb-ticket             a ticket for cifs/smbhost.example.test; then what
#                          test/data/krb5-gcm128 has, which goes by one
#   smb-no-ticket          the KDC does not know that principal; the client gives up after
#                          the negotiation
#
# Everything runs in a network namespace of its own, on loopback, with its files in a
# scratch directory, and is stopped in the end.  Needs root, and Debian's krb5-kdc,
# krb5-user, faketime, bind9, bind9-dnsutils, slapd, ldap-utils, nfs-ganesha, nfs-ganesha-vfs, libnfs-utils,
# netcat-openbsd and Wireshark's editcap and mergecap.

set -eu

if [ "${SMBCMP_RECORD_INSIDE:-}" != yes ]; then
  [ $# -ge 1 ] || { echo "usage: record-protocols.sh DIRECTORY [FAMILY...]" >&2; exit 1; }
  mkdir -p "$1"
  exec env SMBCMP_RECORD_INSIDE=yes timeout 600 unshare --net --mount --pid --fork \
    --mount-proc "$0" "$@"
fi

out=$(cd "$1" && pwd)
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
ip link set lo up
ip addr add 127.0.0.2/8 dev lo

# start PORT COMMAND...: run it in the background until it listens
start () {
  port=$1
  shift
  "$@" > "$scratch/log.$port" 2>&1 &
  for _ in $(seq 100); do
    ss -Hltun "sport = :$port" | grep -q . && return
    sleep 0.1
  done
  echo "record-protocols.sh: $1 does not listen on $port" >&2
  tail -5 "$scratch/log.$port" >&2
  exit 1
}

# record NAME FILTER COMMAND...: capture what passes while it runs, whatever it returns
record () {
  name=$1 filter=$2
  shift 2
  dumpcap -q -i lo -f "$filter" -w "$out/$name.pcapng" 2> "$scratch/dumpcap" &
  dumpcap=$!
  for _ in $(seq 100); do
    grep -q '^File:' "$scratch/dumpcap" && break
    sleep 0.1
  done
  "$@" > "$scratch/out.$name" 2>&1 || :
  sleep 1
  kill -INT $dumpcap
  wait $dumpcap || :
}

wanted () {
  [ -z "$families" ] && return 0
  case " $families " in *" $1 "*) return 0 ;; esac
  return 1
}
families="$*"

# ---------------------------------------------------------------- Kerberos

realm=EXAMPLE.COM
kdc_setup () {
  export KRB5_CONFIG="$scratch/krb5.conf" KRB5_KDC_PROFILE="$scratch/kdc.conf"
  export KRB5CCNAME="FILE:$scratch/ccache"
  cat > "$KRB5_CONFIG" << END
[libdefaults]
  default_realm = $realm
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  kdc_timesync = 0
[realms]
  $realm = {
    kdc = 127.0.0.1
  }
  OTHER.COM = {
    kdc = 127.0.0.1
  }
[domain_realm]
  example.com = $realm
  smbhost.example.test = $realm
  .example.com = $realm
END
  cat > "$KRB5_KDC_PROFILE" << END
[kdcdefaults]
  kdc_listen = 127.0.0.1:88
  kdc_tcp_listen = 127.0.0.1:88
[realms]
  $realm = {
    database_name = $scratch/principal
    key_stash_file = $scratch/stash
    acl_file = $scratch/acl
  }
END
  kdb5_util create -s -P master -r $realm > "$scratch/kdb" 2>&1
  kadmin.local -q "addprinc -pw Passw0rd +requires_preauth alice" > /dev/null
  kadmin.local -q "addprinc -randkey cifs/files.example.com" > /dev/null
  start 88 krb5kdc -n
}
service=cifs/files.example.com
sign_in () {
  kdestroy -q 2> /dev/null || :
  echo Passw0rd | kinit alice && kvno "$service"
}
# What a client of SMB does first is put before what test/data/krb5-gcm128 has.
before_smb () {
  service=cifs/smbhost.example.test smb=$(dirname "$0")/data/krb5-gcm128/capture.pcapng
  record no-ticket "port 88" sign_in
  kadmin.local -q "addprinc -randkey $service" > /dev/null
  record ticket "port 88" sign_in
  editcap -r "$smb" "$scratch/negotiation.pcapng" 1-9
  mergecap -a -w "$out/smb-ticket.pcapng" "$out/ticket.pcapng" "$smb"
  mergecap -a -w "$out/smb-no-ticket.pcapng" "$out/no-ticket.pcapng" \
    "$scratch/negotiation.pcapng"
  rm "$out/ticket.pcapng" "$out/no-ticket.pcapng"
}
kerberos () {
  kdc_setup
  record krb5-good "port 88" sign_in
  record krb5-again "port 88" sign_in
  kadmin.local -q "modprinc -pwexpire yesterday alice" > /dev/null
  record krb5-expired "port 88" sign_in
  kadmin.local -q "modprinc -pwexpire never alice" > /dev/null
  record krb5-realm "port 88" sh -c "kdestroy -q; echo Passw0rd | kinit alice@OTHER.COM"
  record krb5-skew "port 88" sh -c "kdestroy -q; echo Passw0rd | faketime -f -1h kinit alice"
  kadmin.local -q "delprinc -force cifs/files.example.com" > /dev/null
  record krb5-no-spn "port 88" sign_in
  before_smb
}

# --------------------------------------------------------------------- DNS

zone () {
  cat > "$scratch/zone" << END
\$TTL 60
@ SOA ns hostmaster $1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
$2
_kerberos._tcp SRV 0 0 88 ns
END
}
look_up () {
  for what in "A files.example.com" "AAAA files.example.com" "SRV _kerberos._tcp.example.com"; do
    # shellcheck disable=SC2086
    dig @127.0.0.1 +tries=2 +time=1 -t $what
  done
}
named_start () {
  start 53 named -g -c "$scratch/named.conf"
  named=$!
}
dns () {
  cat > "$scratch/named.conf" << END
options { directory "$scratch"; pid-file none; session-keyfile none; recursion no;
          listen-on { 127.0.0.1; }; listen-on-v6 { none; }; };
controls { };
zone "example.com" { type primary; file "$scratch/zone"; };
END
  zone 1 "files A 192.0.2.10"
  named_start
  record dns-good "port 53" look_up
  record dns-again "port 53" look_up
  { kill "$named"; wait "$named"; } || true
  zone 2 "file A 192.0.2.10"
  named_start
  record dns-nxdomain "port 53" look_up
  { kill "$named"; wait "$named"; } || true
  zone 3 "files A 192.0.2.11"
  named_start
  record dns-address "port 53" look_up
  { kill "$named"; wait "$named"; } || true
  record dns-down "port 53 or icmp" look_up
}

# -------------------------------------------------------------------- LDAP

search () {
  ldapsearch -x -H ldap://127.0.0.1 -D cn=reader,dc=example,dc=com -w "$1" \
    -b dc=example,dc=com "(objectClass=person)" cn sn
}
slapd_start () {
  cat > "$scratch/slapd.conf" << END
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $scratch/slapd.pid
database mdb
suffix "dc=example,dc=com"
rootdn "cn=admin,dc=example,dc=com"
rootpw admin
directory $scratch/ldap
$1
access to attrs=userPassword by anonymous auth by * none
access to * by * read
END
  start 389 slapd -d 0 -h ldap://127.0.0.1 -f "$scratch/slapd.conf"
  slapd=$!
}
ldap () {
  mkdir -p "$scratch/ldap"
  slapd_start ""
  ldapadd -x -H ldap://127.0.0.1 -D cn=admin,dc=example,dc=com -w admin > /dev/null << END
dn: dc=example,dc=com
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=reader,dc=example,dc=com
objectClass: person
cn: reader
sn: Reader
userPassword: Passw0rd

dn: cn=alice,dc=example,dc=com
objectClass: person
cn: alice
sn: Alice
END
  record ldap-good "port 389" search Passw0rd
  record ldap-again "port 389" search Passw0rd
  record ldap-refused "port 389" search wrong
  { kill "$slapd"; wait "$slapd"; } || true
  slapd_start 'access to dn.exact="cn=alice,dc=example,dc=com" by * none'
  record ldap-less "port 389" search Passw0rd
  { kill "$slapd"; wait "$slapd"; } || true
}

# --------------------------------------------------------------------- NFS

# Not as root, who would get a port below 1024, which may have another protocol's number.
read_nfs () { # ROOT VERSION
  options="version=$2&uid=1000&gid=1000&nfsport=2049&mountport=20048"
  user="setpriv --reuid=1000 --regid=1000 --clear-groups"
  $user nfs-ls "nfs://127.0.0.1$1?$options"
  $user nfs-cat "nfs://127.0.0.1$1/hello.txt?$options"
}
nfs () {
  mkdir -p "$scratch/export" /run/ganesha
  chmod 755 "$scratch" "$scratch/export"
  echo hello > "$scratch/export/hello.txt"
  cat > "$scratch/ganesha.conf" << END
NFS_CORE_PARAM { Protocols = 3, 4; NFS_Port = 2049; MNT_Port = 20048;
                 Enable_NLM = false; Enable_RQUOTA = false; Bind_addr = 127.0.0.1; }
NFSv4 { Graceless = true; }
EXPORT { Export_Id = 1; Path = $scratch/export; Pseudo = /export; Access_Type = RW;
         Squash = No_Root_Squash; SecType = sys; Attr_Expiration_Time = 0;
         FSAL { Name = VFS; } }
END
  start 111 rpcbind -f -w
  start 2049 ganesha.nfsd -F -L "$scratch/ganesha.log" -f "$scratch/ganesha.conf" \
        -p "$scratch/ganesha.pid"
  sleep 2
  for what in good again; do
    record nfs-$what "port 2049 or port 20048" read_nfs "$scratch/export" 3
    record nfs4-$what "port 2049" read_nfs /export 4
  done
  chmod 600 "$scratch/export/hello.txt"
  record nfs4-denied "port 2049" read_nfs /export 4
}

# --------------------------------------------------------------------- TCP

tcp () {
  start 3890 nc -l 127.0.0.1 3890
  record port-open "tcp port 3890" nc -N -w 2 127.0.0.1 3890 < /dev/null
  record port-closed "tcp port 3890" nc -N -w 2 127.0.0.1 3890 < /dev/null
}

for family in kerberos dns ldap nfs tcp; do
  wanted $family && $family
done
# The servers end with their namespace: nfs-ganesha takes minutes to do so by itself.
