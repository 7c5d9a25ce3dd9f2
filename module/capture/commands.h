/* commands.h --- which commands of SMB2 a frame has messages of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first pass notes it, so what asks for some commands need not have the others
   dissected.  */

#ifndef SMBCMP_CAPTURE_COMMANDS_H
#define SMBCMP_CAPTURE_COMMANDS_H

#include "capture/ws.h"

typedef struct _Commands Commands;

/* Listens to SMB2's tap until commands_free.  */
Commands *commands_new (GError **error);
void commands_free (Commands *commands);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Commands, commands_free)

/* Whether what is dissected with taps is the first pass.  */
void commands_listen (Commands *commands, gboolean listening);

/* The first pass went through the next frame.  */
void commands_passed (Commands *commands);

/* All frames will be dissected again.  */
void commands_clear (Commands *commands);

/* Is it certain that the frame at PLACE, from 1, has messages of SMB2, and none whose
   command is in SET, bits by number?  */
gboolean commands_only_others (const Commands *commands, guint32 place, guint32 set);

#endif
