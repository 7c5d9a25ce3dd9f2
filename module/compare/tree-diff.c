/* tree-diff.c --- what differs between two field trees

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/tree-diff.h"

#include <string.h>

#include "smb/role.h"
#include "support/extents.h"
#include "wire/value-hash.h"

/* Pairs of siblings looked at in one alignment; beyond that, equal ones hold the
   rest in place.  */
#define MAX_PAIRS (1u << 20)

#define NO_RULE (-1)

typedef struct
{
  const WireTree *tree;
  Rules *rules;
  guint32 *n_children;
  guint32 *next; /* the node after this one's subtree */
  gint32 *rule;  /* what makes its own differences not matter, or NO_RULE */
  gint32 *kept;  /* the rule for names or the environment that holds, or NO_RULE */
  Extents *extents;
  guint64 *own;   /* hash of what is its own */
  guint64 *whole; /* hash of the subtree, less what doesn't matter */
  guint *key;     /* the field's name, by number */
} Side;

/* ---------------------------------------------------------------- hashes */

/* What of node I can differ by itself.  */
static guint64
hash_own (const Side *side, guint32 i)
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
own_rule (const Side *side, guint32 i, const char *command)
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
is_undefined (const Side *side, guint32 i, guint32 before, int rule)
{
  const WireNode *size = &side->tree->nodes[before];
  return wire_node_kind (&side->tree->nodes[i]) == WIRE_BYTES && !side->n_children[i]
         && rule >= 0 && rules_kind (side->rules, rule) == RULE_SIZE
         && wire_node_kind (size) == WIRE_UINT && size->value == 0;
}

/* Does RULE, which is node I's own, make its differences not matter?  */
static gboolean
lets_differ (const Side *side, guint32 i, int rule)
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
is_kept (const Side *side, int rule)
{
  RuleKind kind = rule < 0 ? RULE_MEANINGFUL : rules_kind (side->rules, rule);
  return kind == RULE_NAME || kind == RULE_ENVIRONMENT;
}

/* What rules make of node I: its own decides, else that of ABOVE, the node it is in,
   G_MAXUINT32 for none.  BEFORE is the sibling before it, or the same.  */
static void
decide (Side *side, guint32 i, const char *command, guint32 above, guint32 before)
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

