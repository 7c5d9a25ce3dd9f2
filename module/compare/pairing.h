/* pairing.h --- which exchanges of two captures go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   First connections are paired, by what is asked in them, those that are alike
   in their order; then the exchanges of each pair are aligned by what they are: the command
   must be the same, and then path, what is asked for, parameters and status
   count, in that order, identifiers never.  What is left on both sides and
   equal was moved.  */

#ifndef SMBCMP_COMPARE_PAIRING_H
#define SMBCMP_COMPARE_PAIRING_H

#include "compare/rows.h"

/* Pair LEFT's and RIGHT's exchanges.  PINS are N_PINS.  TICK is called with
   USER now and then; NULL is returned if it says FALSE.  */
Pairing *pairing_run (const Exchanges *left, const Exchanges *right, const Strings *strings,
                      const Pin *pins, guint n_pins, gboolean (*tick) (gpointer),
                      gpointer user);
#endif
