/* intern.h --- strings by numbers

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Two captures say the same things: each is kept once, for both.  */

#ifndef SMBCMP_SUPPORT_INTERN_H
#define SMBCMP_SUPPORT_INTERN_H

#include <glib.h>

typedef struct _Strings Strings;

Strings *strings_new (void);
Strings *strings_ref (Strings *strings);
void strings_unref (Strings *strings);

/* The number of STRING, from 1.  */
guint32 strings_add (Strings *strings, const char *string);

/* The string that NUMBER is; "" for 0 and what was never given.  */
const char *strings_get (const Strings *strings, guint32 number);

#endif
