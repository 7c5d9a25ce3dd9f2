/* library.h --- libwireshark's start, and the user's settings

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Settings are those of the user's own Wireshark: preferences, profile,
   columns, colour filters, name resolution.  What libwireshark has to say is
   kept until it is asked for.  */

#ifndef SMBCMP_CAPTURE_LIBRARY_H
#define SMBCMP_CAPTURE_LIBRARY_H

#include "capture/ws.h"

/* Errors: the code is the Lisp condition, see engine_error_name.  */
#define SMBCMP_ERROR (smbcmp_error_quark ())
GQuark smbcmp_error_quark (void);

typedef enum
{
  SMBCMP_ERROR_FAILED,
  SMBCMP_ERROR_FILE,
  SMBCMP_ERROR_FILTER,
  SMBCMP_ERROR_FRAME,
  SMBCMP_ERROR_WORKER,
  SMBCMP_ERROR_SEAL
} SmbcmpError;

/* Have the user's plugins and Lua scripts loaded when libwireshark starts; otherwise
   only those that were installed with it are.  */
void library_allow_plugins (void);

/* Start libwireshark if it isn't yet, without the user's settings.  */
gboolean library_start (GError **error);

/* Start libwireshark if it isn't yet, and load the user's settings from
   PROFILE (NULL: the default one), then set PREFERENCES ("name:value", as
   tshark's -o).  */
gboolean library_configure (const char *profile, const char *const *preferences,
                            GError **error);

/* Add PREFERENCES to those set; for UATs, such as smb2_seskey_list, that adds
   a record.  The value never shows in an error.  */
gboolean library_set_preferences (const char *const *preferences, GError **error);

/* Files and directories that libwireshark reads when it needs them: its tables, the
   user's settings, what preferences name; strings, to unref.  */
GPtrArray *library_files (void);

/* What the user may miss: see the verb open, "as".  */
GVariant *library_left_out (void);

/* What libwireshark complained of since the last call, to g_free, or NULL.  */
char *library_fetch_notices (void);

#endif
