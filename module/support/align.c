/* align.c --- which elements of two sequences go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/align.h"

#include <string.h>

/* Pairs that are all looked at: some ten milliseconds.  */
#define MAX_CELLS (1u << 20)

/* Side of a piece of what is too large for that.  */
#define PIECE 512

/* The least bound on D; grows with the root of the length.  */
#define MIN_COST 256

/* What a gap costs, whatever its length; and one at the end, where one sequence
   is over: what is alike there is no reason to put all before it in a gap.  */
#define GAP_COST 20
#define TAIL_COST 5

/* A common end of less than that may be chance.  */
#define MIN_TAIL 64

typedef struct
{
  guint32 i0, i1, j0, j1;
  guint8 level; /* tokens still to be tried, ALIGN_LEVELS for none */
} Region;

typedef struct
{
  const AlignTask *task;
  guint32 *match;
  GArray *todo; /* of Region */
  gboolean given_up;
} Alignment;

static gboolean
tick (Alignment *al)
{
  if (!al->given_up && al->task->tick && !al->task->tick (al->task->user))
    al->given_up = TRUE;
  return !al->given_up;
}

static gboolean
equal (const Alignment *al, guint level, guint32 i, guint32 j)
{
  return al->task->a[level][i] == al->task->b[level][j]
         && !(al->task->apart && al->task->apart (al->task->user, i, j));
}

static void
push (Alignment *al, guint32 i0, guint32 i1, guint32 j0, guint32 j1, guint level)
{
  const Region region = { i0, i1, j0, j1, (guint8)level };
  if (i0 < i1 && j0 < j1)
    g_array_append_val (al->todo, region);
}

/* --------------------------------------------------------- all the pairs */

/* The best way to a cell by its last step, and where that came from.  */
enum
{
  PAIR,
  SKIP_A,
  SKIP_B,
  N_STEPS
};

#define WORST (G_MININT / 2)

typedef struct
{
  int best[N_STEPS];
} Cell;

/* The step with which the best way ends; a gap rather than a pair as good, so that what
   is alike goes together as early as it can.  */
static guint
best_step (const int *best)
{
  guint step = PAIR;
  for (guint s = SKIP_A; s < N_STEPS; s++)
    if (best[s] >= best[step] && best[s] > WORST / 2)
      step = s;
  return step;
}

/* Fill in CELL from those before it, and the two bits for each step that say
   where it came from.  GAP is what a gap in either sequence costs here.  This is
   Gotoh's alignment with affine gap costs, a gap's length being free.  */
static guint8
fill_cell (Cell *cell, const Cell *diagonal, const Cell *above, const Cell *left, int score,
           const int gap[2])
{
  guint from = best_step (diagonal->best);
  guint8 trace = (guint8)from;
  cell->best[PAIR] = score == ALIGN_NEVER ? WORST : diagonal->best[from] + score;
  int way[N_STEPS];
  for (guint s = 0; s < N_STEPS; s++)
    way[s] = above->best[s] - (s == SKIP_A ? 0 : gap[0]);
  from = best_step (way);
  cell->best[SKIP_A] = MAX (way[from], WORST);
  trace |= (guint8)(from << 2);
  for (guint s = 0; s < N_STEPS; s++)
    way[s] = left->best[s] - (s == SKIP_B ? 0 : gap[1]);
  from = best_step (way);
  cell->best[SKIP_B] = MAX (way[from], WORST);
  return trace | (guint8)(from << 4);
}

static void
follow_trace (Alignment *al, const Region *r, const guint8 *trace, guint step)
{
  gsize n = r->i1 - r->i0, m = r->j1 - r->j0;
  for (gsize i = n, j = m; i && j;)
    {
      guint8 cell = trace[(i - 1) * m + j - 1];
      guint before = cell >> (2 * step) & 3;
      if (step == PAIR)
        al->match[r->i0 + --i] = r->j0 + (guint32)--j;
      else if (step == SKIP_A)
        i--;
      else
        j--;
      step = before;
    }
}

static void
align_pairs (Alignment *al, const Region *r)
{
  gsize n = r->i1 - r->i0, m = r->j1 - r->j0;
  gboolean at_end = r->i1 == al->task->n && r->j1 == al->task->m;
  g_autofree guint8 *trace = g_malloc (n * m);
  g_autofree Cell *row = g_new (Cell, m + 1);
  for (gsize j = 0; j <= m; j++)
    row[j] = (Cell){ { j ? WORST : 0, WORST, j ? -GAP_COST : WORST } };
  for (gsize i = 0; i < n; i++)
    {
      Cell diagonal = row[0];
      row[0] = (Cell){ { WORST, -GAP_COST, WORST } };
      for (gsize j = 0; j < m; j++)
        {
          Cell above = row[j + 1];
          int score
              = al->task->score (al->task->user, r->i0 + (guint32)i, r->j0 + (guint32)j);
          const int gap[2] = { at_end && j + 1 == m ? TAIL_COST : GAP_COST,
                               at_end && i + 1 == n ? TAIL_COST : GAP_COST };
          trace[i * m + j]
              = fill_cell (&row[j + 1], &diagonal, &above, &row[j], score, gap);
          diagonal = above;
        }
      if (i % 256 == 255 && !tick (al))
        return;
    }
  follow_trace (al, r, trace, best_step (row[m].best));
}

