/* sandbox.c --- what a worker may still do when it reads a capture

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each rule is a line of a table; the tests leave out one after the other and
   look whether anyone notices.  */

#define _GNU_SOURCE
#include "worker/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

extern char **environ;

void
sandbox_follow_parent (void)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* ----------------------------------------------------------- environment */

/* What the libraries look for.  Names that end in _ stand for all that begin so.  */
static const char *const kept_variables[] = {
  "HOME", "LANG", "LANGUAGE", "LC_", "TZ", "TZDIR", "XDG_CONFIG_HOME", "WIRESHARK_",
};

static gboolean
is_kept (const char *variable)
{
  gsize length = strcspn (variable, "=");
  for (gsize i = 0; i < G_N_ELEMENTS (kept_variables); i++)
    {
      gsize n = strlen (kept_variables[i]);
      gboolean prefix = kept_variables[i][n - 1] == '_';
      if ((prefix ? length > n : length == n)
          && strncmp (variable, kept_variables[i], n) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Others may have passwords and tokens in them: they are wiped where they are.  */
static void
forget_environment (void)
{
  char **kept = environ;
  for (char **variable = environ; *variable; variable++)
    if (is_kept (*variable))
      *kept++ = *variable;
    else
      memset (*variable, 0, strlen (*variable));
  *kept = NULL;
}

void
sandbox_keep_secrets (void)
{
  static const struct rlimit none = { 0, 0 };
  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
  forget_environment ();
}

/* ---------------------------------------------------------------- limits */

void
sandbox_limit_memory (guint64 bytes)
{
  const struct rlimit limit = { bytes, bytes };
  if (!bytes)
    return;
  if (setrlimit (RLIMIT_AS, &limit))
    fprintf (stderr, "smbcmp-worker: memory is not limited: %s\n", strerror (errno));
  /* A worker of a forkserver has more from the start than one may begin with.  */
  const size_t little = 1 << 16;
  void *more = mmap (NULL, little, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (more == MAP_FAILED)
    {
      fprintf (stderr, "smbcmp-worker: %s\n", strerror (errno));
      abort ();
    }
  munmap (more, little);
}

static gboolean
fail (GError **error, int code, const char *what)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), "%s: %s", what,
               g_strerror (code));
  return FALSE;
}

static const struct
{
  int resource;
  rlim_t most;
} limits[] = {
  { RLIMIT_FSIZE, 0 },   /* bytes written to any file */
  { RLIMIT_NPROC, 0 },   /* processes */
  { RLIMIT_NOFILE, 64 }, /* the pipes, one of Wireshark's tables; see below */
};

/* A file is read at two places.  */
#define DESCRIPTORS_A_FILE 2

gboolean
sandbox_restrict_resources (guint files, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      rlim_t most = limits[i].most;
      if (limits[i].resource == RLIMIT_NOFILE)
        most += (rlim_t)files * DESCRIPTORS_A_FILE;
      const struct rlimit limit = { most, most };
      if (setrlimit ((__rlimit_resource_t)limits[i].resource, &limit))
        return fail (error, errno, "setrlimit");
    }
  return TRUE;
}

/* -------------------------------------------------------------- Landlock */

/* linux/landlock.h is older than the kernel on most systems.  */
struct ruleset
{
  guint64 files, sockets, scopes;
};

struct path_rule
{
  guint64 rights;
  gint32 directory;
} __attribute__ ((packed));

/* So are the calls' numbers, the same on all processors that Debian has.  */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define READ_FILE (1u << 2)
#define READ_DIRECTORY (1u << 3)
#define RULE_PATH 1
#define QUERY_VERSION 1

