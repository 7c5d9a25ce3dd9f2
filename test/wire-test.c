/* wire-test.c --- nothing a worker sends is believed

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "trees.h"
#include "wire/verbs.h"

static const char tree_text[] = "smb2\n"
                                "  smb2.cmd:uint16=5 Command: Create (5)\n"
                                "  smb2.filename:string=\"a.txt\" Filename: a.txt\n"
                                "    smb2.length:uint32=5\n"
                                "tail:bytes=\"xyz\"\n";

static void
test_tree_is_read (void)
{
  g_autoptr (GVariant) value = tree_variant (tree_parts (tree_text));
  WireTree tree;
  g_assert_true (wire_tree_view (value, &tree));
  g_assert_cmpuint (tree.n_nodes, ==, 5);
  g_assert_cmpuint (tree.n_fields, ==, 5);
  g_assert_cmpuint (tree.nodes[1].value, ==, 5);
  g_assert_cmpstr (tree.pool + tree.nodes[1].label, ==, "Command: Create (5)");
  g_assert_cmpint (wire_node_kind (&tree.nodes[2]), ==, WIRE_STRING);
  g_assert_cmpstr (tree.pool + wire_span_offset (tree.nodes[2].value), ==, "a.txt");
  g_assert_cmpuint (tree.nodes[3].depth, ==, 3);
}

static void
test_empty_tree_is_read (void)
{
  g_autoptr (GVariant) value = tree_variant (tree_parts (""));
  WireTree tree;
  g_assert_true (wire_tree_view (value, &tree));
  g_assert_cmpuint (tree.n_nodes, ==, 0);
}

typedef void (*Spoil) (TreeParts *parts);

#define NODE(n) (&g_array_index (parts->nodes, WireNode, (n)))
#define FIELD(n) (&g_array_index (parts->fields, WireField, (n)))

static void
set_kind (WireNode *node, guint kind)
{
  node->flags
      = (node->flags & ~(0xffu << WIRE_NODE_KIND_SHIFT)) | kind << WIRE_NODE_KIND_SHIFT;
}

static void
label_at_end (TreeParts *parts)
{
  NODE (1)->label = parts->pool->len;
}

static void
label_beyond (TreeParts *parts)
{
  NODE (1)->label = G_MAXUINT32;
}

static void
field_beyond (TreeParts *parts)
{
  NODE (1)->field = parts->fields->len;
}

static void
field_name_beyond (TreeParts *parts)
{
  FIELD (1)->abbrev = parts->pool->len;
}

static void
field_title_beyond (TreeParts *parts)
{
  FIELD (1)->name = G_MAXUINT32;
}

static void
field_type_beyond (TreeParts *parts)
{
  FIELD (0)->type = parts->pool->len + 7;
}

static void
depth_of_nought (TreeParts *parts)
{
  NODE (0)->depth = 0;
}

static void
depth_leaps (TreeParts *parts)
{
  NODE (1)->depth = 3;
}

static void
depth_begins_deep (TreeParts *parts)
{
  NODE (0)->depth = 2;
}

static void
depth_wraps (TreeParts *parts)
{
  NODE (1)->depth = G_MAXUINT32;
}

static void
too_deep (TreeParts *parts)
{
  WireNode node = *NODE (0);
  g_array_set_size (parts->nodes, 0);
  for (node.depth = 1; node.depth <= WIRE_MAX_DEPTH + 1; node.depth++)
    {
      node.label = wire_pool_add_utf8 (parts->pool, "a");
      g_array_append_val (parts->nodes, node);
    }
}

/* What makes megabytes of strings from a few bytes.  */
static void
label_is_another_s (TreeParts *parts)
{
  WireNode another = *NODE (0);
  for (guint i = 0; i < 100; i++)
    g_array_append_val (parts->nodes, another);
}

static void
field_name_is_another_s (TreeParts *parts)
{
  WireField another = *FIELD (0);
  for (guint i = 0; i < 100; i++)
    g_array_append_val (parts->fields, another);
}

