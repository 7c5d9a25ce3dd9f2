/* engine.h --- requests in, replies out

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The engine's public interface.  Short requests are answered at once; long ones
   (loading, rows, filters) become jobs that the host steps, so that it can
   take new requests, or stop, in between.

   The worker process and Emacs itself (the "embedded" host) drive the same
   engine through these five functions.  */

#ifndef SMBCMP_WORKER_ENGINE_H
#define SMBCMP_WORKER_ENGINE_H

#include "worker/host.h"

#pragma GCC visibility push(default) /* the embedded host looks them up */

Engine *engine_new (EngineEmit emit, EngineSeal seal, gpointer user);
void engine_free (Engine *engine);

/* Take a request: answer it or queue its job.  */
void engine_receive (Engine *engine, GBytes *request);

/* Is there a job that can go on?  */
gboolean engine_busy (const Engine *engine);

/* Work on the jobs, in turn, for about MICROSECONDS.  */
void engine_step (Engine *engine, gint64 microseconds);

#pragma GCC visibility pop

#endif
