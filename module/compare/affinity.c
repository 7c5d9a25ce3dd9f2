/* affinity.c --- which groups go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/affinity.h"

#include <stdlib.h>

#include "support/align.h"
#include "support/hash.h"

/* Exchanges that are looked at to tell how alike two connections are.  */
#define SAMPLE 512

/* What is compared of two exchanges, and what it counts if all of the sample have
   it in common.  Files may have names made up anew: then commands tell.  */
enum
{
  BY_COMMAND,
  BY_KIND,
  BY_REQUEST,
  N_SAMPLES
};
static const int weights[N_SAMPLES]
    = { [BY_COMMAND] = 40, [BY_KIND] = 28, [BY_REQUEST] = 28 };

typedef struct
{
  const Work *work;
  guint64 **samples[2][N_SAMPLES]; /* sorted hashes, for each group */
  guint64 *tokens[2][ALIGN_LEVELS];
} GroupPairing;

static int
compare_hashes (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

static guint32
sample_size (const Group *group)
{
  return MIN (group->n, SAMPLE);
}

/* How many of A's N hashes are among B's M, both sorted.  */
static guint32
count_common (const guint64 *a, guint32 n, const guint64 *b, guint32 m)
{
  guint32 common = 0;
  for (guint32 x = 0, y = 0; x < n && y < m;)
    {
      common += a[x] == b[y];
      guint64 least = MIN (a[x], b[y]);
      x += a[x] == least;
      y += b[y] == least;
    }
  return common;
}

/* How alike two groups are, 0..100: the same is better than what asks for the same,
   and that than what has all of a sample in common.  */
static int
group_score (gpointer user, guint32 i, guint32 j)
{
  const GroupPairing *gp = user;
  for (guint level = 0; level < ALIGN_LEVELS - 1; level++)
    if (gp->tokens[0][level][i] == gp->tokens[1][level][j])
      return 100 - 2 * (int)level;
  guint32 n = sample_size (exchanges_group (gp->work->sides[0], i));
  guint32 m = sample_size (exchanges_group (gp->work->sides[1], j));
  guint32 score = 0;
  for (int s = 0; s < N_SAMPLES; s++)
    score += (guint32)weights[s]
             * count_common (gp->samples[0][s][i], n, gp->samples[1][s][j], m);
  return (int)(2 * score / (n + m));
}

static gboolean
group_tick (gpointer user)
{
  return work_tick (((GroupPairing *)user)->work);
}

static guint64
sample_hash (const Work *work, int side, const Exchange *e, int kind)
{
  return kind == BY_KIND      ? e->kind_hash
         : kind == BY_REQUEST ? e->request_hash
                              : exchanges_shown (work->sides[side], e)->command;
}

static guint64 **
make_samples (const Work *work, int side, int kind)
{
  guint32 n = exchanges_group_count (work->sides[side]);
  guint64 **samples = g_new0 (guint64 *, n + 1);
  for (guint32 g = 0; g < n; g++)
    {
      const Group *group = exchanges_group (work->sides[side], g);
      guint32 size = sample_size (group);
      samples[g] = g_new (guint64, size + 1);
      for (guint32 i = 0; i < size; i++)
        samples[g][i] = sample_hash (work, side, exchange_at (work, side, group, i), kind);
      qsort (samples[g], size, sizeof **samples, compare_hashes);
    }
  return samples;
}

/* What E says to the group at LEVEL: at the first one, also what the client can and
   wants.  */
static guint64
exchange_token (const Exchanges *x, const Exchange *e, guint level)
{
  return level == 0
             ? hash_mix (e->exchange_hash, e->request != NO_PDU
                                               ? exchanges_pdu (x, e->request)->environment
                                               : 0)
         : level == 1 ? e->request_hash
                      : e->kind_hash;
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
        tokens[g] = hash_mix (
            tokens[g],
            exchange_token (work->sides[side], exchange_at (work, side, group, i), level));
    }
  return tokens;
}

/* What is as good as the same, whose order counts.  */
#define ALIKE 90

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

/* Being at about the same place among the others counts a little.  */
static int
placed_score (GroupPairing *gp, guint32 i, guint32 j)
{
  return group_score (gp, i, j) + (int)(4 / (1 + (i > j ? i - j : j - i)));
}

/* The protocol of group G of SIDE, 0 for SMB.  */
static guint32
group_protocol (const GroupPairing *gp, int side, guint32 g)
{
  const Group *group = exchanges_group (gp->work->sides[side], g);
  return exchanges_shown (gp->work->sides[side], exchange_at (gp->work, side, group, 0))
      ->protocol;
}

