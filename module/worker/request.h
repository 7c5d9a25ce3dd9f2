/* request.h --- what verbs and jobs are given, and how they answer

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Inside the engine only.  */

#ifndef SMBCMP_WORKER_REQUEST_H
#define SMBCMP_WORKER_REQUEST_H

#include "capture/columns.h"
#include "capture/summary.h"
#include "capture/session.h"
#include "worker/host.h"

struct _Engine
{
  EngineEmit emit;
  EngineSeal seal;
  gpointer user;
  gboolean configured;
  Session *session; /* NULL when no capture is open */
  Columns *columns; /* the user's */
  RowStore *rows;   /* their text for every frame */
  Summary *summary; /* of a capture that grows, up to summary_next; or NULL */
  guint32 summary_next;
  GHashTable *colours; /* color_filter_t to the index Emacs knows it by */
  GQueue *jobs;        /* of Job, the next one first */
};

void engine_reply (Engine *engine, guint32 serial, guint8 kind, GVariant *value);
void engine_reply_error (Engine *engine, guint32 serial, const GError *error, int start,
                         int length);
gboolean engine_need_session (Engine *engine, GError **error);

char *engine_path (GVariantDict *arguments, const char *name);

/* The string NAME, or NULL if it isn't among ARGUMENTS.  FALSE if it is no
   text: then it came as bytes.  */
gboolean engine_text (GVariantDict *arguments, const char *name, char **text,
                      GError **error);
guint32 engine_number (GVariantDict *arguments, const char *name, guint32 otherwise);
GArray *engine_numbers (GVariantDict *arguments, const char *name);

#endif
