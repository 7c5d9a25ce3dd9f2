/* rows.h --- the exchanges of two captures, side by side

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_ROWS_H
#define SMBCMP_COMPARE_ROWS_H

#include "compare/exchange.h"

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
  GArray *rows;   /* of Row, in the order of time, and at last groups without a partner */
  GArray *groups; /* of GroupPair */
} Pairing;

void pairing_free (Pairing *pairing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pairing, pairing_free)

#endif
