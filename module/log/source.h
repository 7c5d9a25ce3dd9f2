/* source.h --- the bytes of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A log may be cut or removed while it is read, so its bytes are read with
   pread and never mapped: a mapping of a file that shrinks kills the process.
   What is compressed, what has to be translated into lines (translate.h), and
   what is no file that can be read at any place, such as a pipe, is copied by a thread into
   an unlinked temporary file; what is there already can be read at once.  Of a copy only
   whole lines can be read, until it is complete.  */

#ifndef SMBCMP_LOG_SOURCE_H
#define SMBCMP_LOG_SOURCE_H

#include <glib.h>

typedef struct _LogSource LogSource;

/* How a file has changed since it was opened.  */
typedef enum
{
  LOG_SAME,
  LOG_GROWN,
  LOG_REPLACED /* another file has its name, or it is shorter */
} LogChange;

/* Called with DATA, by another thread, when more of a log can be read; PAUSE is
   whether who writes it has written no more than that so far.  */
typedef void (*LogNotify) (gboolean pause, void *data);

/* Bytes that a file may unpack to, or a hundred times its size, if that is more; 0 is no
   limit.  What is beyond is not read, and is a problem.  For opening.  */
extern guint64 log_source_limit;

/* Open FILE.  SPOOL is the directory for a temporary file, or NULL; ZONE, which
   must live longer, that of times an export of journalctl is given.  */
LogSource *log_source_open (const char *file, const char *spool, GTimeZone *zone,
                            LogNotify notify, void *data, GError **error);

/* Stops the thread that copies.  */
void log_source_free (LogSource *source);

/* Bytes that can be read; *COMPLETE is whether that is all there will be.  */
guint64 log_source_size (LogSource *source, gboolean *complete);

/* Read N bytes at OFFSET; fewer are got only at the end.  For any thread.  */
gsize log_source_read (LogSource *source, guint64 offset, char *buffer, gsize n);

/* See how the file has changed.  What is copied does not grow; what came through a
   pipe is read once.  */
LogChange log_source_refresh (LogSource *source);

/* From now on what a file has grown by can be read.  */
void log_source_grow (LogSource *source);

/* How much of what is stored is copied: *TOTAL is 0 if that is unknown, or if
   nothing needs to be copied.  */
void log_source_progress (LogSource *source, guint64 *done, guint64 *total);

/* What went wrong with the copy, to g_free; NULL if nothing did.  */
char *log_source_problem (LogSource *source);

/* When the file was written last, seconds since the epoch.  */
gint64 log_source_written (LogSource *source);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogSource, log_source_free)

#endif
