/* wire.h --- what engine and Emacs say to each other

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Requests and replies are GVariants, the same bytes whether the engine runs
   in a worker process or inside Emacs.

     request  (usa{sv})   serial, verb, arguments by name
     reply    (uyv)       serial, kind, value

   Before each message on a pipe goes its length, 4 bytes.  All numbers are
   little endian, whatever the machines are; a message is in GVariant's normal
   form, or it is none.  What can be asked, verbs.h says.

   Bulk data (trees, rows, field values) is an array of fixed-size records
   beside a pool of bytes the records point into: one memcpy to build, none to
   read.  Nothing in a record is to be believed: a worker dissects strangers'
   bytes.  Receivers go through the wire_*_check and wire_string functions,
   which know every bound.  */

#ifndef SMBCMP_WIRE_WIRE_H
#define SMBCMP_WIRE_WIRE_H

#include "support/glib-version.h"

#define WIRE_REQUEST_TYPE "(usa{sv})"
#define WIRE_REPLY_TYPE "(uyv)"

/* Kinds of reply.  Any number of parts may come before the one result or
   error that ends a request.  */
enum
{
  WIRE_RESULT = 'r',
  WIRE_ERROR = 'e',
  WIRE_PART = 'p',
  WIRE_PROGRESS = 'g'
};

/* An error's value: the Lisp condition's last word ("file" for
   `smbcmp-file-error') and the message; a filter error's place in the filter
   string, in characters, or -1 -1.  */
#define WIRE_ERROR_TYPE "(ssii)"

/* Progress: done and total, in bytes of the file or in frames, and the number
   of frames there are so far.  */
#define WIRE_PROGRESS_TYPE "(ttu)"

/* What a node's or a cell's 64 bits of value are.  */
typedef enum
{
  WIRE_NONE,
  WIRE_UINT,
  WIRE_INT,
  WIRE_FLOAT,  /* the bits of a double */
  WIRE_STRING, /* a span of the pool, UTF-8 */
  WIRE_BYTES,  /* a span of the pool */
  WIRE_TIME,   /* a span of the pool: seconds and nanoseconds, gint64 each */
  WIRE_FALSE,
  WIRE_TRUE
} WireKind;

/* A node of a field tree.  Nodes come in the order of the tree, parents
   before children; depth says the nesting, 1 for the root's children.  */
typedef struct
{
  guint32 field; /* index in the field table */
  guint32 label; /* offset in the pool, NUL-terminated UTF-8 */
  guint32 depth;
  guint32 flags; /* WIRE_NODE_... */
  gint32 start;  /* bytes, in the data source */
  gint32 length;
  guint64 value; /* see wire_kind */
} WireNode;

enum
{
  WIRE_NODE_HIDDEN = 1 << 0,
  WIRE_NODE_GENERATED = 1 << 1,
  WIRE_NODE_BITS = 1 << 2,      /* some bits of the integer above it */
  WIRE_NODE_SEVERITY_SHIFT = 4, /* 3 bits: 0 none, 1 comment .. 5 error */
  WIRE_NODE_KIND_SHIFT = 8,     /* 8 bits: a WireKind */
  WIRE_NODE_SOURCE_SHIFT = 16   /* 16 bits: the data source's number */
};

/* A field as the trees' nodes name it; offsets in the pool.  */
typedef struct
{
  guint32 abbrev; /* filter name, "smb2.cmd" */
  guint32 name;   /* "Command" */
  guint32 type;   /* "uint16" */
} WireField;

/* A field tree: nodes, fields, names of the data sources, pool.  */
#define WIRE_NODES_TYPE "a(uuuuiit)"
#define WIRE_FIELDS_TYPE "a(uuu)"
#define WIRE_TREE_TYPE "(" WIRE_NODES_TYPE WIRE_FIELDS_TYPE "asay)"

/* Rows of the packet list: a record a row, the number of columns, and a pool
   with the cells, NUL-terminated.  */
typedef struct
{
  guint32 frame;
  guint32 cells; /* offset in the pool of the first cell */
} WireRow;

