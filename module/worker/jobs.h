/* jobs.h --- requests that take their time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Inside the engine only.  A job is stepped until it says it is done; between
   steps the host looks for new requests.  */

#ifndef SMBCMP_WORKER_JOBS_H
#define SMBCMP_WORKER_JOBS_H

#include "worker/request.h"

/* Verbs that queue a job.  */
GVariant *job_load (Engine *engine, guint32 serial, GVariantDict *arguments,
                    GError **error);
GVariant *job_grow (Engine *engine, guint32 serial, GVariantDict *arguments,
                    GError **error);
GVariant *job_redissect (Engine *engine, guint32 serial, GVariantDict *arguments,
                         GError **error);
GVariant *job_rows (Engine *engine, guint32 serial, GVariantDict *arguments,
                    GError **error);
GVariant *job_colours (Engine *engine, guint32 serial, GVariantDict *arguments,
                       GError **error);
GVariant *job_filter (Engine *engine, guint32 serial, GVariantDict *arguments,
                      GError **error);
GVariant *job_fields (Engine *engine, guint32 serial, GVariantDict *arguments,
                      GError **error);
GVariant *job_summary (Engine *engine, guint32 serial, GVariantDict *arguments,
                       GError **error);
GVariant *job_srt (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error);
GVariant *job_conversations (Engine *engine, guint32 serial, GVariantDict *arguments,
                             GError **error);
GVariant *job_expert (Engine *engine, guint32 serial, GVariantDict *arguments,
                      GError **error);
GVariant *job_follow (Engine *engine, guint32 serial, GVariantDict *arguments,
                      GError **error);

gboolean jobs_ready (const Engine *engine);
void jobs_step (Engine *engine, gint64 deadline);

/* Drop the job with SERIAL, or all for 0; no reply.  */
void jobs_cancel (Engine *engine, guint32 serial);

#endif
