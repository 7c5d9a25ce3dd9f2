/* commands.h --- the command of a frame that is one message of SMB2 and no more

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first pass notes it, so that what asks for some commands need not have all the
   others dissected again.  libwireshark says by which dissectors a frame went; only where
   the last ones are TCP, NetBIOS and SMB2, once each, with nothing put together from
   several frames, is the command read from the frame itself.  (A tap would tell, but
   while one listens in the first pass, SMB2's dissector makes other trees.)  */

#ifndef SMBCMP_CAPTURE_COMMANDS_H
#define SMBCMP_CAPTURE_COMMANDS_H

#include "capture/ws.h"

typedef struct _Commands Commands;

Commands *commands_new (void);
void commands_free (Commands *commands);

/* The frame at PLACE, from 1, was dissected for the first time, or again.  */
void commands_note (Commands *commands, guint32 place, const epan_dissect_t *edt);

/* Is it certain that the frame at PLACE has one message of SMB2, whose command is not in
   SET, bits by number, and nothing else that matters: no end of a connection?  */
gboolean commands_only_other (const Commands *commands, guint32 place, guint32 set);

#endif
