/* jobs-summary.c --- requests for PDU summaries

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/job.h"
#include "worker/jobs.h"

#include "capture/summary.h"
#include "capture/unveil.h"

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

static gboolean
step_summary (Engine *engine, Job *job, gint64 deadline)
{
  guint32 frame;
  GError *error = NULL;
  for (guint n = 0;
       !job_late (n, deadline) && !error && (frame = job_next_frame (engine, job)); n++)
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
  if (summary_length (job->summary) < MAX_PDUS && !job_no_more_frames (engine, job))
    return FALSE;
  if (!job_reply_part (engine, job, summary_drain (job->summary, last_frame (engine, job))))
    return FALSE;
  if (job->grows)
    {
      engine->summary = g_steal_pointer (&job->summary);
      engine->summary_next = job->next;
    }
  return TRUE;
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
  g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}