#define WIRE_ROWS_TYPE "(a(uu)uay)"

/* The colour rules that match frames: pairs of frame and rule (0 none), and
   the rules sent for the first time: number, name, background, foreground
   (0xRRGGBB).  */
#define WIRE_COLOURS_TYPE "(a(uu)a(usuu))"

/* Values of fields: a record a value, in the order of frames.  */
typedef struct
{
  guint32 frame;
  guint32 column; /* index of the field asked for */
  guint32 kind;   /* a WireKind */
  guint32 unused;
  guint64 value;
} WireCell;

#define WIRE_CELLS_TYPE "(a(uuuut)ay)"

/* A service response time: which message of which frame was the response, and
   times in nanoseconds.  */
typedef struct
{
  guint32 frame;
  guint32 index;  /* of the message in its frame */
  guint32 name;   /* number of what it is counted as */
  guint32 client; /* number of who got it */
  gint64 duration;
  gint64 time; /* of the response, since 1970 */
} WireSrt;

/* Samples; what they are counted as, protocol and command with a line break
   between; who got them, address and port.  */
#define WIRE_SAMPLES_TYPE "a(uuuuxx)"
#define WIRE_SRT_TYPE "(" WIRE_SAMPLES_TYPE "asas)"

/* What taps tell, see capture/tap.h.  */
#define WIRE_CONVERSATIONS_TYPE "a(susuttttuxx)"
#define WIRE_EXPERT_TYPE "a(ussss)"
#define WIRE_FOLLOW_TYPE "(susua(ubay)tt)"

/* A summary: what comparing a whole capture needs to know of its SMB PDUs, in
   the order of frames.  What is hashed and how, summary.h says.  */
typedef struct
{
  guint64 message;     /* message id; SMB1: multiplex id and process id */
  guint64 session;     /* session id; SMB1: user id */
  guint64 handle;      /* hash of the file id it uses or gives, 0 for none */
  guint64 kind;        /* hash of what is asked for: information class, function... */
  guint64 matters;     /* hash of all that matters */
  guint64 environment; /* hash of what says who the peers are, 0 for nothing */
  guint64 offset;      /* in a file, of what is read or written */
  guint64 content;     /* sum of what is read, written or listed, see content.h */
  gint64 time;         /* nanoseconds since 1970 */
  guint32 frame;
  guint32 index;  /* of the PDU in its frame */
  guint32 stream; /* connection */
  guint32 ports;  /* source, destination */
  guint32 flags;  /* WIRE_PDU_... */
  guint32 status;
  guint32 command;
  guint32 command_name; /* these are numbers of strings, from 1; 0 for none */
  guint32 status_name;
  guint32 path;
  guint32 words;   /* what is asked for, as libwireshark names it */
  guint32 ignored; /* how many ignored and identifier records are its */
  guint32 identifiers;
  guint32 values;   /* the same: sizes, names and times */
  guint32 serial;   /* the rule by which the message id is an identifier, + 1 */
  guint32 tree;     /* tree id, 0 for none */
  guint32 length;   /* in bytes, of what is read or written */
  guint32 count;    /* of the bytes, or files, in CONTENT */
  guint32 protocol; /* a string, 0 for SMB */
  guint32 service;  /* a string: that its ticket is for, 0 for none */
  guint32 gives;    /* a string: addresses that it tells, 0 for none */
  guint32 link;     /* the frame that it answers, 0 where that isn't known */
} WirePdu;