static void
bytes_are_another_s (TreeParts *parts)
{
  WireNode another = *NODE (4);
  for (guint i = 0; i < 100; i++)
    g_array_append_val (parts->nodes, another);
}

static void
string_reaches_beyond (TreeParts *parts)
{
  NODE (2)->value = wire_span (0, parts->pool->len);
}

static void
string_wraps (TreeParts *parts)
{
  NODE (2)->value = wire_span (G_MAXUINT32, G_MAXUINT32);
}

static void
bytes_begin_beyond (TreeParts *parts)
{
  NODE (4)->value = wire_span (parts->pool->len, 0);
}

static void
time_of_wrong_size (TreeParts *parts)
{
  set_kind (NODE (2), WIRE_TIME);
  NODE (2)->value = wire_span (0, 8);
}

static void
kind_unknown (TreeParts *parts)
{
  set_kind (NODE (1), WIRE_TRUE + 1);
}

static void
pool_without_end (TreeParts *parts)
{
  g_byte_array_append (parts->pool, (const guint8 *)"x", 1);
}

static void
pool_gone (TreeParts *parts)
{
  g_byte_array_set_size (parts->pool, 0);
}

static void
test_spoilt_tree_is_refused (gconstpointer spoil)
{
  TreeParts parts = tree_parts (tree_text);
  (*(const Spoil *)spoil) (&parts);
  g_autoptr (GVariant) value = tree_variant (parts);
  WireTree tree;
  g_assert_false (wire_tree_view (value, &tree));
}

static void
test_deepest_tree_is_read (void)
{
  TreeParts parts = tree_parts ("a\n");
  WireNode node = g_array_index (parts.nodes, WireNode, 0);
  for (node.depth = 2; node.depth <= WIRE_MAX_DEPTH; node.depth++)
    {
      node.label = wire_pool_add_utf8 (parts.pool, "a");
      g_array_append_val (parts.nodes, node);
    }
  g_autoptr (GVariant) value = tree_variant (parts);
  WireTree tree;
  g_assert_true (wire_tree_view (value, &tree));
}

static void
test_other_types_are_refused (void)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_string ("tree"));
  WireTree tree;
  WireRows rows;
  WireCells cells;
  g_assert_false (wire_tree_view (value, &tree));
  g_assert_false (wire_rows_view (value, &rows));
  g_assert_false (wire_cells_view (value, &cells));
}

static gboolean
rows_are_read (guint32 cells, guint32 n_columns, const char *pool, gsize size)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (WireRow));
  WireRow row = { .frame = 1, .cells = cells };
  g_array_append_val (array, row);
  GByteArray *bytes = g_byte_array_new ();
  g_byte_array_append (bytes, (const guint8 *)pool, (guint)size);
  GVariant *children[] = { wire_records_variant ("a(uu)", array),
                           g_variant_new_uint32 (n_columns), wire_pool_variant (bytes) };
  g_autoptr (GVariant) value
      = g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
  WireRows rows;
  return wire_rows_view (value, &rows);
}

static void
test_rows_stay_in_their_pool (void)
{
  g_assert_true (rows_are_read (0, 2, "ab\0c", 5));
  g_assert_true (rows_are_read (3, 1, "ab\0c", 5));
  g_assert_true (rows_are_read (5, 0, "ab\0c", 5));
  g_assert_false (rows_are_read (0, 3, "ab\0c", 5));
  g_assert_false (rows_are_read (5, 1, "ab\0c", 5));
  g_assert_false (rows_are_read (6, 0, "ab\0c", 5));
  g_assert_false (rows_are_read (G_MAXUINT32, 1, "ab\0c", 5));
  g_assert_false (rows_are_read (0, G_MAXUINT32, "ab\0c", 5));
  g_assert_false (rows_are_read (0, 1, "ab", 2));
  g_assert_false (rows_are_read (0, 1, "", 0));
}

static void
test_columns_are_not_without_number (void)
{
  g_autoptr (GVariant) few
      = g_variant_ref_sink (g_variant_new_parsed ("(@a(uu) [], @u 4096, @ay [])"));
  g_autoptr (GVariant) many
      = g_variant_ref_sink (g_variant_new_parsed ("(@a(uu) [], @u 4294967294, @ay [])"));
  WireRows rows;
  g_assert_true (wire_rows_view (few, &rows));
  g_assert_false (wire_rows_view (many, &rows));
}

