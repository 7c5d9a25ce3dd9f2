/* translate.h --- whatever a log was stored as, as its lines

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   In this order: what is no plain text (plain.h), what a program that prints lines has
   put around each (wrap.h), an export of journalctl (journal.h) or of what collects logs
   (records.h).  */

#ifndef SMBCMP_LOG_TRANSLATE_H
#define SMBCMP_LOG_TRANSLATE_H

#include <glib.h>

/* Bytes from the beginning of a file that tell whether it has to be translated.  */
#define LOG_TRANSLATE_HEAD 65536

/* Whether a file that begins with the N bytes HEAD is anything of these.  */
gboolean log_translation_needed (const char *head, gsize n);

typedef struct _LogTranslation LogTranslation;

/* Times are written in ZONE, which must live longer.  */
LogTranslation *log_translation_new (GTimeZone *zone);
void log_translation_free (LogTranslation *translation);

/* Append to LINES what the next N bytes are.  */
void log_translation_add (LogTranslation *translation, const char *bytes, gsize n,
                          GString *lines);

/* The same with what is held back; for a while, or, at the END, ever, no more will
   come.  */
void log_translation_flush (LogTranslation *translation, gboolean end, GString *lines);

/* Whether some may be held back that belongs to what is there.  */
gboolean log_translation_holds (const LogTranslation *translation);

#endif
