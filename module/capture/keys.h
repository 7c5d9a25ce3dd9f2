/* keys.h --- SMB session keys that decrypt a capture

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libwireshark looks keys up in a table of its own, which holds what the
   user's file smb2_seskey_list has.  Ours come before those: for each session
   the first key counts, and a key given on purpose is to win over an old one.
   A key never shows in an error.  */

#ifndef SMBCMP_CAPTURE_KEYS_H
#define SMBCMP_CAPTURE_KEYS_H

#include <glib.h>

/* Have the table hold RECORDS and then the user's own.  A record is a line of
   smb2_seskey_list: session id, session key, server-to-client key,
   client-to-server key.  NULL is none.  Those that this Wireshark does not
   know, as old ones keys of 32 bytes, are left out; fail if that leaves none.
   A dissection after that uses them.  */
gboolean keys_set (const char *const *records, GError **error);

/* The file that Wireshark keeps its keys in, to g_free.  */
char *keys_file (void);

#endif
