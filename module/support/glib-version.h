/* glib-version.h --- the differences between GLib's versions

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Functions newer than GLib 2.66, by those that were before them.  */

#ifndef SMBCMP_SUPPORT_GLIB_VERSION_H
#define SMBCMP_SUPPORT_GLIB_VERSION_H

#include <glib.h>

#if !GLIB_CHECK_VERSION(2, 68, 0)
/* g_memdup counts in guint: what is copied here has a fixed, small size.  */
#define g_memdup2(memory, size) g_memdup ((memory), (guint)(size))
#endif

#endif
