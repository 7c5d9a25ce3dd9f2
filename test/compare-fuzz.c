/* compare-fuzz.c --- any bytes as digests and trees of two captures

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Three ways in: bytes as a digest off the wire; digests of records made from
   bytes, so that they pass the checks and are paired, aligned and judged; and
   trees whose PDUs are looked up and diffed.  Whatever the input, each
   exchange is in one row, and the mirror image is one.  */

#include "compare/pdu-diff.h"
#include "digests.h"
#include "trees.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct
{
  const guint8 *data;
  gsize left;
} Input;

static guint8
take_byte (Input *input)
{
  if (!input->left)
    return 0;
  input->left--;
  return *input->data++;
}

/* Small numbers mostly, now and then a large one.  */
static guint32
take (Input *input)
{
  guint32 number = take_byte (input);
  return number < 0xf8 ? number & 7 : G_MAXUINT32 - (number & 7);
}

/* A PDU, in the order of frames, that is a bit like one.  */
static void
take_pdu (Input *input, DigestParts *parts, guint32 *frame)
{
  static const char *const names[] = { "", "a", "a\\b", "a\\bc", "x\\y\\z", "docs" };
  static const char *const fields[] = { "smb2.sesid", "smb2.fid", "smb2.tid", "smb2.aid" };
  guint8 what = take_byte (input);
  *frame += what & 1;
  WirePdu pdu = { .frame = *frame,
                  .index = take_byte (input) & 3,
                  .stream = (what >> 1) & 3,
                  .message = take (input),
                  .session = take (input),
                  .flags = take_byte (input) | (guint32)(take_byte (input) & 7) << 8
                           | (what & 8 ? 0 : WIRE_PDU_STATUS),
                  .tree = take (input),
                  .offset = take (input),
                  .length = take_byte (input) & 3,
                  .status = take_byte (input) & 3 ? 0 : 0x103,
                  .command = take_byte (input) & 0x33,
                  .kind = take_byte (input) & 1,
                  .matters = take_byte (input) & 3,
                  .handle = take (input),
                  .time = (gint64)take (input) << 28,
                  .serial = take_byte (input) & 1,
                  .ports = what & 16 ? 445u << 16 | 99 : 99u << 16 | 445 };
  pdu.path = digest_string (parts, names[take_byte (input) % G_N_ELEMENTS (names)]);
  pdu.command_name = digest_string (parts, "CREATE");
  g_array_append_val (parts->pdus, pdu);
  for (guint n = what >> 6; n; n--)
    digest_identify (parts, n, fields[take_byte (input) & 3], take (input));
  WireHidden hidden = wire_hidden (take_byte (input), take (input));
  g_array_append_val (parts->hidden, hidden);
  g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1).hidden++;
}

/* A segment of the connection of the last PDU.  */
static void
take_segment (Input *input, DigestParts *parts, guint32 frame)
{
  const WirePdu *pdu = &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1);
  const WireSegment segment
      = { pdu->time, frame, pdu->stream, pdu->ports, take_byte (input) & 0x7f };
  g_array_append_val (parts->segments, segment);
}

static GVariant *
take_digest (Input *input, guint n)
{
  DigestParts parts = digest_parts ();
  guint32 frame = 1;
  for (; n; n--)
    {
      take_pdu (input, &parts, &frame);
      if (!(take_byte (input) & 3))
        take_segment (input, &parts, frame);
    }
  return digest_variant (&parts);
}

static Exchanges *
make_side (Strings *strings, GVariant *digest)
{
  Exchanges *x = exchanges_new (strings);
  exchanges_add (x, digest);
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
  for (; options.n_pins < (n && m ? take_byte (input) & 3 : 0); options.n_pins++)
    pins[options.n_pins]
        = (Pin){ take_byte (input) % n, take_byte (input) % m, take_byte (input) & 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  assert_complete (c, a, b);
  for (guint p = 0; p < options.n_pins; p++)
    pins[p] = (Pin){ pins[p].right, pins[p].left, pins[p].together };
  g_autoptr (Comparison) m_image = compare_run (b, a, strings, &options);
  /* Two captures of the same digest are no mirror.  */
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
      g_variant_new_from_bytes (G_VARIANT_TYPE (WIRE_DIGEST_TYPE), bytes, FALSE));
  check_comparison (input, value, value);
}

/* A tree of names that matter here, at any depths.  */
static GVariant *
take_tree (Input *input)
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
  for (guint n = take_byte (input) % 48; n; n--)
    {
      guint8 byte = take_byte (input);
      depth = MIN (depth + 1, (byte >> 4) + 1u);
      WireNode node = { .field = byte % G_N_ELEMENTS (names),
                        .depth = depth,
                        .length = take_byte (input),
                        .flags = (guint32)WIRE_UINT << WIRE_NODE_KIND_SHIFT,
                        .value = take (input) };
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
  g_autoptr (GVariant) first = take_tree (input), second = take_tree (input);
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
  guint8 way = take_byte (&input);
  if (way % 8 == 0)
    check_bytes (&input);
  else if (way % 8 == 1)
    check_trees (&input);
  else
    {
      guint n = take_byte (&input) & 63, m = take_byte (&input) & 63;
      g_autoptr (GVariant) first = take_digest (&input, n);
      g_autoptr (GVariant) second = take_digest (&input, m);
      check_comparison (&input, first, second);
    }
  return 0;
}