/* What Landlock forbids, by the version that can: bits of the ruleset's words.  */
static const struct
{
  int version;
  gsize word; /* in struct ruleset */
  guint64 bit;
} rights[] = {
  { 1, 0, 1u << 0 },        /* execute a file */
  { 1, 0, 1u << 1 },        /* write to one */
  { 1, 0, READ_FILE },      /* read one, */
  { 1, 0, READ_DIRECTORY }, /* or a directory, but for those that are readable */
  { 1, 0, 1u << 4 },        /* remove a directory */
  { 1, 0, 1u << 5 },        /* remove a file */
  { 1, 0, 1u << 6 },        /* make a character device */
  { 1, 0, 1u << 7 },        /* make a directory */
  { 1, 0, 1u << 8 },        /* make a file */
  { 1, 0, 1u << 9 },        /* make a socket */
  { 1, 0, 1u << 10 },       /* make a FIFO */
  { 1, 0, 1u << 11 },       /* make a block device */
  { 1, 0, 1u << 12 },       /* make a symbolic link */
  { 3, 0, 1u << 14 },       /* truncate a file */
  { 5, 0, 1u << 15 },       /* ask something of a device, as a terminal for input */
  { 4, 1, 1u << 0 },        /* bind a TCP socket */
  { 4, 1, 1u << 1 },        /* connect one */
  { 6, 2, 1u << 0 },        /* connect to an abstract Unix socket */
  { 6, 2, 1u << 1 },        /* signal a process that isn't sealed off */
};

static gboolean
add_path (int ruleset, const char *path, GError **error)
{
  struct stat status;
  int fd = open (path, O_PATH | O_CLOEXEC);
  if (fd < 0)
    return TRUE;
  gboolean directory = !fstat (fd, &status) && S_ISDIR (status.st_mode);
  const struct path_rule rule = { READ_FILE | (directory ? READ_DIRECTORY : 0), fd };
  gboolean done = !syscall (SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0)
                  || fail (error, errno, path);
  close (fd);
  return done;
}

gboolean
sandbox_restrict_files (const char *const *readable, GError **error)
{
  long version = syscall (SYS_landlock_create_ruleset, NULL, 0, QUERY_VERSION);
  if (version < 0)
    {
      /* The list of system calls holds alone; it lets no one write.  */
      if (errno != ENOSYS && errno != EOPNOTSUPP)
        return fail (error, errno, "landlock_create_ruleset");
      fputs ("smbcmp-worker: this kernel has no Landlock: all files can be read\n", stderr);
      return TRUE;
    }
  guint64 words[3] = { 0 };
  for (gsize i = 0; i < G_N_ELEMENTS (rights); i++)
    if (rights[i].version <= version)
      words[rights[i].word] |= rights[i].bit;
  const struct ruleset attributes = { words[0], words[1], words[2] };
  gsize size = (version < 4 ? 1 : version < 6 ? 2 : 3) * sizeof (guint64);
  int ruleset = (int)syscall (SYS_landlock_create_ruleset, &attributes, size, 0);
  if (ruleset < 0)
    return fail (error, errno, "landlock_create_ruleset");
  gboolean done = TRUE;
  for (; done && *readable; readable++)
    done = add_path (ruleset, *readable, error);
  if (done && syscall (SYS_landlock_restrict_self, ruleset, 0))
    done = fail (error, errno, "landlock_restrict_self");
  close (ruleset);
  return done;
}

/* --------------------------------------------------------------- seccomp */

/* What libwireshark was seen to call on every capture of the tests once it was
   sealed off, and then what could come in its place: the same call by another name,
   on other machines or of another C library; what the C library itself does for
   large blocks, or where it has no vDSO; what GLib's locks need if they ever wait.
   Signals can neither be blocked nor get other handlers: the watchdog is one.  None of
   these reaches anything beyond the process but through files that are open.  */
static const char *const calls[] = {
  /* Seen.  */
  "brk",
  "close",
  "exit_group",
  "getpid",
  "lseek",
  "madvise",
  "mmap",
  "mremap",
  "munmap",
  "newfstatat",
  "poll",
  "read",
  "rt_sigreturn",
  "uname",
  "write",
  /* Files, by other names.  */
  "access",
  "faccessat",
  "faccessat2",
  "fstat",
  "getdents64",
  "lstat",
  "pread64",
  "readlink",
  "readlinkat",
  "readv",
  "stat",
  "statx",
  "writev",
  /* Memory.  */
  "mprotect",
  "sysinfo",
  /* Time and waiting.  */
  "clock_getres",
  "clock_gettime",
  "futex",
  "gettimeofday",
  "ppoll",
  "restart_syscall",
  "time",
  /* Itself.  */
  "exit",
  "getcwd",
  "getegid",
  "geteuid",
  "getgid",
  "getrandom",
  "getrusage",
  "gettid",
  "getuid",
  "sched_getaffinity",
  "sched_yield",
  "sigaltstack",
};

