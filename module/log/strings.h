/* strings.h --- strings that several threads read

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each string is kept once and has a number, from 1; 0 is "".  One thread at a time
   adds, under a lock of its own.  A string, once it has its number, never moves nor
   changes until the last reference is gone, so that others need no lock to read it.  */

#ifndef SMBCMP_LOG_STRINGS_H
#define SMBCMP_LOG_STRINGS_H

#include <glib.h>

typedef struct _LogStrings LogStrings;

LogStrings *log_strings_new (void);
LogStrings *log_strings_ref (LogStrings *strings);
void log_strings_unref (LogStrings *strings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogStrings, log_strings_unref)

/* The number of STRING.  */
guint32 log_strings_add (LogStrings *strings, const char *string);

/* The string that NUMBER is; "" for 0 and what was never given.  */
const char *log_strings_get (const LogStrings *strings, guint32 number);

/* One more than the last number given.  */
guint32 log_strings_count (const LogStrings *strings);

#endif
