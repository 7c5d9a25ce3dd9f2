/* timing.h --- whether a client's requests left and came back when frames did

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For link.c, where a server's ids are not unique: ksmbd counts from 1.  A client logs
   a request before its frame is captured, and the reply after that one is.  Each
   request thus gives a least and a most for the clock offset; a log and a capture of
   one run have an offset within the limits of all.  The rhythm of another run, however
   alike, does not fit.  */

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

/* Whether TIMINGS, of LinkTiming, are enough and fit, all with one clock offset.  */
gboolean link_timing_fits (const GArray *timings);

#endif