/* Where all nodes are, and how many each has below it.  */
static void
prepare_extents (Side *side)
{
  const WireTree *tree = side->tree;
  g_autofree guint32 *above = g_new0 (guint32, WIRE_MAX_DEPTH + 2);
  guint32 open = 0; /* nodes above the one looked at */
  for (guint32 i = 0; i < tree->n_nodes; i++)
    {
      const WireNode *node = &tree->nodes[i];
      const WireField *field = &tree->fields[node->field];
      guint32 depth = node->depth;
      while (open >= depth)
        extents_close (side->extents, above[open--]);
      if (depth > 1)
        side->n_children[above[depth - 1]]++;
      gboolean parent = i + 1 < tree->n_nodes && tree->nodes[i + 1].depth > depth;
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
prepare_nodes (Side *side, GHashTable *keys)
{
  const WireTree *tree = side->tree;
  g_autofree char *command = NULL;
  /* The nodes above the one looked at, by depth; what is deeper came before.  */
  g_autofree guint32 *above = g_new0 (guint32, WIRE_MAX_DEPTH + 2);
  guint32 open = 0;
  for (guint32 i = 0; i < tree->n_nodes; i++)
    {
      guint32 depth = tree->nodes[i].depth;
      const char *field = tree->pool + tree->fields[tree->nodes[i].field].abbrev;
      guint32 before = open >= depth ? above[depth] : G_MAXUINT32;
      if (rules_is_command (field))
        {
          g_free (command);
          command = rules_command (tree->pool + tree->nodes[i].label);
        }
      side->key[i] = key_number (keys, field);
      decide (side, i, command, depth > 1 ? above[depth - 1] : G_MAXUINT32, before);
      above[depth] = i;
      open = depth;
    }
}

/* Subtrees' ends and hashes, from the last node to the first so that children
   come before their parents.  */
static void
prepare_hashes (Side *side)
{
  const WireTree *tree = side->tree;
  guint32 n = (guint32)tree->n_nodes;
  for (guint32 i = n; i-- > 0;)
    {
      side->own[i] = hash_own (side, i);
      guint64 hash = hash_mix (side->key[i], side->rule[i] == NO_RULE ? side->own[i] : 0);
      guint32 child = i + 1;
      while (child < n && tree->nodes[child].depth > tree->nodes[i].depth)
        {
          hash = hash_mix (hash, side->whole[child]);
          child = side->next[child];
        }
      side->next[i] = child;
      side->whole[i] = hash;
    }
}

static void
side_init (Side *side, const WireTree *tree, Rules *rules, GHashTable *keys)
{
  gsize n = tree->n_nodes + 1;
  side->tree = tree;
  side->rules = rules;
  side->n_children = g_new0 (guint32, n);
  side->next = g_new (guint32, n);
  side->rule = g_new (gint32, n);
  side->kept = g_new (gint32, n);
  side->extents = extents_new ();
  side->own = g_new (guint64, n);
  side->whole = g_new (guint64, n);
  side->key = g_new (guint, n);
  prepare_extents (side);
  prepare_nodes (side, keys);
  prepare_hashes (side);
}

static void
side_clear (Side *side)
{
  g_free (side->n_children);
  g_free (side->next);
  g_free (side->rule);
  g_free (side->kept);
  g_array_unref (side->extents);
  g_free (side->own);
  g_free (side->whole);
  g_free (side->key);
}

/* ------------------------------------------------------------- alignment */

/* Siblings of both sides, and which go together: match[i] is the index in b
   that a's i-th goes with, or -1.  */
typedef struct
{
  const Side *a, *b;
  guint32 *as, *bs;
  gint32 *match;
} Siblings;

static gboolean
equal_nodes (const Siblings *s, guint32 i, guint32 j)
{
  return s->a->key[s->as[i]] == s->b->key[s->bs[j]]
         && s->a->whole[s->as[i]] == s->b->whole[s->bs[j]];
}

/* How many leading characters, up to where values begin, two lines share.  */
static guint
shared_words (const char *a, const char *b)
{
  guint n = 0;
  while (a[n] && a[n] == b[n] && !strchr (":(0123456789", a[n]) && n < 32)
    n++;
  return n;
}

/* How alike two nodes of one name are that are not equal: 1 and up.  */
static guint
likeness (const Siblings *s, guint32 i, guint32 j)
{
  guint32 a = s->as[i], b = s->bs[j];
  guint likeness = 1;
  if (s->a->own[a] == s->b->own[b])
    likeness += 8;
  likeness += shared_words (s->a->tree->pool + s->a->tree->nodes[a].label,
                            s->b->tree->pool + s->b->tree->nodes[b].label)
              / 4;
  /* Children in step: enough to tell an entry with one field changed from a
     different entry.  */
  guint32 x = a + 1, y = b + 1, steps = 0, equal = 0;
  while (x < s->a->next[a] && y < s->b->next[b] && steps++ < 64)
    {
      equal += s->a->key[x] == s->b->key[y] && s->a->whole[x] == s->b->whole[y];
      x = s->a->next[x];
      y = s->b->next[y];
    }
  return likeness + (steps ? 64 * equal / steps : 0);
}

/* Enough that one equal pair outweighs any number of alike ones it may cost:
   those are at most a few.  */
#define EQUAL_WEIGHT 1000

/* The heaviest common subsequence of a's [i0, i1) and b's [j0, j1).  */
static void
align_small (Siblings *s, guint32 i0, guint32 i1, guint32 j0, guint32 j1)
{
  gsize n = i1 - i0, m = j1 - j0;
  g_autofree guint32 *best = g_new0 (guint32, (n + 1) * (m + 1));
  g_autofree guint16 *weight = g_new0 (guint16, n * m + 1);
#define BEST(i, j) best[(i) * (m + 1) + (j)]
  for (gsize i = n; i-- > 0;)
    for (gsize j = m; j-- > 0;)
      {
        guint32 gi = i0 + (guint32)i, gj = j0 + (guint32)j;
        guint w = 0;
        if (s->a->key[s->as[gi]] == s->b->key[s->bs[gj]])
          w = equal_nodes (s, gi, gj) ? EQUAL_WEIGHT : likeness (s, gi, gj);
        weight[i * m + j] = (guint16)w;
        guint32 skip = MAX (BEST (i + 1, j), BEST (i, j + 1));
        BEST (i, j) = MAX (skip, w ? BEST (i + 1, j + 1) + w : 0);
      }
  for (gsize i = 0, j = 0; i < n && j < m;)
    {
      guint w = weight[i * m + j];
      if (w && BEST (i, j) == BEST (i + 1, j + 1) + w)
        s->match[i0 + i++] = (gint32)(j0 + j++);
      else if (BEST (i, j) == BEST (i + 1, j))
        i++;
      else
        j++;
    }
#undef BEST
}

/* Too many to look at all pairs: equal ones that are near, the rest by place and
   name.  */
static void
align_by_place (Siblings *s, guint32 i0, guint32 i1, guint32 j0, guint32 j1)
{
  for (guint32 i = i0, j = j0; i < i1 && j < j1; i++)
    {
      guint32 look = j, end = MIN (j1, j + 256);
      while (look < end && !equal_nodes (s, i, look))
        look++;
      if (look < end)
        {
          s->match[i] = (gint32)look;
          j = look + 1;
        }
      else if (s->a->key[s->as[i]] == s->b->key[s->bs[j]])
        s->match[i] = (gint32)j++;
    }
}

static void
align_gap (Siblings *s, guint32 i0, guint32 i1, guint32 j0, guint32 j1)
{
  if (i0 == i1 || j0 == j1)
    return;
  if ((guint64)(i1 - i0) * (j1 - j0) <= MAX_PAIRS)
    align_small (s, i0, i1, j0, j1);
  else
    align_by_place (s, i0, i1, j0, j1);
}

/* Where each subtree of NODES [from, to) is, plus 1; G_MAXUINT for those that
   are there more than once.  */
static GHashTable *
places (const Side *side, const guint32 *nodes, guint32 from, guint32 to)
{
  GHashTable *table = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint32 i = from; i < to; i++)
    {
      gpointer key = &side->whole[nodes[i]];
      guint place = g_hash_table_contains (table, key) ? G_MAXUINT : i + 1;
      g_hash_table_insert (table, key, GUINT_TO_POINTER (place));
    }
  return table;
}

/* A pair that is equal, and the only one so, on a chain of such.  */
typedef struct
{
  guint32 i, j;
  gint32 before; /* index of the one before on the longest chain to here */
} Anchor;

/* The anchors in [i0, i1) and [j0, j1), in the order of a; the index of the
   last one of the longest chain in both orders in *LAST, -1 for none.  */
static GArray *
find_anchors (const Siblings *s, guint32 i0, guint32 i1, guint32 j0, guint32 j1,
              gint32 *last)
{
  GArray *anchors = g_array_new (FALSE, FALSE, sizeof (Anchor));
  g_autoptr (GHashTable) in_a = places (s->a, s->as, i0, i1);
  g_autoptr (GHashTable) in_b = places (s->b, s->bs, j0, j1);
  /* ends[n]: the anchor with the smallest j that a chain of n + 1 ends in.  */
  g_autofree gint32 *ends = g_new (gint32, i1 - i0 + 1);
  guint32 longest = 0;
  for (guint32 i = i0; i < i1; i++)
    {
      gpointer key = &s->a->whole[s->as[i]];
      guint j = GPOINTER_TO_UINT (g_hash_table_lookup (in_b, key));
      if (!j || j == G_MAXUINT
          || GPOINTER_TO_UINT (g_hash_table_lookup (in_a, key)) == G_MAXUINT)
        continue;
      guint32 low = 0, high = longest;
      while (low < high)
        {
          guint32 middle = (low + high) / 2;
          if (g_array_index (anchors, Anchor, ends[middle]).j < j - 1)
            low = middle + 1;
          else
            high = middle;
        }
      Anchor anchor = { i, j - 1, low ? ends[low - 1] : -1 };
      ends[low] = (gint32)anchors->len;
      longest = MAX (longest, low + 1);
      g_array_append_val (anchors, anchor);
    }
  *last = longest ? ends[longest - 1] : -1;
  return anchors;
}

/* Many siblings: what is equal and there only once on both sides holds the
   rest in place.  */
static void
align_large (Siblings *s, guint32 i0, guint32 i1, guint32 j0, guint32 j1)
{
  gint32 last;
  g_autoptr (GArray) anchors = find_anchors (s, i0, i1, j0, j1, &last);
  for (; last >= 0; last = g_array_index (anchors, Anchor, last).before)
    {
      const Anchor *anchor = &g_array_index (anchors, Anchor, last);
      s->match[anchor->i] = (gint32)anchor->j;
      align_gap (s, anchor->i + 1, i1, anchor->j + 1, j1);
      i1 = anchor->i;
      j1 = anchor->j;
    }
  align_gap (s, i0, i1, j0, j1);
}

static void
align (Siblings *s, guint32 n, guint32 m)
{
  guint32 i0 = 0, j0 = 0, i1 = n, j1 = m;
  while (i0 < i1 && j0 < j1 && equal_nodes (s, i0, j0))
    s->match[i0++] = (gint32)j0++;
  while (i1 > i0 && j1 > j0 && equal_nodes (s, i1 - 1, j1 - 1))
    s->match[--i1] = (gint32)--j1;
  if (i0 == i1 || j0 == j1)
    return;
  if ((guint64)(i1 - i0) * (j1 - j0) <= MAX_PAIRS)
    align_small (s, i0, i1, j0, j1);
  else
    align_large (s, i0, i1, j0, j1);
}

/* ------------------------------------------------------------------ walk */

typedef struct
{
  Side a, b;
  GArray *records;
} Diff;

/* The children of node I, or the roots for -1, whose number is put in *N.  */
static guint32 *
children (const Side *side, gint32 i, guint32 *n)
{
  guint32 end = i < 0 ? (guint32)side->tree->n_nodes : side->next[i];
  guint32 count = 0;
  for (guint32 c = (guint32)(i + 1); c < end; c = side->next[c])
    count++;
  guint32 *list = g_new (guint32, count + 1);
  *n = 0;
  for (guint32 c = (guint32)(i + 1); c < end; c = side->next[c])
    list[(*n)++] = c;
  return list;
}

/* Node I and all below it are on one side only.  */
static DiffKind
emit_one_sided (Diff *diff, const Side *side, guint32 i, DiffKind kind)
{
  DiffKind first = side->rule[i] == NO_RULE ? kind : DIFF_IGNORED;
  for (guint32 c = i; c < side->next[i]; c++)
    {
      DiffRecord record = { .kind = side->rule[c] == NO_RULE ? kind : DIFF_IGNORED,
                            .a = side == &diff->a ? (gint32)c : -1,
                            .b = side == &diff->b ? (gint32)c : -1,
                            .rule = side->rule[c],
                            .kept = side->kept[c],
                            .depth = side->tree->nodes[c].depth };
      g_array_append_val (diff->records, record);
    }
  return first;
}

/* What the kinds of children make of their parent.  */
typedef struct
{
  gboolean matters, ignored;
} Below;

static void
note (Below *below, DiffKind kind)
{
  if (kind == DIFF_IGNORED)
    below->ignored = TRUE;
  else if (kind != DIFF_SAME)
    below->matters = TRUE;
}

static Below walk_children (Diff *diff, gint32 a, gint32 b);

/* Do A and B differ in what is their own?  Where only one has children, it is
   these that tell, unless there is a value besides.  */
static gboolean
own_differs (const Diff *diff, guint32 a, guint32 b)
{
  WireKind kind = wire_node_kind (&diff->a.tree->nodes[a]);
  if ((kind == WIRE_NONE || kind == WIRE_BYTES)
      && kind == wire_node_kind (&diff->b.tree->nodes[b])
      && !diff->a.n_children[a] != !diff->b.n_children[b])
    return FALSE;
  return diff->a.own[a] != diff->b.own[b];
}

static DiffKind
walk_pair (Diff *diff, guint32 a, guint32 b)
{
  /* A rule that looks at values may hold for one side only: not for the two.  */
  gint32 rule = diff->b.rule[b] == NO_RULE ? NO_RULE : diff->a.rule[a];
  gboolean own = own_differs (diff, a, b);
  DiffRecord record = { .kind = DIFF_SAME,
                        .a = (gint32)a,
                        .b = (gint32)b,
                        .rule = NO_RULE,
                        .kept = diff->a.kept[a],
                        .depth = diff->a.tree->nodes[a].depth };
  guint place = diff->records->len;
  g_array_append_val (diff->records, record);
  Below below = walk_children (diff, (gint32)a, (gint32)b);
  if (below.matters || (own && rule == NO_RULE))
    record.kind = DIFF_CHANGED;
  else if (rule != NO_RULE && (own || below.ignored))
    {
      record.kind = DIFF_IGNORED;
      record.rule = rule;
    }
  g_array_index (diff->records, DiffRecord, place) = record;
  return record.kind;
}

static Below
walk_children (Diff *diff, gint32 a, gint32 b)
{
  guint32 n, m, j = 0;
  Below below = { FALSE, FALSE };
  g_autofree guint32 *as = children (&diff->a, a, &n);
  g_autofree guint32 *bs = children (&diff->b, b, &m);
  g_autofree gint32 *match = g_new (gint32, n + 1);
  memset (match, 0xff, (n + 1) * sizeof *match);
  Siblings siblings = { &diff->a, &diff->b, as, bs, match };
  align (&siblings, n, m);
  for (guint32 i = 0; i < n; i++)
    {
      if (match[i] < 0)
        {
          note (&below, emit_one_sided (diff, &diff->a, as[i], DIFF_ONLY_A));
          continue;
        }
      while (j < (guint32)match[i])
        note (&below, emit_one_sided (diff, &diff->b, bs[j++], DIFF_ONLY_B));
      note (&below, walk_pair (diff, as[i], bs[j++]));
    }
  while (j < m)
    note (&below, emit_one_sided (diff, &diff->b, bs[j++], DIFF_ONLY_B));
  return below;
}

GArray *
diff_trees (const WireTree *a, const WireTree *b, Rules *rules)
{
  g_autoptr (GHashTable) keys = g_hash_table_new (g_str_hash, g_str_equal);
  Diff diff = { .records = g_array_new (FALSE, FALSE, sizeof (DiffRecord)) };
  side_init (&diff.a, a, rules, keys);
  side_init (&diff.b, b, rules, keys);
  walk_children (&diff, -1, -1);
  side_clear (&diff.a);
  side_clear (&diff.b);
  return diff.records;
}

gboolean
diff_matters (const GArray *records)
{
  for (guint i = 0; i < records->len; i++)
    {
      DiffKind kind = g_array_index (records, DiffRecord, i).kind;
      if (kind != DIFF_SAME && kind != DIFF_IGNORED)
        return TRUE;
    }
  return FALSE;
}
