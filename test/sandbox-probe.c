/* sandbox-probe.c --- what a process that is sealed off can't do

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Seals itself off and tries; prints what it could do, or can't do but
   should, and exits with the number of these.  worker-test.el runs it.  */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
  if (result >= 0)
    return;
  printf ("%s: %s\n", what, strerror (errno));
  wrong++;
}

static void *
idle (void *nothing)
{
  return nothing;
}

static void
try_processes (void)
{
  char *const true_program[] = { "/bin/true", NULL };
  denied ("execve", execve (true_program[0], true_program, NULL));
  pid_t child = fork ();
  if (child == 0)
    _exit (0);
  denied ("fork", child);
  denied ("kill", kill (getppid (), 0));
  denied ("ptrace", ptrace (PTRACE_ATTACH, getppid (), NULL, NULL));
  pthread_t thread;
  int result = pthread_create (&thread, NULL, idle, NULL);
  errno = result;
  allowed ("a thread", -result);
  if (!result)
    pthread_join (thread, NULL);
}

static void
try_files (void)
{
  denied ("open for writing", open ("new", O_WRONLY | O_CREAT, 0600));
  denied ("open for appending", open ("sealed", O_WRONLY | O_APPEND));
  denied ("open for both", open ("sealed", O_RDWR));
  denied ("truncate", truncate ("sealed", 0));
  denied ("unlink", unlink ("sealed"));
  denied ("rename", rename ("sealed", "renamed"));
  denied ("link", link ("sealed", "linked"));
  denied ("symlink", symlink ("sealed", "linked"));
  denied ("mkdir", mkdir ("made", 0700));
  denied ("chmod", chmod ("sealed", 0777));
  int fd = open ("sealed", O_RDONLY);
  allowed ("open for reading", fd);
  char byte;
  allowed ("read", read (fd, &byte, 1));
}

int
main (int argc, char **argv)
{
  if (argc != 2 || chdir (argv[1]))
    return 99;
  sandbox_seal ();
  denied ("an internet socket", socket (AF_INET, SOCK_STREAM, 0));
  denied ("a local socket", socket (AF_UNIX, SOCK_STREAM, 0));
  denied ("a raw socket", socket (AF_PACKET, SOCK_RAW, 0));
  int pair[2];
  denied ("a socket pair", socketpair (AF_UNIX, SOCK_STREAM, 0, pair));
  try_processes ();
  try_files ();
  return wrong;
}
