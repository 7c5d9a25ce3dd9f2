/* timing.h --- whether a client's requests left and came back when frames did

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For link.c, where a server's ids tell nothing, as ksmbd's do: it counts from 1.
   A client logs that it is about to send a request before the frame is captured, and
   that it has the reply after that one is.  So one difference of the clocks must do
   for all requests: as little as any of them allows, and as much.  The rhythm of
   another run, however alike, does not fit.  */

#ifndef SMBCMP_LINK_TIMING_H
#define SMBCMP_LINK_TIMING_H

#include <glib.h>

/* How many requests it takes for that to be evidence.  */
#define LINK_TIMING_ENOUGH 16

/* A request in the log and in the capture: microseconds, of clocks of their own.  */
typedef struct
{
  gint64 begin, end;        /* the log's */
  gint64 request, response; /* the frames' */
} LinkTiming;

/* Whether TIMINGS, of LinkTiming, are enough and fit, all with one difference of the
   clocks.  */
gboolean link_timing_fits (const GArray *timings);

#endif
