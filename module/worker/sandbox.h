/* sandbox.h --- what a worker may still do once its capture is open

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Dissectors parse strangers' bytes.  From the moment the capture is open
   they can no longer write or make files, start programs, reach the network,
   or touch other processes.  Reading goes on: preferences name files that are
   read late, and a capture is read all the time.  */

#ifndef SMBCMP_WORKER_SANDBOX_H
#define SMBCMP_WORKER_SANDBOX_H

#include <glib.h>

/* Die when the parent does; call first thing.  */
void sandbox_follow_parent (void);

/* Leave no core file and let no other process of the user look inside: there
   may be keys.  */
void sandbox_keep_secrets (void);

/* No more than BYTES of address space; 0 for no limit.  */
void sandbox_limit_memory (guint64 bytes);

/* Seal the process off, with what the kernel has; says on stderr what it
   can't do.  */
void sandbox_seal (void);

#endif
