/* tree-side.c --- a field tree, prepared to be compared

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/tree-side.h"

#include <string.h>

#include "smb/role.h"
#include "wire/value-hash.h"

/* ---------------------------------------------------------------- hashes */

/* What of node I can differ by itself.  */
static guint64
hash_own (const TreeSide *side, guint32 i)
{
  const WireNode *node = &side->tree->nodes[i];
  const char *pool = side->tree->pool;
  WireKind kind = wire_node_kind (node);
  gboolean parent = side->n_children[i] > 0;
  /* Without any rules, all that differs is to be seen.  */
  if (!parent && kind == WIRE_BYTES && side->rule[i] == NO_RULE && rules_count (side->rules)
      && extents_dissected (side->extents, i))
    return 0;
  if (kind == WIRE_NONE)
    return parent ? 0 : hash_string (pool + node->label);
  return kind == WIRE_BYTES && parent ? 0 : wire_hash_value (kind, node->value, pool);
}

/* ----------------------------------------------------------- preparation */

static guint
key_number (GHashTable *keys, const char *name)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (keys, name));
  if (!known)
    {
      known = g_hash_table_size (keys) + 1;
      g_hash_table_insert (keys, (gpointer)name, GUINT_TO_POINTER (known));
    }
  return known;
}

static const char *
node_label (gconstpointer label)
{
  return label;
}

/* The rule for node I itself, or NO_RULE.  */
static int
own_rule (const TreeSide *side, guint32 i, const char *command)
{
  const WireTree *tree = side->tree;
  const WireNode *node = &tree->nodes[i];
  const WireField *field = &tree->fields[node->field];
  const RuleSubject subject = { (node->flags & WIRE_NODE_GENERATED) != 0, command,
                                node_label, tree->pool + node->label };
  return rules_decide (
      side->rules,
      rules_candidates (side->rules, tree->pool + field->abbrev, tree->pool + field->type),
      &subject);
}

/* Is node I bytes without parts, right behind the size BEFORE that says that there are
   none?  */
static gboolean
is_undefined (const TreeSide *side, guint32 i, guint32 before, int rule)
{
  const WireNode *size = &side->tree->nodes[before];
  return wire_node_kind (&side->tree->nodes[i]) == WIRE_BYTES && !side->n_children[i]
         && rule >= 0 && rules_kind (side->rules, rule) == RULE_SIZE
         && wire_node_kind (size) == WIRE_UINT && size->value == 0;
}

/* Does RULE, which is node I's own, make its differences not matter?  */
static gboolean
lets_differ (const TreeSide *side, guint32 i, int rule)
{
  const WireNode *node = &side->tree->nodes[i];
  gint64 time;
  switch (rules_kind (side->rules, rule))
    {
    case RULE_VOLATILE:
    case RULE_IDENTIFIER:
      return TRUE;
    case RULE_SIZE:
      return wire_node_kind (node) == WIRE_UINT
             && extents_measures (side->extents, i, node->value);
    case RULE_TIME:
      return wire_node_time (node, side->tree->pool, &time);
    default:
      return (node->flags & WIRE_NODE_GENERATED) != 0
             && rules_kind (side->rules, rule) != RULE_MEANINGFUL;
    }
}

static gboolean
is_kept (const TreeSide *side, int rule)
{
  RuleKind kind = rule < 0 ? RULE_MEANINGFUL : rules_kind (side->rules, rule);
  return rules_is_name (kind) || rules_is_environment (kind);
}

/* What rules make of node I: its own decides, else that of ABOVE, the node it is in,
   G_MAXUINT32 for none.  BEFORE is the sibling before it, or the same.  */
static void
decide (TreeSide *side, guint32 i, const char *command, guint32 above, guint32 before)
{
  int own = own_rule (side, i, command);
  int rule = above == G_MAXUINT32 ? NO_RULE : side->rule[above];
  int kept = above == G_MAXUINT32 ? NO_RULE : side->kept[above];
  side->rule[i] = rule >= 0 && rules_inherited (side->rules, rule) ? rule : NO_RULE;
  side->kept[i] = kept >= 0 && rules_inherited (side->rules, kept) ? kept : NO_RULE;
  if (own >= 0)
    side->rule[i] = lets_differ (side, i, own) ? own : NO_RULE;
  if (own >= 0 && is_kept (side, own) && side->rule[i] == NO_RULE)
    side->kept[i] = own;
  int size = before == G_MAXUINT32 ? NO_RULE : own_rule (side, before, command);
  if (size >= 0 && is_undefined (side, i, before, size))
    side->rule[i] = size;
}

/* Whether values of TYPE may be of any length.  */
static gboolean
is_variable (const char *type)
{
  return g_str_equal (type, "none") || g_str_equal (type, "protocol")
         || g_str_has_prefix (type, "string") || g_str_equal (type, "bytes")
         || g_str_has_prefix (type, "uint_");
}

/* Is node CHILD of the message, though the node ABOVE it, made up by Wireshark, is
   elsewhere?  */
static gboolean
is_beside (const WireTree *tree, guint32 above, guint32 child)
{
  const WireNode *made = &tree->nodes[above];
  const WireNode *node = &tree->nodes[child];
  return (made->flags & WIRE_NODE_GENERATED) && !(node->flags & WIRE_NODE_GENERATED)
         && extent_is_beside (node->start, node->length, made->start, made->length);
}

