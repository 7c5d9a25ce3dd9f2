/* wire.c --- packing, and checks of what was received

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "wire/wire.h"

#include <string.h>

G_STATIC_ASSERT (sizeof (WireNode) == 32);
G_STATIC_ASSERT (sizeof (WireField) == 12);
G_STATIC_ASSERT (sizeof (WireRow) == 8);
G_STATIC_ASSERT (sizeof (WireCell) == 24);
G_STATIC_ASSERT (sizeof (WireSrt) == 32);
G_STATIC_ASSERT (sizeof (WirePdu) == 160);
G_STATIC_ASSERT (sizeof (WireIgnored) == 4);
G_STATIC_ASSERT (sizeof (WireSegment) == 24);
G_STATIC_ASSERT (sizeof (WireIdentifier) == 12);
G_STATIC_ASSERT (sizeof (WireValue) == 12);

double
wire_double (guint64 value)
{
  double number;
  memcpy (&number, &value, sizeof number);
  return number;
}

guint64
wire_from_double (double number)
{
  guint64 value;
  memcpy (&value, &number, sizeof value);
  return value;
}

guint32
wire_pool_add (GByteArray *pool, const void *bytes, gsize length)
{
  guint32 offset = pool->len;
  /* GByteArray counts in guint and aborts on overflow; a frame's labels are
     some 100 kB, rows and cells are sent in parts.  */
  if (length)
    g_byte_array_append (pool, bytes, (guint)length);
  g_byte_array_append (pool, (const guint8 *)"", 1);
  return offset;
}

guint32
wire_pool_add_utf8 (GByteArray *pool, const char *string)
{
  gsize length = strlen (string);
  if (g_utf8_validate (string, (gssize)length, NULL))
    return wire_pool_add (pool, string, length);
  g_autofree char *valid = g_utf8_make_valid (string, (gssize)length);
  return wire_pool_add (pool, valid, strlen (valid));
}

GVariant *
wire_text (const char *string)
{
  return g_variant_new_take_string (g_utf8_make_valid (string ? string : "", -1));
}

GVariant *
wire_pool_variant (GByteArray *pool)
{
  g_autoptr (GBytes) bytes = g_byte_array_free_to_bytes (pool);
  return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, bytes, TRUE);
}

GVariant *
wire_records_variant (const char *type, GArray *records)
{
  gsize size = (gsize)records->len * g_array_get_element_size (records);
  gpointer data = g_array_free (records, FALSE);
  return g_variant_new_from_data (G_VARIANT_TYPE (type), data, size, TRUE, g_free, data);
}

/* VALUE in the order of bytes that messages have, or back; takes VALUE.  */
static GVariant *
swap_if_need_be (GVariant *value)
{
  if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
    return value;
  GVariant *swapped = g_variant_byteswap (value);
  g_variant_unref (value);
  return swapped;
}

GBytes *
wire_message (GVariant *value)
{
  g_autoptr (GVariant) message = swap_if_need_be (g_variant_ref_sink (value));
  return g_variant_get_data_as_bytes (message);
}

GVariant *
wire_read (const char *type, GBytes *bytes)
{
  g_autoptr (GVariant) message
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
  return g_variant_is_normal_form (message) ? swap_if_need_be (g_steal_pointer (&message))
                                            : NULL;
}

GBytes *
wire_reply (guint32 serial, guint8 kind, GVariant *value)
{
  return wire_message (g_variant_new (WIRE_REPLY_TYPE, serial, kind, value));
}

void
wire_put_time (gint64 seconds, gint64 nanoseconds, gint64 parts[2])
{
  parts[0] = GINT64_TO_LE (seconds);
  parts[1] = GINT64_TO_LE (nanoseconds);
}

void
wire_get_time (const char *span, gint64 *seconds, gint64 *nanoseconds)
{
  gint64 parts[2];
  memcpy (parts, span, sizeof parts);
  *seconds = GINT64_FROM_LE (parts[0]);
  *nanoseconds = GINT64_FROM_LE (parts[1]);
}

/* Is TEXT, a GUID, nothing but zeros or ones?  */
static gboolean
uniform (const char *text)
{
  char first = *text;
  if (first != '0' && first != 'f')
    return FALSE;
  for (; *text; text++)
    if (*text != first && *text != '-')
      return FALSE;
  return TRUE;
}

static gboolean
uniform_bytes (const char *bytes, guint32 length)
{
  for (guint32 i = 0; i < length; i++)
    if (bytes[i] != bytes[0] || (bytes[0] != '\0' && bytes[0] != '\xff'))
      return FALSE;
  return TRUE;
}

gboolean
wire_names_nothing (const char *field, WireKind kind, guint64 value, gint32 length,
                    const char *pool)
{
  if (kind == WIRE_STRING)
    return uniform (pool + wire_span_offset (value));
  if (kind == WIRE_BYTES)
    return uniform_bytes (pool + wire_span_offset (value), wire_span_length (value));
  if (kind != WIRE_UINT)
    return FALSE;
  guint bits = 8 * (guint)CLAMP (length, 1, 8);
  if (value == G_MAXUINT64 >> (64 - bits))
    return TRUE;
  /* The first message of a connection is number 0.  */
  return value == 0 && !g_str_equal (field, "smb2.msg_id")
         && !g_str_equal (field, "smb.mid");
}

