/* jobs-tap.c --- requests for what libwireshark's taps tell

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/job.h"
#include "worker/jobs.h"

/* --------------------------------------------------------- response times */

/* Samples in one part of a reply.  */
#define MAX_SAMPLES 4096

static gboolean
step_srt (Engine *engine, Job *job, gint64 deadline)
{
  guint32 frame;
  for (guint n = 0; !job_late (n, deadline) && (frame = job_next_frame (engine, job)); n++)
    {
      GError *error = NULL;
      srt_begin (job->srt);
      srt_end (job->srt, job_dissect_passing (engine, job, frame, &error) != NULL);
      session_release (engine->session);
      if (error)
        return job_fail (engine, job, error);
    }
  job_frames_progress (engine, job);
  if (srt_length (job->srt) < MAX_SAMPLES && !job_no_more_frames (engine, job))
    return FALSE;
  return job_reply_part (engine, job, srt_pack (job->srt));
}

GVariant *
job_srt (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  g_autoptr (Job) job = job_new (serial, step_srt);
  job->srt = srt_new (error);
  if (job->srt && job_compile_filter (engine, job, arguments))
    g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}

/* ------------------- conversations, expert information, data of a stream */

static gboolean
step_tap (Engine *engine, Job *job, gint64 deadline)
{
  guint32 frame;
  for (guint n = 0; !job_late (n, deadline) && (frame = job_next_frame (engine, job)); n++)
    {
      GError *error = NULL;
      tap_begin (job->tap);
      job_dissect_passing (engine, job, frame, &error);
      tap_end (job->tap);
      session_release (engine->session);
      if (error)
        return job_fail (engine, job, error);
    }
  job_frames_progress (engine, job);
  return job_no_more_frames (engine, job)
         && job_reply_part (engine, job, tap_pack (job->tap));
}

/* Queue a job that fills TAP, which it takes; nothing if that is NULL.  */
static GVariant *
queue (Engine *engine, guint32 serial, Tap *tap)
{
  if (!tap)
    return NULL;
  Job *job = job_new (serial, step_tap);
  job->tap = tap;
  /* Taps want a tree, of whatever.  */
  job->field_ids = g_array_new (FALSE, FALSE, sizeof (int));
  g_queue_push_tail (engine->jobs, job);
  return NULL;
}

GVariant *
job_conversations (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  g_autofree char *protocol = NULL;
  if (!engine_need_session (engine, error)
      || !engine_text (arguments, "protocol", &protocol, error))
    return NULL;
  return queue (engine, serial, tap_conversations (protocol, error));
}

GVariant *
job_expert (Engine *engine, guint32 serial, GVariantDict *arguments G_GNUC_UNUSED,
            GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  return queue (engine, serial, tap_expert (error));
}

GVariant *
job_follow (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  g_autofree char *protocol = NULL;
  if (!engine_need_session (engine, error)
      || !engine_text (arguments, "protocol", &protocol, error))
    return NULL;
  guint32 stream = engine_number (arguments, "stream", 0);
  guint32 limit = engine_number (arguments, "limit", G_MAXUINT32);
  return queue (engine, serial, tap_follow (protocol, stream, limit, error));
}
