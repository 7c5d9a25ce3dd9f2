/* pdu-diff.c --- what makes two PDUs differ

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/pdu-diff.h"

#include "compare/values.h"
#include "smb/pdu.h"
#include "wire/value-hash.h"

/* ------------------------------------------------------------------- PDUs */

static const char *
field_name (const WireTree *tree, gsize node)
{
  return tree->pool + tree->fields[tree->nodes[node].field].abbrev;
}

GArray *
pdu_extents (const WireTree *tree)
{
  GArray *extents = g_array_new (FALSE, FALSE, sizeof (PduExtent));
  g_autofree Role *roles = g_new (Role, tree->n_fields + 1);
  for (gsize i = 0; i < tree->n_fields; i++)
    roles[i] = role_of (tree->pool + tree->fields[i].abbrev);
  SmbPdus pdus = { 0 };
  PduExtent extent = { 0 };
  for (gsize i = 0; i <= tree->n_nodes; i++)
    {
      const WireNode *node = &tree->nodes[i];
      guint events = i == tree->n_nodes
                         ? smb_pdus_end (&pdus)
                         : smb_pdus_step (&pdus, roles[node->field], node->depth == 1);
      extent.end = i;
      if (events & SMB_PDU_ENDS)
        g_array_append_val (extents, extent);
      if (events & SMB_PDU_BEGINS)
        extent.first = i;
    }
  return extents;
}

/* The nodes of the N at the top of TREE from PLACE on; FALSE if there are fewer.  */
static gboolean
place_extent (const WireTree *tree, guint32 place, guint32 n, PduExtent *extent)
{
  guint32 tops = 0;
  gboolean found = FALSE;
  for (gsize i = 0; i < tree->n_nodes; i++)
    if (tree->nodes[i].depth == 1)
      {
        if (tops == place)
          extent->first = i;
        found |= tops == place;
        if (tops++ == place + n)
          {
            extent->end = i;
            return TRUE;
          }
      }
  extent->end = tree->n_nodes;
  return found && tops == place + n;
}

/* The nodes of PDU INDEX of TREE.  */
static gboolean
find_extent (const WireTree *tree, guint32 index, PduExtent *extent)
{
  if (index & WIRE_PLACE)
    return place_extent (tree, (index & ~WIRE_PLACE) >> 8, index & 0xff, extent);
  g_autoptr (GArray) extents = pdu_extents (tree);
  if (index >= extents->len)
    return FALSE;
  *extent = g_array_index (extents, PduExtent, index);
  return TRUE;
}

gboolean
pdu_init (Pdu *pdu, const WireTree *tree, guint32 index)
{
  PduExtent extent;
  pdu->nodes = g_array_new (FALSE, FALSE, sizeof (WireNode));
  if (!find_extent (tree, index, &extent))
    return FALSE;
  guint32 base = tree->nodes[extent.first].depth;
  g_array_append_vals (pdu->nodes, tree->nodes + extent.first,
                       (guint)(extent.end - extent.first));
  for (guint i = 0; i < pdu->nodes->len; i++)
    {
      /* What follows an envelope is at the top again.  */
      guint32 *depth = &g_array_index (pdu->nodes, WireNode, i).depth;
      *depth = *depth >= base ? *depth - base + 1 : 1;
    }
  pdu->tree = *tree;
  pdu->tree.nodes = (const WireNode *)(void *)pdu->nodes->data;
  pdu->tree.n_nodes = pdu->nodes->len;
  return TRUE;
}

void
pdu_clear (Pdu *pdu)
{
  g_clear_pointer (&pdu->nodes, g_array_unref);
}

/* ------------------------------------------------------------ differences */

/* An identifier's value as summaries have it.  */
static guint64
identifier_value (const WireTree *tree, gint32 i)
{
  const WireNode *node = &tree->nodes[i];
  WireKind kind = wire_node_kind (node);
  return kind == WIRE_UINT ? node->value : wire_hash_value (kind, node->value, tree->pool);
}

/* Is node I, an identifier, one that names nothing?  */
static gboolean
names_nothing (const WireTree *tree, gint32 i)
{
  const WireNode *node = i < 0 ? NULL : &tree->nodes[i];
  return node
         && wire_names_nothing (field_name (tree, (gsize)i), wire_node_kind (node),
                                node->value, node->length, tree->pool);
}

/* Are the nodes of RECORD identifiers that are broken by D, or of which one
   names nothing?  */
