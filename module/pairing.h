/* pairing.h --- which exchanges of two captures go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   First connections are paired, by what is asked in them, those that are alike
   in their order; then the exchanges of each pair are aligned by what they are: the command
   must be the same, and then path, what is asked for, parameters and status
   count, in that order, identifiers never.  What is left on both sides and
   equal was moved.  */

#ifndef SMBCMP_PAIRING_H
#define SMBCMP_PAIRING_H

#include "exchange.h"

#define NO_EXCHANGE G_MAXUINT32
#define NO_GROUP G_MAXUINT32

/* What the user says of two exchanges.  */
typedef struct
{
  guint32 left, right;
  gboolean together; /* else apart */
} Pin;

/* Exchanges that go together, or one that has no partner.  */
typedef struct
{
  guint32 left, right; /* NO_EXCHANGE for none */
  guint32 pair;        /* of groups: the number of GroupPair */
  gboolean moved;      /* their order differs */
} Row;

typedef struct
{
  guint32 left, right; /* groups, NO_GROUP for none */
} GroupPair;

typedef struct
{
  GArray *rows;   /* of Row, in the order of the left capture */
  GArray *groups; /* of GroupPair */
} Pairing;

/* Pair LEFT's and RIGHT's exchanges.  PINS are N_PINS.  TICK is called with
   USER now and then; NULL is returned if it says FALSE.  */
Pairing *pairing_run (const Exchanges *left, const Exchanges *right, const Strings *strings,
                      const Pin *pins, guint n_pins, gboolean (*tick) (gpointer),
                      gpointer user);
void pairing_free (Pairing *pairing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pairing, pairing_free)

#endif
