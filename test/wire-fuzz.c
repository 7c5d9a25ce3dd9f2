/* wire-fuzz.c --- any bytes as what a worker sent, checked and compared

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What passes the checks is gone through as its receivers do; the sanitizers
   see a step out of bounds.  */

#include "compare/tree-diff.h"
#include "trees.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  const guint8 *data;
  gsize left;
} Input;

static guint8
next_byte (Input *input)
{
  if (!input->left)
    return 0;
  input->left--;
  return *input->data++;
}

/* Any number, but small ones mostly: offsets and depths that make sense are.  */
static guint32
next_number (Input *input)
{
  guint32 number = next_byte (input);
  if (number < 0xf0)
    return number;
  for (int i = 0; i < 3; i++)
    number = number << 8 | next_byte (input);
  return number;
}

/* A tree of records that INPUT has the numbers of, and the rest as pool.  */
static GVariant *
draw_tree (Input *input)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (WireNode));
  GArray *fields = g_array_new (FALSE, FALSE, sizeof (WireField));
  GByteArray *pool = g_byte_array_new ();
  for (guint n = next_byte (input) % 8; n; n--)
    {
      WireField field = { .abbrev = next_number (input),
                          .name = next_number (input),
                          .type = next_number (input) };
      g_array_append_val (fields, field);
    }
  for (guint n = next_byte (input) % 64; n; n--)
    {
      WireNode node = { .field = next_number (input),
                        .label = next_number (input),
                        .depth = next_number (input),
                        .flags = next_number (input) << WIRE_NODE_KIND_SHIFT };
      node.value = wire_span (next_number (input), next_number (input));
      g_array_append_val (nodes, node);
    }
  for (guint n = next_byte (input); n; n--)
    {
      guint8 byte = next_byte (input);
      g_byte_array_append (pool, &byte, 1);
    }
  g_byte_array_append (pool, (const guint8 *)"", 1);
  GVariant *children[] = { wire_records_variant (WIRE_NODES_TYPE, nodes),
                           wire_records_variant (WIRE_FIELDS_TYPE, fields),
                           g_variant_new_strv (NULL, 0), wire_pool_variant (pool) };
  return g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
}

/* The value of a reply that INPUT is the bytes of, checked as every kind of
   bulk data.  */
static void
check_reply (const Input *input)
{
  g_autoptr (GBytes) bytes = g_bytes_new (input->data, input->left);
  static const char *const types[] = { WIRE_TREE_TYPE, WIRE_ROWS_TYPE, WIRE_CELLS_TYPE };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autoptr (GVariant) value = g_variant_ref_sink (
          g_variant_new_from_bytes (G_VARIANT_TYPE (types[i]), bytes, FALSE));
      WireTree tree;
      WireRows rows;
      WireCells cells;
      wire_tree_view (value, &tree);
      wire_rows_view (value, &rows);
      wire_cells_view (value, &cells);
    }
}

static void
compare (Input *input)
{
  g_autoptr (GVariant) a = draw_tree (input), b = draw_tree (input);
  WireTree tree_a, tree_b;
  if (!wire_tree_view (a, &tree_a) || !wire_tree_view (b, &tree_b))
    return;
  g_autoptr (Rules) rules = rules_new ();
  add_rule (rules, "a", "volatile", "regexp", "a", "");
  add_rule (rules, "b", "identifier", "field", "b", "b");
  add_rule (rules, "c", "meaningful", "protocol", "c", "");
  g_autoptr (GArray) records = diff_trees (&tree_a, &tree_b, rules);
  g_assert_cmpuint (records->len, >=, MAX (tree_a.n_nodes, tree_b.n_nodes));
  g_assert_cmpuint (records->len, <=, tree_a.n_nodes + tree_b.n_nodes);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Input input = { data, size };
  if (next_byte (&input) & 1)
    check_reply (&input);
  else
    compare (&input);
  return 0;
}
