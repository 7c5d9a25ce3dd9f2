/* sandbox-probe.c --- what a process that is sealed off can do, and can't

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Seals children off, in part or in whole, and has them try; prints what they
   could do, or can't do but should, and exits with the number of these.
   worker-test.el runs it in a directory of its own, with each rule of
   sandbox.c left out in turn, too.  */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <seccomp.h>

#include "worker/sandbox.h"

static int wrong;

static void
denied (const char *what, long result)
{
  if (result >= 0)
    printf ("%s is possible\n", what);
  else if (errno != EPERM && errno != EACCES)
    printf ("%s: %s\n", what, strerror (errno));
  else
    return;
  wrong++;
}

static void
allowed (const char *what, long result)
{
  if (result >= 0 || (errno != EPERM && errno != EACCES))
    return;
  printf ("%s: %s\n", what, strerror (errno));
  wrong++;
}

static void
sealed (gboolean done, GError *error)
{
  if (!done)
    {
      printf ("not sealed off: %s\n", error->message);
      wrong++;
    }
}

/* Have a child do FUNCTION; 1 if something went wrong.  */
static int
in_child (const char *what, void (*function) (void))
{
  int status;
  fflush (stdout);
  pid_t child = fork ();
  if (!child)
    {
      wrong = 0;
      function ();
      fflush (stdout);
      _exit (wrong);
    }
  waitpid (child, &status, 0);
  if (WIFEXITED (status) && !WEXITSTATUS (status))
    return 0;
  printf ("%s: status %#x\n", what, (unsigned)status);
  return 1;
}

/* ---------------------------------------------------------------- limits */

static void
try_limits (void)
{
  GError *error = NULL;
  struct rlimit limit;
  sealed (sandbox_restrict_resources (0, &error), error);
  static const struct
  {
    int resource;
    rlim_t most;
  } limits[] = { { RLIMIT_FSIZE, 0 }, { RLIMIT_NPROC, 0 }, { RLIMIT_NOFILE, 64 } };
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    if (getrlimit ((__rlimit_resource_t)limits[i].resource, &limit)
        || limit.rlim_cur > limits[i].most || limit.rlim_max > limits[i].most)
      {
        printf ("limit %zu is %lu\n", i, (unsigned long)limit.rlim_cur);
        wrong++;
      }
}

/* ----------------------------------------------------------------- files */

static struct sockaddr_un abstract
    = { .sun_family = AF_UNIX, .sun_path = "\0smbcmp-sandbox-probe" };
static struct sockaddr_in tcp = { .sin_family = AF_INET };
static pid_t outside; /* a process that isn't sealed off */

static const char *const readable[] = { "open", "file", "/dev/null", "not-there", NULL };

static long
open_directory (const char *name)
{
  return open (name, O_RDONLY | O_DIRECTORY);
}

