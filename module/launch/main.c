/* main.c --- a worker's process, as Emacs knows it

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Has a forkserver make the worker, see fork.h, and stands for it from then on.
   Where that can't be had, for whatever reason, it becomes the worker itself.  */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch/fork.h"

/* A forkserver that was just started listens as soon as its libraries are there;
   how often that is looked at, and how many times.  */
#define PAUSE_NANOSECONDS (2 * 1000 * 1000)
#define PAUSES 2500

/* How long a forkserver may take to register protocols and fork.  */
#define PATIENCE_SECONDS 20

/* Return a socket to the forkserver SERVER, or -1 if it is not there.  */
static int
reach (pid_t server)
{
  struct sockaddr_un address;
  socklen_t size = fork_address (server, &address);
  int s = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  for (int i = 0; s >= 0 && i < PAUSES && kill (server, 0) == 0; i++)
    {
      if (connect (s, (struct sockaddr *)&address, size) == 0)
        {
          struct ucred peer = { 0 };
          socklen_t length = sizeof peer;
          if (getsockopt (s, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0
              && peer.pid == server && peer.uid == geteuid ())
            return s;
          break;
        }
      if (errno != ECONNREFUSED)
        break;
      nanosleep (&(struct timespec){ 0, PAUSE_NANOSECONDS }, NULL);
    }
  if (s >= 0)
    close (s);
  return -1;
}

/* Receive an int from S into *VALUE; 0 if the other end has closed it.  */
static int
receive (int s, int *value)
{
  ssize_t n;
  do
    n = recv (s, value, sizeof *value, 0);
  while (n < 0 && errno == EINTR);
  return n == sizeof *value;
}

/* Ask the forkserver at S for a worker as REQUEST says, with our standard streams and
   working directory.  Return its process id, or 0 if there is none in time.  */
static pid_t
ask (int s, const ForkRequest *request)
{
  int directory = open (".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const int descriptors[FORK_DESCRIPTORS] = {
    [FORK_STDIN] = STDIN_FILENO,
    [FORK_STDOUT] = STDOUT_FILENO,
    [FORK_STDERR] = STDERR_FILENO,
    [FORK_DIRECTORY] = directory,
  };
  union
  {
    char bytes[CMSG_SPACE (sizeof descriptors)];
    struct cmsghdr aligned;
  } control = { { 0 } };
  struct iovec data = { (void *)request, sizeof *request };
  struct msghdr message = { .msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN (sizeof descriptors);
  memcpy (CMSG_DATA (header), descriptors, sizeof descriptors);
  const struct timeval patience = { PATIENCE_SECONDS, 0 };
  int worker = 0;
  if (directory < 0 || setsockopt (s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience)
      || sendmsg (s, &message, MSG_NOSIGNAL) < 0 || !receive (s, &worker))
    worker = 0;
  if (directory >= 0)
    close (directory);
  return worker;
}

/* End as a process that ended with STATUS.  */
static void __attribute__ ((noreturn)) end_with (int status)
{
  if (WIFSIGNALED (status))
    {
      /* The worker may not leave a core either.  */
      setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
      signal (WTERMSIG (status), SIG_DFL);
      sigset_t all;
      sigfillset (&all);
      sigprocmask (SIG_UNBLOCK, &all, NULL);
      raise (WTERMSIG (status));
    }
  _exit (WEXITSTATUS (status));
}

/* Stand for WORKER, of the forkserver at S, until it ends; what SIGNALS tells of is
   for it.  */
static void __attribute__ ((noreturn)) stand_for (pid_t worker, int s, int signals)
{
  /* The streams are the worker's: their ends are to be seen when it ends.  */
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
    close (stream);
  /* Where processes are listed, it says whom it stands for; the kernel cuts it.  */
  char name[32];
  snprintf (name, sizeof name, "smbcmp %ld", (long)worker);
  prctl (PR_SET_NAME, name);
  struct pollfd ready[] = { { s, POLLIN, 0 }, { signals, POLLIN, 0 } };
  for (;;)
    {
      if (poll (ready, 2, -1) < 0)
        {
          /* What it told before is not so any more.  */
          if (errno == EINTR)
            continue;
          break;
        }
      int status;
      struct signalfd_siginfo info;
      if (ready[1].revents && read (signals, &info, sizeof info) == sizeof info)
        kill (worker, (int)info.ssi_signo);
      if (!ready[0].revents)
        continue;
      if (!receive (s, &status))
        break;
      if (!WIFSTOPPED (status))
        end_with (status);
      raise (SIGSTOP);
    }
  end_with (SIGKILL);
}

int
main (int argc, char **argv)
{
  if (argc != 5)
    {
      fputs ("usage: smbcmp-launch FORKSERVER-PID WORKER MEMORY-BYTES WATCHDOG-SECONDS\n"
             "Started by smbcmp.el.\n",
             stderr);
      return 2;
    }
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  /* What comes before there is a worker is for it, too.  */
  sigset_t interrupt, before;
  sigemptyset (&interrupt);
  sigaddset (&interrupt, SIGUSR1);
  sigprocmask (SIG_BLOCK, &interrupt, &before);
  const ForkRequest request = { strtoull (argv[3], NULL, 10), strtod (argv[4], NULL) };
  int s = reach ((pid_t)strtol (argv[1], NULL, 10));
  int signals = signalfd (-1, &interrupt, SFD_CLOEXEC);
  pid_t worker = s >= 0 && signals >= 0 ? ask (s, &request) : 0;
  if (worker > 0)
    stand_for (worker, s, signals);
  sigprocmask (SIG_SETMASK, &before, NULL);
  execv (argv[2], argv + 2);
  perror (argv[2]);
  return 2;
}
