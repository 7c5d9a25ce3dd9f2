/* journal.h --- what journalctl exports, as the lines of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   `journalctl -o export' writes a field a line, `-o json' and its kin an object
   an entry.  Both become lines as `-o short-iso-precise' has them, with all of
   the prefix before each line:

     2026-11-24T01:58:23.855117+0000 host smbd[8022]: text

   With `logging = systemd' Samba sends the header and each line of a message as
   entries of their own, so those of several processes are mixed; here a message
   is held back until its process begins another, or a second has passed.

   Docker's json-file, {"log":"text\\n","stream":"stderr","time":"..."}, becomes what
   `docker logs -t' prints.  What is no entry is passed on as it is.  */

#ifndef SMBCMP_LOG_JOURNAL_H
#define SMBCMP_LOG_JOURNAL_H

#include <glib.h>

/* Bytes from the beginning of a file that tell whether it is an export.  */
#define LOG_JOURNAL_HEAD 65536

typedef struct _LogJournal LogJournal;

/* What turns an export into lines, if HEAD, the first N bytes, is that of one,
   else NULL.  Times are written in ZONE, which must live longer; NULL is UTC.  */
LogJournal *log_journal_new (const char *head, gsize n, GTimeZone *zone);
void log_journal_free (LogJournal *journal);

/* Append to LINES what the next N bytes tell.  */
void log_journal_add (LogJournal *journal, const char *bytes, gsize n, GString *lines);

/* The same with what is held back; for a while, or, at the END, ever, no more will
   come.  */
void log_journal_flush (LogJournal *journal, gboolean end, GString *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogJournal, log_journal_free)

#endif