static gboolean
two_rows_are_read (guint32 first, guint32 second)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (WireRow));
  const WireRow rows[] = { { 1, first }, { 2, second } };
  g_array_append_vals (array, rows, 2);
  GByteArray *pool = g_byte_array_new ();
  wire_pool_add_utf8 (pool, "one");
  wire_pool_add_utf8 (pool, "two");
  GVariant *children[] = { wire_records_variant ("a(uu)", array), g_variant_new_uint32 (1),
                           wire_pool_variant (pool) };
  g_autoptr (GVariant) value
      = g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
  WireRows view;
  return wire_rows_view (value, &view);
}

static void
test_rows_have_their_own_cells (void)
{
  g_assert_true (two_rows_are_read (0, 4));
  g_assert_false (two_rows_are_read (0, 0));
  g_assert_false (two_rows_are_read (4, 0));
  g_assert_false (two_rows_are_read (0, 3));
}

static gboolean
cell_is_read (guint32 kind, guint64 cell_value)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (WireCell));
  WireCell cell = { .frame = 1, .kind = kind, .value = cell_value };
  g_array_append_val (array, cell);
  GByteArray *pool = g_byte_array_new ();
  wire_pool_add (pool, "0123456789abcdef", 16);
  GVariant *children[]
      = { wire_records_variant ("a(uuuut)", array), wire_pool_variant (pool) };
  g_autoptr (GVariant) value
      = g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
  WireCells cells;
  return wire_cells_view (value, &cells);
}

static void
test_cells_stay_in_their_pool (void)
{
  g_assert_true (cell_is_read (WIRE_UINT, G_MAXUINT64));
  g_assert_true (cell_is_read (WIRE_STRING, wire_span (0, 16)));
  g_assert_true (cell_is_read (WIRE_TIME, wire_span (0, 16)));
  g_assert_true (cell_is_read (WIRE_BYTES, wire_span (16, 0)));
  g_assert_false (cell_is_read (WIRE_STRING, wire_span (0, 17)));
  g_assert_false (cell_is_read (WIRE_STRING, wire_span (1, 16)));
  g_assert_false (cell_is_read (WIRE_TIME, wire_span (0, 15)));
  g_assert_false (cell_is_read (WIRE_TIME, wire_span (8, 16)));
  g_assert_false (cell_is_read (WIRE_BYTES, wire_span (17, 0)));
  g_assert_false (cell_is_read (99, 0));
}

/* ------------------------------------------------------------------ samples */

static gboolean
sample_is_read (guint32 name, guint32 client)
{
  GArray *records = g_array_new (FALSE, FALSE, sizeof (WireSrt));
  WireSrt sample = { .frame = 1, .name = name, .client = client };
  g_array_append_val (records, sample);
  static const char *const names[] = { "SMB2\nCreate", "SMB2\nClose" };
  static const char *const clients[] = { "127.0.0.1:39816" };
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new (
      "(@" WIRE_SAMPLES_TYPE "@as@as)", wire_records_variant (WIRE_SAMPLES_TYPE, records),
      g_variant_new_strv (names, 2), g_variant_new_strv (clients, 1)));
  WireSamples samples;
  return wire_samples_view (value, &samples) && samples.n_samples == 1;
}

static void
test_samples_name_what_is_there (void)
{
  g_assert_true (sample_is_read (0, 0));
  g_assert_true (sample_is_read (1, 0));
  g_assert_false (sample_is_read (2, 0));
  g_assert_false (sample_is_read (0, 1));
  g_assert_false (sample_is_read (G_MAXUINT32, G_MAXUINT32));
}

