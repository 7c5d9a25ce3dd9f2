/* shape.h --- how a log is written

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each line of a log has a form (form.h), what a program writes, maybe behind a
   carrier's prefix (carrier.h), what brought it here.  The first segment of a log shows
   what else must be known to tell lines apart (learn.h).  A shape never changes.  */

#ifndef SMBCMP_LOG_SHAPE_H
#define SMBCMP_LOG_SHAPE_H

#include <glib.h>

#define LOG_CARRIERS_MAX 32

typedef struct
{
  gint references;                   /* atomic */
  guint8 carriers[LOG_CARRIERS_MAX]; /* rows of the table to try, in this order */
  guint n_carriers;
  char *learned;      /* a format as in that table that no row of it has, or NULL; owned */
  gboolean carried;   /* most lines have a prefix */
  gboolean native;    /* there are Samba's headers */
  gboolean all_lines; /* also lines that begin with blanks may have a header */
  gboolean headless;  /* no line has a header: each is a message */
  gint64 dated;       /* seconds since the epoch when a line was written that tells the
                         year, if others do not; else 0 */
} LogShape;

LogShape *log_shape_new (void);
LogShape *log_shape_ref (LogShape *shape);
void log_shape_unref (LogShape *shape);
gboolean log_shape_equal (const LogShape *a, const LogShape *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogShape, log_shape_unref)

#endif
