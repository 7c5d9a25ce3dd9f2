/* sandbox.c --- what a worker may still do once its capture is open

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

/* Which of clone's arguments has the flags.  */
#if defined __s390__
#define CLONE_FLAGS SCMP_A1
#else
#define CLONE_FLAGS SCMP_A0
#endif

#if defined __has_include
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif
#endif

void
sandbox_follow_parent (void)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

void
sandbox_keep_secrets (void)
{
  static const struct rlimit none = { 0, 0 };
  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void
sandbox_limit_memory (guint64 bytes)
{
  const struct rlimit limit = { bytes, bytes };
  if (bytes && setrlimit (RLIMIT_AS, &limit))
    fprintf (stderr, "smbcmp-worker: memory is not limited: %s\n", strerror (errno));
}

/* Landlock: no path may be written, made or removed, whatever call asks.  */
static void
forbid_writing_paths (void)
{
#if defined LANDLOCK_ACCESS_FS_WRITE_FILE && defined SYS_landlock_create_ruleset
  const struct landlock_ruleset_attr attributes
      = { .handled_access_fs
          = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE
            | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
            | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR
            | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK
            | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
            | LANDLOCK_ACCESS_FS_MAKE_SYM };
  int ruleset
      = (int)syscall (SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset < 0)
    return; /* a kernel without it; seccomp holds alone */
  syscall (SYS_landlock_restrict_self, ruleset, 0);
  close (ruleset);
#endif
}

/* Calls that fail with EPERM.  Names the kernel or libseccomp doesn't know
   are passed over.  */
static const char *const forbidden[] = { "execve",
                                         "execveat",
                                         "socket",
                                         "socketpair",
                                         "connect",
                                         "bind",
                                         "listen",
                                         "accept",
                                         "accept4",
                                         "sendto",
                                         "sendmsg",
                                         "sendmmsg",
                                         "ptrace",
                                         "fork",
                                         "vfork",
                                         "kill",
                                         "tkill",
                                         "creat",
                                         "unlink",
                                         "unlinkat",
                                         "rename",
                                         "renameat",
                                         "renameat2",
                                         "link",
                                         "linkat",
                                         "symlink",
                                         "symlinkat",
                                         "mkdir",
                                         "mkdirat",
                                         "rmdir",
                                         "mknod",
                                         "mknodat",
                                         "chmod",
                                         "fchmod",
                                         "fchmodat",
                                         "chown",
                                         "fchown",
                                         "fchownat",
                                         "lchown",
                                         "truncate",
                                         "ftruncate",
                                         "mount",
                                         "umount2",
                                         "setxattr",
                                         "fsetxattr",
                                         "lsetxattr",
                                         "utimensat",
                                         "io_uring_setup",
                                         "process_vm_writev",
                                         "process_vm_readv",
                                         "pidfd_open",
                                         "bpf",
                                         "keyctl",
                                         "perf_event_open",
                                         "userfaultfd",
                                         "openat2",
                                         "chroot",
                                         "pivot_root" };

static int
forbid_calls (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  if (!filter)
    return -ENOMEM;
  for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
    {
      int call = seccomp_syscall_resolve_name (forbidden[i]);
      if (call != __NR_SCMP_ERROR)
        seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), call, 0);
    }
  /* Opening is reading: any flag that writes or makes is refused.  */
  static const unsigned flags[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND };
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (open), 1,
                        SCMP_A1 (SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
      seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (openat), 1,
                        SCMP_A2 (SCMP_CMP_MASKED_EQ, flags[i], flags[i]));
    }
  /* Threads may be made, processes may not.  What clone3 is to make is in
     memory, where no filter sees it; without it libc takes clone.  */
  seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                    CLONE_FLAGS (SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
  int clone3 = seccomp_syscall_resolve_name ("clone3");
  if (clone3 != __NR_SCMP_ERROR)
    seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), clone3, 0);
  int result = seccomp_load (filter);
  seccomp_release (filter);
  return result;
}

void
sandbox_seal (void)
{
  static gboolean sealed;
  if (sealed)
    return;
  sealed = TRUE;
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  forbid_writing_paths ();
  int result = forbid_calls ();
  if (result)
    fprintf (stderr, "smbcmp-worker: not sealed off: %s\n", strerror (-result));
}
