/* pdu.c --- where a frame's PDUs begin and end

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "smb/pdu.h"

/* Close what is open, since its message ENDS or since there is another node.  */
static guint
close_pdu (SmbPdus *pdus, gboolean ends)
{
  gboolean open = pdus->open, command = pdus->command;
  pdus->open = pdus->command = FALSE;
  if (!open)
    return 0;
  if (!command && !ends)
    return SMB_PDU_ENVELOPE;
  pdus->index++;
  return command ? SMB_PDU_ENDS : SMB_PDU_ENDS | SMB_PDU_OPAQUE;
}

guint
smb_pdus_step (SmbPdus *pdus, Role role, gboolean top)
{
  guint events = 0;
  switch (role)
    {
    case ROLE_PDU:
      if (!top && !pdus->open)
        break;
      events = close_pdu (pdus, FALSE) | SMB_PDU_BEGINS;
      pdus->open = TRUE;
      break;
    case ROLE_TRANSPORT:
      if (top)
        events = close_pdu (pdus, TRUE);
      break;
    case ROLE_COMMAND:
      pdus->command = pdus->open;
      break;
    default:
      break;
    }
  return events;
}

guint
smb_pdus_end (SmbPdus *pdus)
{
  return smb_pdus_step (pdus, ROLE_TRANSPORT, TRUE);
}

gboolean
smb_in_pieces (guint32 command, gboolean smb1)
{
  enum
  {
    SMB1_READ_ANDX = 0x2e,
    SMB1_WRITE_ANDX = 0x2f,
    SMB2_READ = 8,
    SMB2_WRITE = 9,
    SMB2_FIND = 14
  };
  return smb1 ? command == SMB1_READ_ANDX || command == SMB1_WRITE_ANDX
              : command == SMB2_READ || command == SMB2_WRITE || command == SMB2_FIND;
}
