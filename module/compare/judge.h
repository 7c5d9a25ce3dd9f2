/* judge.h --- what the files of comparing share

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   compare.c goes through the rows, renaming.c judges identifiers, values.c
   sizes, names and times, alone.c what one side has, and cause.c finds what follows
   from what.  */

#ifndef SMBCMP_COMPARE_JUDGE_H
#define SMBCMP_COMPARE_JUDGE_H

#include "compare/comparison.h"

#define JUDGE_GLOBAL 5
#define JUDGE_SERIAL 2

/* An identifier where it means something.  */
typedef struct
{
  guint64 value;
  guint32 rule;
  guint32 scope; /* a pair of groups, or G_MAXUINT32 */
} Name;

/* What it goes with on the other side.  */
typedef struct
{
  guint64 partner;
  guint32 seen; /* the exchange in which they met */
} Renaming;

/* What comes after the last exchange of a pair of groups that has a partner.  */
typedef struct
{
  guint32 from;      /* a row */
  guint32 n[2];      /* rows, of either side */
  guint32 fold[2];   /* their divergence + 1 */
  guint32 before[2]; /* the same for what is before a capture begins */
  guint32 last;      /* the divergence + 1 of what is before, if its outcome differs */
} Tail;

typedef struct _Missing Missing;

/* What is known while going through the rows; of two sides, left and right.  */
typedef struct
{
  const Exchanges *x[2];
  const Strings *strings;
  const CompareOptions *options;
  const Pairing *pairing;
  Comparison *result;
  guint32 *place[2];    /* of each exchange in the order of groups */
  guint32 *diverged[2]; /* of each exchange, its divergence + 1 if it failed, or is, on one
                           side only */
  guint16 global[JUDGE_GLOBAL], serial[JUDGE_SERIAL]; /* hashes of field names */
  GHashTable *renamings[2];                           /* Name to Renaming */
  GHashTable *names[2];   /* those that a side has: numbers of strings */
  GHashTable *renamed[2]; /* ... and what they go with on the other */
  GHashTable *caseless;   /* names without case to the first number of such */
  GHashTable *spelled;    /* numbers of names to those first ones */
  GHashTable *times[2];   /* file and field to the time as it was seen last */
  GHashTable *owners[2];  /* Name that only this side got to divergence + 1 */
  GHashTable *paths;      /* Name of what only one side opened to divergence + 1 */
  GHashTable *things;     /* hashes of tickets, names and addresses to divergences + 1 */
  guint32 *encryption;    /* for each pair of groups, a divergence + 1 */
  guint32 *protocol;
  guint32 *opaque[2]; /* the same: what only this side has and could not decrypt */
  gboolean apart;     /* they did something else: times then tell nothing new */
  guint32 *moved;     /* the last row of a moved block + 1, and its divergence */
  guint32 *carried;   /* the divergence + 1 by which a session was not set up */
  guint32 *connects;  /* the divergence + 1 by which one side is not in a tree */
  Tail *tails;
  guint32 *after;  /* for each row, Tail.last when it was judged */
  guint8 *besides; /* for each row, BesidesKind */
  int b;           /* the side that is B */
  Missing *missing;
} Judge;

/* The row that is judged.  */
typedef struct
{
  guint32 number;
  const Row *row;
  const Exchange *e[2]; /* NULL for none */
  Divergence found;
  gboolean diverges, status, slower, environment;
  gboolean failed; /* by its protocol, or the RPC in it, on one side only */
} JudgedRow;

#endif
