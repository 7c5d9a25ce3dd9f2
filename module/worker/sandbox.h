/* sandbox.h --- what a worker may still do when it reads a capture

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Dissectors, and what reads files, parse strangers' bytes.  A worker starts
   libwireshark and reads the user's settings, then it is sealed off, and only
   then it opens the capture.  From then on it can do what dissecting needs,
   and nothing else: system calls are those on a list (seccomp), files to read
   those it was told of (Landlock, where the kernel has it), and of others
   there is nothing left to have (limits, environment).  */

#ifndef SMBCMP_WORKER_SANDBOX_H
#define SMBCMP_WORKER_SANDBOX_H

#include <glib.h>

/* Die when the parent does; call first thing.  */
void sandbox_follow_parent (void);

/* Leave no core file and let no other process of the user look inside: there
   may be keys.  Forget the environment but for what libraries look for.  */
void sandbox_keep_secrets (void);

/* No more than BYTES of address space; 0 for no limit.  */
void sandbox_limit_memory (guint64 bytes);

/* Seal the process off, but for reading the files READABLE and what is below those
   that are directories; those that aren't there are passed over.  FALSE with *ERROR
   if not all of it could be done, and not because the kernel is too old for
   Landlock.  */
gboolean sandbox_seal (const char *const *readable, GError **error);

/* The parts of that.  FILES is how many may be open besides what is always needed.  */
gboolean sandbox_restrict_files (const char *const *readable, GError **error);
gboolean sandbox_restrict_resources (guint files, GError **error);
gboolean sandbox_restrict_calls (GError **error);

#endif