static void
try_sockets (void)
{
  int local = socket (AF_UNIX, SOCK_STREAM, 0), net = socket (AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = { .sin_family = AF_INET };
  struct sockaddr_un named = { .sun_family = AF_UNIX, .sun_path = "open/socket" };
  denied ("to connect to an abstract socket",
          connect (local, (struct sockaddr *)&abstract, sizeof abstract));
  denied ("to make a socket", bind (local, (struct sockaddr *)&named, sizeof named));
  denied ("to connect", connect (net, (struct sockaddr *)&tcp, sizeof tcp));
  denied ("to bind", bind (net, (struct sockaddr *)&any, sizeof any));
}

static void
try_files (void)
{
  GError *error = NULL;
  struct termios terminal;
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sealed (sandbox_restrict_files (readable, &error), error);
  allowed ("to read a file", open ("file", O_RDONLY));
  allowed ("to read a file below", open ("open/file", O_RDONLY));
  allowed ("to read a directory", open_directory ("open"));
  denied ("to read another file", open ("other", O_RDONLY));
  denied ("to read another directory", open_directory ("."));
  denied ("to read through a link", open ("open/link", O_RDONLY));
  denied ("to read the environment of another", open ("/proc/1/environ", O_RDONLY));
  denied ("to write", open ("open/file", O_WRONLY));
  denied ("to truncate", truncate ("open/file", 0));
  denied ("to make a file", open ("open/new", O_RDONLY | O_CREAT, 0600));
  denied ("to make a directory", mkdir ("open/new", 0700));
  denied ("to make a link", symlink ("file", "open/new"));
  denied ("to make a FIFO", mkfifo ("open/new", 0600));
  denied ("to make a character device", mknod ("open/new", S_IFCHR | 0600, 0x103));
  denied ("to make a block device", mknod ("open/new", S_IFBLK | 0600, 0x700));
  denied ("to remove a file", unlink ("open/file"));
  denied ("to remove a directory", rmdir ("open/directory"));
  denied ("to rename", rename ("open/file", "moved"));
  denied ("to ask a device", ioctl (open ("/dev/null", O_RDONLY), TCGETS, &terminal));
  denied ("to signal", kill (outside, 0));
  try_sockets ();
}

/* What can be read still can't be executed.  */
static void
try_execute (void)
{
  static const char *const all[] = { "/", NULL };
  char *const program[] = { "open/program", NULL };
  GError *error = NULL;
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sealed (sandbox_restrict_files (all, &error), error);
  allowed ("to read a program", open (program[0], O_RDONLY));
  denied ("to execute", execve (program[0], program, NULL));
}

/* ----------------------------------------------------------------- calls */

/* Those that a process needs, with arguments that do nothing.  */
static const char *const needed[] = {
  "access",
  "brk",
  "clock_getres",
  "clock_gettime",
  "close",
  "faccessat",
  "faccessat2",
  "fstat",
  "futex",
  "getcwd",
  "getdents64",
  "getegid",
  "geteuid",
  "getgid",
  "getpid",
  "getrandom",
  "getrusage",
  "gettid",
  "gettimeofday",
  "getuid",
  "lseek",
  "lstat",
  "madvise",
  "mmap",
  "mprotect",
  "mremap",
  "munmap",
  "newfstatat",
  "poll",
  "ppoll",
  "pread64",
  "read",
  "readlink",
  "readlinkat",
  "readv",
  "restart_syscall",

  "sched_getaffinity",
  "sched_yield",
  "sigaltstack",
  "stat",
  "statx",
  "sysinfo",
  "time",
  "uname",
  "write",
  "writev",
};

/* Those that can do harm, and could do it here.  */
static void
try_harm (void)
{
  static const struct rlimit none = { 0, 0 };
  static char *const program[] = { "/bin/true", NULL };
  siginfo_t info = { .si_signo = SIGWINCH, .si_code = SI_QUEUE };
  struct termios terminal;
  int pair[2];
  pid_t p = outside;
  denied ("a socket", socket (AF_INET, SOCK_STREAM, 0));
  denied ("a local socket", socket (AF_UNIX, SOCK_STREAM, 0));
  denied ("a socket pair", socketpair (AF_UNIX, SOCK_STREAM, 0, pair));
  denied ("kill", kill (p, 0));
  denied ("kill of a group", kill (0, 0));
  denied ("tkill", syscall (SYS_tkill, p, 0));
  denied ("tgkill", syscall (SYS_tgkill, p, p, 0));
  denied ("rt_sigqueueinfo", syscall (SYS_rt_sigqueueinfo, p, SIGWINCH, &info));
  denied ("rt_tgsigqueueinfo", syscall (SYS_rt_tgsigqueueinfo, p, p, SIGWINCH, &info));
  denied ("pidfd_open", syscall (434, p, 0));
  denied ("pidfd_send_signal", syscall (424, 3, 0, NULL, 0));
  denied ("prlimit of another", prlimit (p, RLIMIT_CORE, &none, NULL));
  denied ("another's limits", prlimit (p, RLIMIT_CORE, NULL, (struct rlimit *)&pair));
  denied ("one's own prlimit", prlimit (0, RLIMIT_CORE, &none, NULL));
  denied ("setrlimit", syscall (SYS_setrlimit, RLIMIT_CORE, &none));
  denied ("setpriority", setpriority (PRIO_PROCESS, (id_t)p, 19));
  denied ("ptrace", ptrace (PTRACE_ATTACH, p, NULL, NULL));
  denied ("process_vm_readv", syscall (SYS_process_vm_readv, p, NULL, 0, NULL, 0, 0));
  denied ("fork", syscall (SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL));
  denied ("a thread", syscall (SYS_clone, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, NULL));
  denied ("clone3", syscall (435, NULL, 0));
  denied ("unshare", unshare (CLONE_NEWUSER));
  denied ("setns", syscall (SYS_setns, 0, 0));
  denied ("execve", execve (program[0], program, NULL));
  denied ("execveat", syscall (322, AT_FDCWD, program[0], program, NULL, 0));
  denied ("open for writing", open ("file", O_WRONLY));
  denied ("open for both", open ("file", O_RDWR));
  denied ("open for making", open ("new", O_RDONLY | O_CREAT, 0600));
  denied ("open for truncating", open ("file", O_RDONLY | O_TRUNC));
  denied ("openat2", syscall (437, AT_FDCWD, "file", NULL, 0));
  denied ("open by the old call", syscall (SYS_open, "file", O_WRONLY));
  denied ("creat", syscall (SYS_creat, "new", 0600));
  denied ("memfd_create", syscall (SYS_memfd_create, "x", 0));
  denied ("truncate", truncate ("file", 0));
  denied ("unlink", unlink ("file"));
  denied ("rename", rename ("file", "renamed"));
  denied ("link", link ("file", "linked"));
  denied ("symlink", symlink ("file", "linked"));
  denied ("mkdir", mkdir ("made", 0700));
  denied ("chmod", chmod ("file", 0777));
  denied ("fchmodat2", syscall (452, AT_FDCWD, "file", 0777, 0));
  denied ("chown", chown ("file", 0, 0));
  denied ("setxattr", syscall (SYS_setxattr, "file", "user.x", "y", 1, 0));
  denied ("setxattrat", syscall (463, AT_FDCWD, "file", 0, "user.x", NULL, 0));
  denied ("utimensat", syscall (SYS_utimensat, AT_FDCWD, "file", NULL, 0));
  denied ("mount", syscall (SYS_mount, "x", "/", "tmpfs", 0, NULL));
  denied ("chroot", syscall (SYS_chroot, "/"));
  denied ("ioctl", ioctl (0, TCGETS, &terminal));
  denied ("typing into a terminal", ioctl (0, TIOCSTI, "x"));
  denied ("fcntl", fcntl (0, F_SETOWN, p));
  denied ("io_uring_setup", syscall (425, 1, NULL));
  denied ("bpf", syscall (321, 0, NULL, 0));
  denied ("keyctl", syscall (SYS_keyctl, 0, 0));
  denied ("perf_event_open", syscall (298, NULL, 0, 0, 0, 0));
  denied ("userfaultfd", syscall (323, 0));
  sigset_t all;
  struct sigaction ignore = { .sa_handler = SIG_IGN };
  sigfillset (&all);
  denied ("to block signals", sigprocmask (SIG_BLOCK, &all, NULL));
  denied ("to ignore signals", sigaction (SIGPROF, &ignore, NULL));
  denied ("setitimer", syscall (SYS_setitimer, 0, NULL, NULL));
  denied ("prctl", prctl (PR_SET_DUMPABLE, 1, 0, 0, 0));
  denied ("setuid", syscall (SYS_setuid, 0));
  denied ("another seccomp filter", syscall (SYS_seccomp, 1, 0, NULL));
}

static volatile int handled;

static void
handle (int signal_number)
{
  handled = signal_number;
}

static void
try_calls (void)
{
  GError *error = NULL;
  struct rlimit limit;
  signal (SIGWINCH, handle);
  sealed (sandbox_restrict_calls (&error), error);
  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
    {
      int call = seccomp_syscall_resolve_name (needed[i]);
      if (call >= 0)
        allowed (needed[i], syscall (call, -1, -1, -1, -1, -1, -1));
    }
  allowed ("to open", open ("file", O_RDONLY));
  allowed ("to open by the old call", syscall (SYS_open, "file", O_RDONLY | O_CLOEXEC));
  allowed ("its own limits", prlimit (0, RLIMIT_CORE, NULL, &limit));
  allowed ("its own limits by the old call", syscall (SYS_getrlimit, RLIMIT_CORE, &limit));
  allowed ("fcntl F_GETFL", fcntl (0, F_GETFL));
  allowed ("fcntl F_GETFD", fcntl (0, F_GETFD));
  allowed ("to signal itself", kill (getpid (), SIGWINCH));
  allowed ("to raise", raise (SIGWINCH));
  wrong += handled != SIGWINCH;
  try_harm ();
}

static void
try_exit (void)
{
  sandbox_restrict_calls (NULL);
  syscall (SYS_exit, 0);
  wrong++;
}

static void
try_exit_group (void)
{
  sandbox_restrict_calls (NULL);
  syscall (SYS_exit_group, 0);
  wrong++;
}

#ifdef __x86_64__
static void
try_x32 (void)
{
  sandbox_restrict_calls (NULL);
  denied ("a call of x32", syscall (0x40000000 + SYS_getpid));
}

static void
try_i386 (void)
{
  long result;
  sandbox_restrict_calls (NULL);
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
}
#endif

/* ------------------------------------------------------------------- all */

static void
try_environment (void)
{
  static const char *const kept[] = { "HOME", "LANG",  "LANGUAGE",        "LC_ALL",
                                      "TZ",   "TZDIR", "XDG_CONFIG_HOME", "WIRESHARK_X" };
  extern char **environ;
  /* As the kernel put them: one behind the other.  */
  const char *first = environ[0], *end = first;
  for (char **variable = environ; *variable; variable++)
    end = *variable + strlen (*variable);
  sandbox_keep_secrets ();
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    if (!getenv (kept[i]))
      {
        printf ("%s is not kept\n", kept[i]);
        wrong++;
      }
  /* HOMELY only begins like one that is kept.  */
  if (memmem (first, (gsize)(end - first), "hunter2", 7) || getenv ("SECRET")
      || getenv ("HOMELY"))
    {
      puts ("the environment has secrets");
      wrong++;
    }
}

static void
try_secrets (void)
{
  struct rlimit core = { 1, 1 };
  sandbox_keep_secrets ();
  getrlimit (RLIMIT_CORE, &core);
  if (core.rlim_max || prctl (PR_GET_DUMPABLE))
    {
      puts ("it may leave a core");
      wrong++;
    }
}

static void
try_all (void)
{
  GError *error = NULL;
  sealed (sandbox_seal (readable, &error), error);
  allowed ("to read a file", open ("file", O_RDONLY));
  denied ("to read another file", open ("other", O_RDONLY));
  denied ("a socket", socket (AF_INET, SOCK_STREAM, 0));
  struct rlimit limit;
  if (getrlimit (RLIMIT_FSIZE, &limit) || limit.rlim_cur)
    {
      puts ("it may write");
      wrong++;
    }
}

static void
prepare (void)
{
  static const char *const files[] = { "file", "other", "open/file" };
  socklen_t size = sizeof tcp;
  mkdir ("open", 0700);
  mkdir ("open/directory", 0700);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    close (open (files[i], O_WRONLY | O_CREAT, 0600));
  if (symlink ("../other", "open/link") || system ("cp /bin/false open/program"))
    exit (98);
  int local = socket (AF_UNIX, SOCK_STREAM, 0), net = socket (AF_INET, SOCK_STREAM, 0);
  snprintf (abstract.sun_path + 1, sizeof abstract.sun_path - 1, "smbcmp-probe-%d",
            getpid ());
  tcp.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (local, (struct sockaddr *)&abstract, sizeof abstract) || listen (local, 8)
      || bind (net, (struct sockaddr *)&tcp, size) || listen (net, 8)
      || getsockname (net, (struct sockaddr *)&tcp, &size))
    exit (97);
  outside = getpid ();
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "environment"))
    {
      try_environment ();
      return wrong;
    }
  if (argc != 2 || chdir (argv[1]))
    return 99;
  prepare ();
  int failures = in_child ("limits", try_limits) + in_child ("files", try_files)
                 + in_child ("execute", try_execute) + in_child ("calls", try_calls)
                 + in_child ("exit", try_exit) + in_child ("exit_group", try_exit_group)
                 + in_child ("secrets", try_secrets) + in_child ("all", try_all);
#ifdef __x86_64__
  failures += in_child ("x32", try_x32) + in_child ("i386", try_i386);
#endif
  return failures;
}
