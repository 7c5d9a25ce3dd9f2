/* plain.h --- the text of a log, whatever it is stored as

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   PowerShell writes what a command prints as UTF-16; editors put a byte order mark before
   UTF-8; what was printed on a terminal (docker compose logs, dmesg) may have colours, as
   escape sequences at the beginning of lines and behind prefixes; in a mail that was saved
   "=" is
   "=3D", and lines go on behind "=" (quoted-printable).  A log has none of
   these: what it is read from is a copy then, without them.  */

#ifndef SMBCMP_LOG_PLAIN_H
#define SMBCMP_LOG_PLAIN_H

#include <glib.h>

typedef struct _LogPlain LogPlain;

/* What makes plain UTF-8 of a text that begins with the N bytes HEAD; NULL if it is plain
   already.  */
LogPlain *log_plain_new (const char *head, gsize n);
void log_plain_free (LogPlain *plain);

/* Append to TEXT what the next N bytes stand for.  */
void log_plain_add (LogPlain *plain, const char *bytes, gsize n, GString *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogPlain, log_plain_free)

#endif
