/* wrap.h --- logs around whose lines a program has put something

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Numbers of lines, as cat -n, less -N, nl and grep -n print them; the marks of diff -u;
   "#012", by which syslog daemons stand for the end of a line within a message.  These
   are told from a log's own text by what the beginning of a file has in each line, and by
   a form that shows behind it.  */

#ifndef SMBCMP_LOG_WRAP_H
#define SMBCMP_LOG_WRAP_H

#include <glib.h>

typedef struct _LogWrap LogWrap;

/* What takes these away from a text that begins with the N bytes HEAD; NULL if it has
   none.  */
LogWrap *log_wrap_new (const char *head, gsize n);
void log_wrap_free (LogWrap *wrap);

/* Append to TEXT what the next N bytes have within.  */
void log_wrap_add (LogWrap *wrap, const char *bytes, gsize n, GString *text);

/* The same of a last line without an end.  */
void log_wrap_flush (LogWrap *wrap, GString *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogWrap, log_wrap_free)

#endif
