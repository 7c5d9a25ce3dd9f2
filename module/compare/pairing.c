/* pairing.c --- which exchanges of two captures go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/pairing.h"
#include "compare/affinity.h"
#include "compare/match.h"

#include <stdlib.h>

#include "support/align.h"

/* ------------------------------------------------------------------ rows */

static void
add_row (Work *work, guint32 pair, guint32 left, guint32 right, gboolean moved)
{
  const Row row = { left, right, pair, moved };
  g_array_append_val (work->pairing->rows, row);
}

/* Rows for group G of SIDE, which has no partner.  */
static void
add_alone (Work *work, int side, guint32 g)
{
  const Group *group = exchanges_group (work->sides[side], g);
  const GroupPair pair = { side ? NO_GROUP : g, side ? g : NO_GROUP };
  guint32 number = work->pairing->groups->len;
  g_array_append_val (work->pairing->groups, pair);
  for (guint32 i = 0; i < group->n; i++)
    {
      guint32 exchange = exchanges_in_order (work->sides[side], group->first + i);
      add_row (work, number, side ? NO_EXCHANGE : exchange, side ? exchange : NO_EXCHANGE,
               FALSE);
    }
}

/* Rows for a pair of groups; MATCH and MOVES are as match_groups has them.  */
static void
add_aligned (Work *work, guint32 pair, const Group *left, const Group *right,
             const guint32 *match, const guint32 *moves)
{
  guint32 n = left->n, m = right->n, j = 0;
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  for (guint32 i = 0; i < n; i++)
    {
      if (match[i] != ALIGN_NONE)
        taken[match[i]] = TRUE;
      if (moves[i] != ALIGN_NONE)
        taken[moves[i]] = TRUE;
    }
#define LEFT(i) exchanges_in_order (work->sides[0], left->first + (i))
#define RIGHT(j) exchanges_in_order (work->sides[1], right->first + (j))
  for (guint32 i = 0; i <= n; i++)
    {
      /* What is only on the right comes before the next pair; what could not be
         decrypted, before what is only on the left: that may be in there.  */
      gboolean alone = i < n && match[i] == ALIGN_NONE;
      guint32 stop = i == n || alone ? m : match[i];
      for (; j < stop; j++)
        if (alone && (taken[j] || !exchanges_is_opaque (work->sides[1], RIGHT (j))))
          break;
        else if (!taken[j])
          add_row (work, pair, NO_EXCHANGE, RIGHT (j), FALSE);
      if (i == n)
        break;
      if (match[i] != ALIGN_NONE)
        add_row (work, pair, LEFT (i), RIGHT (j++), FALSE);
      else if (moves[i] != ALIGN_NONE)
        add_row (work, pair, LEFT (i), RIGHT (moves[i]), TRUE);
      else
        add_row (work, pair, LEFT (i), NO_EXCHANGE, FALSE);
    }
#undef LEFT
#undef RIGHT
}

static gboolean
align_pair (Work *work, guint32 left, guint32 right)
{
  const Group *a = exchanges_group (work->sides[0], left);
  const Group *b = exchanges_group (work->sides[1], right);
  const GroupPair pair = { left, right };
  guint32 number = work->pairing->groups->len;
  g_array_append_val (work->pairing->groups, pair);
  g_autofree guint32 *match = g_new (guint32, a->n + 1);
  g_autofree guint32 *moves = g_new (guint32, a->n + 1);
  if (!match_groups (work, a, b, match, moves))
    return FALSE;
  add_aligned (work, number, a, b, match, moves);
  return TRUE;
}

/* ------------------------------------------------------------------- all */

/* Where a row is: twice its frame in the left capture.  What is on the right only
   comes after what is before it there, whichever connection that is of.  */
typedef struct
{
  guint64 at;
  guint32 row;
} Position;

/* A row of both sides, by frames.  */
typedef struct
{
  guint32 right, left;
} Landmark;

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  const Position *x = a, *y = b;
  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static int
compare_landmarks (gconstpointer a, gconstpointer b)
{
  const Landmark *x = a, *y = b;
  if (x->right != y->right)
    return x->right < y->right ? -1 : 1;
  return x->left < y->left ? -1 : x->left > y->left;
}

static guint32
first_frame (const Exchanges *x, guint32 exchange)
{
  return exchanges_shown (x, exchanges_get (x, exchange))->frame;
}

/* The protocol that ROW is of, 0 for SMB.  */
static guint32
row_protocol (const Work *work, const Row *row)
{
  int side = row->left == NO_EXCHANGE;
  const Exchanges *x = work->sides[side];
  return exchanges_shown (x, exchanges_get (x, side ? row->right : row->left))->protocol;
}