/* How many groups of each protocol SIDE has that are not TAKEN.  */
static GHashTable *
count_left (const GroupPairing *gp, int side, const gboolean *taken)
{
  GHashTable *counts = g_hash_table_new (NULL, NULL);
  for (guint32 g = 0; g < exchanges_group_count (gp->work->sides[side]); g++)
    if (!taken[g])
      {
        gpointer protocol = GUINT_TO_POINTER (group_protocol (gp, side, g));
        guint n = GPOINTER_TO_UINT (g_hash_table_lookup (counts, protocol));
        g_hash_table_insert (counts, protocol, GUINT_TO_POINTER (n + 1));
      }
  return counts;
}

/* Are groups I and J the only ones of their protocol, by COUNTS of both sides?  */
static gboolean
only_ones (const GroupPairing *gp, GHashTable *const counts[2], guint32 i, guint32 j)
{
  gpointer protocol = GUINT_TO_POINTER (group_protocol (gp, 0, i));
  return group_protocol (gp, 1, j) == GPOINTER_TO_UINT (protocol)
         && GPOINTER_TO_UINT (g_hash_table_lookup (counts[0], protocol)) == 1
         && GPOINTER_TO_UINT (g_hash_table_lookup (counts[1], protocol)) == 1;
}

/* Groups that are left: the most alike go together, whatever their order, and
   at last what is alone on both sides.  FALSE if that was given up.  */
static gboolean
match_rest (GroupPairing *gp, guint32 *match, guint32 n, guint32 m)
{
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  g_autofree gboolean *paired = g_new0 (gboolean, n + 1);
  g_autoptr (GArray) affinities = g_array_new (FALSE, FALSE, sizeof (Affinity));
  guint32 left = n, right = m;
  for (guint32 i = 0; i < n; i++)
    if (match[i] != ALIGN_NONE)
      {
        taken[match[i]] = paired[i] = TRUE;
        left--;
        right--;
      }
  if ((guint64)left * right > MAX_AFFINITIES)
    return TRUE;
  g_autoptr (GHashTable) left_counts = count_left (gp, 0, paired);
  g_autoptr (GHashTable) right_counts = count_left (gp, 1, taken);
  GHashTable *const counts[2] = { left_counts, right_counts };
  for (guint32 i = 0; i < n && group_tick (gp); i++)
    for (guint32 j = 0; j < m && match[i] == ALIGN_NONE; j++)
      {
        if (taken[j] || (!group_score (gp, i, j) && !only_ones (gp, counts, i, j)))
          continue;
        const Affinity affinity = { i, j, placed_score (gp, i, j) };
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
  return group_tick (gp);
}

/* Let two pairs swap partners where that makes them more alike, or the order the
   same: clients may come in another.  FALSE if that was given up.  */
static gboolean
swap_partners (GroupPairing *gp, guint32 *match, guint32 n)
{
  if ((guint64)n * n > MAX_AFFINITIES / 4)
    return TRUE;
  for (guint32 i = 0; i < n && group_tick (gp); i++)
    for (guint32 k = i + 1; k < n; k++)
      {
        guint32 j = match[i], l = match[k];
        if (j != ALIGN_NONE && l != ALIGN_NONE
            && placed_score (gp, i, l) + placed_score (gp, k, j)
                   > placed_score (gp, i, j) + placed_score (gp, k, l) + 1)
          {
            match[i] = l;
            match[k] = j;
          }
      }
  return group_tick (gp);
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

static GroupPairing
pairing_begin (const Work *work)
{
  GroupPairing gp = { .work = work };
  for (int side = 0; side < 2; side++)
    {
      for (int kind = 0; kind < N_SAMPLES; kind++)
        gp.samples[side][kind] = make_samples (work, side, kind);
      for (guint level = 0; level < ALIGN_LEVELS; level++)
        gp.tokens[side][level] = group_tokens (work, side, level);
    }
  return gp;
}

static void
pairing_end (GroupPairing *gp)
{
  for (int side = 0; side < 2; side++)
    {
      guint32 n = exchanges_group_count (gp->work->sides[side]);
      for (int kind = 0; kind < N_SAMPLES; kind++)
        {
          for (guint32 g = 0; g < n; g++)
            g_free (gp->samples[side][kind][g]);
          g_free (gp->samples[side][kind]);
        }
      for (guint level = 0; level < ALIGN_LEVELS; level++)
        g_free (gp->tokens[side][level]);
    }
}

guint32 *
affinity_groups (const Work *work)
{
  guint32 n = exchanges_group_count (work->sides[0]);
  guint32 m = exchanges_group_count (work->sides[1]);
  GroupPairing gp = pairing_begin (work);
  AlignTask task
      = { .n = n, .m = m, .score = alike_score, .tick = group_tick, .user = &gp };
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      task.a[level] = gp.tokens[0][level];
      task.b[level] = gp.tokens[1][level];
    }
  guint32 *match = g_new (guint32, n + 1);
  gboolean done = align_run (&task, match) && match_rest (&gp, match, n, m)
                  && swap_partners (&gp, match, n);
  match_pinned (work, match, n);
  pairing_end (&gp);
  if (!done)
    g_clear_pointer (&match, g_free);
  return match;
}
