/* comparison.c --- what comes of comparing

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/comparison.h"

void
comparison_free (Comparison *c)
{
  g_array_unref (c->rows);
  g_array_unref (c->divergences);
  g_array_unref (c->broken);
  g_array_unref (c->groups);
  g_array_unref (c->renamed);
  g_array_unref (c->untimely);
  g_array_unref (c->environment);
  g_hash_table_unref (c->renames);
  g_free (c->ignored);
  g_free (c);
}