static GArray *
find_landmarks (const Work *work)
{
  const GArray *rows = work->pairing->rows;
  GArray *landmarks = g_array_new (FALSE, FALSE, sizeof (Landmark));
  for (guint32 r = 0; r < rows->len; r++)
    {
      const Row *row = &g_array_index (rows, Row, r);
      if (row->left == NO_EXCHANGE || row->right == NO_EXCHANGE || row->moved)
        continue;
      const Landmark landmark = { first_frame (work->sides[1], row->right),
                                  first_frame (work->sides[0], row->left) };
      g_array_append_val (landmarks, landmark);
    }
  g_array_sort (landmarks, compare_landmarks);
  return landmarks;
}

/* The left frame of the last of LANDMARKS before the right FRAME, 0 if none is.  */
static guint32
frame_before (const GArray *landmarks, guint32 frame)
{
  guint low = 0, high = landmarks->len;
  while (low < high)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (landmarks, Landmark, middle).right < frame)
        low = middle + 1;
      else
        high = middle;
    }
  return low ? g_array_index (landmarks, Landmark, low - 1).left : 0;
}

/* Find the positions of the rows of one pair of groups, from FROM to TO.  Those of
   a group of SMB without a partner come at the end.  */
static void
find_positions (const Work *work, const GArray *landmarks, guint32 from, guint32 to,
                Position *positions)
{
  const GArray *rows = work->pairing->rows;
  const GroupPair *pair = &g_array_index (work->pairing->groups, GroupPair,
                                          g_array_index (rows, Row, from).pair);
  gboolean alone = (pair->left == NO_GROUP || pair->right == NO_GROUP)
                   && !row_protocol (work, &g_array_index (rows, Row, from));
  guint64 next = G_MAXUINT64, before = 0;
  for (guint32 r = to; r-- > from;)
    {
      const Row *row = &g_array_index (rows, Row, r);
      if (row->left != NO_EXCHANGE)
        next = (guint64)2 * first_frame (work->sides[0], row->left);
      positions[r] = (Position){ next, r };
    }
  for (guint32 r = from; r < to; r++)
    {
      const Row *row = &g_array_index (rows, Row, r);
      guint64 *at = &positions[r].at;
      if (row->left == NO_EXCHANGE)
        {
          guint32 frame = first_frame (work->sides[1], row->right);
          *at = MIN (*at - 1, (guint64)2 * frame_before (landmarks, frame) + 1);
          *at = MAX (*at, before);
        }
      before = *at;
    }
  for (guint32 r = from; r < to && alone; r++)
    positions[r].at = G_MAXUINT64;
}

/* Put the rows, which are there group by group, in the order of time.  */
static void
sort_rows (Work *work)
{
  GArray *rows = work->pairing->rows;
  g_autofree Position *positions = g_new (Position, rows->len + 1);
  g_autoptr (GArray) landmarks = find_landmarks (work);
  for (guint32 from = 0, to; from < rows->len; from = to)
    {
      guint32 pair = g_array_index (rows, Row, from).pair;
      for (to = from; to < rows->len && g_array_index (rows, Row, to).pair == pair;)
        to++;
      find_positions (work, landmarks, from, to, positions);
    }
  qsort (positions, rows->len, sizeof *positions, compare_positions);
  GArray *sorted = g_array_sized_new (FALSE, FALSE, sizeof (Row), rows->len);
  for (guint32 r = 0; r < rows->len; r++)
    g_array_append_val (sorted, g_array_index (rows, Row, positions[r].row));
  g_array_unref (rows);
  work->pairing->rows = sorted;
}

Pairing *
pairing_run (const Exchanges *left, const Exchanges *right, const Strings *strings,
             const Pin *pins, guint n_pins, gboolean (*tick) (gpointer), gpointer user)
{
  g_autoptr (Pairing) pairing = g_new0 (Pairing, 1);
  pairing->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  pairing->groups = g_array_new (FALSE, FALSE, sizeof (GroupPair));
  Work work = { { left, right }, strings, pins, n_pins, tick, user, pairing };
  g_autofree guint32 *match = affinity_groups (&work);
  if (!match)
    return NULL;
  guint32 n = exchanges_group_count (left), m = exchanges_group_count (right);
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  for (guint32 g = 0; g < n; g++)
    {
      if (match[g] == ALIGN_NONE)
        add_alone (&work, 0, g);
      else if (!align_pair (&work, g, match[g]))
        return NULL;
      else
        taken[match[g]] = TRUE;
    }
  for (guint32 g = 0; g < m; g++)
    if (!taken[g])
      add_alone (&work, 1, g);
  sort_rows (&work);
  return g_steal_pointer (&pairing);
}
