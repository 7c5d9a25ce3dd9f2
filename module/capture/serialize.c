/* serialize.c --- dissected frames as wire data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/serialize.h"

#include <string.h>

/* ---------------------------------------------------------------- values */

static guint64
pack_string (const char *string, GByteArray *pool, WireKind *kind)
{
  if (!string)
    string = "";
  *kind = WIRE_STRING;
  guint32 offset = wire_pool_add_utf8 (pool, string);
  return wire_span (offset, pool->len - offset - 1);
}

/* As Wireshark's own output shows it: addresses, GUIDs, OIDs.  */
static guint64
pack_shown (field_info *fi, GByteArray *pool, WireKind *kind)
{
  char *shown
      = fvalue_to_string_repr (NULL, ws_value (fi), FTREPR_DISPLAY, fi->hfinfo->display);
  guint64 value = pack_string (shown, pool, kind);
  wmem_free (NULL, shown);
  return value;
}

static guint64
pack_octets (field_info *fi, GByteArray *pool, WireKind *kind)
{
  gsize size;
  const guint8 *bytes = ws_value_bytes (fi, &size);
  *kind = WIRE_BYTES;
  return wire_span (wire_pool_add (pool, bytes, size), (guint32)size);
}

static guint64
pack_time (field_info *fi, GByteArray *pool, WireKind *kind)
{
  const nstime_t *time = fvalue_get_time (ws_value (fi));
  gint64 parts[2];
  wire_put_time (time->secs, time->nsecs, parts);
  *kind = WIRE_TIME;
  return wire_span (wire_pool_add (pool, parts, sizeof parts), sizeof parts);
}

guint64
pack_value (field_info *fi, GByteArray *pool, WireKind *kind)
{
  switch (fi->hfinfo->type)
    {
    case FT_NONE:
    case FT_PROTOCOL:
      *kind = WIRE_NONE;
      return 0;
    case FT_BOOLEAN:
      *kind = fvalue_get_uinteger64 (ws_value (fi)) ? WIRE_TRUE : WIRE_FALSE;
      return 0;
    case FT_CHAR:
    case FT_UINT8:
    case FT_UINT16:
    case FT_UINT24:
    case FT_UINT32:
    case FT_FRAMENUM:
      *kind = WIRE_UINT;
      return fvalue_get_uinteger (ws_value (fi));
    case FT_UINT40:
    case FT_UINT48:
    case FT_UINT56:
    case FT_UINT64:
      *kind = WIRE_UINT;
      return fvalue_get_uinteger64 (ws_value (fi));
    case FT_INT8:
    case FT_INT16:
    case FT_INT24:
    case FT_INT32:
      *kind = WIRE_INT;
      return (guint64)(gint64)fvalue_get_sinteger (ws_value (fi));
    case FT_INT40:
    case FT_INT48:
    case FT_INT56:
    case FT_INT64:
      *kind = WIRE_INT;
      return (guint64)fvalue_get_sinteger64 (ws_value (fi));
    case FT_FLOAT:
    case FT_DOUBLE:
      *kind = WIRE_FLOAT;
      return wire_from_double (fvalue_get_floating (ws_value (fi)));
    case FT_ABSOLUTE_TIME:
    case FT_RELATIVE_TIME:
      return pack_time (fi, pool, kind);
    case FT_STRING:
    case FT_STRINGZ:
    case FT_UINT_STRING:
    case FT_STRINGZPAD:
    case FT_STRINGZTRUNC:
      return pack_string (fvalue_get_string (ws_value (fi)), pool, kind);
    case FT_BYTES:
    case FT_UINT_BYTES:
      return pack_octets (fi, pool, kind);
    default:
      return pack_shown (fi, pool, kind);
    }
}

char *
pack_type_name (enum ftenum type)
{
  const char *name = ftype_name (type);
  return g_ascii_strdown (g_str_has_prefix (name, "FT_") ? name + 3 : name, -1);
}

/* ------------------------------------------------------------------ tree */

