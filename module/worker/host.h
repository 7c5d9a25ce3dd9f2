/* host.h --- what an engine asks of who runs it

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_WORKER_HOST_H
#define SMBCMP_WORKER_HOST_H

#include "wire/wire.h"

typedef struct _Engine Engine;

/* Called with each reply's bytes, which the callee unrefs.  */
typedef void (*EngineEmit) (gpointer user, GBytes *reply);

/* Called before the capture file is opened: the host seals itself off, but for
   reading the files READABLE.  FALSE with *ERROR if it can't.  NULL for a host that
   isn't a process of its own.  */
typedef gboolean (*EngineSeal) (gpointer user, const char *const *readable, GError **error);

#endif