/* How deep each node is.  A field of the message in what Wireshark made up, and what comes
   after it there, is beside that.  (Since 4.6 the name of a file is in the file id, but
   only where opening it succeeded.)  */
static void
prepare_depths (TreeSide *side)
{
  const WireTree *tree = side->tree;
  /* Of the nodes above the one looked at, by depth in the tree.  */
  g_autofree guint32 *above = g_new0 (guint32, WIRE_MAX_DEPTH + 2);
  g_autofree gboolean *closed = g_new0 (gboolean, WIRE_MAX_DEPTH + 2);
  for (guint32 i = 0; i < tree->n_nodes; i++)
    {
      guint32 depth = tree->nodes[i].depth;
      if (depth > 1 && is_beside (tree, above[depth - 1], i))
        closed[depth - 1] = TRUE;
      side->depth[i]
          = depth == 1 ? 1 : side->depth[above[depth - 1]] + (closed[depth - 1] ? 0 : 1);
      above[depth] = i;
      closed[depth] = FALSE;
    }
}

/* Where all nodes are, and how many each has below it.  */
static void
prepare_extents (TreeSide *side)
{
  const WireTree *tree = side->tree;
  g_autofree guint32 *above = g_new0 (guint32, WIRE_MAX_DEPTH + 2);
  guint32 open = 0; /* nodes above the one looked at */
  for (guint32 i = 0; i < tree->n_nodes; i++)
    {
      const WireNode *node = &tree->nodes[i];
      const WireField *field = &tree->fields[node->field];
      guint32 depth = side->depth[i];
      while (open >= depth)
        extents_close (side->extents, above[open--]);
      if (depth > 1)
        side->n_children[above[depth - 1]]++;
      gboolean parent = i + 1 < tree->n_nodes && side->depth[i + 1] > depth;
      gboolean generated = (node->flags & WIRE_NODE_GENERATED) != 0;
      gboolean message = role_of (tree->pool + field->abbrev) == ROLE_PDU;
      extents_add (side->extents, wire_node_source (node), node->start, node->length,
                   (parent ? EXTENT_PARENT : 0)
                       | (is_variable (tree->pool + field->type) ? EXTENT_VARIABLE : 0)
                       | (generated ? EXTENT_GENERATED : 0)
                       | (message ? EXTENT_MESSAGE : 0));
      above[depth] = i;
      open = depth;
    }
  while (open)
    extents_close (side->extents, above[open--]);
}

static void
prepare_nodes (TreeSide *side, GHashTable *keys)
{
  const WireTree *tree = side->tree;
  g_autofree char *command = NULL;
  /* The nodes above the one looked at, by depth; what is deeper came before.  */
  g_autofree guint32 *above = g_new0 (guint32, WIRE_MAX_DEPTH + 2);
  guint32 open = 0;
  for (guint32 i = 0; i < tree->n_nodes; i++)
    {
      guint32 depth = side->depth[i];
      const char *field = tree->pool + tree->fields[tree->nodes[i].field].abbrev;
      guint32 before = open >= depth ? above[depth] : G_MAXUINT32;
      if (role_of (field) == ROLE_PDU)
        g_clear_pointer (&command, g_free);
      else if (!command && rules_is_command (field))
        command = rules_command (tree->pool + tree->nodes[i].label);
      side->key[i] = key_number (keys, field);
      decide (side, i, command, depth > 1 ? above[depth - 1] : G_MAXUINT32, before);
      above[depth] = i;
      open = depth;
    }
}

/* Subtrees' ends and hashes, from the last node to the first so that children
   come before their parents.  */
static void
prepare_hashes (TreeSide *side)
{
  const WireTree *tree = side->tree;
  guint32 n = (guint32)tree->n_nodes;
  for (guint32 i = n; i-- > 0;)
    {
      side->own[i] = hash_own (side, i);
      guint64 hash = hash_mix (side->key[i], side->rule[i] == NO_RULE ? side->own[i] : 0);
      guint32 child = i + 1;
      while (child < n && side->depth[child] > side->depth[i])
        {
          hash = hash_mix (hash, side->whole[child]);
          child = side->next[child];
        }
      side->next[i] = child;
      side->whole[i] = hash;
    }
}

void
tree_side_init (TreeSide *side, const WireTree *tree, Rules *rules, GHashTable *keys)
{
  gsize n = tree->n_nodes + 1;
  side->tree = tree;
  side->rules = rules;
  side->depth = g_new (guint32, n);
  side->n_children = g_new0 (guint32, n);
  side->next = g_new (guint32, n);
  side->rule = g_new (gint32, n);
  side->kept = g_new (gint32, n);
  side->extents = extents_new ();
  side->own = g_new (guint64, n);
  side->whole = g_new (guint64, n);
  side->key = g_new (guint, n);
  prepare_depths (side);
  prepare_extents (side);
  prepare_nodes (side, keys);
  prepare_hashes (side);
}

void
tree_side_clear (TreeSide *side)
{
  g_free (side->depth);
  g_free (side->n_children);
  g_free (side->next);
  g_free (side->rule);
  g_free (side->kept);
  g_array_unref (side->extents);
  g_free (side->own);
  g_free (side->whole);
  g_free (side->key);
}