typedef struct
{
  GArray *nodes;       /* of WireNode */
  GArray *fields;      /* of WireField */
  GHashTable *indices; /* hfinfo to index in fields, + 1 */
  GByteArray *pool;
  GPtrArray *sources; /* of tvbuff_t, not owned */
} Packing;

static guint32
field_index (Packing *packing, const header_field_info *hfinfo)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (packing->indices, hfinfo));
  if (known)
    return known - 1;
  g_autofree char *type = pack_type_name (hfinfo->type);
  WireField field = { wire_pool_add_utf8 (packing->pool, hfinfo->abbrev),
                      wire_pool_add_utf8 (packing->pool, hfinfo->name),
                      wire_pool_add_utf8 (packing->pool, type) };
  g_array_append_val (packing->fields, field);
  g_hash_table_insert (packing->indices, (gpointer)hfinfo,
                       GUINT_TO_POINTER (packing->fields->len));
  return packing->fields->len - 1;
}

static guint32
source_index (const Packing *packing, const field_info *fi)
{
  guint index;
  if (fi->ds_tvb && g_ptr_array_find (packing->sources, fi->ds_tvb, &index))
    return MIN (index, 0xffff);
  return 0;
}

static guint32
severity (const field_info *fi)
{
  switch (FI_GET_FLAG (fi, PI_SEVERITY_MASK))
    {
    case PI_COMMENT:
      return 1;
    case PI_CHAT:
      return 2;
    case PI_NOTE:
      return 3;
    case PI_WARN:
      return 4;
    case PI_ERROR:
      return 5;
    default:
      return 0;
    }
}

gboolean
pack_is_variable (enum ftenum type)
{
  switch (type)
    {
    case FT_NONE:
    case FT_PROTOCOL:
    case FT_STRING:
    case FT_STRINGZ:
    case FT_UINT_STRING:
    case FT_STRINGZPAD:
    case FT_STRINGZTRUNC:
    case FT_BYTES:
    case FT_UINT_BYTES:
      return TRUE;
    default:
      return FALSE;
    }
}

gboolean
pack_plain_time (field_info *fi, gint64 *time)
{
  if (fi->hfinfo->type != FT_ABSOLUTE_TIME)
    return FALSE;
  const nstime_t *value = fvalue_get_time (ws_value (fi));
  return value && wire_plain_time (value->secs, value->nsecs, time);
}

const char *
pack_line (field_info *fi, char *buffer)
{
  if (fi->rep)
    return fi->rep->representation;
  *buffer = '\0';
  if (fi->hfinfo->id != hf_text_only)
    ws_fill_label (fi, buffer);
  return buffer;
}

static guint32
pack_label (field_info *fi, GByteArray *pool)
{
  char label[ITEM_LABEL_LENGTH];
  return wire_pool_add_utf8 (pool, pack_line (fi, label));
}

static void
pack_nodes (Packing *packing, proto_node *node, guint32 depth)
{
  /* Deeper than any receiver takes: libwireshark's own limit is below.  */
  if (depth > WIRE_MAX_DEPTH)
    return;
  for (; node; node = node->next)
    {
      field_info *fi = PNODE_FINFO (node);
      if (!fi)
        continue;
      WireKind kind;
      WireNode record = { .field = field_index (packing, fi->hfinfo),
                          .label = pack_label (fi, packing->pool),
                          .depth = depth,
                          .start = fi->start,
                          .length = fi->length };
      record.value = pack_value (fi, packing->pool, &kind);
      record.flags = (guint32)(proto_item_is_hidden (node) ? WIRE_NODE_HIDDEN : 0)
                     | (ws_is_generated (fi) ? WIRE_NODE_GENERATED : 0)
                     | (fi->hfinfo->bitmask ? WIRE_NODE_BITS : 0)
                     | severity (fi) << WIRE_NODE_SEVERITY_SHIFT
                     | (guint32)kind << WIRE_NODE_KIND_SHIFT
                     | source_index (packing, fi) << WIRE_NODE_SOURCE_SHIFT;
      g_array_append_val (packing->nodes, record);
      pack_nodes (packing, node->first_child, depth + 1);
    }
}

