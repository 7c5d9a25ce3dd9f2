/* jobs-summary.c --- requests for PDU summaries

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/job.h"
#include "worker/jobs.h"

#include "capture/summary.h"
#include "capture/unveil.h"
#include "support/problem.h"

/* PDUs in one part of a summary.  */
#define MAX_PDUS 2000

/* The last frame that JOB went through.  */
static guint32
last_frame (const Engine *engine, const Job *job)
{
  return session_frame_at (engine->session, job->next - 1);
}

/* FRAME dissected with all that is summed up.  */
static epan_dissect_t *
dissect_to_sum_up (Engine *engine, Job *job, guint32 frame, GError **error)
{
  static const Dissection veiled = { .veiled = TRUE }, visible = { .visible = TRUE };
  if (!job->visible)
    {
      epan_dissect_t *edt = session_dissect (engine->session, frame, &veiled, error);
      gboolean unveiled = unveil_end ();
      if (!edt || summary_suffices (job->summary, edt, unveiled))
        return edt;
    }
  return session_dissect (engine->session, frame, &visible, error);
}

/* --------------------------------------------- made by the first pass */

/* Frames that may be there already when the first pass is to make a summary.  */
#define MAX_CAUGHT_UP 5000

static void
stop_watching (Job *job)
{
  if (job->watched)
    session_watch_trees (job->watched, NULL, NULL);
  job->watched = NULL;
}

/* The next frame of DATA, a job, was dissected, as EDT.  What may change is summed up
   again later; from where all may, frames are summed up once they are loaded.  */
static void
sum_up (gpointer data, epan_dissect_t *edt, gboolean unveiled)
{
  Job *job = data;
  if (!summary_suffices (job->summary, edt, unveiled))
    {
      stop_watching (job);
      return;
    }
  summary_add (job->summary, edt);
  job->next++;
  job->part_due = summary_length (job->summary) >= MAX_PDUS;
  SummaryState state = summary_state (job->summary);
  if (state != SUMMARY_STANDS)
    {
      guint64 messages = summary_messages (job->summary);
      g_array_append_vals (job->late, &edt->pi.num, 1);
      g_array_append_val (job->messages, messages);
    }
  if (state == SUMMARY_NEEDS_ALL)
    stop_watching (job);
}

/* Have the first pass make JOB's summary, if it has just begun.  */
static void
watch_pass (Engine *engine, Job *job)
{
  static const Dissection veiled = { .veiled = TRUE };
  Session *session = engine->session;
  if (job->grows || job->visible || !session_loading (session)
      || session_trees_watched (session) || session_frame_count (session) > MAX_CAUGHT_UP)
    return;
  job->late = g_array_new (FALSE, FALSE, sizeof (guint32));
  job->messages = g_array_new (FALSE, FALSE, sizeof (guint64));
  job->watched = session;
  session_watch_trees (session, sum_up, job);
  while (job->watched && job->next <= session_frame_count (session))
    {
      epan_dissect_t *edt
          = session_dissect (session, session_frame_at (session, job->next), &veiled, NULL);
      if (edt)
        sum_up (job, edt, unveil_end ());
      else
        stop_watching (job);
      session_release (session);
    }
}

/* Sum FRAME up again.  What has been sent of it can't be taken back: if its messages are
   others by now, the summary has failed, and who asked asks again.  */
static void
sum_up_again (Engine *engine, Job *job, guint32 frame, GError **error)
{
  guint64 messages = g_array_index (job->messages, guint64, job->next_index - 1);
  epan_dissect_t *edt = dissect_to_sum_up (engine, job, frame, error);
  if (edt)
    {
      summary_add (job->summary, edt);
      if (summary_messages (job->summary) != messages)
        g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_WORKER,
                     PROBLEM "other-messages" PROBLEM "%u", frame);
    }
  session_release (engine->session);
}

/* Sum up again what may have changed.  */
static gboolean
step_late (Engine *engine, Job *job, gint64 deadline)
{
  guint32 frame;
  GError *error = NULL;
  summary_add_again (job->summary);
  for (guint n = 0;
       !job_late (n, deadline) && !error && (frame = job_next_frame (engine, job)); n++)
    sum_up_again (engine, job, frame, &error);
  if (error)
    return job_fail (engine, job, error);
  return job_reply_part (engine, job, summary_drain (job->summary, job->last));
}

/* ---------------------------------------------------------------- the job */

/* All frames were summed up once.  */
static gboolean
end_summary (Engine *engine, Job *job)
{
  GVariant *part = summary_drain (job->summary, last_frame (engine, job));
  if (job->late && job->late->len)
    {
      engine_reply (engine, job->serial, WIRE_PART, part);
      job->last = last_frame (engine, job);
      job->frames = g_steal_pointer (&job->late);
      job->step = step_late;
      return FALSE;
    }
  engine_reply (engine, job->serial, WIRE_RESULT, part);
  if (job->grows)
    {
      engine->summary = g_steal_pointer (&job->summary);
      engine->summary_next = job->next;
    }
  return TRUE;
}

static gboolean
step_summary (Engine *engine, Job *job, gint64 deadline)
{
  guint32 frame;
  GError *error = NULL;
  /* Frames that are being loaded are summed up as they come.  */
  gboolean loading = session_loading (engine->session);
  if (!loading)
    stop_watching (job);
  for (guint n = 0; !loading && !job_late (n, deadline) && !error
                    && (frame = job_next_frame (engine, job));
       n++)
    {
      epan_dissect_t *edt = dissect_to_sum_up (engine, job, frame, &error);
      if (edt)
        summary_add (job->summary, edt);
      /* What is gone from a ring buffer is not compared.  */
      if (job->grows)
        g_clear_error (&error);
      session_release (engine->session);
    }
  if (error)
    return job_fail (engine, job, error);
  job_frames_progress (engine, job);
  if (!loading && job_no_more_frames (engine, job))
    return end_summary (engine, job);
  job->part_due = FALSE;
  if (summary_length (job->summary) >= MAX_PDUS)
    engine_reply (engine, job->serial, WIRE_PART,
                  summary_drain (job->summary, last_frame (engine, job)));
  return FALSE;
}

GVariant *
job_summary (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  g_autoptr (Job) job = job_new (serial, step_summary);
  g_autofree const char **texts = NULL;
  g_variant_dict_lookup (arguments, "rules", "^a&s", &texts);
  job->grows = g_variant_dict_contains (arguments, "grows");
  job->visible = !WS_VEILS || g_variant_dict_contains (arguments, "visible");
  if (!job->visible)
    unveil_prepare ();
  if (job->grows && engine->summary)
    {
      job->summary = g_steal_pointer (&engine->summary);
      job->next = engine->summary_next;
      g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
      return NULL;
    }
  g_autofree const char **protocols_texts = NULL;
  g_variant_dict_lookup (arguments, "protocols", "^a&s", &protocols_texts);
  g_autoptr (Rules) rules = rules_from_strings (texts, error);
  Protocols *protocols = rules ? protocols_from_strings (protocols_texts, error) : NULL;
  if (!protocols)
    return NULL;
  job->summary = summary_new (g_steal_pointer (&rules), protocols);
  watch_pass (engine, job);
  g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}
