#!/usr/bin/python3
# bench-lan.py --- compose what a busy LAN would show, of our recordings
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   bench-lan.py FILE SEED FRAMES RECORDING...
#
# writes FILE, a pcap file of FRAMES frames in the order of time.  A twentieth of them are
# of the first RECORDING, a fifth of the others, again and again, each time by a client
# with an address and ports of its own, beginning at a random time; the rest are TLS and
# other TCP in bulk, a few hundred frames a connection, and connections that nobody
# answers.  RECORDINGs are pcap files of Ethernet and IPv4.

import random
import struct
import sys

output, seed, frames = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
SECONDS = 60


def packets(path):
    """The packets of a pcap file, as (SECONDS, BYTES), from 0."""
    with open(path, "rb") as file:
        data = file.read()
    magic = struct.unpack_from("<I", data)[0]
    scale = 1e9 if magic == 0xa1b23c4d else 1e6
    found, at = [], 24
    while at < len(data):
        seconds, rest, length = struct.unpack_from("<3I", data, at)
        found.append((seconds + rest / scale, data[at + 16:at + 16 + length]))
        at += 16 + length
    return [(time - found[0][0], packet) for time, packet in found]


def address(client, number):
    """An address for the client or the server NUMBER."""
    return struct.pack(">I", (0x0a000000 if client else 0xc0a80100) + number)


def moved(packet, number, server):
    """PACKET between the client NUMBER and a SERVER; its end with the lower port."""
    size = 14 + 4 * (packet[14] & 15)
    source, destination = struct.unpack_from(">2H", packet, size)
    clients = source > destination
    port = 1024 + (max(source, destination) + 7 * number) % 64000
    ports = (port, destination) if clients else (source, port)
    return (packet[:26] + address(clients, number if clients else server)
            + address(not clients, server if clients else number)
            + packet[34:size] + struct.pack(">2H", *ports) + packet[size + 4:])


def segment(number, server, port, sent, sequence, acknowledged, flags, payload):
    """A frame of TCP, SENT by the client NUMBER to PORT of SERVER or the other way."""
    client_port = 1024 + number % 64000
    ports = (client_port, port) if sent else (port, client_port)
    tcp = struct.pack(">2H2IBBHHH", *ports, sequence, acknowledged, 0x50, flags, 65535, 0, 0)
    ends = (address(sent, number if sent else server)
            + address(not sent, server if sent else number))
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(payload), 0, 0x4000, 64, 6, 0) + ends
    return bytes(12) + b"\x08\x00" + ip + tcp + payload


def bulk(number, port, count):
    """A connection of COUNT segments, TLS records on 443."""
    server, sequences = 1 + number % 50, [1000, 2000]
    yield segment(number, server, port, True, 999, 0, 2, b"")
    if count == 1:
        return
    yield segment(number, server, port, False, 1999, 1000, 0x12, b"")
    for _ in range(count):
        sent = chance.random() < 0.3
        data = chance.randbytes(chance.choice((40, 500, 1400)))
        if port == 443:
            data = b"\x17\x03\x03" + struct.pack(">H", len(data)) + data
        yield segment(number, server, port, sent, sequences[not sent], sequences[sent],
                      0x18, data)
        sequences[not sent] += len(data)


written = []


def add(flow):
    begin = chance.random() * SECONDS
    written.extend((begin + time, packet) for time, packet in flow)


recordings = [packets(path) for path in sys.argv[4:]]
client = 0
for share, sources in ((0.05, recordings[:1]), (0.2, recordings[1:])):
    until = len(written) + share * frames
    while len(written) < until:
        client += 1
        recording = sources[client % len(sources)]
        add([(time, moved(packet, client, client % 20)) for time, packet in recording])
while len(written) < frames:
    client += 1
    port = chance.choice((443, 443, 5001))
    count = chance.choice((1, 20, 200, 500))
    add([(0.001 * i, frame) for i, frame in enumerate(bulk(client, port, count))])

written.sort(key=lambda packet: packet[0])
with open(output, "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
    for time, packet in written[:frames]:
        file.write(struct.pack("<4I", 1700000000 + int(time), int(time % 1 * 1e6),
                               len(packet), len(packet)) + packet)
