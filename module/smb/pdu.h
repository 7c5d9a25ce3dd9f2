/* pdu.h --- where a frame's PDUs begin and end

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A PDU is a protocol node "smb2" or "smb" that says a command, and what follows it up
   to the next, or to the end of the message: a pipe's DCE/RPC, say, is beside it.  One
   frame may hold several, in compounds or as several messages.  A node without a command
   is the envelope of those in it, or behind it, which came encrypted or compressed; or
   it keeps them to itself, if the message ends there.

   All who look for PDUs go through a frame's fields in the order of its tree and ask
   here, so that a PDU has the same number for all of them.  */

#ifndef SMBCMP_SMB_PDU_H
#define SMBCMP_SMB_PDU_H

#include <glib.h>

#include "smb/role.h"

/* Zero at the beginning of a frame.  */
typedef struct
{
  guint32 index; /* of the PDU that is open, else of the next, from 0 */
  gboolean open;
  gboolean command; /* it said which one */
} SmbPdus;

/* What comes of a field, before what the field itself tells; bits.  */
typedef enum
{
  SMB_PDU_ENDS = 1,     /* the one that was open */
  SMB_PDU_OPAQUE = 2,   /* and what is in it is not seen */
  SMB_PDU_ENVELOPE = 4, /* it was none, but what others came in */
  SMB_PDU_BEGINS = 8
} SmbPduEvents;

/* The next field has ROLE; it is at the TOP of the tree or below that.  */
guint smb_pdus_step (SmbPdus *pdus, Role role, gboolean top);

/* Does COMMAND read, write or list, as much at a time as the peers agreed on?  */
gboolean smb_in_pieces (guint32 command, gboolean smb1);

/* The frame ends.  */
guint smb_pdus_end (SmbPdus *pdus);

#endif