static void
test_pool_makes_utf8_valid (void)
{
  g_autoptr (GByteArray) pool = g_byte_array_new ();
  g_assert_cmpuint (wire_pool_add_utf8 (pool, "caf\xc3\xa9"), ==, 0);
  guint32 wrong = wire_pool_add_utf8 (pool, "caf\xe9");
  g_assert_cmpuint (wrong, ==, 6);
  g_assert_true (g_utf8_validate ((const char *)pool->data + wrong, -1, NULL));
  g_assert_cmpuint (pool->data[pool->len - 1], ==, 0);
}

static void
test_doubles_survive (void)
{
  const double numbers[] = { 0.0, -1.5, 1e300, 5e-324 };
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_cmpfloat (wire_double (wire_from_double (numbers[i])), ==, numbers[i]);
}

static void
test_reply_is_what_was_put_in (void)
{
  g_autoptr (GBytes) bytes = wire_reply (7, WIRE_ERROR, g_variant_new_uint32 (42));
  g_autoptr (GVariant) reply = wire_read (WIRE_REPLY_TYPE, bytes);
  guint32 serial;
  guint8 kind;
  g_autoptr (GVariant) value = NULL;
  g_variant_get (reply, WIRE_REPLY_TYPE, &serial, &kind, &value);
  g_assert_cmpuint (serial, ==, 7);
  g_assert_cmpuint (kind, ==, WIRE_ERROR);
  g_assert_cmpuint (g_variant_get_uint32 (value), ==, 42);
}

/* What goes over the wire, byte for byte, whatever machine this is.  */
static void
test_messages_are_little_endian (void)
{
  static const guint8 expected[]
      = { 0x04, 0x03, 0x02, 0x01, 'r', 0, 0, 0, 0x0d, 0x0c, 0x0b, 0x0a, 0, 'u' };
  g_autoptr (GBytes) bytes
      = wire_reply (0x01020304, WIRE_RESULT, g_variant_new_uint32 (0x0a0b0c0d));
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);
  g_assert_cmpmem (data, size, expected, sizeof expected);
  static const guint8 time[] = { 2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0 };
  gint64 parts[2], seconds, nanoseconds;
  wire_put_time (0x102, 3, parts);
  g_assert_cmpmem (parts, sizeof parts, time, sizeof time);
  wire_get_time ((const char *)time, &seconds, &nanoseconds);
  g_assert_cmpint (seconds, ==, 0x102);
  g_assert_cmpint (nanoseconds, ==, 3);
}

static void
test_what_is_no_message_is_refused (void)
{
  g_autoptr (GBytes) good = wire_reply (1, WIRE_RESULT, g_variant_new_string ("text"));
  g_autoptr (GBytes) cut = g_bytes_new_from_bytes (good, 0, g_bytes_get_size (good) - 1);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  g_autoptr (GVariant) reply = wire_read (WIRE_REPLY_TYPE, good);
  g_assert_nonnull (reply);
  g_assert_null (wire_read (WIRE_REPLY_TYPE, cut));
  g_assert_null (wire_read (WIRE_REPLY_TYPE, empty));
}

static gboolean
taken (const char *verb, const char *arguments)
{
  g_autofree char *problem = NULL;
  g_autoptr (GVariant) vardict
      = g_variant_parse (G_VARIANT_TYPE_VARDICT, arguments, NULL, NULL, NULL);
  gboolean fits = wire_arguments_fit (wire_verb (verb), vardict, &problem);
  g_assert_true (fits == !problem);
  return fits;
}

static void
test_arguments_are_what_verbs_take (void)
{
  g_assert_null (wire_verb ("nothing"));
  g_assert_true (taken ("load", "{}"));
  g_assert_false (taken ("load", "{'frame': <int64 1>}"));
  g_assert_true (taken ("tree", "{'frame': <int64 1>}"));
  g_assert_true (taken ("tree", "{'before': <int64 1>, 'frame': <int64 2>}"));
  g_assert_false (taken ("tree", "{}"));
  g_assert_false (taken ("tree", "{'before': <int64 1>}"));
  g_assert_false (taken ("tree", "{'frame': <'1'>}"));
  g_assert_false (taken ("tree", "{'frame': <int64 1>, 'node': <int64 1>}"));
  g_assert_true (taken ("filter", "{'filter': <'smb2'>}"));
  g_assert_true (taken ("filter", "{'filter': <b'\\377'>}"));
  g_assert_false (taken ("filter", "{'filter': <int64 1>}"));
  g_assert_false (taken ("rows", "{'frames': <[1, 2]>}"));
  g_assert_true (taken ("rows", "{'frames': <[int64 1, 2]>}"));
}