enum
{
  WIRE_PDU_RESPONSE = 1 << 0,
  WIRE_PDU_ASYNC = 1 << 1,
  WIRE_PDU_STATUS = 1 << 2, /* it has a status */
  WIRE_PDU_SMB1 = 1 << 3,
  WIRE_PDU_ENCRYPTED = 1 << 4,      /* came encrypted */
  WIRE_PDU_OPAQUE = 1 << 5,         /* ... and could not be decrypted, or unpacked */
  WIRE_PDU_RETRANSMISSION = 1 << 6, /* TCP saw it before */
  WIRE_PDU_BINDING = 1 << 7,        /* binds a connection to a session */
  WIRE_PDU_HANDLE_PATH = 1 << 8,    /* the path is that of the handle */
  WIRE_PDU_CUT = 1 << 9,            /* not all of the frame was captured */
  WIRE_PDU_RELATED = 1 << 10,       /* works on what the PDU before it in a compound does */
  WIRE_PDU_DATAGRAM = 1 << 11,      /* is of no connection */
  WIRE_PDU_COMPRESSED = 1 << 12,    /* came compressed */
  WIRE_PDU_PART = 1 << 13,          /* of a response that goes on */
  WIRE_PDU_FAILED = 1 << 14, /* its protocol, or the RPC in it, says that it failed */
  WIRE_PDU_ALONE = 1 << 15,  /* nobody answers it */
  WIRE_PDU_AGAIN = 1 << 16,  /* was told before, when less of the capture was known */
  WIRE_PDU_OPENS = 1 << 17,  /* opens what is there, and leaves it there */
  /* Is before or behind where its time would have it in its connection; a reader of
     summaries works that out.  */
  WIRE_PDU_DISPLACED = 1 << 18
};

/* The index of a PDU of another protocol than SMB in its frame: it is N nodes at the top
   of the tree, the first of which has PLACE there, from 0.  */
#define WIRE_PLACE (1u << 31)

static inline guint32
wire_place (guint32 place, guint32 n)
{
  return WIRE_PLACE | (place & 0x7fffff) << 8 | MIN (n, 0xff);
}

/* A value that a rule says may differ: the rule's number (the number of rules
   for blobs that are compared by subfield) and some bits of a hash, which is
   enough to count differences.  There are ten of these a PDU.  */
typedef guint32 WireIgnored;

#define WIRE_IGNORED_BITS 20

static inline WireIgnored
wire_ignored (guint32 rule, guint64 hash)
{
  return rule << WIRE_IGNORED_BITS
         | (guint32)((hash ^ hash >> 32) & ((1u << WIRE_IGNORED_BITS) - 1));
}

static inline guint32
wire_ignored_rule (WireIgnored ignored)
{
  return ignored >> WIRE_IGNORED_BITS;
}

/* An identifier: the rule that says so, some bits of a hash of the field's name,
   and the value itself if it is a number, else its hash.  Message ids, which
   every PDU has, are not among these.  */
typedef struct
{
  guint16 rule;
  guint16 field;
  guint32 high, low; /* of the value */
} WireIdentifier;

static inline WireIdentifier
wire_identifier (guint32 rule, guint64 field, guint64 value)
{
  WireIdentifier identifier
      = { (guint16)rule, (guint16)field, (guint32)(value >> 32), (guint32)value };
  return identifier;
}

static inline guint64
wire_identifier_value (const WireIdentifier *identifier)
{
  return (guint64)identifier->high << 32 | identifier->low;
}

/* A size, a part of a name, or a time: what it is, the rule that says so, some bits
   of a hash of the field's name, and the value: for a part of a name the number of
   its string, for a time nanoseconds since 1970.  */
typedef struct
{
  guint16 what; /* rule and WIRE_VALUE_... */
  guint16 field;
  guint32 high, low; /* of the value */
} WireValue;

enum
{
  WIRE_VALUE_SIZE = 1 << 12,
  WIRE_VALUE_MEASURED = 2 << 12, /* a size of something in the message itself */
  WIRE_VALUE_NAME = 3 << 12,
  WIRE_VALUE_TIME = 4 << 12,
  WIRE_VALUE_HOST = 5 << 12,    /* part of a name, case means nothing */
  WIRE_VALUE_PEER = 6 << 12,    /* the same, by which a peer presents itself */
  WIRE_VALUE_SERVICE = 7 << 12, /* part of a name that is what a service calls its pipe */
  WIRE_VALUE_MASK = 0xf << 12
};

static inline WireValue
wire_value (guint what, guint32 rule, guint64 field, guint64 value)
{
  WireValue record = { (guint16)(what | (rule & ~(guint32)WIRE_VALUE_MASK)), (guint16)field,
                       (guint32)(value >> 32), (guint32)value };
  return record;
}

