/* serialize.h --- dissected frames as wire data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   From libwireshark's proto_tree to the records of wire.h.  */

#ifndef SMBCMP_CAPTURE_SERIALIZE_H
#define SMBCMP_CAPTURE_SERIALIZE_H

#include "wire/wire.h"
#include "capture/ws.h"

/* The whole tree of EDT, dissected visibly: WIRE_TREE_TYPE.  */
GVariant *pack_tree (epan_dissect_t *edt);

/* Node NUMBER of the tree that pack_tree makes of EDT, or NULL.  */
field_info *pack_find_node (epan_dissect_t *edt, guint32 number);

/* The data sources of EDT: a(say), name and bytes.  */
GVariant *pack_bytes (epan_dissect_t *edt);

/* FI's line; made in BUFFER, of ITEM_LABEL_LENGTH, if it has none yet.  */
const char *pack_line (field_info *fi, char *buffer);

/* FI's value: its kind, and the 64 bits of it; spans go to POOL.  */
guint64 pack_value (field_info *fi, GByteArray *pool, WireKind *kind);

/* Can a value of TYPE be of any length: text, bytes, what has parts?  */
gboolean pack_is_variable (enum ftenum type);

/* The time that FI is, in nanoseconds since 1970; FALSE if it is none, or stands for
   something else (never, not set, the largest there is).  */
gboolean pack_plain_time (field_info *fi, gint64 *time);

/* Append to CELLS, with their values in POOL, the fields of EDT whose hfinfo
   COLUMN_OF maps to a column number + 1, in the order of the tree.  */
void pack_cells (epan_dissect_t *edt, guint32 frame, GHashTable *column_of, GArray *cells,
                 GByteArray *pool);

/* The name of a field type as our data has it: "uint32" for FT_UINT32; to
   g_free.  */
char *pack_type_name (enum ftenum type);

#endif
