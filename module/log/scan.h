/* scan.h --- fast search in bytes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   All look at 16 bytes at once, or at more where the processor can.  */

#ifndef SMBCMP_LOG_SCAN_H
#define SMBCMP_LOG_SCAN_H

#include <glib.h>

/* Bytes that may be read before and behind what is scanned.  */
#define LOG_SCAN_MARGIN 80

/* Put into FOUND, which has room for N, where in TEXT, of N bytes, something to
   look at may begin: a line that does not begin with a space, a line "  sm...", or
   "[..../" anywhere; return how many.  TEXT[-1] is the byte before;
   LOG_SCAN_MARGIN bytes around TEXT can be read.  */
guint32 log_scan (const char *text, guint32 n, guint32 *found);

/* The same without what not all processors have.  */
guint32 log_scan_portable (const char *text, guint32 n, guint32 *found);

/* A literal to search for.  */
typedef struct
{
  gsize length;  /* at least 1 */
  gboolean fold; /* whatever the case of ASCII letters */
  gsize rare;    /* the byte of it to look for first, with the one before */
  char *bytes;   /* in lower case if FOLD; owned */
} LogNeedle;

void log_needle_init (LogNeedle *needle, const char *bytes, gsize length, gboolean fold);
void log_needle_clear (LogNeedle *needle);

/* The first place of NEEDLE in TEXT, or NULL.  Nothing around TEXT is read.  */
const char *log_find (const LogNeedle *needle, const char *text, gsize n);

/* The last one.  */
const char *log_find_last (const LogNeedle *needle, const char *text, gsize n);

#endif
