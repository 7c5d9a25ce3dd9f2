/* job.h --- what jobs are made of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Inside the engine only: for the files jobs*.c.  A verb makes a job and puts it on
   the engine's queue, which owns it from then on.  */

#ifndef SMBCMP_WORKER_JOB_H
#define SMBCMP_WORKER_JOB_H

#include "capture/origin.h"
#include "capture/srt.h"
#include "capture/tap.h"
#include "worker/request.h"

typedef struct _Job Job;

struct _Job
{
  guint32 serial;
  /* Go on until the deadline; TRUE when done, having replied.  */
  gboolean (*step) (Engine *engine, Job *job, gint64 deadline);
  gint64 progress_at; /* when progress was last reported */
  gint64 wait_until;  /* not to be stepped before that while frames are loaded */

  /* What frames a job goes through: these, or those at the places from next to
     last.  */
  GArray *frames;
  guint next_index;
  guint32 next, last; /* last 0: to the end of the capture */

  /* What it does with them.  */
  dfilter_t *filter;
  guint32 displayed; /* the frame that passed last */
  GArray *passed;    /* of guint32, those to be sent */
  Columns *columns;  /* NULL: the user's */
  gboolean filled;   /* fields of the user's columns are asked for */
  GHashTable *column_of;
  GArray *field_ids;
  guint32 commands; /* 0, or of which of SMB2 frames are wanted, bits by number */
  Origin *origin;   /* NULL, or what goes with the fields ... */
  guint32 n_fields; /* ... of which there are so many */
  Summary *summary;
  gboolean grows;    /* the summary is for later ones, too */
  gboolean visible;  /* ... and nothing is spared for it */
  Session *watched;  /* whose first pass makes it, or made it; NULL: none does */
  gboolean part_due; /* enough of it is there to be sent while frames are loaded */
  GArray *late;      /* frames that are summed up again once all are known */
  GArray *messages;  /* of guint64: as of summary_messages, what each of these had */
  Srt *srt;
  Tap *tap;
};

/* A job for the request SERIAL that goes through all frames.  */
Job *job_new (guint32 serial, gboolean (*step) (Engine *, Job *, gint64));
void job_free (Job *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Job, job_free)

/* The next frame of JOB, or 0 if there is none (yet).  */
guint32 job_next_frame (Engine *engine, Job *job);
gboolean job_no_more_frames (Engine *engine, const Job *job);

/* Tell Emacs now and then how many frames JOB is to go through, and how many it has.  */
void job_frames_progress (Engine *engine, Job *job);

/* Is it past the DEADLINE?  Only looked at for some of N = 0, 1, 2...  */
gboolean job_late (guint n, gint64 deadline);

/* Compile the filter argument for JOB, if there is one.  FALSE if it is wrong, having
   replied.  */
gboolean job_compile_filter (Engine *engine, Job *job, GVariantDict *arguments);

/* The dissection of FRAME if it passes JOB's filter; NULL and no error if not.  */
epan_dissect_t *job_dissect_passing (Engine *engine, Job *job, guint32 frame,
                                     GError **error);

/* Reply VALUE: the last reply if JOB is through, else a part.  TRUE if it is.  */
gboolean job_reply_part (Engine *engine, Job *job, GVariant *value);

/* Reply ERROR, which it frees; TRUE: that ends the job.  */
gboolean job_fail (Engine *engine, Job *job, GError *error);

#endif