/* The same where words have 32 bits.  */
static const char *const narrow_calls[] = {
  "_llseek",         "clock_getres_time64",
  "clock_gettime64", "fstat64",
  "fstatat64",       "futex_time64",
  "getegid32",       "geteuid32",
  "getgid32",        "getuid32",
  "lstat64",         "mmap2",
  "ppoll_time64",    "sigreturn",
  "stat64",          "ugetrlimit",
};

/* What the C library calls for fcntl: another call where words have 32 bits.  */
#ifdef SYS_fcntl64
#define FCNTL "fcntl64"
#else
#define FCNTL "fcntl"
#endif

/* Flags of open that do more than reading.  */
#define WRITING                                                                            \
  (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

static int
allow (scmp_filter_ctx filter, const char *name, unsigned n,
       const struct scmp_arg_cmp *conditions)
{
  int call = seccomp_syscall_resolve_name (name);
  /* Negative numbers are those of other machines.  */
  return call < 0 ? 0
                  : seccomp_rule_add_array (filter, SCMP_ACT_ALLOW, call, n, conditions);
}

/* Calls that are allowed with some arguments only.  */
static int
allow_some (scmp_filter_ctx filter)
{
  const struct
  {
    const char *name;
    unsigned n;
    struct scmp_arg_cmp conditions[2];
  } some[] = {
    { "open", 1, { SCMP_A1 (SCMP_CMP_MASKED_EQ, WRITING, 0) } },
    { "openat", 1, { SCMP_A2 (SCMP_CMP_MASKED_EQ, WRITING, 0) } },
    /* To itself alone: raise, abort.  */
    { "kill", 1, { SCMP_A0 (SCMP_CMP_EQ, (guint64)getpid (), 0) } },
    { "tgkill", 1, { SCMP_A0 (SCMP_CMP_EQ, (guint64)getpid (), 0) } },
    /* Asking for one's own limits.  */
    { "prlimit64", 2, { SCMP_A0 (SCMP_CMP_EQ, 0, 0), SCMP_A2 (SCMP_CMP_EQ, 0, 0) } },
    { "getrlimit", 0, { { 0, 0, 0, 0 } } },
    { FCNTL, 1, { SCMP_A1 (SCMP_CMP_EQ, F_GETFL, 0) } },
    { FCNTL, 1, { SCMP_A1 (SCMP_CMP_EQ, F_GETFD, 0) } },
  };
  int result = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (some) && !result; i++)
    result = allow (filter, some[i].name, some[i].n, some[i].conditions);
  return result;
}

gboolean
sandbox_restrict_calls (GError **error)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  if (!filter)
    return fail (error, ENOMEM, "seccomp_init");
  /* Calls by the numbers of another ABI, x32 or i386, likewise.  */
  int result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (EPERM));
  for (gsize i = 0; i < G_N_ELEMENTS (calls) && !result; i++)
    result = allow (filter, calls[i], 0, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (narrow_calls) && !result; i++)
    result = allow (filter, narrow_calls[i], 0, NULL);
  if (!result)
    result = allow_some (filter);
  if (!result)
    result = seccomp_load (filter);
  seccomp_release (filter);
  return !result || fail (error, -result, "seccomp");
}

/* ------------------------------------------------------------------- all */

/* What the C library would read later, from files that can't be read then.  */
static void
read_ahead (void)
{
  tzset ();
  (void)g_strerror (EIO);
  /* What libwireshark converts with iconv, whose modules are files.  */
  static const char *const encodings[] = { "GB18030", "EUC-KR" };
  for (gsize i = 0; i < G_N_ELEMENTS (encodings); i++)
    g_iconv_open ("UTF-8", encodings[i]);
}

gboolean
sandbox_seal (const char *const *readable, GError **error)
{
  read_ahead ();
  signal (SIGXFSZ, SIG_IGN);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    return fail (error, errno, "no_new_privs");
  return sandbox_restrict_files (readable, error)
         && sandbox_restrict_resources (g_strv_length ((char **)readable), error)
         && sandbox_restrict_calls (error);
}
