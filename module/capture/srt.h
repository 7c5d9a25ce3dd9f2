/* srt.h --- service response times, as libwireshark's statistics take them

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Which responses count, and under which name, is for the protocols' own SRT
   tables to say, those behind "tshark -z smb2,srt".  They only keep sums; so each
   message is handed to them alone, and what it did to the table is a sample.  */

#ifndef SMBCMP_CAPTURE_SRT_H
#define SMBCMP_CAPTURE_SRT_H

#include "capture/ws.h"

typedef struct _Srt Srt;

/* Listens to the protocols' taps until srt_free.  */
Srt *srt_new (GError **error);
void srt_free (Srt *srt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Srt, srt_free)

/* What is dissected with taps from srt_begin to srt_end is measured; KEEP says
   whether it counts.  */
void srt_begin (Srt *srt);
void srt_end (Srt *srt, gboolean keep);

/* How many samples there are that were not packed yet.  */
guint srt_length (const Srt *srt);

/* These, in the order of the responses: WIRE_SRT_TYPE.  */
GVariant *srt_pack (Srt *srt);

#endif
