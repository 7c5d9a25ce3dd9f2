#!/usr/bin/python3
# @TITLE@
#
# Sends the requests of a capture to a server, and compares the statuses of its
# answers with those of the capture.  Needs python3-impacket.
#
# Exit status: 0 all answers have the statuses of the capture, 1 they have not,
# 125 it could not be run (what "git bisect run" skips), 129 the command line is
# wrong (what ends it).
#
# The requests are in replay(), below; change them as you like.  AUTO is what
# follows from the other fields: where a buffer begins, how long it is.

import argparse
import os
import re
import socket
import struct
import sys
import time

try:
    import hashlib
    import hmac
    from Cryptodome.Cipher import AES
    from Cryptodome.Hash import CMAC
    from impacket import ntlm
    from impacket.nt_errors import ERROR_MESSAGES
    from impacket.spnego import SPNEGO_NegTokenInit, SPNEGO_NegTokenResp, TypesMech
except ImportError as error:
    print("%s: install python3-impacket" % error, file=sys.stderr)
    sys.exit(125)

AUTO = None
# The requests: number, fields of the fixed part with their sizes, and buffers with
# the fields that tell where each begins and how long it is.
LAYOUT = @LAYOUT@
# What is in buffers: fields, each with its size or kind, and the field that counts it.
STRUCTURES = @STRUCTURES@
STATUS = @STATUS@
SIGNED, ASYNC, RELATED = 0x8, 0x2, 0x4
PENDING, MORE_PROCESSING = 0x103, 0xC0000016
NO_ID = b"\xff" * 16


class Broken(Exception):
    "The connection can't go on."


class CannotRun(Exception):
    "Nothing can be said of the server."


def u(text):
    "A string as SMB2 has it."
    return text.encode("utf-16-le", "surrogatepass")


def pad(data, size=8):
    return data + bytes(-len(data) % size)


def status_name(status):
    if status is None:
        return "no response"
    return STATUS.get(status) or ERROR_MESSAGES.get(status, ("0x%08x" % status,))[0]


@REQUESTS@

# Sessions


class TargetInfo(ntlm.AV_PAIRS):
    "What a server says of itself; the client adds by which name it asked for it."

    server = ""

    def __setitem__(self, key, value):
        if key == ntlm.NTLMSSP_AV_TARGET_NAME:
            value = u("cifs/" + self.server)
        super().__setitem__(key, value)


ntlm.AV_PAIRS = TargetInfo


class Auth:
    "What NTLM makes of an account."

    def __init__(self, run, number, Domain="", Workstation="", anonymous=False):
        self.domain, self.user, self.password = run.account(number, Domain)
        if anonymous:
            self.domain = self.user = self.password = ""
        self.workstation, self.hash, self.key = Workstation, None, b""
        TargetInfo.server = run.server

    def negotiate(self, token=None):
        "The first token; TOKEN is that of the capture."
        self.type1 = ntlm.getNTLMSSPType1(self.workstation, self.domain, True)
        if token and b"NTLMSSP\0\1" in token:
            captured = ntlm.NTLMAuthNegotiate()
            captured.fromString(token[token.index(b"NTLMSSP\0"):])
            self.type1["flags"] = captured["flags"]
            self.raw = token.startswith(b"NTLMSSP\0")
            return token
        self.raw = False
        blob = SPNEGO_NegTokenInit()
        blob["MechTypes"] = [TypesMech["NTLMSSP - Microsoft NTLM Security Support Provider"]]
        blob["MechToken"] = self.type1.getData()
        return blob.getData()

    def authenticate(self, setup):
        "The token that answers the challenge in the response to SETUP."
        if setup.Status != MORE_PROCESSING:
            return b""
        start, size = struct.unpack("<HH", setup.part(68, 4))
        token = setup.part(start, size)
        challenge = token[token.index(b"NTLMSSP\0"):] if b"NTLMSSP\0" in token else b""
        if not challenge:
            raise CannotRun("the server does not let NTLM in")
        answer, self.key = ntlm.getNTLMSSPType3(
            self.type1, challenge, self.user, self.password, self.domain)
        answer["host_name"] = self.workstation.encode("utf-16-le")
        # impacket leaves room for these two with this flag, and does not fill it.
        if answer["flags"] & ntlm.NTLMSSP_NEGOTIATE_VERSION:
            answer["Version"], answer["MIC"] = b"\x06\1\0\0\0\0\0\x0f", bytes(16)
        if self.raw:
            return answer.getData()
        blob = SPNEGO_NegTokenResp()
        blob["ResponseToken"] = answer.getData()
        return blob.getData()