/* "Frame (306 bytes)": as Wireshark's byte panes are called.  */
static GVariant *
source_name (const struct data_source *source)
{
  char *name = ws_data_source_title (source);
  GVariant *text = wire_text (name);
  wmem_free (NULL, name);
  return text;
}

GVariant *
pack_tree (epan_dissect_t *edt)
{
  Packing packing = { g_array_sized_new (FALSE, FALSE, sizeof (WireNode), 256),
                      g_array_sized_new (FALSE, FALSE, sizeof (WireField), 128),
                      g_hash_table_new (NULL, NULL), g_byte_array_sized_new (1 << 15),
                      g_ptr_array_new () };
  GVariantBuilder names;
  g_variant_builder_init (&names, G_VARIANT_TYPE ("as"));
  for (GSList *s = edt->pi.data_src; s; s = s->next)
    {
      g_ptr_array_add (packing.sources, get_data_source_tvb (s->data));
      g_variant_builder_add_value (&names, source_name (s->data));
    }
  pack_nodes (&packing, edt->tree->first_child, 1);
  g_hash_table_unref (packing.indices);
  g_ptr_array_unref (packing.sources);
  return g_variant_new ("(@" WIRE_NODES_TYPE "@" WIRE_FIELDS_TYPE "as@ay)",
                        wire_records_variant (WIRE_NODES_TYPE, packing.nodes),
                        wire_records_variant (WIRE_FIELDS_TYPE, packing.fields), &names,
                        wire_pool_variant (packing.pool));
}

typedef struct
{
  guint32 left;
  field_info *found;
} NodeSearch;

static void
search_node (proto_node *node, gpointer data)
{
  NodeSearch *search = data;
  if (search->found || !PNODE_FINFO (node))
    return;
  if (search->left-- == 0)
    search->found = PNODE_FINFO (node);
  else
    proto_tree_children_foreach (node, search_node, search);
}

field_info *
pack_find_node (epan_dissect_t *edt, guint32 number)
{
  NodeSearch search = { number, NULL };
  proto_tree_children_foreach (edt->tree, search_node, &search);
  return search.found;
}

GVariant *
pack_bytes (epan_dissect_t *edt)
{
  GVariantBuilder sources;
  g_variant_builder_init (&sources, G_VARIANT_TYPE ("a(say)"));
  for (GSList *s = edt->pi.data_src; s; s = s->next)
    {
      tvbuff_t *tvb = get_data_source_tvb (s->data);
      guint length = tvb_captured_length (tvb);
      const guint8 *bytes = length ? tvb_get_ptr (tvb, 0, (gint)length) : NULL;
      g_variant_builder_add (
          &sources, "(@s@ay)", source_name (s->data),
          g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, length, 1));
    }
  return g_variant_builder_end (&sources);
}

/* ----------------------------------------------------------------- cells */

typedef struct
{
  guint32 frame;
  GHashTable *column_of;
  GArray *cells;
  GByteArray *pool;
} CellPacking;

static void
pack_node_cells (proto_node *node, gpointer data)
{
  CellPacking *packing = data;
  field_info *fi = PNODE_FINFO (node);
  guint column
      = fi ? GPOINTER_TO_UINT (g_hash_table_lookup (packing->column_of, fi->hfinfo)) : 0;
  if (column)
    {
      WireKind kind;
      WireCell cell = { .frame = packing->frame, .column = column - 1 };
      cell.value = pack_value (fi, packing->pool, &kind);
      cell.kind = kind;
      g_array_append_val (packing->cells, cell);
    }
  proto_tree_children_foreach (node, pack_node_cells, data);
}

void
pack_cells (epan_dissect_t *edt, guint32 frame, GHashTable *column_of, GArray *cells,
            GByteArray *pool)
{
  CellPacking packing = { frame, column_of, cells, pool };
  proto_tree_children_foreach (edt->tree, pack_node_cells, &packing);
}
