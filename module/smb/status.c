/* status.c --- what an NT status means for its request

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "smb/status.h"

#include <string.h>

/* Names as Samba's libcli/util/nterr.c has them.  */
static const struct
{
  guint32 status;
  SmbStatusClass class;
  const char *name;
} statuses[] = { { 0x00000000, SMB_STATUS_SUCCESS, "NT_STATUS_OK" },
                 { SMB_STATUS_PENDING, SMB_STATUS_INTERIM, "NT_STATUS_PENDING" },
                 { 0x00000105, SMB_STATUS_SUCCESS, "STATUS_MORE_ENTRIES" },
                 { 0x0000010b, SMB_STATUS_ENDED, "STATUS_NOTIFY_CLEANUP" },
                 { 0x0000010c, SMB_STATUS_SUCCESS, "STATUS_NOTIFY_ENUM_DIR" },
                 { 0x80000005, SMB_STATUS_SUCCESS, "STATUS_BUFFER_OVERFLOW" },
                 { 0x80000006, SMB_STATUS_ENDED, "STATUS_NO_MORE_FILES" },
                 { 0x8000001a, SMB_STATUS_ENDED, "STATUS_NO_MORE_ENTRIES" },
                 { 0xc0000011, SMB_STATUS_ENDED, "NT_STATUS_END_OF_FILE" },
                 { 0xc0000016, SMB_STATUS_INTERIM, "NT_STATUS_MORE_PROCESSING_REQUIRED" },
                 { 0xc0000120, SMB_STATUS_ENDED, "NT_STATUS_CANCELLED" } };

SmbStatusClass
smb_status_class (guint32 status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].status == status)
      return statuses[i].class;
  /* The two highest bits: success, informational, warning, error.  */
  return status >> 31 ? SMB_STATUS_FAILURE : SMB_STATUS_SUCCESS;
}

/* NAME without "NT_", which not all names have, and not all who print them.  */
static const char *
bare_name (const char *name, gsize *length)
{
  gsize prefix = *length >= 3 && memcmp (name, "NT_", 3) == 0 ? 3 : 0;
  *length -= prefix;
  return name + prefix;
}

SmbStatusClass
smb_status_class_of_name (const char *name, gsize length)
{
  guint64 number;
  g_autofree char *copy = g_strndup (name, length);
  if (g_str_has_prefix (copy, "0x")
      && g_ascii_string_to_unsigned (copy + 2, 16, 0, G_MAXUINT32, &number, NULL))
    return smb_status_class ((guint32)number);
  name = bare_name (name, &length);
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      gsize size = strlen (statuses[i].name);
      const char *bare = bare_name (statuses[i].name, &size);
      if (size == length && memcmp (bare, name, size) == 0)
        return statuses[i].class;
    }
  return SMB_STATUS_FAILURE;
}

const char *
smb_status_name (guint32 status)
{
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].status == status)
      return statuses[i].name;
  return NULL;
}
