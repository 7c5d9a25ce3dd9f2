/* session.h --- one capture, dissected by libwireshark

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The only file that knows how an epan session lives: the file, the first
   pass over its frames, and the dissection of any frame after (or between)
   that.  The others get an epan_dissect_t and pack what is in it.

   libwireshark keeps its state in globals, so a process has one session at a
   time.  */

#ifndef SMBCMP_CAPTURE_SESSION_H
#define SMBCMP_CAPTURE_SESSION_H

#include <signal.h>

#include "capture/files.h"
#include "capture/selection.h"

typedef struct _Session Session;

/* The frame whose dissection is under way, 0 between frames, and how many
   dissections were begun.  Signal handlers read them.  */
extern volatile sig_atomic_t session_frame_under_way;
extern volatile guint32 session_dissections;

/* The capture in the files called NAMES: all frames, or those of SELECTION, which
   it takes.  GROWING: they may not be all yet.  */
Session *session_open (const char *const *names, Selection *selection, gboolean growing,
                       GError **error);
void session_close (Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_close)

/* Frames that are not dissected: Wireshark's "Ignore packet"; one, or all from one
   on.  Call before the first pass reaches them.  */
void session_ignore_frame (Session *session, guint32 frame);
void session_ignore_from (Session *session, guint32 frame);

/* Have the first pass fill COLUMNS (but for those that follow from the frame
   alone) and call PASSED after each frame.  */
void session_watch_pass (Session *session, column_info *columns, void (*passed) (gpointer),
                         gpointer user);

/* Have the first pass make veiled trees from now on, and call DISSECTED with each before
   it is gone, and whether it was unveiled.  NULL: no more.  */
void session_watch_trees (Session *session,
                          void (*dissected) (gpointer, epan_dissect_t *, gboolean),
                          gpointer user);

gboolean session_trees_watched (const Session *session);

/* Go on with the first pass until DEADLINE (monotonic time).  TRUE when it is
   over: at the end of the file or where it can't be read on; then
   session_damage says why.  */
gboolean session_load_step (Session *session, gint64 deadline);

/* Begin the first pass anew on the frames there are, as preferences that
   change dissection ask for.  */
void session_redissect (Session *session);

/* The capture grows: go on with the first pass, with what was added to its file, and
   with the file called NAME if that is not NULL; see files_add.  */
gboolean session_grow (Session *session, const char *name, guint keep, GError **error);

/* End the first pass where it is: what has been read is the capture.  */
void session_stop (Session *session);

gboolean session_loading (const Session *session);
guint32 session_frame_count (const Session *session);

/* Frames are called by their numbers in the file, which have gaps where not all were
   selected.  The number of the frame at PLACE, from 1, or 0; and the place of the
   last frame up to FRAME, 0 if there is none.  */
guint32 session_frame_at (const Session *session, guint32 place);
guint32 session_place (const Session *session, guint32 frame);

/* Does FRAME certainly tell nothing of commands of SMB2 in SET, bits by number?  See
   commands.h.  */
gboolean session_only_other (const Session *session, guint32 frame, guint32 set);

guint64 session_bytes_read (const Session *session);
guint64 session_file_size (const Session *session);
const char *session_damage (const Session *session);
const char *session_file_type (const Session *session);

/* Frames from which relative times count, ascending; takes FRAMES.  */
void session_set_time_references (Session *session, GArray *frames);

/* What is known of FRAME without dissecting it, its relations to other frames
   set; NULL with *ERROR if there is none.  */
frame_data *session_frame (Session *session, guint32 frame, GError **error);

/* How a frame is to be dissected.  */
typedef struct
{
  gboolean visible;         /* a whole tree with labels */
  gboolean veiled;          /* a tree that is visible from SMB on, see unveil.h */
  gboolean colour;          /* find the colour rule that matches */
  dfilter_t *filter;        /* a tree with what this filter needs */
  GArray *fields;           /* a tree with these hf ids */
  column_info *columns;     /* fill these */
  gboolean taps;            /* tell those who listen to taps */
  guint32 displayed_before; /* the frame shown before this one; 0 for FRAME - 1 */
} Dissection;

/* Dissect FRAME.  The result belongs to the session and is good until
   session_release.  */
epan_dissect_t *session_dissect (Session *session, guint32 frame, const Dissection *how,
                                 GError **error);
void session_release (Session *session);

#endif
