/* forkserver.h --- make workers out of one that has started libwireshark

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   See launch/fork.h.  A forkserver is as a worker before it is sealed off: it has
   opened nothing, read no settings, and talks to nobody but launchers of its user.  */

#ifndef SMBCMP_WORKER_FORKSERVER_H
#define SMBCMP_WORKER_FORKSERVER_H

#include "launch/fork.h"

/* Listen, call PREPARE, then make a worker whenever a launcher asks for one.  Returns
   in each worker, with *REQUEST as it was asked for and the launcher's streams and
   working directory; else never.  The process ends when its stdin does and no worker
   is left, after some idle time, or if PREPARE returns 0.  */
void forkserver_run (int (*prepare) (void), ForkRequest *request);

#endif