static inline guint
wire_value_what (const WireValue *value)
{
  return value->what & WIRE_VALUE_MASK;
}

/* Is VALUE the number of a string?  */
static inline gboolean
wire_value_is_name (const WireValue *value)
{
  guint what = wire_value_what (value);
  return what == WIRE_VALUE_NAME || what == WIRE_VALUE_HOST || what == WIRE_VALUE_PEER
         || what == WIRE_VALUE_SERVICE;
}

static inline guint32
wire_value_rule (const WireValue *value)
{
  return value->what & ~(guint32)WIRE_VALUE_MASK;
}

static inline guint64
wire_value_number (const WireValue *value)
{
  return (guint64)value->high << 32 | value->low;
}

/* PDUs, ignored values, identifiers; strings sent for the first time; streams
   sent for the first time: number, source and destination of its first PDU;
   the last frame gone through; sizes, names and times.  */
#define WIRE_PDUS_TYPE "a(ttttttttxuuuuuuuuuuuuuuuuuuuuuu)"
#define WIRE_VALUES_TYPE "a(qquu)"

/* A segment that tells how a connection begins or ends, or behind which something
   was not captured.  */
typedef struct
{
  gint64 time; /* nanoseconds since 1970 */
  guint32 frame, stream;
  guint32 ports; /* source, destination */
  guint32 flags; /* WIRE_SEGMENT_... */
} WireSegment;

enum
{
  WIRE_SEGMENT_SYN = 1 << 0,
  WIRE_SEGMENT_ACK = 1 << 1,
  WIRE_SEGMENT_FIN = 1 << 2,
  WIRE_SEGMENT_RST = 1 << 3,
  WIRE_SEGMENT_REFUSED = 1 << 4, /* NetBIOS refuses the session */
  WIRE_SEGMENT_LOST = 1 << 5,    /* what is before it was not captured */
  WIRE_SEGMENT_UNSEEN = 1 << 6,  /* what it acknowledges was not captured */
  WIRE_SEGMENT_SMB = 1 << 7,     /* has SMB that is not dissected as such */
  WIRE_SEGMENT_EARLIER = 1 << 8, /* was captured before the frame before it */
  WIRE_SEGMENT_AGAIN = 1 << 9    /* was sent before */
};

#define WIRE_SEGMENTS_TYPE "a(xuuuu)"
#define WIRE_SUMMARY_TYPE                                                                  \
  "(" WIRE_PDUS_TYPE "aua(qquu)asa(uss)u" WIRE_VALUES_TYPE WIRE_SEGMENTS_TYPE ")"

/* Received bulk data: views into a GVariant that the holder keeps alive.  */
typedef struct
{
  const WireNode *nodes;
  gsize n_nodes;
  const WireField *fields;
  gsize n_fields;
  const char *pool;
  gsize pool_size;
} WireTree;

typedef struct
{
  const WireRow *rows;
  gsize n_rows;
  guint32 n_columns;
  const char *pool;
  gsize pool_size;
} WireRows;

typedef struct
{
  const WireCell *cells;
  gsize n_cells;
  const char *pool;
  gsize pool_size;
} WireCells;

typedef struct
{
  const WireSrt *samples;
  gsize n_samples;
} WireSamples;

typedef struct
{
  const WirePdu *pdus;
  gsize n_pdus;
  const WireIgnored *ignored;
  gsize n_ignored;
  const WireIdentifier *identifiers;
  gsize n_identifiers;
  const WireValue *values;
  gsize n_values;
  guint32 last_frame;
  const WireSegment *segments;
  gsize n_segments;
} WireSummary;

/* Deeper trees are refused: Wireshark itself stops at 500 or fewer.  */
#define WIRE_MAX_DEPTH 1024

/* More columns than anyone has.  */
#define WIRE_MAX_COLUMNS 4096

/* Fill the view from VALUE, which must be of the type in question.  FALSE if
   it isn't, or if a record points out of bounds, or if the records tell more
   text than the pool holds: each has its own there, or few bytes would make
   Emacs more strings than it has memory for.  */
