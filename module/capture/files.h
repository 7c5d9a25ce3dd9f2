/* files.h --- the files of a capture, read as one

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A capture is one file, or those of a ring buffer: their frames are numbered
   through, in the order of time, as mergecap -a would write them.  */

#ifndef SMBCMP_CAPTURE_FILES_H
#define SMBCMP_CAPTURE_FILES_H

#include <signal.h>

#include "capture/library.h"

/* Nonzero while libwiretap opens a file or reads a record, and how many times it was
   asked to.  Signal handlers read them.  */
extern volatile sig_atomic_t files_under_way;
extern volatile guint32 files_calls;

typedef struct _Files Files;

/* Open the files called NAMES, at least one.  If they are GROWING while they are read,
   as dumpcap writes them, they must be of pcapng and in order; what is whole is read,
   and no file is closed.  */
Files *files_open (const char *const *names, gboolean growing, GError **error);
void files_close (Files *files);

/* Go on with the file called NAME after those there are.  Of the files of a ring
   buffer no more than the last KEEP stay open; dumpcap deletes the others.  */
gboolean files_add (Files *files, const char *name, guint keep, GError **error);

/* Read the next record, of any file.  Its number from 1, or 0 at the end of the
   last file; *OFFSET is for files_reread.  What can't be read on is skipped, see
   files_damage.  */
guint32 files_read (Files *files, WsRecord *record, gint64 *offset);

/* No more will be read with files_read.  */
void files_end (Files *files);

/* Read the record of FRAME, at OFFSET of its file, again.  */
gboolean files_reread (Files *files, guint32 frame, gint64 offset, WsRecord *record,
                       GError **error);

/* The file that FRAME is in, NULL if it isn't open any more, and its type.  */
wtap *files_of_frame (const Files *files, guint32 frame);
int files_type (const Files *files, guint32 frame);

/* Why FILES could not be read to their end, or NULL.  */
const char *files_damage (const Files *files);

/* In bytes.  */
guint64 files_size (const Files *files);
guint64 files_bytes_read (const Files *files);

#endif
