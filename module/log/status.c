/* status.c --- what the numbers of statuses are called

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/status.h"

#include "smb/status.h"

void
log_status_append (guint32 status, GString *strings)
{
  const char *name = smb_status_name (status);
  if (name)
    g_string_append (strings, name);
  else
    g_string_append_printf (strings, "0x%08x", status);
  g_string_append_c (strings, '\0');
}
