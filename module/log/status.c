/* status.c --- what the numbers of statuses are called

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/status.h"

#include <string.h>

/* Statuses that are no failures have Samba's names, which others look for.  */
static const struct
{
  guint32 status;
  const char *name;
} statuses[] = { { 0, "NT_STATUS_OK" },
                 { 0x103, "NT_STATUS_PENDING" },
                 { 0x80000006, "STATUS_NO_MORE_FILES" },
                 { 0xc0000011, "NT_STATUS_END_OF_FILE" },
                 { 0xc0000016, "NT_STATUS_MORE_PROCESSING_REQUIRED" } };

void
log_status_append (guint32 status, GString *strings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    if (statuses[i].status == status)
      {
        g_string_append_len (strings, statuses[i].name,
                             (gssize)strlen (statuses[i].name) + 1);
        return;
      }
  g_string_append_printf (strings, "0x%08x", status);
  g_string_append_c (strings, '\0');
}