/* Piece by piece along the diagonal.  */
static void
align_pieces (Alignment *al, const Region *r)
{
  guint32 n = r->i1 - r->i0, m = r->j1 - r->j0;
  guint32 pieces = MAX (n, m) / PIECE + 1;
  for (guint32 p = 0; p < pieces && tick (al); p++)
    {
      const Region piece = { .i0 = r->i0 + (guint32)((guint64)n * p / pieces),
                             .i1 = r->i0 + (guint32)((guint64)n * (p + 1) / pieces),
                             .j0 = r->j0 + (guint32)((guint64)m * p / pieces),
                             .j1 = r->j0 + (guint32)((guint64)m * (p + 1) / pieces) };
      if (piece.i0 < piece.i1 && piece.j0 < piece.j1)
        align_pairs (al, &piece);
    }
}

/* --------------------------------------------------------------- anchors */

/* A token that is there once on either side; index + 1, 0 for never, ALIGN_NONE
   for more than once.  */
typedef struct
{
  guint32 in_a, in_b;
} Places;

static void
note_place (guint32 *place, guint32 i)
{
  *place = *place ? ALIGN_NONE : i + 1;
}

/* Of PAIRS (i ascending), the longest chain in which j ascends, too, which is their
   longest increasing subsequence, by patience sorting: for each
   the index of the one before it; the index of the last one returned.  */
static guint32
longest_chain (const Places *pairs, guint32 n, guint32 *before)
{
  /* tails[k]: the pair with the least j that ends a chain of k + 1.  */
  g_autofree guint32 *tails = g_new (guint32, n + 1);
  guint32 length = 0;
  for (guint32 p = 0; p < n; p++)
    {
      guint32 low = 0, high = length;
      while (low < high)
        {
          guint32 middle = (low + high) / 2;
          if (pairs[tails[middle]].in_b < pairs[p].in_b)
            low = middle + 1;
          else
            high = middle;
        }
      before[p] = low ? tails[low - 1] : ALIGN_NONE;
      tails[low] = p;
      if (low == length)
        length++;
    }
  return length ? tails[length - 1] : ALIGN_NONE;
}

static Places *
unique_pairs (Alignment *al, const Region *r, guint32 *n)
{
  const guint64 *a = al->task->a[r->level], *b = al->task->b[r->level];
  g_autoptr (GHashTable) places
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  for (guint32 i = r->i0; i < r->i1; i++)
    {
      Places *place = g_hash_table_lookup (places, &a[i]);
      if (!place)
        g_hash_table_insert (places, (gpointer)&a[i], place = g_new0 (Places, 1));
      note_place (&place->in_a, i);
    }
  for (guint32 j = r->j0; j < r->j1; j++)
    {
      Places *place = g_hash_table_lookup (places, &b[j]);
      if (place)
        note_place (&place->in_b, j);
    }
  Places *pairs = g_new (Places, r->i1 - r->i0 + 1);
  *n = 0;
  for (guint32 i = r->i0; i < r->i1; i++)
    {
      const Places *place = g_hash_table_lookup (places, &a[i]);
      if (place->in_a == i + 1 && place->in_b && place->in_b != ALIGN_NONE
          && equal (al, r->level, i, place->in_b - 1))
        pairs[(*n)++] = *place;
    }
  return pairs;
}

/* Cut R at what is unique on both sides; FALSE if too little is.  */
static gboolean
cut_at_anchors (Alignment *al, const Region *r)
{
  guint32 n, length = 0;
  g_autofree Places *pairs = unique_pairs (al, r, &n);
  g_autofree guint32 *before = g_new (guint32, n + 1);
  guint32 last = longest_chain (pairs, n, before);
  for (guint32 p = last; p != ALIGN_NONE; p = before[p])
    length++;
  /* Two captures that have little in common have a few things in common by
     chance.  */
  if (length == 0 || length < MIN (r->i1 - r->i0, r->j1 - r->j0) / 64)
    return FALSE;
  guint32 i1 = r->i1, j1 = r->j1;
  for (guint32 p = last; p != ALIGN_NONE; p = before[p])
    {
      guint32 i = pairs[p].in_a - 1, j = pairs[p].in_b - 1;
      al->match[i] = j;
      push (al, i + 1, i1, j + 1, j1, 0);
      i1 = i;
      j1 = j;
    }
  push (al, r->i0, i1, r->j0, j1, 0);
  return TRUE;
}

