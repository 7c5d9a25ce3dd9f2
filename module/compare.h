/* compare.h --- where two captures diverge

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Judges paired exchanges, by their digests: what matters must be the same;
   an identifier that was paired with another once must always be (the scope
   of session ids and lease keys is the capture, that of others the
   connection); what the rules hide is counted.

   A divergence that follows from an earlier one for certain tells its cause:
   it is about a session, tree or file that only the one side got, or about a
   path that only the one side could open.

   Of what could not be decrypted nothing is known but that it was sent: two such
   messages are neither the same nor a divergence; those of one side only are one
   divergence for a connection, and what the other side has there may be in them.

   Comparing B with A gives the mirror image of comparing A with B: inside,
   the sides are told apart by what is in them, not by their order.  */

#ifndef SMBCMP_COMPARE_H
#define SMBCMP_COMPARE_H

#include "pairing.h"

typedef enum
{
  DIVERGES_STATUS,
  DIVERGES_REQUEST,
  DIVERGES_RESPONSE,
  DIVERGES_ONLY_A,
  DIVERGES_ONLY_B,
  DIVERGES_ORDER,
  DIVERGES_IDENTIFIER,
  DIVERGES_SLOWER
} DivergenceKind;

#define NO_DIVERGENCE G_MAXUINT32

typedef struct
{
  DivergenceKind kind;
  guint32 row;
  guint32 a, b;  /* exchanges or NO_EXCHANGE */
  guint32 n;     /* exchanges that were moved together, or messages that could not be
                    decrypted, else 1 */
  guint32 cause; /* the divergence it follows from, or NO_DIVERGENCE */
  guint32 first_broken, n_broken;
  gboolean request, response; /* has to do with either */
  gboolean encryption;        /* one side is encrypted, the other isn't */
} Divergence;

/* An identifier that is not the one its earlier partner goes with.  */
typedef struct
{
  guint32 rule;
  guint64 a, b;
  guint32 a_seen, b_seen; /* where either was paired first, or NO_EXCHANGE */
} Broken;

/* A row of the two aligned lists, in order.  */
typedef struct
{
  guint32 a, b;
  guint32 pair;       /* in GROUPS */
  guint32 divergence; /* or NO_DIVERGENCE */
} ComparedRow;

typedef struct
{
  guint32 a, b; /* groups, NO_GROUP for none */
} ComparedGroups;

typedef struct
{
  GArray *rows;        /* of ComparedRow */
  GArray *divergences; /* of Divergence, the first one first */
  GArray *broken;      /* of Broken */
  GArray *groups;      /* of ComparedGroups */
  guint64 *hidden;     /* for each rule, and blobs judged by their parts */
  guint n_rules;
  guint32 same;      /* pairs without a divergence */
  guint32 encrypted; /* pairs of which only one side came encrypted */
  guint32 interim;   /* pairs of which only one said STATUS_PENDING first */
} Comparison;

typedef struct
{
  guint n_rules;
  double slower;   /* how many times slower matters; 0 for never */
  gint64 delay;    /* ... if it is that many nanoseconds more */
  const Pin *pins; /* left is A */
  guint n_pins;
  gboolean (*tick) (gpointer);
  gpointer user;
} CompareOptions;

/* NULL if TICK says FALSE.  */
Comparison *compare_run (const Exchanges *a, const Exchanges *b, const Strings *strings,
                         const CompareOptions *options);
void comparison_free (Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Comparison, comparison_free)

/* Nanoseconds from request to response, -1 if it can't be told.  */
gint64 compare_duration (const Exchanges *exchanges, const Exchange *exchange);

#endif
