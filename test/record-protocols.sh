#!/bin/sh
# record-protocols.sh --- record what surrounds SMB: names, time, tickets, directories
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   record-protocols.sh DIRECTORY [FAMILY...]
#
# writes DIRECTORY/SCENARIO.pcapng for the scenarios of each FAMILY: kerberos, dns,
# named_smb, ldap, nfs, tcp, tls, ntp, multicast and ad, by default all.  They are:
#
#   krb5-good, krb5-again  sign in, and get a ticket for cifs/files.example.com
#   krb5-no-spn            the KDC does not know that principal
#   krb5-expired           the user's password has expired
#   krb5-realm             the client asks for another realm
#   krb5-skew              the client's clock is an hour late
#   http-good, http-again  a KDC proxy passes an AS-REQ on
#   http-realm             it knows no KDC of that realm
#   dns-good, dns-again    look up files.example.com and its services
#   dns-nxdomain           there is no such name
#   dns-address            it has another address
#   dns-down               the server does not listen
#   smb-named-good, smb-named-again
#                          look up a server of SMB, and connect to a share
#   smb-named-address      the name has the address of another, without that share
#   ldap-good, ldap-again  bind, and search for two users
#   ldap-refused           a wrong password
#   ldap-less              one user is hidden from the client
#   nfs-good, nfs-again    list a directory, read a file (NFS v3)
#   nfs-denied             the file is another user's alone
#   nfs4-good, nfs4-again  the same by NFS v4
#   nfs4-denied            the file is another user's alone
#   port-open              a TCP port with a server
#   port-closed            the same without
#   tls-good, tls-again    say hello by TLS 1.2
#   tls13-good, tls13-again  the same by TLS 1.3
#   tls-untrusted          the client does not trust the server's certificate
#   tls-version            the server speaks TLS 1.3 only, the client 1.2
#   ntp-good, ntp-again    ask for the time
#   ntp-unsynchronised     the server does not know it
#   multicast-good, multicast-again
#                          ask everybody for printer (LLMNR) and printer.local (mDNS)
#   multicast-address      it has another address
#   nbns-good, nbns-again  ask a server for the NetBIOS name FILES
#   nbns-unknown           it is not its name
#   cldap-good, cldap-again
#                          ask a domain controller what it is of example.test
#   cldap-down             it does not run
#   rpc-good, rpc-again    ask its endpoint mapper for netlogon, and netlogon for a domain
#   rpc-domain             netlogon does not know that domain
#   rpc-endpoint           the endpoint mapper does not know netlogon
#   sasl-good, sasl-again  LDAP sealed by Kerberos: search for a user; sasl.keytab opens it
#   sasl-less              there is no such user
#   smb-ticket             a ticket for cifs/smbhost.example.test; then what
#                          test/data/krb5-gcm128 has, which goes by one
#   smb-no-ticket          the KDC does not know that principal; the client gives up after
#                          the negotiation
#
# Everything runs in a network namespace of its own, on loopback, with its files in a
# scratch directory, and is stopped in the end.  Needs root, and Debian's krb5-kdc,
# krb5-user, faketime, python3-kdcproxy, bind9, bind9-dnsutils, slapd, ldap-utils, nfs-ganesha,
# nfs-ganesha-vfs, libnfs-utils, netcat-openbsd, chrony, openssl, samba-ad-dc, samba-ad-provision,
# smbclient, libsasl2-modules-gssapi-mit and Wireshark's editcap and mergecap.

set -eu