/* 1970 and what is far from now has a meaning of its own in each protocol.  */
#define LAST_PLAIN_SECOND ((gint64)G_MAXUINT32)

gboolean
wire_node_time (const WireNode *node, const char *pool, gint64 *time)
{
  gint64 parts[2];
  if (wire_node_kind (node) != WIRE_TIME)
    return FALSE;
  memcpy (parts, pool + wire_span_offset (node->value), sizeof parts);
  return wire_plain_time (parts[0], parts[1], time);
}

gboolean
wire_plain_time (gint64 seconds, gint64 nanoseconds, gint64 *time)
{
  if (seconds <= 0 || seconds >= LAST_PLAIN_SECOND || nanoseconds < 0
      || nanoseconds >= 1000000000)
    return FALSE;
  *time = seconds * 1000000000 + nanoseconds;
  return TRUE;
}

/* Is the share, of LENGTH bytes at NAME, one that Windows makes by itself?  */
static gboolean
is_default_share (const char *name, gsize length)
{
  static const char *const shares[] = { "IPC$", "ADMIN$", "print$" };
  if (length == 2 && name[1] == '$' && g_ascii_isalpha (name[0]))
    return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (shares); i++)
    if (strlen (shares[i]) == length && !g_ascii_strncasecmp (name, shares[i], length))
      return TRUE;
  return FALSE;
}

WireNamePart
wire_name_part (const char *text, gsize *length)
{
  static const char separators[] = "\\/:", wildcards[] = "*?<>\".";
  *length = strspn (text, separators);
  if (*length)
    return WIRE_NAME_FIXED;
  *length = strcspn (text, separators);
  return strspn (text, wildcards) >= *length || is_default_share (text, *length)
             ? WIRE_NAME_FIXED
             : WIRE_NAME_OWN;
}

/* The records of child N of VALUE, and their number.  The child's data is
   part of VALUE's, or of a copy that VALUE keeps.  */
static gconstpointer
records (GVariant *value, gsize n, gsize size, gsize *count)
{
  g_autoptr (GVariant) child = g_variant_get_child_value (value, n);
  return g_variant_get_fixed_array (child, count, size);
}

/* The pool, child N, never NULL; FALSE if it has no NUL at its end.  */
static gboolean
pool_view (GVariant *value, gsize n, const char **pool, gsize *size)
{
  *pool = records (value, n, 1, size);
  if (*size == 0)
    *pool = "";
  return *size == 0 || (*pool)[*size - 1] == '\0';
}

/* What records may still tell of a pool.  */
typedef struct
{
  const char *pool;
  gsize size, left;
} PoolCheck;

/* Is a string in the pool that begins at OFFSET, and no other record's?  */
static gboolean
string_check (PoolCheck *check, guint32 offset)
{
  if (offset >= check->size)
    return FALSE;
  /* No further than what is left: many may claim the same.  */
  gsize length = strnlen (check->pool + offset, check->left);
  if (length >= check->left)
    return FALSE;
  check->left -= length + 1;
  return TRUE;
}

/* The same of a span, and what is packed behind it.  */
static gboolean
span_check (PoolCheck *check, guint64 span)
{
  guint64 offset = wire_span_offset (span), length = wire_span_length (span);
  if (offset + length >= check->size || length >= check->left)
    return FALSE;
  check->left -= length + 1;
  return TRUE;
}

static gboolean
value_check (PoolCheck *check, WireKind kind, guint64 value)
{
  switch (kind)
    {
    case WIRE_STRING:
    case WIRE_BYTES:
      return span_check (check, value);
    case WIRE_TIME:
      return wire_span_length (value) == 2 * sizeof (gint64) && span_check (check, value);
    case WIRE_NONE:
    case WIRE_UINT:
    case WIRE_INT:
    case WIRE_FLOAT:
    case WIRE_FALSE:
    case WIRE_TRUE:
      return TRUE;
    }
  return FALSE;
}

static gboolean
node_check (const WireTree *tree, PoolCheck *check, const WireNode *node,
            guint32 depth_before)
{
  return node->field < tree->n_fields && node->depth >= 1 && node->depth <= depth_before + 1
         && node->depth <= WIRE_MAX_DEPTH && string_check (check, node->label)
         && value_check (check, wire_node_kind (node), node->value);
}

static gboolean
field_check (PoolCheck *check, const WireField *field)
{
  return string_check (check, field->abbrev) && string_check (check, field->name)
         && string_check (check, field->type);
}

