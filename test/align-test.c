/* align-test.c --- sequences are aligned as well as they can be

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/align.h"

typedef struct
{
  guint64 *a, *b;
} Sequences;

static int
score (gpointer user, guint32 i, guint32 j)
{
  const Sequences *s = user;
  /* So much that no number of gaps outweighs a pair.  */
  return s->a[i] == s->b[j] ? 10000 : ALIGN_NEVER;
}

/* Align A, of N, with B, of M; the number of pairs, all of which are equal and
   in order.  */
static guint32
align (guint64 *a, guint32 n, guint64 *b, guint32 m)
{
  Sequences sequences = { a, b };
  AlignTask task = { .n = n, .m = m, .score = score, .user = &sequences };
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      task.a[level] = a;
      task.b[level] = b;
    }
  g_autofree guint32 *match = g_new (guint32, n + 1);
  g_assert_true (align_run (&task, match));
  guint32 pairs = 0, next = 0;
  for (guint32 i = 0; i < n; i++)
    if (match[i] != ALIGN_NONE)
      {
        g_assert_cmpuint (match[i], >=, next);
        g_assert_cmpuint (match[i], <, m);
        g_assert_cmpuint (a[i], ==, b[match[i]]);
        next = match[i] + 1;
        pairs++;
      }
  return pairs;
}

/* The longest common subsequence, the slow way.  */
static guint32
longest (const guint64 *a, guint32 n, const guint64 *b, guint32 m)
{
  g_autofree guint32 *row = g_new0 (guint32, m + 1);
  for (guint32 i = 0; i < n; i++)
    for (guint32 j = 0, diagonal = 0; j < m; j++)
      {
        guint32 above = row[j + 1];
        row[j + 1] = a[i] == b[j] ? diagonal + 1 : MAX (above, row[j]);
        diagonal = above;
      }
  return row[m];
}

static void
test_alignment_is_best (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  for (int run = 0; run < 300; run++)
    {
      guint64 a[60], b[60];
      guint32 n = (guint32)g_rand_int_range (rand, 0, 60),
              m = (guint32)g_rand_int_range (rand, 0, 60);
      for (guint32 i = 0; i < n; i++)
        a[i] = (guint64)g_rand_int_range (rand, 0, 9);
      for (guint32 j = 0; j < m; j++)
        b[j] = (guint64)g_rand_int_range (rand, 0, 9);
      g_assert_cmpuint (align (a, n, b, m), ==, longest (a, n, b, m));
    }
}

/* A long sequence of few kinds, less one element in GAP.  */
static void
align_long (guint32 n, guint32 kinds, guint32 gap)
{
  g_autofree guint64 *a = g_new (guint64, n);
  g_autofree guint64 *b = g_new (guint64, n);
  guint32 m = 0;
  for (guint32 i = 0; i < n; i++)
    {
      a[i] = i % kinds;
      if (i % gap)
        b[m++] = a[i];
    }
  g_assert_cmpuint (align (a, n, b, m), ==, m);
}

static void
test_long_alignment (void)
{
  align_long (50000, 33, 4999);   /* a loop, a few elements missing */
  align_long (50000, 50000, 100); /* all unique */
  align_long (5000, 7, 501);
}

/* B is a hundred elements of A further on, which is found though what is at the same
   place often is the same by chance.  */
static void
test_many_differences (void)
{
  enum
  {
    SHIFT = 100,
    N = 1400
  };
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  g_autofree guint64 *a = g_new (guint64, N);
  g_autofree guint64 *b = g_new (guint64, N);
  for (guint32 i = 0; i < N; i++)
    a[i] = (guint64)g_rand_int_range (rand, 0, 3);
  for (guint32 j = 0; j < N; j++)
    b[j] = j < N - SHIFT ? a[SHIFT + j] : 3;
  g_assert_cmpuint (align (a, N, b, N), ==, N - SHIFT);
}

static void
test_nothing_in_common (void)
{
  enum
  {
    N = 20000
  };
  g_autofree guint64 *a = g_new (guint64, N);
  g_autofree guint64 *b = g_new (guint64, N);
  for (guint64 i = 0; i < N; i++)
    {
      a[i] = i % 5;
      b[i] = 5 + i % 5;
    }
  g_assert_cmpuint (align (a, N, b, N), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alignment-is-the-best", test_alignment_is_best);
  g_test_add_func ("/long-sequences-align", test_long_alignment);
  g_test_add_func ("/many-differences-align", test_many_differences);
  g_test_add_func ("/nothing-in-common-ends", test_nothing_in_common);
  return g_test_run ();
}
