/* status.h --- what an NT status means for its request

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The severity of a status (MS-ERREF 2.3) does not tell whether a request failed:
   STATUS_MORE_PROCESSING_REQUIRED is an error by its number and a step of every
   sign-in.  Which statuses are no failures is in one table; all others go by their
   severity.  */

#ifndef SMBCMP_SMB_STATUS_H
#define SMBCMP_SMB_STATUS_H

#include <glib.h>

#define SMB_STATUS_PENDING 0x103u

typedef enum
{
  SMB_STATUS_SUCCESS,
  SMB_STATUS_INTERIM, /* more is to come: from the server, or by another request */
  SMB_STATUS_ENDED,   /* there was no more of it, or it was no longer wanted */
  SMB_STATUS_FAILURE
} SmbStatusClass;

SmbStatusClass smb_status_class (guint32 status);

/* The class of what NAME, of LENGTH, calls: "NT_STATUS_OK", "STATUS_PENDING" or
   "0x00000103"; a name that is none of the table's is a failure's.  */
SmbStatusClass smb_status_class_of_name (const char *name, gsize length);

/* What Samba calls a status of the table, else NULL.  */
const char *smb_status_name (guint32 status);

#endif
