/* runs.c --- exchanges of one side that come in a row

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/runs.h"
#include "compare/leaders.h"

/* As many exchanges as are told in one line, and as many beginnings as they must have:
   what one of them opens is below it as it is.  What follows from something before
   the run is told in one line if it is a lot.  */
#define MIN_RUN 3
#define MIN_ROOTS 2
#define MIN_CONSEQUENCES 8

typedef struct
{
  Judge *judge;
  GArray **open[2]; /* for each pair of groups and side, the rows since the last of both
                       sides; or NULL */
  guint32 *leaders; /* of each divergence, that it is told with */
} Runs;

static Divergence *
divergence_at (const Runs *runs, guint32 i)
{
  return &g_array_index (runs->judge->result->divergences, Divergence, i);
}

static const ComparedRow *
row_at (const Runs *runs, guint32 r)
{
  return &g_array_index (runs->judge->result->rows, ComparedRow, r);
}

/* Can divergence D be told with others?  */
static gboolean
is_single (const Divergence *d)
{
  return (d->kind == DIVERGES_ONLY_A || d->kind == DIVERGES_ONLY_B)
         && d->fold == FOLDS_NOTHING && d->n == 1;
}

/* The divergence before FIRST, the first of a run, of which DIVERGENCE is a consequence, or
   NO_DIVERGENCE.  */
static guint32
outer_cause (const Runs *runs, guint32 divergence, guint32 first)
{
  guint32 cause = divergence_at (runs, divergence)->cause;
  while (cause != NO_DIVERGENCE && cause >= first)
    cause = divergence_at (runs, cause)->cause;
  return cause;
}

/* The frame of SIDE's exchange in row R, G_MAXUINT32 for none, or 0.  */
static guint32
frame_of (const Runs *runs, int side, guint32 r)
{
  if (r == G_MAXUINT32)
    return 0;
  const Exchanges *x = runs->judge->x[side];
  const ComparedRow *row = row_at (runs, r);
  return exchanges_shown (x, exchanges_get (x, side ? row->b : row->a))->frame;
}

/* Tell those of the divergences ROWS, of a run of SIDE whose first one is FIRST, that
   follow from CAUSE in one line, if they are enough; both sides have row BEHIND.  */
static void
fold_part (Runs *runs, int side, const GArray *rows, guint32 first, guint32 cause,
           guint32 behind)
{
  guint32 n = 0, roots = 0, leader = NO_DIVERGENCE, after = 0;
  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint i = 0; i < rows->len; i++)
        {
          guint32 r = g_array_index (rows, guint32, i);
          guint32 divergence = row_at (runs, r)->divergence;
          if (outer_cause (runs, divergence, first) != cause)
            continue;
          if (pass)
            {
              runs->leaders[divergence] = leader;
              continue;
            }
          if (!n++)
            {
              leader = divergence;
              after = runs->judge->after[r];
            }
          roots += divergence_at (runs, divergence)->cause == NO_DIVERGENCE;
        }
      if (cause == NO_DIVERGENCE ? n < MIN_RUN || roots < MIN_ROOTS : n < MIN_CONSEQUENCES)
        return;
    }
  Divergence *d = divergence_at (runs, leader);
  d->n = n;
  d->fold = FOLDS_RUN;
  d->frame = frame_of (runs, !side, behind);
  if (cause == NO_DIVERGENCE && after)
    d->cause = after - 1;
}

/* Tell ROWS, a run of SIDE, in as few lines as it has causes.  */
static void
close_run (Runs *runs, int side, const GArray *rows, guint32 behind)
{
  guint32 first = row_at (runs, g_array_index (rows, guint32, 0))->divergence;
  g_autoptr (GHashTable) causes = g_hash_table_new (NULL, NULL);
  g_autofree guint32 *distinct = g_new (guint32, rows->len);
  guint32 n = 0;
  for (guint i = 0; i < rows->len; i++)
    {
      guint32 divergence = row_at (runs, g_array_index (rows, guint32, i))->divergence;
      guint32 cause = outer_cause (runs, divergence, first);
      if (g_hash_table_add (causes, GUINT_TO_POINTER (cause)))
        distinct[n++] = cause;
    }
  for (guint32 i = 0; i < n; i++)
    fold_part (runs, side, rows, first, distinct[i], behind);
}

static void
close_pair (Runs *runs, guint32 pair, guint32 behind)
{
  for (int side = 0; side < 2; side++)
    {
      GArray *rows = runs->open[side][pair];
      if (rows && rows->len)
        close_run (runs, side, rows, behind);
      if (rows)
        g_array_set_size (rows, 0);
    }
}

static void
add_row (Runs *runs, guint32 r)
{
  const ComparedRow *row = row_at (runs, r);
  if (row->a != NO_EXCHANGE && row->b != NO_EXCHANGE)
    close_pair (runs, row->pair, r);
  else if (row->divergence != NO_DIVERGENCE
           && is_single (divergence_at (runs, row->divergence)))
    {
      GArray **rows = &runs->open[row->a == NO_EXCHANGE][row->pair];
      if (!*rows)
        *rows = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_array_append_val (*rows, r);
    }
}

void
runs_fold (Judge *judge)
{
  guint32 pairs = judge->pairing->groups->len, n = judge->result->divergences->len;
  Runs runs = { .judge = judge, .leaders = g_new (guint32, n + 1) };
  for (guint32 i = 0; i < n; i++)
    runs.leaders[i] = i;
  for (int side = 0; side < 2; side++)
    runs.open[side] = g_new0 (GArray *, pairs + 1);
  for (guint32 r = 0; r < judge->result->rows->len; r++)
    add_row (&runs, r);
  for (guint32 p = 0; p < pairs; p++)
    close_pair (&runs, p, G_MAXUINT32);
  leaders_follow (judge, runs.leaders);
  for (int side = 0; side < 2; side++)
    {
      for (guint32 p = 0; p < pairs; p++)
        if (runs.open[side][p])
          g_array_unref (runs.open[side][p]);
      g_free (runs.open[side]);
    }
  g_free (runs.leaders);
}
