/* role.h --- what fields tell of their PDU

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_SMB_ROLE_H
#define SMBCMP_SMB_ROLE_H

/* What a field tells of its PDU.  */
typedef enum
{
  ROLE_NONE,
  ROLE_COMMAND,
  ROLE_MESSAGE,
  ROLE_PROCESS,
  ROLE_SESSION,
  ROLE_CLASS, /* of the status that follows, DOS's */
  ROLE_STATUS,
  ROLE_RESPONSE,
  ROLE_ASYNC,
  ROLE_HANDLE,
  ROLE_PATH,
  ROLE_KIND,    /* part of what is asked for */
  ROLE_PATTERN, /* shown with it */
  ROLE_RESULT,  /* what a remote procedure returned */
  ROLE_ANSWER,  /* how DCE/RPC answers */
  ROLE_BINDING,
  ROLE_DISPOSITION, /* what is to come of a file that is there, or is not */
  ROLE_ON_CLOSE,    /* it is to be deleted then */
  ROLE_SERVICE,     /* part of the name of the service that a ticket is for */
  ROLE_RELATED,     /* in a compound: to the PDU before */
  ROLE_TREE,
  ROLE_OFFSET,      /* in a file, of what is read or written */
  ROLE_LENGTH,      /* of that */
  ROLE_CONTENT,     /* that itself */
  ROLE_ENTRY,       /* of a directory */
  ROLE_COMPRESSION, /* of what is in the message */
  ROLE_TRANSPORT,   /* carries messages, and parts them */
  ROLE_PDU          /* begins one itself */
} Role;

/* What FIELD, a filter name, tells.  */
Role role_of (const char *field);

#endif