if [ "${SMBCMP_RECORD_INSIDE:-}" != yes ]; then
  [ $# -ge 1 ] || { echo "usage: record-protocols.sh DIRECTORY [FAMILY...]" >&2; exit 1; }
  mkdir -p "$1"
  exec env SMBCMP_RECORD_INSIDE=yes timeout 600 unshare --net --mount --pid --uts --fork \
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
# MIT's client speaks to a proxy by TLS alone: what it would send is sent without.
by_proxy () {
  { echo '[global]'; echo 'configs = mit'; echo "[EXAMPLE.COM]"
    echo "kerberos = kerberos+tcp://127.0.0.1:88"; } > "$scratch/kdcproxy.conf"
  KDCPROXY_CONFIG="$scratch/kdcproxy.conf" start 8088 /usr/bin/python3 -c '
from wsgiref.simple_server import make_server
from kdcproxy import Application
make_server("127.0.0.1", 8088, Application()).serve_forever()'
  for run in good again; do record http-$run "tcp port 8088" ask_proxy EXAMPLE.COM; done
  record http-realm "tcp port 8088" ask_proxy NOWHERE.ORG
}
ask_proxy () {
  /usr/bin/python3 - "$1" << END
import datetime, http.client, random, sys
from impacket.krb5 import constants
from impacket.krb5.asn1 import AS_REQ, seq_set, seq_set_iter
from impacket.krb5.types import KerberosTime, Principal
from kdcproxy.parse_pyasn1 import ProxyMessage
from pyasn1.codec.der.encoder import encode
realm = sys.argv[1]
request = AS_REQ()
request["pvno"], request["msg-type"] = 5, 10
body = seq_set(request, "req-body")
body["kdc-options"] = constants.encodeFlags([])
seq_set(body, "cname", Principal("alice", type=1).components_to_asn1)
body["realm"] = realm
seq_set(body, "sname", Principal("krbtgt/" + realm, type=2).components_to_asn1)
till = datetime.datetime.utcnow() + datetime.timedelta(days=1)
body["till"] = KerberosTime.to_asn1(till)
body["nonce"] = random.getrandbits(31)
seq_set_iter(body, "etype", (18, 17))
data = encode(request)
message = ProxyMessage()
message["message"] = len(data).to_bytes(4, "big") + data
message["realm"] = realm
client = http.client.HTTPConnection("127.0.0.1", 8088)
client.request("POST", "/KdcProxy", encode(message), {"Content-Type": "application/kerberos"})
print(client.getresponse().status)
END
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
  by_proxy
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
named_conf () {
  cat > "$scratch/named.conf" << END
options { directory "$scratch"; pid-file none; session-keyfile none; recursion no;
          listen-on { 127.0.0.1; }; listen-on-v6 { none; }; };
controls { };
zone "example.com" { type primary; file "$scratch/zone"; };
END
}
dns () {
  named_conf
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

# ---------------------------------------------- a server of SMB, by its name

# smbd_start ADDRESS SHARE
smbd_start () {
  directory="$scratch/smbd.$1"
  mkdir -p "$directory/share"
  cat > "$directory/smb.conf" << END
[global]
  interfaces = $1/32
  bind interfaces only = yes
  netbios name = FILES
  map to guest = bad user
  load printers = no
  disable netbios = yes
  smb ports = 445
  log file = $directory/log
  lock directory = $directory
  state directory = $directory
  cache directory = $directory
  private dir = $directory
  pid directory = $directory
[$2]
  path = $directory/share
  guest ok = yes
END
  smbd -F --no-process-group -s "$directory/smb.conf" < /dev/null > "$directory/out" 2>&1 &
  for _ in $(seq 100); do
    ss -Hltn "sport = :445 and src = $1" | grep -q . && return
    sleep 0.1
  done
}
connect () {
  smbclient -N //files.example.com/share -s "$scratch/smbd.192.0.2.10/smb.conf" -c ls \
    --option="name cache timeout = 0"
}
named_smb () {
  for number in 10 11; do ip addr add 192.0.2.$number/32 dev lo; done
  smbd_start 192.0.2.10 share
  smbd_start 192.0.2.11 other
  echo "nameserver 127.0.0.1" > "$scratch/resolv.named"
  hostname client
  echo "127.0.0.1 localhost client" > "$scratch/hosts.named"
  chmod 755 "$scratch"
  mount --bind "$scratch/resolv.named" /etc/resolv.conf
  mount --bind "$scratch/hosts.named" /etc/hosts
  named_conf
  for scenario in good:10 again:10 address:11; do
    zone ${scenario#*:} "files A 192.0.2.${scenario#*:}"
    named_start
    record smb-named-${scenario%:*} "port 53 or port 445" connect
    { kill "$named"; wait "$named"; } || true
  done
  umount /etc/resolv.conf /etc/hosts
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
  record nfs-denied "port 2049 or port 20048" read_nfs "$scratch/export" 3
  record nfs4-denied "port 2049" read_nfs /export 4
}

# --------------------------------------------------------------------- TCP

tcp () {
  start 3890 nc -l 127.0.0.1 3890
  record port-open "tcp port 3890" nc -N -w 2 127.0.0.1 3890 < /dev/null
  record port-closed "tcp port 3890" nc -N -w 2 127.0.0.1 3890 < /dev/null
}

# --------------------------------------------------------------------- TLS

tls_server () {
  start 8443 openssl s_server -quiet -accept 127.0.0.1:8443 -key "$scratch/key.pem" \
    -cert "$scratch/cert.pem" "$@"
  tls=$!
}
ask_by_tls () {
  openssl s_client -connect 127.0.0.1:8443 -servername files.example.com "$@" \
    -verify_return_error -quiet << END
hello
END
}
tls () {
  for name in cert other; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
      -subj "/CN=files.example.com" -keyout "$scratch/key.pem" -out "$scratch/$name.pem" \
      > /dev/null 2>&1
    [ $name = other ] || mv "$scratch/key.pem" "$scratch/kept.pem"
  done
  mv "$scratch/kept.pem" "$scratch/key.pem"
  tls_server
  for run in good again; do
    record tls-$run "tcp port 8443" ask_by_tls -CAfile "$scratch/cert.pem" -tls1_2
    record tls13-$run "tcp port 8443" ask_by_tls -CAfile "$scratch/cert.pem" -tls1_3
  done
  record tls-untrusted "tcp port 8443" ask_by_tls -CAfile "$scratch/other.pem" -tls1_2
  { kill "$tls"; wait "$tls"; } || true
  tls_server -tls1_3
  record tls-version "tcp port 8443" ask_by_tls -CAfile "$scratch/cert.pem" -tls1_2
  { kill "$tls"; wait "$tls"; } || true
}

# --------------------------------------------------------------------- NTP

ask_time () {
  chronyd -Q -f /dev/null -t 8 'server 127.0.0.1 iburst maxsamples 1'
}
ntp () {
  local="local stratum 8"
  for name in good again unsynchronised; do
    [ $name = unsynchronised ] && local=
    printf 'port 123\nbindaddress 127.0.0.1\ncmdport 0\nallow\n%s\npidfile %s\n' "$local" \
      "$scratch/chronyd.pid" > "$scratch/chrony.conf"
    start 123 chronyd -x -d -u root -f "$scratch/chrony.conf"
    record ntp-$name "udp port 123" ask_time
    kill "$(cat "$scratch/chronyd.pid")"
    sleep 1
  done
}

# --------------------------------------------------------------- multicast

ask_everybody () {
  /usr/bin/python3 - "$1" << END
import random, socket, struct, sys, threading
def name(text): return b"".join(bytes([len(l)]) + l.encode() for l in text.split(".")) + b"\0"
def server(group, port, address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("", port))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                 socket.inet_aton(group) + socket.inet_aton("127.0.0.1"))
    def run():
        query, client = s.recvfrom(1500)
        if b"printer" in query:
            question = query[12:-4] + query[-4:]
            flags = 0x8400 if port == 5353 else 0x8000
            s.sendto(query[:2] + struct.pack(">5H", flags, 1, 1, 0, 0) + question
                     + b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 30, 4)
                     + socket.inet_aton(address), client)
    threading.Thread(target=run, daemon=True).start()
def ask(group, port, host):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.5)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    s.sendto(struct.pack(">6H", random.getrandbits(16), 0, 1, 0, 0, 0) + name(host)
             + struct.pack(">HH", 1, 1), (group, port))
    try: print(s.recv(1500))
    except OSError as e: print(e)
server("224.0.0.252", 5355, sys.argv[1])
server("224.0.0.251", 5353, sys.argv[1])
ask("224.0.0.252", 5355, "printer")
ask("224.0.0.251", 5353, "printer.local")
END
}
multicast () {
  for run in good again; do
    record multicast-$run "port 5353 or port 5355" ask_everybody 192.0.2.20
  done
  record multicast-address "port 5353 or port 5355" ask_everybody 192.0.2.21
}

# -------------------------------------------------------- a domain controller

dc=127.0.0.3
ad_start () {
  ip addr add $dc/8 dev lo
  hostname dc
  printf '%s dc.example.test dc\n127.0.0.1 localhost\n' $dc > "$scratch/hosts"
  echo "nameserver $dc" > "$scratch/resolv.conf"
  mount --bind "$scratch/hosts" /etc/hosts
  mount --bind "$scratch/resolv.conf" /etc/resolv.conf
  samba-tool domain provision --realm=EXAMPLE.TEST --domain=EXAMPLE --adminpass=Passw0rd \
    --server-role=dc --dns-backend=SAMBA_INTERNAL --host-name=dc --host-ip=$dc \
    --targetdir="$scratch/dc" --option="interfaces=$dc/8" \
    --option="bind interfaces only=yes" > "$scratch/provision.out" 2>&1 ||
    { tail -5 "$scratch/provision.out" >&2; exit 1; }
  export KRB5_CONFIG="$scratch/ad.conf" KRB5CCNAME="FILE:$scratch/ad-ccache"
  cat > "$KRB5_CONFIG" << END
[libdefaults]
  default_realm = EXAMPLE.TEST
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
[realms]
  EXAMPLE.TEST = {
    kdc = $dc
  }
[domain_realm]
  .example.test = EXAMPLE.TEST
END
  conf="$scratch/dc/etc/smb.conf"
  samba_start --option="netbios aliases=files"
  samba-tool user create alice Passw0rd -s "$conf" > /dev/null
}
samba_start () {
  start 389 samba -F --no-process-group -s "$conf" "$@"
  samba=$!
  sleep 5
}
find_dc () {
  /usr/bin/python3 - "$1" << END
import sys
from samba import credentials, param
from samba.net import Net
lp = param.LoadParm("$conf")
print(Net(credentials.Credentials(), lp).finddc(domain=sys.argv[1], address="$dc", flags=0))
END
}
remote () { rpcclient "ncacn_ip_tcp:dc.example.test" -U alice%Passw0rd -s "$conf" -c "$1"; }
search_sealed () {
  ldapsearch -Q -Y GSSAPI -H ldap://dc.example.test -b cn=users,dc=example,dc=test \
    "(sAMAccountName=$1)" cn sn
}
ad () {
  ad_start
  samba-tool domain exportkeytab "$out/sasl.keytab" --principal=ldap/dc.example.test \
    -s "$conf" > /dev/null
  echo Passw0rd | kinit administrator > /dev/null
  for run in good again; do
    record nbns-$run "udp port 137" nmblookup -U $dc -s "$conf" files
    record cldap-$run "udp port 389" find_dc example.test
    record rpc-$run "tcp" remote "dsr_getdcname EXAMPLE"
    record sasl-$run "tcp port 389" search_sealed alice
  done
  record rpc-domain "tcp" remote "dsr_getdcname NOWHERE"
  samba-tool user delete alice -s "$conf" > /dev/null
  record sasl-less "tcp port 389" search_sealed alice
  samba-tool user create alice Passw0rd -s "$conf" > /dev/null
  { kill "$samba"; wait "$samba"; } || true
  record cldap-down "udp port 389 or icmp" find_dc example.test
  samba_start --option="dcerpc endpoint servers=epmapper wkssvc"
  record nbns-unknown "udp port 137" nmblookup -U $dc -s "$conf" files
  record rpc-endpoint "tcp" remote "dsr_getdcname EXAMPLE"
}

for family in kerberos dns named_smb ldap nfs tcp tls ntp multicast ad; do
  wanted $family && $family
done
# The servers end with their namespace: nfs-ganesha takes minutes to do so by itself.
