/* tree-diff.c --- what differs between two field trees

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/tree-diff.h"

#include <string.h>

#include "compare/tree-side.h"
#include "support/hash.h"

/* Pairs of siblings looked at in one alignment; beyond that, equal ones hold the
   rest in place.  */
#define MAX_PAIRS (1u << 20)

/* ------------------------------------------------------------- alignment */

/* Siblings of both sides, and which go together: match[i] is the index in b
   that a's i-th goes with, or -1.  */
typedef struct
{
  const TreeSide *a, *b;
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
places (const TreeSide *side, const guint32 *nodes, guint32 from, guint32 to)
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
  TreeSide a, b;
  GArray *records;
} Diff;

/* The children of node I, or the roots for -1, whose number is put in *N.  */
static guint32 *
children (const TreeSide *side, gint32 i, guint32 *n)
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
emit_one_sided (Diff *diff, const TreeSide *side, guint32 i, DiffKind kind)
{
  DiffKind first = side->rule[i] == NO_RULE ? kind : DIFF_IGNORED;
  for (guint32 c = i; c < side->next[i]; c++)
    {
      DiffRecord record = { .kind = side->rule[c] == NO_RULE ? kind : DIFF_IGNORED,
                            .a = side == &diff->a ? (gint32)c : -1,
                            .b = side == &diff->b ? (gint32)c : -1,
                            .rule = side->rule[c],
                            .kept = side->kept[c],
                            .depth = side->depth[c] };
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
                        .depth = diff->a.depth[a] };
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
  tree_side_init (&diff.a, a, rules, keys);
  tree_side_init (&diff.b, b, rules, keys);
  walk_children (&diff, -1, -1);
  tree_side_clear (&diff.a);
  tree_side_clear (&diff.b);
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
