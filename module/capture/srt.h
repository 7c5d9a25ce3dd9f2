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

/* Whether what is dissected with taps is measured.  It should be what the first pass
   dissects: later libwireshark may take another request for that of a response.  */
void srt_listen (Srt *srt, gboolean listening);

/* All frames will be dissected again.  */
void srt_clear (Srt *srt);

/* Append N samples from number *NEXT on, in the order of the responses, to SAMPLES, of
   WireSrt; FALSE if these were the last.  */
gboolean srt_take (const Srt *srt, guint *next, guint n, GArray *samples);

/* Append those of FRAME; *NEXT goes on from those of earlier ones.  */
void srt_take_frame (const Srt *srt, guint *next, guint32 frame, GArray *samples);

/* SAMPLES, which it takes, with what they name: WIRE_SRT_TYPE.  */
GVariant *srt_pack (const Srt *srt, GArray *samples);

#endif