static gboolean
is_broken (const Comparison *c, const Divergence *d, const Rules *rules,
           const DiffRecord *record, const WireTree *a, const WireTree *b)
{
  if (record->kind != DIFF_IGNORED || rules_kind (rules, record->rule) != RULE_IDENTIFIER)
    return FALSE;
  if (names_nothing (a, record->a) != names_nothing (b, record->b))
    return TRUE;
  if (record->a < 0 || record->b < 0)
    return FALSE;
  for (guint32 i = 0; i < d->n_broken; i++)
    {
      const Broken *broken = &g_array_index (c->broken, Broken, d->first_broken + i);
      if (broken->rule == (guint32)record->rule
          && broken->a == identifier_value (a, record->a)
          && broken->b == identifier_value (b, record->b))
        return TRUE;
    }
  return FALSE;
}

/* Are the nodes of RECORD times that D tells of?  */
static gboolean
is_untimely (const Comparison *c, const Divergence *d, const Rules *rules,
             const DiffRecord *record, const WireTree *a, const WireTree *b)
{
  gint64 x, y;
  if (record->kind != DIFF_IGNORED || rules_kind (rules, record->rule) != RULE_TIME
      || record->a < 0 || record->b < 0
      || !wire_node_time (&a->nodes[record->a], a->pool, &x)
      || !wire_node_time (&b->nodes[record->b], b->pool, &y))
    return FALSE;
  for (guint32 i = 0; i < d->n_untimely; i++)
    {
      const Untimely *untimely
          = &g_array_index (c->untimely, Untimely, d->first_untimely + i);
      if (untimely->a == (guint64)x && untimely->b == (guint64)y)
        return TRUE;
    }
  return FALSE;
}

/* The text that node I is, or NULL.  */
static const char *
node_text (const WireTree *tree, gint32 i)
{
  return i >= 0 && wire_node_kind (&tree->nodes[i]) == WIRE_STRING
             ? tree->pool + wire_span_offset (tree->nodes[i].value)
             : NULL;
}

/* Is what RECORD says told elsewhere: with the environment, unless that is what is
   asked for, or as names that go together?  */
static gboolean
is_elsewhere (const Comparison *c, const Rules *rules, const DiffRecord *record,
              gboolean environment, const WireTree *a, const WireTree *b)
{
  RuleKind kind = record->kept < 0 ? RULE_MEANINGFUL : rules_kind (rules, record->kept);
  if (environment != rules_is_environment (kind))
    return TRUE;
  const char *x = node_text (a, record->a), *y = node_text (b, record->b);
  return rules_is_name (kind) && x && y && values_renamed (c, x, y);
}

/* Does record I differ by itself, and not by something below it?  Bits of an
   integer that may differ make it differ.  */
static gboolean
differs_itself (const GArray *records, guint i, const WireTree *a)
{
  const DiffRecord *record = &g_array_index (records, DiffRecord, i);
  if (record->kind == DIFF_SAME || record->kind == DIFF_IGNORED)
    return FALSE;
  for (guint k = i + 1; k < records->len && record->kind == DIFF_CHANGED; k++)
    {
      const DiffRecord *below = &g_array_index (records, DiffRecord, k);
      if (below->depth <= record->depth)
        break;
      if (below->kind == DIFF_SAME)
        continue;
      if (below->kind != DIFF_IGNORED
          || (below->a >= 0 && a->nodes[below->a].flags & WIRE_NODE_BITS))
        return FALSE;
    }
  return TRUE;
}

/* Does RECORD say it all with one text, a SID say, that has parts below?  */
static gboolean
is_text (const DiffRecord *record, const WireTree *a, const WireTree *b)
{
  return record->kind == DIFF_CHANGED
         && wire_node_kind (&a->nodes[record->a]) == WIRE_STRING
         && wire_node_kind (&b->nodes[record->b]) == WIRE_STRING
         && identifier_value (a, record->a) != identifier_value (b, record->b);
}

GArray *
differences_list (const WireTree *a, const WireTree *b, Rules *rules,
                  const Comparison *comparison, const Divergence *d)
{
  g_autoptr (GArray) records = diff_trees (a, b, rules);
  GArray *list = g_array_new (FALSE, FALSE, sizeof (DiffRecord));
  guint32 whole = G_MAXUINT32; /* how deep what is told with all below it is */
  for (guint i = 0; i < records->len; i++)
    {
      const DiffRecord *record = &g_array_index (records, DiffRecord, i);
      if (record->depth > whole)
        continue;
      gboolean text = is_text (record, a, b);
      gboolean differs = text || differs_itself (records, i, a);
      /* What only one side has is.  */
      whole
          = text || (differs && record->kind != DIFF_CHANGED) ? record->depth : G_MAXUINT32;
      differs = differs && !is_elsewhere (comparison, rules, record, d == NULL, a, b);
      if (differs
          || (d
              && (is_broken (comparison, d, rules, record, a, b)
                  || is_untimely (comparison, d, rules, record, a, b))))
        g_array_append_val (list, *record);
    }
  return list;
}
