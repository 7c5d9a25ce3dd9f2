/* rows.c --- the exchanges of two captures, side by side

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/rows.h"

void
pairing_free (Pairing *pairing)
{
  g_array_unref (pairing->rows);
  g_array_unref (pairing->groups);
  g_free (pairing);
}