gboolean wire_tree_view (GVariant *value, WireTree *tree);
gboolean wire_rows_view (GVariant *value, WireRows *rows);
gboolean wire_cells_view (GVariant *value, WireCells *cells);
gboolean wire_samples_view (GVariant *value, WireSamples *samples);

/* The PDUs' numbers of strings are below or equal to N_STRINGS and those that
   come with it; frames ascend; all PDUs come again, or none.  */
gboolean wire_summary_view (GVariant *value, guint32 n_strings, WireSummary *summary);

/* What one frame and its colour rule are.  */
typedef struct
{
  guint32 frame;
  guint32 rule;
} WireColour;

static inline WireKind
wire_node_kind (const WireNode *node)
{
  return (WireKind)(node->flags >> WIRE_NODE_KIND_SHIFT & 0xff);
}

static inline guint
wire_node_source (const WireNode *node)
{
  return node->flags >> WIRE_NODE_SOURCE_SHIFT;
}

static inline guint
wire_node_severity (const WireNode *node)
{
  return node->flags >> WIRE_NODE_SEVERITY_SHIFT & 7;
}

/* A value that is a span of the pool.  */
static inline guint64
wire_span (guint32 offset, guint32 length)
{
  return (guint64)offset << 32 | length;
}

static inline guint32
wire_span_offset (guint64 span)
{
  return (guint32)(span >> 32);
}

static inline guint32
wire_span_length (guint64 span)
{
  return (guint32)span;
}

/* The double whose bits are VALUE, and the reverse.  */
double wire_double (guint64 value);
guint64 wire_from_double (double number);

/* Does the identifier FIELD, of LENGTH bytes, name nothing, being all zeros or
   ones?  Its value is of KIND, a number or a GUID's text in POOL.  */
gboolean wire_names_nothing (const char *field, WireKind kind, guint64 value, gint32 length,
                             const char *pool);

/* A time in nanoseconds since 1970; FALSE if it stands for something else: never, not
   set, the largest there is.  */
gboolean wire_plain_time (gint64 seconds, gint64 nanoseconds, gint64 *time);

/* The same of NODE, whose values are in POOL; FALSE for what is no time, too.  */
gboolean wire_node_time (const WireNode *node, const char *pool, gint64 *time);

/* What a part of a name is.  */
typedef enum
{
  WIRE_NAME_FIXED, /* what parts the parts, a wildcard, a share that each server has */
  WIRE_NAME_OWN    /* a file, share, machine, user as somebody called it */
} WireNamePart;

/* The kind of the part that TEXT, not empty, begins with, and its LENGTH.  */
WireNamePart wire_name_part (const char *text, gsize *length);

/* A growing pool; offsets are stable.  Everything packed ends in a NUL that
   no length counts.  */
guint32 wire_pool_add (GByteArray *pool, const void *bytes, gsize length);
guint32 wire_pool_add_utf8 (GByteArray *pool, const char *string);

/* STRING, of whatever bytes, as an "s": what is not UTF-8 is made so.  NULL is
   "".  */
GVariant *wire_text (const char *string);

/* A pool, or an array of N fixed-size records, as a GVariant that takes what
   it is given.  */
GVariant *wire_pool_variant (GByteArray *pool);
GVariant *wire_records_variant (const char *type, GArray *records);

/* The bytes of VALUE, a message, which is consumed if floating.  */
GBytes *wire_message (GVariant *value);

/* The message of TYPE that BYTES are; NULL if they are none.  */
GVariant *wire_read (const char *type, GBytes *bytes);

/* A reply's bytes; VALUE is consumed if floating.  */
GBytes *wire_reply (guint32 serial, guint8 kind, GVariant *value);

/* The parts of a time, as a span of the pool has them, and the reverse.  */
void wire_put_time (gint64 seconds, gint64 nanoseconds, gint64 parts[2]);
void wire_get_time (const char *span, gint64 *seconds, gint64 *nanoseconds);

#endif
