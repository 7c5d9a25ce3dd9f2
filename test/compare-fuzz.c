/* compare-fuzz.c --- any bytes as summaries and trees of two captures

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Three ways in: bytes as a summary off the wire; summaries of records made from
   bytes, so that they pass the checks and are paired, aligned and judged; and
   trees whose PDUs are looked up and diffed.  Whatever the input, each
   exchange is in one row, and the mirror image is one.  */

#include "compare/pdu-diff.h"
#include "summaries.h"
#include "trees.h"

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

/* Small numbers mostly, now and then a large one.  */
static guint32
next_number (Input *input)
{
  guint32 number = next_byte (input);
  return number < 0xf8 ? number & 7 : G_MAXUINT32 - (number & 7);
}

/* A PDU, in the order of frames, that is a bit like one.  */
static void
draw_pdu (Input *input, SummaryParts *parts, guint32 *frame)
{
  static const char *const names[] = { "", "a", "a\\b", "a\\bc", "x\\y\\z", "docs" };
  static const char *const fields[] = { "smb2.sesid", "smb2.fid", "smb2.tid", "smb2.aid" };
  guint8 what = next_byte (input);
  *frame += what & 1;
  WirePdu pdu = { .frame = *frame,
                  .index = next_byte (input) & 3,
                  .stream = (what >> 1) & 3,
                  .message = next_number (input),
                  .session = next_number (input),
                  .flags = next_byte (input) | (guint32)(next_byte (input) & 7) << 8
                           | (what & 8 ? 0 : WIRE_PDU_STATUS),
                  .tree = next_number (input),
                  .offset = next_number (input),
                  .length = next_byte (input) & 3,
                  .status = next_byte (input) & 3 ? 0 : 0x103,
                  .command = next_byte (input) & 0x33,
                  .kind = next_byte (input) & 1,
                  .matters = next_byte (input) & 3,
                  .handle = next_number (input),
                  .time = (gint64)next_number (input) << 28,
                  .serial = next_byte (input) & 1,
                  .ports = what & 16 ? 445u << 16 | 99 : 99u << 16 | 445 };
  pdu.path = summary_string (parts, names[next_byte (input) % G_N_ELEMENTS (names)]);
  pdu.command_name = summary_string (parts, "CREATE");
  g_array_append_val (parts->pdus, pdu);
  for (guint n = what >> 6; n; n--)
    summary_identify (parts, n, fields[next_byte (input) & 3], next_number (input));
  WireIgnored ignored = wire_ignored (next_byte (input), next_number (input));
  g_array_append_val (parts->ignored, ignored);
  g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1).ignored++;
}

/* A segment of the connection of the last PDU.  */
static void
draw_segment (Input *input, SummaryParts *parts, guint32 frame)
{
  const WirePdu *pdu = &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1);
  const WireSegment segment
      = { pdu->time, frame, pdu->stream, pdu->ports, next_byte (input) & 0x7f };
  g_array_append_val (parts->segments, segment);
}

static GVariant *
draw_summary (Input *input, guint n)
{
  SummaryParts parts = summary_parts ();
  guint32 frame = 1;
  for (; n; n--)
    {
      draw_pdu (input, &parts, &frame);
      if (!(next_byte (input) & 3))
        draw_segment (input, &parts, frame);
    }
  return summary_variant (&parts);
}

static Exchanges *
make_side (Strings *strings, GVariant *summary)
{
  Exchanges *x = exchanges_new (strings);
  exchanges_add (x, summary);
  exchanges_finish (x);
  return x;
}