gboolean
wire_tree_view (GVariant *value, WireTree *tree)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (WIRE_TREE_TYPE)))
    return FALSE;
  tree->nodes = records (value, 0, sizeof (WireNode), &tree->n_nodes);
  tree->fields = records (value, 1, sizeof (WireField), &tree->n_fields);
  if (!pool_view (value, 3, &tree->pool, &tree->pool_size))
    return FALSE;
  PoolCheck check = { tree->pool, tree->pool_size, tree->pool_size };
  for (gsize i = 0; i < tree->n_fields; i++)
    if (!field_check (&check, &tree->fields[i]))
      return FALSE;
  guint32 depth = 0;
  for (gsize i = 0; i < tree->n_nodes; i++)
    {
      if (!node_check (tree, &check, &tree->nodes[i], depth))
        return FALSE;
      depth = tree->nodes[i].depth;
    }
  return TRUE;
}

gboolean
wire_rows_view (GVariant *value, WireRows *rows)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (WIRE_ROWS_TYPE)))
    return FALSE;
  rows->rows = records (value, 0, sizeof (WireRow), &rows->n_rows);
  g_variant_get_child (value, 1, "u", &rows->n_columns);
  if (!pool_view (value, 2, &rows->pool, &rows->pool_size)
      || rows->n_columns > WIRE_MAX_COLUMNS)
    return FALSE;
  const char *end = rows->pool + rows->pool_size, *cell = rows->pool;
  for (gsize i = 0; i < rows->n_rows; i++)
    {
      /* One behind the other.  */
      if (rows->rows[i].cells > rows->pool_size
          || rows->rows[i].cells < (gsize)(cell - rows->pool))
        return FALSE;
      cell = rows->pool + rows->rows[i].cells;
      for (guint32 c = 0; c < rows->n_columns; c++)
        {
          const char *nul = memchr (cell, 0, (gsize)(end - cell));
          if (!nul)
            return FALSE;
          cell = nul + 1;
        }
    }
  return TRUE;
}

gboolean
wire_cells_view (GVariant *value, WireCells *cells)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (WIRE_CELLS_TYPE)))
    return FALSE;
  cells->cells = records (value, 0, sizeof (WireCell), &cells->n_cells);
  if (!pool_view (value, 1, &cells->pool, &cells->pool_size))
    return FALSE;
  PoolCheck check = { cells->pool, cells->pool_size, cells->pool_size };
  for (gsize i = 0; i < cells->n_cells; i++)
    if (!value_check (&check, (WireKind)cells->cells[i].kind, cells->cells[i].value))
      return FALSE;
  return TRUE;
}

gboolean
wire_samples_view (GVariant *value, WireSamples *samples)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (WIRE_SRT_TYPE)))
    return FALSE;
  samples->samples = records (value, 0, sizeof (WireSrt), &samples->n_samples);
  g_autoptr (GVariant) names = g_variant_get_child_value (value, 1);
  g_autoptr (GVariant) clients = g_variant_get_child_value (value, 2);
  gsize n_names = g_variant_n_children (names), n_clients = g_variant_n_children (clients);
  for (gsize i = 0; i < samples->n_samples; i++)
    if (samples->samples[i].name >= n_names || samples->samples[i].client >= n_clients)
      return FALSE;
  return TRUE;
}

gboolean
wire_summary_view (GVariant *value, guint32 n_strings, WireSummary *summary)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (WIRE_SUMMARY_TYPE)))
    return FALSE;
  summary->pdus = records (value, 0, sizeof (WirePdu), &summary->n_pdus);
  summary->ignored = records (value, 1, sizeof (WireIgnored), &summary->n_ignored);
  summary->identifiers
      = records (value, 2, sizeof (WireIdentifier), &summary->n_identifiers);
  g_autoptr (GVariant) strings = g_variant_get_child_value (value, 3);
  g_variant_get_child (value, 5, "u", &summary->last_frame);
  guint64 last = n_strings + (guint64)g_variant_n_children (strings);
  guint64 ignored = 0, identifiers = 0, values = 0;
  guint32 frame = 0;
  summary->values = records (value, 6, sizeof (WireValue), &summary->n_values);
  summary->segments = records (value, 7, sizeof (WireSegment), &summary->n_segments);
  for (gsize i = 0; i < summary->n_pdus; i++)
    {
      const WirePdu *pdu = &summary->pdus[i];
      if (pdu->frame < MAX (frame, 1) || pdu->command_name > last || pdu->status_name > last
          || pdu->path > last || pdu->words > last || pdu->protocol > last
          || pdu->service > last || pdu->gives > last
          || (pdu->flags ^ summary->pdus[0].flags) & WIRE_PDU_AGAIN)
        return FALSE;
      frame = pdu->frame;
      ignored += pdu->ignored;
      identifiers += pdu->identifiers;
      values += pdu->values;
    }
  for (gsize i = 0; i < summary->n_values; i++)
    if (wire_value_is_name (&summary->values[i])
        && (wire_value_number (&summary->values[i]) < 1
            || wire_value_number (&summary->values[i]) > last))
      return FALSE;
  return ignored == summary->n_ignored && identifiers == summary->n_identifiers
         && values == summary->n_values;
}
