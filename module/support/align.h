/* align.h --- which elements of two sequences go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Common ends go together.  What is between is small in most cases, and then
   aligned for the best score (affine gaps).  Else elements that are unique on
   both sides are anchors (patience diff); where there are none, the longest
   common subsequence is approached (Myers' O(ND) in linear space, with a
   bound on D).  Both go by tokens, the strictest kind of equality first.
   What is left large and has nothing in common is aligned piece by piece.
   So time is linear in length for few differences, and bounded for many.  */

#ifndef SMBCMP_SUPPORT_ALIGN_H
#define SMBCMP_SUPPORT_ALIGN_H

#include <glib.h>

/* Kinds of equality, the strictest first.  */
#define ALIGN_LEVELS 3

#define ALIGN_NEVER (-1000)
#define ALIGN_NONE G_MAXUINT32

typedef struct
{
  guint32 n, m;                                     /* lengths */
  const guint64 *a[ALIGN_LEVELS], *b[ALIGN_LEVELS]; /* tokens */
  /* How well a's I and b's J go together, 0..100; negative only if an
     insertion beside a deletion were better than many of the kind;
     ALIGN_NEVER.  Symmetric in its sides.  */
  int (*score) (gpointer user, guint32 i, guint32 j);
  /* If not NULL: must I and J be kept apart, however equal?  */
  gboolean (*apart) (gpointer user, guint32 i, guint32 j);
  /* Called now and then; FALSE gives up.  */
  gboolean (*tick) (gpointer user);
  gpointer user;
} AlignTask;

/* Set MATCH, of n, to the index in b each element of a goes with, or
   ALIGN_NONE; ascending.  FALSE if given up.  */
gboolean align_run (const AlignTask *task, guint32 *match);

#endif
