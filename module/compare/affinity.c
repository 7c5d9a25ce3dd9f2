/* affinity.c --- which groups go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/affinity.h"

#include <stdlib.h>

#include "support/align.h"
#include "support/hash.h"

/* Exchanges that are looked at to tell how alike two connections are.  */
#define SAMPLE 512

typedef struct
{
  const Work *work;
  guint64 **samples[2]; /* sorted keys, for each group */
} GroupPairing;

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

static guint32
sample_size (const Group *group)
{
  return MIN (group->n, SAMPLE);
}

static int
group_score (gpointer user, guint32 i, guint32 j)
{
  const GroupPairing *gp = user;
  guint32 n = sample_size (exchanges_group (gp->work->sides[0], i));
  guint32 m = sample_size (exchanges_group (gp->work->sides[1], j));
  const guint64 *a = gp->samples[0][i], *b = gp->samples[1][j];
  guint32 common = 0;
  for (guint32 x = 0, y = 0; x < n && y < m;)
    {
      common += a[x] == b[y];
      guint64 least = MIN (a[x], b[y]);
      x += a[x] == least;
      y += b[y] == least;
    }
  return (int)(200 * common / (n + m));
}

static gboolean
group_tick (gpointer user)
{
  return work_tick (((GroupPairing *)user)->work);
}

static guint64 **
make_samples (const Work *work, int side)
{
  guint32 n = exchanges_group_count (work->sides[side]);
  guint64 **samples = g_new0 (guint64 *, n + 1);
  for (guint32 g = 0; g < n; g++)
    {
      const Group *group = exchanges_group (work->sides[side], g);
      guint32 size = sample_size (group);
      samples[g] = g_new (guint64, size + 1);
      for (guint32 i = 0; i < size; i++)
        samples[g][i] = exchange_at (work, side, group, i)->key;
      qsort (samples[g], size, sizeof **samples, compare_keys);
    }
  return samples;
}

/* One token a group for each level: of all its exchanges.  */
static guint64 *
group_tokens (const Work *work, int side, guint level)
{
  guint32 n = exchanges_group_count (work->sides[side]);
  guint64 *tokens = g_new (guint64, n + 1);
  for (guint32 g = 0; g < n; g++)
    {
      const Group *group = exchanges_group (work->sides[side], g);
      tokens[g] = HASH_START;
      for (guint32 i = 0; i < group->n; i++)
        {
          const Exchange *e = exchange_at (work, side, group, i);
          tokens[g] = hash_mix (tokens[g], level == 0   ? e->all
                                           : level == 1 ? e->asked
                                                        : e->key);
        }
    }
  return tokens;
}

/* What is as good as the same, whose order counts.  */
#define ALIKE 95

/* The same, for those that are alike only.  */
static int
alike_score (gpointer user, guint32 i, guint32 j)
{
  int score = group_score (user, i, j);
  return score >= ALIKE ? score : ALIGN_NEVER;
}

typedef struct
{
  guint32 left, right;
  int score;
} Affinity;

static int
compare_affinities (gconstpointer a, gconstpointer b)
{
  const Affinity *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  if (x->left != y->left)
    return x->left < y->left ? -1 : 1;
  return x->right < y->right ? -1 : x->right > y->right;
}

/* More pairs of groups than that aren't looked at one by one.  */
#define MAX_AFFINITIES (1u << 22)

/* Groups that are left: the most alike go together, whatever their order, and
   at last what is alone on both sides.  */
static void
match_rest (GroupPairing *gp, guint32 *match, guint32 n, guint32 m)
{
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  g_autoptr (GArray) affinities = g_array_new (FALSE, FALSE, sizeof (Affinity));
  guint32 left = n, right = m;
  for (guint32 i = 0; i < n; i++)
    if (match[i] != ALIGN_NONE)
      {
        taken[match[i]] = TRUE;
        left--;
        right--;
      }
  if ((guint64)left * right > MAX_AFFINITIES)
    return;
  for (guint32 i = 0; i < n; i++)
    for (guint32 j = 0; j < m && match[i] == ALIGN_NONE; j++)
      {
        const Affinity affinity = { i, j, taken[j] ? 0 : group_score (gp, i, j) };
        if (!taken[j] && (affinity.score > 0 || (left == 1 && right == 1)))
          g_array_append_val (affinities, affinity);
      }
  g_array_sort (affinities, compare_affinities);
  for (guint k = 0; k < affinities->len; k++)
    {
      const Affinity *affinity = &g_array_index (affinities, Affinity, k);
      if (match[affinity->left] != ALIGN_NONE || taken[affinity->right])
        continue;
      match[affinity->left] = affinity->right;
      taken[affinity->right] = TRUE;
    }
}

/* Exchanges that are pinned together have their groups go together.  */
static void
match_pinned (const Work *work, guint32 *match, guint32 n)
{
  for (guint p = 0; p < work->n_pins; p++)
    {
      const Pin *pin = &work->pins[p];
      if (!pin->together)
        continue;
      guint32 left = exchanges_get (work->sides[0], pin->left)->group;
      guint32 right = exchanges_get (work->sides[1], pin->right)->group;
      for (guint32 i = 0; i < n; i++)
        if (match[i] == right)
          match[i] = match[left];
      match[left] = right;
    }
}

guint32 *
affinity_groups (const Work *work)
{
  guint32 n = exchanges_group_count (work->sides[0]);
  guint32 m = exchanges_group_count (work->sides[1]);
  GroupPairing gp = { work, { make_samples (work, 0), make_samples (work, 1) } };
  AlignTask task
      = { .n = n, .m = m, .score = alike_score, .tick = group_tick, .user = &gp };
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      task.a[level] = group_tokens (work, 0, level);
      task.b[level] = group_tokens (work, 1, level);
    }
  guint32 *match = g_new (guint32, n + 1);
  gboolean done = align_run (&task, match);
  if (done)
    match_rest (&gp, match, n, m);
  match_pinned (work, match, n);
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      g_free ((gpointer)task.a[level]);
      g_free ((gpointer)task.b[level]);
    }
  for (guint32 g = 0; g < n; g++)
    g_free (gp.samples[0][g]);
  for (guint32 g = 0; g < m; g++)
    g_free (gp.samples[1][g]);
  g_free (gp.samples[0]);
  g_free (gp.samples[1]);
  if (!done)
    g_clear_pointer (&match, g_free);
  return match;
}
