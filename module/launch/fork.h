/* fork.h --- what a launcher and a forkserver say to each other

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   To register its protocols takes libwireshark longer than to load most captures.
   A forkserver is a worker that has done that, and then, instead of opening a
   capture, forks whenever it is asked to: the copy is a worker like any other.
   For Emacs each worker is still a process that it started: that is the launcher,
   which gives the forkserver its standard streams and working directory, passes on
   the signal that interrupts a worker, and ends as the worker does.

   They talk over a socket in the abstract namespace, of messages.  The launcher
   sends one ForkRequest, with the descriptors; the forkserver the process id of
   the worker, and when that was stopped or has ended its status, as waitpid has it;
   all are int.  The side that closes the socket before the end has died, and takes
   the worker with it.  */

#ifndef SMBCMP_LAUNCH_FORK_H
#define SMBCMP_LAUNCH_FORK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

typedef struct
{
  uint64_t memory; /* bytes of address space, 0 for no limit */
  double watchdog; /* seconds, 0 for no limit */
} ForkRequest;

/* The descriptors that come with it.  */
enum
{
  FORK_STDIN,
  FORK_STDOUT,
  FORK_STDERR,
  FORK_DIRECTORY,
  FORK_DESCRIPTORS
};

/* Put where the forkserver with process id SERVER listens into *ADDRESS; return its
   size.  Anybody may take that name: who is at the other end has to be looked at.  */
static inline socklen_t
fork_address (pid_t server, struct sockaddr_un *address)
{
  memset (address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  int length = snprintf (address->sun_path + 1, sizeof address->sun_path - 1, "smbcmp-%ld",
                         (long)server);
  return (socklen_t)(offsetof (struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

#endif