static void
check_comparison (Input *input, GVariant *first, GVariant *second)
{
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) a = make_side (strings, first);
  g_autoptr (Exchanges) b = make_side (strings, second);
  guint32 n = exchanges_count (a), m = exchanges_count (b);
  Pin pins[3];
  CompareOptions options = { .n_rules = 5, .delay = 1, .pins = pins };
  for (; options.n_pins < (n && m ? next_byte (input) & 3 : 0); options.n_pins++)
    pins[options.n_pins]
        = (Pin){ next_byte (input) % n, next_byte (input) % m, next_byte (input) & 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  assert_complete (c, a, b);
  for (guint p = 0; p < options.n_pins; p++)
    pins[p] = (Pin){ pins[p].right, pins[p].left, pins[p].together };
  g_autoptr (Comparison) m_image = compare_run (b, a, strings, &options);
  /* Two captures of the same summary are no mirror.  */
  if (exchanges_hash (a) != exchanges_hash (b))
    assert_mirrored (c, m_image);
  options.n_pins = 0;
  options.slower = 2;
  g_autoptr (Comparison) itself = compare_run (a, a, strings, &options);
  guint32 readable = 0;
  for (guint32 i = 0; i < n; i++)
    readable += !exchanges_is_opaque (a, i);
  g_assert_cmpuint (itself->same, ==, readable);
  g_assert_cmpuint (itself->divergences->len, ==, 0);
  strings_unref (strings);
}

static void
check_bytes (Input *input)
{
  g_autoptr (GBytes) bytes = g_bytes_new (input->data, input->left);
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new_from_bytes (G_VARIANT_TYPE (WIRE_SUMMARY_TYPE), bytes, FALSE));
  check_comparison (input, value, value);
}

/* A tree of names that matter here, at any depths.  */
static GVariant *
draw_tree (Input *input)
{
  static const char *const names[] = { "smb2", "smb", "nbss", "tcp", "smb2.cmd", "x", "y" };
  TreeParts parts = { g_array_new (FALSE, FALSE, sizeof (WireNode)),
                      g_array_new (FALSE, FALSE, sizeof (WireField)), g_byte_array_new () };
  guint32 depth = 0;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      guint32 name = wire_pool_add_utf8 (parts.pool, names[i]);
      WireField field = { name, name, name };
      g_array_append_val (parts.fields, field);
    }
  for (guint n = next_byte (input) % 48; n; n--)
    {
      guint8 byte = next_byte (input);
      depth = MIN (depth + 1, (byte >> 4) + 1u);
      WireNode node = { .field = byte % G_N_ELEMENTS (names),
                        .depth = depth,
                        .length = next_byte (input),
                        .flags = (guint32)WIRE_UINT << WIRE_NODE_KIND_SHIFT,
                        .value = next_number (input) };
      g_array_append_val (parts.nodes, node);
    }
  GVariant *children[] = { wire_records_variant (WIRE_NODES_TYPE, parts.nodes),
                           wire_records_variant (WIRE_FIELDS_TYPE, parts.fields),
                           g_variant_new_strv (NULL, 0), wire_pool_variant (parts.pool) };
  return g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
}

static void
check_trees (Input *input)
{
  g_autoptr (GVariant) first = draw_tree (input), second = draw_tree (input);
  WireTree a, b;
  if (!wire_tree_view (first, &a) || !wire_tree_view (second, &b))
    return;
  g_autoptr (Rules) rules = rules_new ();
  add_rule (rules, "x", "identifier", "field", "x", "");
  add_rule (rules, "y", "volatile", "field", "y", "");
  Broken broken = { .rule = 0, .a = 1, .b = 2 };
  Comparison comparison = { .broken = g_array_new (FALSE, FALSE, sizeof (Broken)) };
  const Divergence d = { .n_broken = 1 };
  g_array_append_val (comparison.broken, broken);
  for (guint i = 0; i < 4; i++)
    {
      g_auto (Pdu) x = { 0 }, y = { 0 };
      if (!pdu_init (&x, &a, i & 1) || !pdu_init (&y, &b, i >> 1))
        continue;
      g_autoptr (GArray) list = differences_list (&x.tree, &y.tree, rules, &comparison, &d);
      g_assert_cmpuint (list->len, <=, x.tree.n_nodes + y.tree.n_nodes);
    }
  g_array_unref (comparison.broken);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Input input = { data, size };
  guint8 way = next_byte (&input);
  if (way % 8 == 0)
    check_bytes (&input);
  else if (way % 8 == 1)
    check_trees (&input);
  else
    {
      guint n = next_byte (&input) & 63, m = next_byte (&input) & 63;
      g_autoptr (GVariant) first = draw_summary (&input, n);
      g_autoptr (GVariant) second = draw_summary (&input, m);
      check_comparison (&input, first, second);
    }
  return 0;
}
