/* shape.c --- how a log is written

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/shape.h"

#include <string.h>

LogShape *
log_shape_new (void)
{
  LogShape *shape = g_new0 (LogShape, 1);
  shape->references = 1;
  return shape;
}

LogShape *
log_shape_ref (LogShape *shape)
{
  g_atomic_int_inc (&shape->references);
  return shape;
}

void
log_shape_unref (LogShape *shape)
{
  if (!g_atomic_int_dec_and_test (&shape->references))
    return;
  g_free (shape->learned);
  g_free (shape);
}

gboolean
log_shape_equal (const LogShape *a, const LogShape *b)
{
  return a->n_carriers == b->n_carriers
         && memcmp (a->carriers, b->carriers, a->n_carriers) == 0
         && g_strcmp0 (a->learned, b->learned) == 0 && a->carried == b->carried
         && a->native == b->native && a->all_lines == b->all_lines
         && a->headless == b->headless && a->dated == b->dated;
}