def kdf(key, label, context, size=16):
    "SP 800-108 in counter mode, MS-SMB2 3.1.4.2."
    text = b"\0\0\0\1" + label + b"\0\0" + context + struct.pack(">I", size * 8)
    return hmac.new(key, text, hashlib.sha256).digest()[:size]


class Keys:
    "The keys of a session, MS-SMB2 3.2.5.3."

    def __init__(self, connection, key, preauth):
        key = key[:16].ljust(16, b"\0")
        size = 32 if connection.cipher in (3, 4) else 16
        if connection.dialect >= 0x311:
            labels = [(b"SMBSigningKey", preauth), (b"SMBC2SCipherKey", preauth),
                      (b"SMBS2CCipherKey", preauth)]
        else:
            labels = [(b"SMB2AESCMAC", b"SmbSign\0"), (b"SMB2AESCCM", b"ServerIn \0"),
                      (b"SMB2AESCCM", b"ServerOut\0")]
        if connection.dialect >= 0x300:
            self.signing = kdf(key, *labels[0])
            self.encryption = kdf(key, *labels[1], size=size)
            self.decryption = kdf(key, *labels[2], size=size)
        else:
            self.signing = key


# Connections


class Connection:
    def __init__(self, run):
        self.run = run
        self.dialect = self.cipher = self.signing_algorithm = 0
        self.message_id, self.pending, self.breaks = 0, {}, []
        self.preauth, self.keys, self.dead = bytes(64), {}, False
        try:
            self.socket = socket.create_connection((run.server, run.port), 10)
        except OSError as error:
            raise CannotRun("%s port %d: %s" % (run.server, run.port, error))
        self.socket.settimeout(run.timeout)

    def close(self):
        "End the connection as the capture's ended."
        self.dead = True
        self.socket.close()

    def sign(self, fields):
        return fields["Flags"] & SIGNED or (self.run.sign and self.key_of(fields))

    def key_of(self, fields):
        return self.keys.get(fields["SessionId"]) or self.run.keys.get(fields["SessionId"])

    def signature(self, keys, packet):
        if self.dialect >= 0x311 and self.signing_algorithm == 2:
            nonce = bytes(packet[24:32]) + struct.pack("<I", 2 * (packet[12:14] == b"\x0c\0"))
            return AES.new(keys.signing, AES.MODE_GCM, nonce).update(packet).digest()
        if self.dialect >= 0x300 and self.signing_algorithm != 0xffff:
            return CMAC.new(keys.signing, packet, AES).digest()
        return hmac.new(keys.signing, packet, hashlib.sha256).digest()[:16]

    def send(self, *requests, encrypted=False):
        "Send REQUESTS, several as a compound."
        if self.dead:
            return
        packets, keys = [], None
        for i, request in enumerate(requests):
            packet = request.pack(self)
            if i < len(requests) - 1:
                packet = bytearray(pad(bytes(packet)))
                packet[20:24] = struct.pack("<I", len(packet))
            keys = self.key_of(request.header) or keys
            if keys and self.sign(request.header):
                packet[48:64] = self.signature(keys, bytes(packet))
            packets.append(bytes(packet))
            if request.body.number != 12:
                self.pending[request.MessageId] = request
        data = b"".join(packets)
        self.hash(requests[0], data)
        if keys and (encrypted or self.run.encrypt):
            data = self.encrypt(requests[0].header["SessionId"], keys, data)
        self.send_raw(data)

    def send_raw(self, data):
        try:
            self.socket.sendall(struct.pack(">I", len(data)) + data)
        except OSError:
            self.dead = True

    def hash(self, request, data):
        "The preauthentication integrity hash, MS-SMB2 3.2.5.2."
        if request.body.name == "NEGOTIATE":
            self.preauth = hashlib.sha512(self.preauth + data).digest()
        elif request.auth:
            if request.auth.hash is None:
                request.auth.hash = self.preauth
            request.auth.hash = hashlib.sha512(request.auth.hash + data).digest()

    def cipher_of(self, key, nonce):
        if self.cipher in (2, 4):
            return AES.new(key, AES.MODE_GCM, nonce[:12]), 12
        return AES.new(key, AES.MODE_CCM, nonce[:11]), 11

    def encrypt(self, session, keys, data):
        nonce = os.urandom(16)
        cipher, size = self.cipher_of(keys.encryption, nonce)
        rest = nonce[:size].ljust(16, b"\0") + struct.pack("<IHHQ", len(data), 0, 1, session)
        text, tag = cipher.update(rest).encrypt_and_digest(data)
        return b"\xfdSMB" + tag + rest + text

    def decrypt(self, data):
        keys = self.key_of({"SessionId": struct.unpack("<Q", data[44:52])[0]})
        if not keys:
            raise Broken("an encrypted response of an unknown session")
        cipher, _ = self.cipher_of(keys.decryption, data[20:36])
        return cipher.update(data[20:52]).decrypt_and_verify(data[52:], data[4:20])

    def exactly(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise Broken("the server closed the connection")
            data += part
        return data

    def read(self):
        "Take in a message of the server's; a compound is several responses."
        if self.dead:
            raise Broken("the connection is closed")
        try:
            data = self.exactly(int.from_bytes(self.exactly(4)[1:], "big"))
        except socket.timeout:
            raise Broken("no response within %d s" % self.run.timeout)
        except OSError as error:
            raise Broken(str(error))
        if data[:4] == b"\xfdSMB":
            data = self.decrypt(data)
        while data:
            following = int.from_bytes(data[20:24], "little")
            self.take(data[:following] if following else data)
            data = data[following:] if following else b""

    def take(self, packet):
        status, = struct.unpack("<I", packet[8:12])
        message_id, async_id = struct.unpack("<QQ", packet[24:40])
        request = self.pending.get(message_id)
        if message_id == 2 ** 64 - 1:
            self.breaks.append(packet)
        elif request and status == PENDING and packet[16] & ASYNC:
            request.interim, request.AsyncId = True, async_id
        elif request:
            del self.pending[message_id]
            request.Status, request.response = status, packet
            if request.body.name == "NEGOTIATE":
                self.negotiated(packet)
            elif request.auth:
                self.session(request, packet)

    def negotiated(self, packet):
        "Take what the server chose."
        self.hash_response(self, packet)
        self.dialect, count = struct.unpack("<HH", packet[68:72])
        at, = struct.unpack("<I", packet[124:128])
        self.cipher = 1 if 0x300 <= self.dialect < 0x311 else 0
        for _ in range(count if self.dialect == 0x311 else 0):
            kind, size = struct.unpack("<HH", packet[at:at + 4])
            value = packet[at + 10:at + 12]
            if kind == 2:
                self.cipher = int.from_bytes(value, "little")
            elif kind == 8:
                self.signing_algorithm = int.from_bytes(value, "little") or 0xffff
            at += 8 + size + -size % 8

    def hash_response(self, holder, packet):
        name = "preauth" if holder is self else "hash"
        setattr(holder, name, hashlib.sha512(getattr(holder, name) + packet).digest())

    def session(self, request, packet):
        "Go on with a session's set-up."
        auth = request.auth
        if request.Status == MORE_PROCESSING:
            self.hash_response(auth, packet)
        elif request.Status == 0 and auth.key:
            known = self.run.keys.get(request.SessionId)
            binds = request.body.fields["Flags"] & 1
            keys = self.keys[request.SessionId] = Keys(self, auth.key, auth.hash)
            if known and binds and self.dialect >= 0x300:
                # A channel signs with a key of its own.
                keys.encryption, keys.decryption = known.encryption, known.decryption
            self.run.keys.setdefault(request.SessionId, keys)

    def wait_for(self, done):
        "Read until DONE, a function, says so; return whether it did."
        try:
            while not done():
                self.read()
        except Broken as error:
            self.dead = True
            self.run.say("        %s" % error)
        return done()

    def interim(self, request):
        "Wait until the server said that REQUEST takes time, or has answered it."
        self.wait_for(lambda: request.interim or request.response)

    def notification(self):
        "Wait for a break of an oplock or lease."
        if self.wait_for(lambda: self.breaks):
            self.breaks.pop(0)

    def receive(self, *requests):
        "Wait for the responses to REQUESTS, and compare their statuses."
        for request in requests:
            if request.MessageId in self.pending:
                self.wait_for(lambda: request.response)
            self.run.compare(request)

    def negotiate_smb1(self, data):
        "Negotiate as clients do that know SMB1, too; DATA is the request."
        request = Request("NEGOTIATE", header(SessionId=0), Body("NEGOTIATE", {}))
        self.pending[0] = request
        self.message_id = 1
        self.send_raw(data)
        self.wait_for(lambda: request.response)
        # What the hash covers begins with SMB2's own.
        self.preauth = bytes(64)
        if request.response is None:
            raise CannotRun("the server does not negotiate")


# The run


class Run:
    def __init__(self, args):
        self.server, self.share = args.server, args.share
        self.port, self.timeout, self.accounts = args.port, args.timeout, args.user
        self.sign, self.encrypt, self.waits = args.sign, args.encrypt, args.waits
        self.keys, self.differ, self.done = {}, 0, []
        self.began = time.monotonic()

    def account(self, number, domain):
        account = self.accounts[min(number, len(self.accounts) - 1)] if self.accounts else "%"
        user, _, password = account.partition("%")
        for separator in "\\/":
            if separator in user:
                domain, _, user = user.partition(separator)
        return domain, user, password

    def path(self, share=None):
        "The path of SHARE, of the command line's by default."
        return u("\\\\%s\\%s" % (self.server, share or self.share))

    def at(self, seconds):
        "With --waits, go on no sooner than SECONDS after the beginning."
        if self.waits:
            time.sleep(max(0, self.began + seconds - time.monotonic()))

    def say(self, line):
        print(line, flush=True)

    def compare(self, request):
        status = status_name(request.Status)
        self.done.append((request.label, status))
        if request.expect is None or status == request.expect:
            return self.say("ok      %s: %s" % (request.label, status))
        self.say("DIFFERS %s: %s, not %s" % (request.label, status, request.expect))
        if request.body.name == "SESSION_SETUP" and request.Status not in (0, MORE_PROCESSING):
            raise CannotRun("the server does not let the user in: %s" % status)
        self.differ += 1

    def result(self, expected):
        "The exit status; EXPECTED is a status, LABEL: STATUS or nothing."
        if not expected:
            return 1 if self.differ else 0
        label, colon, status = expected.rpartition(": ")
        found = [s for l, s in self.done if not colon or l == label]
        if not found:
            return 125
        return 0 if found[-1] == status else 1


@REPLAY@


class Parser(argparse.ArgumentParser):
    def exit(self, status=0, message=None):
        super().exit(129 if status == 2 else status, message)


def main():
    parser = Parser(description="@TITLE@")
    parser.add_argument("server", nargs="?", metavar="//server/share")
    parser.add_argument("-U", "--user", action="append", default=[],
                        metavar="[DOMAIN\\]USER%PASSWORD",
                        help="who signs in; repeat it if the capture has several users")
    parser.add_argument("--port", type=int, default=445)
    parser.add_argument("--expect-status", nargs="?", const="", metavar="[LABEL: ]STATUS",
                        help="good if the last exchange, or the last called LABEL, has STATUS;"
                        " without one, if all have those of the capture, the default")
    parser.add_argument("--sign", action="store_true", help="sign all requests")
    parser.add_argument("--encrypt", action="store_true", help="encrypt all requests")
    parser.add_argument("--waits", action="store_true", help="wait as long as the client did")
    parser.add_argument("--timeout", type=int, default=60, metavar="SECONDS",
                        help="how long to wait for a response")
    args = parser.parse_args()
    if not args.server and (args.expect_status or "").startswith(("//", "\\\\")):
        args.server, args.expect_status = args.expect_status, ""
    parts = (args.server or "").replace("\\", "/").strip("/").split("/")
    if len(parts) != 2 or not all(parts):
        parser.error("give the server and the share: //server/share")
    args.server, args.share = parts
    run = Run(args)
    try:
        replay(run)
    except (CannotRun, Broken) as error:
        print("Could not be run: %s" % error, file=sys.stderr)
        return 125
    return run.result(args.expect_status)


if __name__ == "__main__":
    sys.exit(main())
