/* escape.h --- control characters as they are shown

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SUPPORT_ESCAPE_H
#define SUPPORT_ESCAPE_H

#include <glib.h>

/* Append the N bytes at TEXT with escapes, "\x1b" or "\u202e", for control characters,
   which a terminal might obey, and bidirectional marks, which have what is beside them
   read otherwise than it is.  Tabs and newlines are escaped if LINE: TEXT is to be but a
   part of a line.  Other bytes, UTF-8 or not, stay.  `smbcmp-escape' has the same
   characters.  */
void escape_append (GString *string, const char *text, gsize n, gboolean line);

#endif
