#!/usr/bin/python3
# bench-worse.py --- spoil a recording in many places
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   bench-worse.py FILE RECORDING
#
# writes FILE, the pcap file RECORDING in which every third successful response to CREATE,
# QUERY_DIRECTORY and QUERY_INFO has the status STATUS_BUFFER_OVERFLOW.

import re
import struct
import sys

# SMB2's id, its header's size, credit charge, status, command, credits, flags.
HEADER = re.compile(rb"\xfeSMB\x40\x00..\x00{4}(?:\x05|\x0e|\x10)\x00..(.)\x00{3}", re.DOTALL)

output, recording = sys.argv[1:]
with open(recording, "rb") as file:
    data = file.read()
spoilt = bytearray(data)
responses = (header for header in HEADER.finditer(data) if header[1][0] & 1)
for number, response in enumerate(responses):
    if number % 3 == 0:
        struct.pack_into("<I", spoilt, response.start() + 8, 0x80000005)
with open(output, "wb") as file:
    file.write(spoilt)