/* ----------------------------------------------------------------- Myers */

/* The middle of the shortest way from one corner of a box to the other: ways
   are followed from both corners, one more difference at a time, until they
   meet.  forward[d] and backward[d] are the furthest x on diagonal x - y = d;
   arrays with an origin in their middle.  */
typedef struct
{
  Alignment *al;
  guint level;
  guint32 i0, j0;
  gint32 n, m;
  gint32 *forward, *backward;
  gint32 fmin, fmax, bmin, bmax; /* the diagonals in use */
} Box;

static gboolean
box_equal (const Box *box, gint32 x, gint32 y)
{
  return equal (box->al, box->level, box->i0 + (guint32)x, box->j0 + (guint32)y);
}

/* Let the diagonals in use from *MIN to *MAX grow by one each way, within the
   box; what is just outside gets OUTSIDE.  */
static void
grow (const Box *box, gint32 *way, gint32 *min, gint32 *max, gint32 outside)
{
  if (*min > -box->m)
    way[--*min - 1] = outside;
  else
    ++*min;
  if (*max < box->n)
    way[++*max + 1] = outside;
  else
    --*max;
}

/* One more difference from the upper left; TRUE with *X, *Y if that meets the
   other way.  */
static gboolean
step_forward (Box *box, gboolean odd, gint32 *x_met, gint32 *y_met)
{
  gint32 *f = box->forward;
  grow (box, f, &box->fmin, &box->fmax, -1);
  for (gint32 d = box->fmax; d >= box->fmin; d -= 2)
    {
      gint32 x = f[d - 1] >= f[d + 1] ? f[d - 1] + 1 : f[d + 1];
      gint32 y = x - d;
      while (x < box->n && y < box->m && y >= 0 && box_equal (box, x, y))
        {
          x++;
          y++;
        }
      f[d] = x;
      if (odd && box->bmin <= d && d <= box->bmax && box->backward[d] <= x)
        {
          *x_met = x;
          *y_met = y;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
step_backward (Box *box, gboolean odd, gint32 *x_met, gint32 *y_met)
{
  gint32 *b = box->backward;
  grow (box, b, &box->bmin, &box->bmax, G_MAXINT32);
  for (gint32 d = box->bmax; d >= box->bmin; d -= 2)
    {
      gint32 x = b[d - 1] < b[d + 1] ? b[d - 1] : b[d + 1] - 1;
      gint32 y = x - d;
      while (x > 0 && y > 0 && x <= box->n && y <= box->m && box_equal (box, x - 1, y - 1))
        {
          x--;
          y--;
        }
      b[d] = x;
      if (!odd && box->fmin <= d && d <= box->fmax && x <= box->forward[d])
        {
          *x_met = x;
          *y_met = y;
          return TRUE;
        }
    }
  return FALSE;
}

/* The point furthest from its corner that either way has reached.  */
static void
furthest (const Box *box, gint32 *x_best, gint32 *y_best)
{
  gint64 best = -1;
  for (gint32 d = box->fmin; d <= box->fmax; d += 2)
    {
      gint32 x = MIN (MIN (box->forward[d], box->n), box->m + d), y = x - d;
      if (x >= 0 && y >= 0 && (gint64)x + y > best)
        {
          best = (gint64)x + y;
          *x_best = x;
          *y_best = y;
        }
    }
  for (gint32 d = box->bmin; d <= box->bmax; d += 2)
    {
      gint32 x = MAX (MAX (box->backward[d], 0), d), y = x - d;
      gint64 way = (gint64)box->n - x + box->m - y;
      if (x <= box->n && y <= box->m && way > best)
        {
          best = way;
          *x_best = x;
          *y_best = y;
        }
    }
}

/* A point to cut the box at; FALSE if there is none inside.  */
static gboolean
find_middle (Box *box, gint32 *x, gint32 *y)
{
  gint32 delta = box->n - box->m;
  gboolean odd = delta & 1;
  gint32 limit = MIN_COST;
  while ((gint64)limit * limit < (gint64)box->n + box->m)
    limit *= 2;
  box->fmin = box->fmax = 0;
  box->bmin = box->bmax = delta;
  box->forward[0] = 0;
  box->backward[delta] = box->n;
  *x = *y = 0;
  for (gint32 cost = 1;; cost++)
    {
      if (step_forward (box, odd, x, y) || step_backward (box, odd, x, y))
        break;
      if (cost >= limit || !tick (box->al))
        {
          furthest (box, x, y);
          break;
        }
    }
  *x = CLAMP (*x, 0, box->n);
  *y = CLAMP (*y, 0, box->m);
  return (*x || *y) && (*x < box->n || *y < box->m);
}

/* Match the equal ends of R at LEVEL, and shrink R to what is between.  */
static void
trim (Alignment *al, Region *r, guint level)
{
  while (r->i0 < r->i1 && r->j0 < r->j1 && equal (al, level, r->i0, r->j0))
    al->match[r->i0++] = r->j0++;
  while (r->i0 < r->i1 && r->j0 < r->j1 && equal (al, level, r->i1 - 1, r->j1 - 1))
    al->match[--r->i1] = --r->j1;
}

/* Match what is equal at LEVEL along a shortest way through R.  */
static void
match_equal (Alignment *al, const Region *r, guint level)
{
  g_autoptr (GArray) boxes = g_array_new (FALSE, FALSE, sizeof (Region));
  gsize diagonals = (gsize)(r->i1 - r->i0) + (r->j1 - r->j0) + 3;
  g_autofree gint32 *forward = g_new (gint32, diagonals);
  g_autofree gint32 *backward = g_new (gint32, diagonals);
  g_array_append_val (boxes, *r);
  while (boxes->len && !al->given_up)
    {
      Region b = g_array_index (boxes, Region, boxes->len - 1);
      gint32 x, y;
      g_array_set_size (boxes, boxes->len - 1);
      trim (al, &b, level);
      if (b.i0 == b.i1 || b.j0 == b.j1)
        continue;
      Box box = { .al = al, .level = level, .i0 = b.i0, .j0 = b.j0 };
      box.n = (gint32)(b.i1 - b.i0);
      box.m = (gint32)(b.j1 - b.j0);
      box.forward = forward + box.m + 1;
      box.backward = backward + box.m + 1;
      if (!find_middle (&box, &x, &y))
        continue;
      const Region halves[] = { { b.i0, b.i0 + (guint32)x, b.j0, b.j0 + (guint32)y, 0 },
                                { b.i0 + (guint32)x, b.i1, b.j0 + (guint32)y, b.j1, 0 } };
      g_array_append_vals (boxes, halves, 2);
    }
}

/* What is between the matches in R is still to be done, at LEVEL.  */
static void
push_gaps (Alignment *al, const Region *r, guint level)
{
  guint32 i0 = r->i0, j0 = r->j0;
  for (guint32 i = r->i0; i < r->i1; i++)
    if (al->match[i] != ALIGN_NONE)
      {
        push (al, i0, i, j0, al->match[i], level);
        i0 = i + 1;
        j0 = al->match[i] + 1;
      }
  push (al, i0, r->i1, j0, r->j1, level);
}

/* ------------------------------------------------------------------- all */

/* Trim R, but leave a short end of both sequences to be aligned with the rest.  */
static void
trim_region (Alignment *al, Region *r)
{
  gboolean at_end = r->i1 == al->task->n && r->j1 == al->task->m;
  guint32 end = r->i1;
  trim (al, r, 0);
  if (at_end && r->i0 < r->i1 && r->j0 < r->j1 && end - r->i1 < MIN_TAIL)
    {
      r->j1 += end - r->i1;
      while (r->i1 < end)
        al->match[r->i1++] = ALIGN_NONE;
    }
}

/* A region's level counts the ways that were tried: anchors by each kind of
   token, then common subsequences.  */
static void
align_region (Alignment *al, Region *r)
{
  trim_region (al, r);
  if (r->i0 == r->i1 || r->j0 == r->j1)
    return;
  if ((guint64)(r->i1 - r->i0) * (r->j1 - r->j0) <= MAX_CELLS)
    {
      align_pairs (al, r);
      return;
    }
  for (; r->level < ALIGN_LEVELS && tick (al); r->level++)
    if (cut_at_anchors (al, r))
      return;
  if (r->level < 2 * ALIGN_LEVELS)
    {
      match_equal (al, r, r->level - ALIGN_LEVELS);
      push_gaps (al, r, r->level + 1u);
    }
  else
    align_pieces (al, r);
}

gboolean
align_run (const AlignTask *task, guint32 *match)
{
  Alignment al = { .task = task, .match = match };
  al.todo = g_array_new (FALSE, FALSE, sizeof (Region));
  for (guint32 i = 0; i < task->n; i++)
    match[i] = ALIGN_NONE;
  /* Beyond half the range of numbers no one has exchanges.  */
  if (task->n < G_MAXINT32 / 4 && task->m < G_MAXINT32 / 4)
    push (&al, 0, task->n, 0, task->m, 0);
  while (al.todo->len && tick (&al))
    {
      Region region = g_array_index (al.todo, Region, al.todo->len - 1);
      g_array_set_size (al.todo, al.todo->len - 1);
      align_region (&al, &region);
    }
  g_array_unref (al.todo);
  return !al.given_up;
}
