/* commands.c --- which commands of SMB2 a frame has messages of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/commands.h"

#include <epan/dissectors/packet-smb2.h>
#include <epan/tap.h>

#include "capture/library.h"

/* The bit of a command that SMB2 has not.  */
#define UNKNOWN (1u << 31)

struct _Commands
{
  gboolean listening;
  guint32 seen;   /* commands in the frame under way, bits by number */
  GArray *frames; /* of guint32: the same of each frame, by place */
};

static tap_packet_status
tapped (void *user, packet_info *pinfo G_GNUC_UNUSED, epan_dissect_t *edt G_GNUC_UNUSED,
        const void *info WS_TAP_FLAGS_ARG)
{
  Commands *commands = user;
  guint opcode = ((const smb2_info_t *)info)->opcode;
  if (commands->listening)
    commands->seen |= opcode < 31 ? 1u << opcode : UNKNOWN;
  return TAP_PACKET_DONT_REDRAW;
}

Commands *
commands_new (GError **error)
{
  Commands *commands = g_new0 (Commands, 1);
  GString *message = register_tap_listener ("smb2", commands, NULL, TL_REQUIRES_NOTHING,
                                            NULL, tapped, NULL, NULL);
  commands->frames = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!message)
    return commands;
  g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, message->str);
  g_string_free (message, TRUE);
  commands_free (commands);
  return NULL;
}

void
commands_free (Commands *commands)
{
  remove_tap_listener (commands);
  g_array_unref (commands->frames);
  g_free (commands);
}

void
commands_listen (Commands *commands, gboolean listening)
{
  commands->listening = listening;
}

void
commands_passed (Commands *commands)
{
  g_array_append_val (commands->frames, commands->seen);
  commands->seen = 0;
}

void
commands_clear (Commands *commands)
{
  g_array_set_size (commands->frames, 0);
}

gboolean
commands_only_others (const Commands *commands, guint32 place, guint32 set)
{
  if (place < 1 || place > commands->frames->len)
    return FALSE;
  guint32 of_frame = g_array_index (commands->frames, guint32, place - 1);
  return of_frame && !(of_frame & (set | UNKNOWN));
}
