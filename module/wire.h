/* wire.h --- what engine and Emacs say to each other

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Requests and replies are GVariants, the same bytes whether the engine runs
   in a worker process or inside Emacs.

     request  (usa{sv})   serial, verb, arguments by name
     reply    (uyv)       serial, kind, value

   Before each message on a pipe goes its length, 4 bytes, little endian.

   Bulk data (trees, rows, field values) is an array of fixed-size records
   beside a pool of bytes the records point into: one memcpy to build, none to
   read.  Nothing in a record is to be believed: a worker dissects strangers'
   bytes.  Receivers go through the wire_*_check and wire_string functions,
   which know every bound.  */

#ifndef SMBCMP_WIRE_H
#define SMBCMP_WIRE_H

#include <glib.h>

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
   the rules told for the first time: number, name, background, foreground
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

/* Deeper trees are refused: Wireshark itself stops at 500 or fewer.  */
#define WIRE_MAX_DEPTH 1024

/* Fill the view from VALUE, which must be of the type in question.  FALSE if
   it isn't or if a record points out of bounds.  */
gboolean wire_tree_view (GVariant *value, WireTree *tree);
gboolean wire_rows_view (GVariant *value, WireRows *rows);
gboolean wire_cells_view (GVariant *value, WireCells *cells);

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

/* A growing pool; offsets are stable.  Everything packed ends in a NUL that
   no length counts.  */
guint32 wire_pool_add (GByteArray *pool, const void *bytes, gsize length);
guint32 wire_pool_add_utf8 (GByteArray *pool, const char *string);

/* A pool, or an array of N fixed-size records, as a GVariant that takes what
   it is given.  */
GVariant *wire_pool_variant (GByteArray *pool);
GVariant *wire_records_variant (const char *type, GArray *records);

/* Is VALUE of the type that replies of KIND to VERB have?  */
gboolean wire_reply_fits (const char *verb, guint8 kind, GVariant *value);

/* Build a reply's bytes; VALUE is consumed if floating.  */
GBytes *wire_reply (guint32 serial, guint8 kind, GVariant *value);

#endif
