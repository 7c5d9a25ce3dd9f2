# Requests


def context(Name, Data=b"", DataOffset=AUTO, Rest=b""):
    "A create context, MS-SMB2 2.2.13.2; REST is what follows the last one."
    at = 16 + len(pad(Name))
    offset = (at if Data else 0) if DataOffset is AUTO else DataOffset
    return (struct.pack("<HHHHI", 16, len(Name), 0, offset, len(Data))
            + (pad(Name) + Data if Data else Name) + Rest)


def lease(LeaseKey, LeaseState, LeaseFlags, LeaseDuration, ParentLeaseKey=None, Epoch=0,
          Reserved=0, DataOffset=AUTO, Rest=b""):
    "A lease as a create context: version 2 with a ParentLeaseKey, MS-SMB2 2.2.13.2.8 and .10."
    data = LeaseKey + struct.pack("<IIQ", LeaseState, LeaseFlags, LeaseDuration)
    if ParentLeaseKey is not None:
        data += ParentLeaseKey + struct.pack("<HH", Epoch, Reserved)
    return context(b"RqLs", data, DataOffset, Rest)


def create_contexts(contexts):
    "CONTEXTS as they follow one another."
    padded = [pad(bytes(4) + one)[4:] for one in contexts[:-1]]
    return b"".join(struct.pack("<I", len(one) + 4) + one for one in padded) + b"".join(
        bytes(4) + one for one in contexts[-1:])


def lock(Offset, Length, Flags, Reserved=0):
    return struct.pack("<QQII", Offset, Length, Flags, Reserved)


def negotiate_context(ContextType, Data, Reserved=0):
    return struct.pack("<HHI", ContextType, len(Data), Reserved) + Data


class Body:
    "The request COMMAND with FIELDS, by their names in MS-SMB2."

    def __init__(self, command, fields):
        self.name, self.fields = command, fields
        self.number, self.fixed, self.buffers = LAYOUT[command]

    def pack(self):
        fields = dict(self.fields)
        end = 64 + sum(size for _, size in self.fixed)
        parts = []
        for name, offset, length, kind in self.buffers:
            value = fields.pop(name, b"")
            count = len(value)
            if kind == "dialects":
                value = b"".join(struct.pack("<H", dialect) for dialect in value)
            elif kind == "locks":
                value = b"".join(value)
            elif kind == "create-contexts" and not isinstance(value, bytes):
                value = create_contexts(value)
                count = len(value)
            elif kind == "negotiate-contexts" and not isinstance(value, bytes):
                if fields["NegotiateContextCount"] is AUTO:
                    fields["NegotiateContextCount"] = count
                value = b"".join(pad(one) for one in value[:-1]) + b"".join(value[-1:])
            if length and fields[length] is AUTO:
                fields[length] = count
            at = end if not value or not parts else end + -end % 8
            if offset and fields[offset] is not AUTO:
                at = max(fields[offset], end) if value else end
            elif offset:
                fields[offset] = at
            parts.append(bytes(at - end) + value)
            end = at + len(value)
        fixed = b"".join(fields[name][:16].ljust(16, b"\0") if size == 16
                         else (fields[name] & (1 << 8 * size) - 1).to_bytes(size, "little")
                         for name, size in self.fixed)
        return fixed + b"".join(parts) + fields.get("Rest", b"")


def raw(Command, Bytes):
    "A request that the table does not have."
    body = Body("ECHO", {"Rest": Bytes})
    body.number, body.fixed, body.buffers = Command, [], []
    return body


def command(name):
    return lambda **fields: Body(name, fields)


def structure(name):
    def pack(Rest=b"", **fields):
        counts = {count: len(fields[field]) for field, _, count in STRUCTURES[name] if count}
        data = b""
        for field, kind, _ in STRUCTURES[name]:
            value = counts[field] if fields[field] is AUTO else fields[field]
            if isinstance(value, list):
                value = b"".join(struct.pack("<H", one) if kind == "numbers" else one
                                 for one in value)
            data += value if isinstance(value, bytes) else value.to_bytes(kind, "little")
        return data + Rest
    return pack


globals().update({name: command(name) for name in LAYOUT})
globals().update({name: structure(name) for name in STRUCTURES})


class Request:
    "A request and, once it was received, its response."

    def __init__(self, label, header, body, expect=None, auth=None):
        self.label, self.header, self.body = label, header, body
        self.expect, self.auth = expect, auth
        self.MessageId = self.AsyncId = 0
        self.Status = self.response = None
        self.interim = self.answered = False

    def part(self, start, size):
        "SIZE bytes at START of the response; zeros if it has none."
        return (self.response or b"")[start:start + size].ljust(size, b"\0")

    @property
    def SessionId(self):
        return int.from_bytes(self.part(40, 8), "little")

    @property
    def TreeId(self):
        return int.from_bytes(self.part(36, 4), "little") if self.Status == 0 else 0

    @property
    def FileId(self):
        return self.part(128, 16) if self.Status == 0 else bytes(16)

    def domain(self, number):
        "The NUMBERth X-Y-Z of a SID S-1-5-21-X-Y-Z-... in the response, from 0."
        found = re.findall(rb"\x01[\x01-\x0f]\0{5}\x05\x15\0{3}(.{12})", self.response or b"",
                           re.DOTALL)
        return (list(dict.fromkeys(found)) + [bytes(12)] * (number + 1))[number]

    def output(self, offset, size):
        "SIZE bytes at OFFSET of an IOCTL's output."
        return self.part(int.from_bytes(self.part(96, 4), "little") + offset, size)

    def pack(self, connection):
        h = self.header
        body = self.body.pack()
        if "MessageId" in h:
            self.MessageId = h["MessageId"]
        else:
            self.MessageId = connection.message_id
            connection.message_id += max(1, h["CreditCharge"])
        head = b"\xfeSMB" + struct.pack(
            "<HHIHHII", 64, h["CreditCharge"], h["ChannelSequence"], self.body.number,
            h["CreditRequest"], h["Flags"] | (SIGNED if connection.sign(h) else 0), 0)
        if h["Flags"] & ASYNC:
            ids = struct.pack("<QQ", self.MessageId, h["AsyncId"])
        else:
            ids = struct.pack("<QII", self.MessageId, h["Reserved"], h["TreeId"])
        return bytearray(head + ids + struct.pack("<Q", h["SessionId"]) + bytes(16) + body)


def header(**fields):
    return fields
