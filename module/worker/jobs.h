/* jobs.h --- requests that take their time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Inside the engine only.  A job is stepped until it says it is done; between
   steps the host looks for new requests.  */

#ifndef SMBCMP_WORKER_JOBS_H
#define SMBCMP_WORKER_JOBS_H

#include "capture/columns.h"
#include "worker/engine.h"
#include "capture/fields.h"
#include "capture/session.h"

struct _Engine
{
  EngineEmit emit;
  EngineSeal seal;
  gpointer user;
  gboolean configured;
  Session *session;    /* NULL when no capture is open */
  Columns *columns;    /* the user's */
  RowStore *rows;      /* their text for every frame */
  GHashTable *colours; /* color_filter_t to the index Emacs knows it by */
  GQueue *jobs;        /* of Job, the next one first */
};

void engine_reply (Engine *engine, guint32 serial, guint8 kind, GVariant *value);
void engine_reply_error (Engine *engine, guint32 serial, const GError *error, int start,
                         int length);
gboolean engine_need_session (Engine *engine, GError **error);
void engine_close (Engine *engine);

char *engine_path (GVariantDict *arguments, const char *name);

/* The string NAME, or NULL if it isn't among ARGUMENTS.  FALSE if it is no
   text: then it came as bytes.  */
gboolean engine_text (GVariantDict *arguments, const char *name, char **text,
                      GError **error);
guint32 engine_number (GVariantDict *arguments, const char *name, guint32 otherwise);
GArray *engine_numbers (GVariantDict *arguments, const char *name);

/* Verbs that queue a job.  */
GVariant *job_load (Engine *engine, guint32 serial, GVariantDict *arguments,
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
GVariant *job_digest (Engine *engine, guint32 serial, GVariantDict *arguments,
                      GError **error);
GVariant *job_srt (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error);

gboolean jobs_ready (const Engine *engine);
void jobs_step (Engine *engine, gint64 deadline);

/* Drop the job with SERIAL, or all for 0; no reply.  */
void jobs_cancel (Engine *engine, guint32 serial);

#endif
