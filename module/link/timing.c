/* timing.c --- whether a client's requests left and came back when frames did

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/timing.h"

gboolean
link_timing_fits (const GArray *timings)
{
  gint64 least = G_MININT64, most = G_MAXINT64;
  for (guint i = 0; i < timings->len; i++)
    {
      const LinkTiming *timing = &g_array_index (timings, LinkTiming, i);
      least = MAX (least, timing->begin - timing->request);
      most = MIN (most, timing->end - timing->response);
    }
  return timings->len >= LINK_TIMING_ENOUGH && least <= most;
}