/* Every type in the table is one.  */
static void
test_verbs_have_types (void)
{
  for (guint i = 0; i < N_WIRE_VERBS; i++)
    {
      g_assert_true (wire_verb (wire_verbs[i].name) == &wire_verbs[i]);
      g_assert_true (g_variant_type_string_is_valid (wire_verbs[i].returns));
      g_auto (GStrv) takes = g_strsplit (wire_verbs[i].takes, " ", -1);
      for (char **argument = takes; *argument; argument++)
        {
          const char *colon = strchr (*argument, ':');
          g_assert_nonnull (colon);
          g_assert_true (g_variant_type_string_is_valid (colon + 1));
        }
    }
}

static const struct
{
  const char *path;
  Spoil spoil;
} spoilt[] = { { "/refused/label-at-end-of-pool", label_at_end },
               { "/refused/label-beyond-pool", label_beyond },
               { "/refused/field-beyond-table", field_beyond },
               { "/refused/field-abbrev-beyond-pool", field_name_beyond },
               { "/refused/field-name-beyond-pool", field_title_beyond },
               { "/refused/field-type-beyond-pool", field_type_beyond },
               { "/refused/depth-0", depth_of_nought },
               { "/refused/depth-leaps", depth_leaps },
               { "/refused/depth-begins-at-2", depth_begins_deep },
               { "/refused/depth-wraps", depth_wraps },
               { "/refused/too-deep", too_deep },
               { "/refused/string-beyond-pool", string_reaches_beyond },
               { "/refused/string-span-wraps", string_wraps },
               { "/refused/bytes-begin-beyond-pool", bytes_begin_beyond },
               { "/refused/time-of-8-bytes", time_of_wrong_size },
               { "/refused/unknown-kind", kind_unknown },
               { "/refused/pool-without-nul", pool_without_end },
               { "/refused/pool-empty", pool_gone },
               { "/refused/labels-shared", label_is_another_s },
               { "/refused/field-names-shared", field_name_is_another_s },
               { "/refused/bytes-shared", bytes_are_another_s } };

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tree-is-read", test_tree_is_read);
  g_test_add_func ("/empty-tree-is-read", test_empty_tree_is_read);
  g_test_add_func ("/deepest-tree-is-read", test_deepest_tree_is_read);
  for (gsize i = 0; i < G_N_ELEMENTS (spoilt); i++)
    g_test_add_data_func (spoilt[i].path, &spoilt[i].spoil, test_spoilt_tree_is_refused);
  g_test_add_func ("/other-types-are-refused", test_other_types_are_refused);
  g_test_add_func ("/rows-stay-in-their-pool", test_rows_stay_in_their_pool);
  g_test_add_func ("/rows-have-their-own-cells", test_rows_have_their_own_cells);
  g_test_add_func ("/columns-are-not-without-number", test_columns_are_not_without_number);
  g_test_add_func ("/cells-stay-in-their-pool", test_cells_stay_in_their_pool);
  g_test_add_func ("/samples-name-what-is-there", test_samples_name_what_is_there);
  g_test_add_func ("/pool-makes-utf8-valid", test_pool_makes_utf8_valid);
  g_test_add_func ("/doubles-survive", test_doubles_survive);
  g_test_add_func ("/messages-are-little-endian", test_messages_are_little_endian);
  g_test_add_func ("/what-is-no-message-is-refused", test_what_is_no_message_is_refused);
  g_test_add_func ("/arguments-are-what-verbs-take", test_arguments_are_what_verbs_take);
  g_test_add_func ("/verbs-have-types", test_verbs_have_types);
  g_test_add_func ("/reply-is-what-was-put-in", test_reply_is_what_was_put_in);
  return g_test_run ();
}
