/* forkserver.c --- make workers out of one that has started libwireshark

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE
#include "worker/forkserver.h"

#include <errno.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "worker/sandbox.h"

/* Without workers, it ends after so many milliseconds.  */
#define IDLE (10 * 60 * 1000)

/* A launcher sends its request at once.  */
#define PATIENCE_SECONDS 1

typedef struct
{
  pid_t pid;
  int launcher; /* a socket; -1 once the launcher is gone */
} Worker;

/* The first descriptors that are polled.  */
enum
{
  INPUT,
  LISTENER,
  CHILDREN,
  LAUNCHERS
};

static int listener = -1;
static int children = -1; /* tells of SIGCHLD */
static gboolean retired;  /* stdin has ended */
static GArray *workers;   /* of Worker */

static void
listen_for_launchers (void)
{
  struct sockaddr_un address;
  socklen_t size = fork_address (getpid (), &address);
  listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind (listener, (struct sockaddr *)&address, size)
      || listen (listener, SOMAXCONN))
    _exit (2);
}

/* Receive from LAUNCHER what it asks for into *REQUEST and DESCRIPTORS.  FALSE if it is
   not of our user, or asks for nothing; there are no descriptors then.  */
static gboolean
receive_request (int launcher, ForkRequest *request, int descriptors[FORK_DESCRIPTORS])
{
  struct ucred peer = { 0 };
  socklen_t length = sizeof peer;
  if (getsockopt (launcher, SOL_SOCKET, SO_PEERCRED, &peer, &length)
      || peer.uid != geteuid ())
    return FALSE;
  const struct timeval patience = { PATIENCE_SECONDS, 0 };
  setsockopt (launcher, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const gsize size = FORK_DESCRIPTORS * sizeof *descriptors;
  union
  {
    char bytes[CMSG_SPACE (FORK_DESCRIPTORS * sizeof (int))];
    struct cmsghdr aligned;
  } control = { { 0 } };
  struct iovec data = { request, sizeof *request };
  struct msghdr message = { .msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes };
  ssize_t n = recvmsg (launcher, &message, MSG_CMSG_CLOEXEC);
  struct cmsghdr *header = n < 0 ? NULL : CMSG_FIRSTHDR (&message);
  if (!header || header->cmsg_type != SCM_RIGHTS)
    return FALSE;
  gsize count = (header->cmsg_len - CMSG_LEN (0)) / sizeof *descriptors;
  memcpy (descriptors, CMSG_DATA (header), MIN (size, count * sizeof *descriptors));
  if (n == sizeof *request && count == FORK_DESCRIPTORS)
    return TRUE;
  for (gsize i = 0; i < MIN (count, FORK_DESCRIPTORS); i++)
    close (descriptors[i]);
  return FALSE;
}

/* ----------------------------------------------------------- in the worker */

/* Nothing of the forkserver is left to a worker: what may come to run in it could
   else answer for others.  */
static void
become_worker (pid_t server, int launcher, const int descriptors[FORK_DESCRIPTORS])
{
  sandbox_follow_parent ();
  if (getppid () != server)
    _exit (2);
  close (listener);
  close (children);
  close (launcher);
  for (guint i = 0; i < workers->len; i++)
    if (g_array_index (workers, Worker, i).launcher >= 0)
      close (g_array_index (workers, Worker, i).launcher);
  g_array_unref (workers);
  for (int stream = FORK_STDIN; stream <= FORK_STDERR; stream++)
    if (dup2 (descriptors[stream], stream) < 0)
      _exit (2);
  if (fchdir (descriptors[FORK_DIRECTORY]))
    _exit (2);
  for (int i = 0; i < FORK_DESCRIPTORS; i++)
    close (descriptors[i]);
  sigset_t none;
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

/* ------------------------------------------------------- in the forkserver */

/* Make a worker for whoever connects.  TRUE in that worker.  */
static gboolean
make_worker (ForkRequest *request)
{
  int launcher = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  if (launcher < 0)
    return FALSE;
  int descriptors[FORK_DESCRIPTORS];
  if (!receive_request (launcher, request, descriptors))
    {
      close (launcher);
      return FALSE;
    }
  pid_t server = getpid ();
  pid_t pid = fork ();
  if (pid == 0)
    {
      become_worker (server, launcher, descriptors);
      return TRUE;
    }
  for (int i = 0; i < FORK_DESCRIPTORS; i++)
    close (descriptors[i]);
  const int told = (int)pid;
  if (pid < 0 || send (launcher, &told, sizeof told, MSG_NOSIGNAL) < 0)
    {
      close (launcher);
      launcher = -1;
    }
  if (pid > 0)
    {
      if (launcher < 0)
        kill (pid, SIGKILL);
      g_array_append_vals (workers, &(Worker){ pid, launcher }, 1);
    }
  return FALSE;
}

/* Tell the launchers of workers that have ended, or were stopped.  */
static void
reap_workers (void)
{
  struct signalfd_siginfo info;
  if (read (children, &info, sizeof info) < 0)
    return;
  int status;
  for (pid_t pid; (pid = waitpid (-1, &status, WNOHANG | WUNTRACED)) > 0;)
    for (guint i = 0; i < workers->len; i++)
      {
        const Worker *worker = &g_array_index (workers, Worker, i);
        if (worker->pid != pid)
          continue;
        if (worker->launcher >= 0)
          send (worker->launcher, &status, sizeof status, MSG_NOSIGNAL);
        if (WIFSTOPPED (status))
          break;
        if (worker->launcher >= 0)
          close (worker->launcher);
        g_array_remove_index_fast (workers, i);
        break;
      }
}

/* End the workers of those launchers that READY, the polled, says are gone.  */
static void
follow_launchers (const struct pollfd *ready, guint count)
{
  for (guint i = 0; i < count; i++)
    if (ready[i].revents)
      {
        Worker *worker = &g_array_index (workers, Worker, i);
        close (worker->launcher);
        worker->launcher = -1;
        kill (worker->pid, SIGKILL);
      }
}

/* Wait until something happens and see to it.  TRUE in a worker.  */
static gboolean
serve (ForkRequest *request)
{
  const guint count = workers->len;
  g_autofree struct pollfd *ready = g_new0 (struct pollfd, LAUNCHERS + count);
  ready[INPUT] = (struct pollfd){ retired ? -1 : STDIN_FILENO, POLLIN, 0 };
  ready[LISTENER] = (struct pollfd){ retired ? -1 : listener, POLLIN, 0 };
  ready[CHILDREN] = (struct pollfd){ children, POLLIN, 0 };
  for (guint i = 0; i < count; i++)
    ready[LAUNCHERS + i]
        = (struct pollfd){ g_array_index (workers, Worker, i).launcher, 0, 0 };
  int n = poll (ready, LAUNCHERS + count, count ? -1 : IDLE);
  if (n == 0)
    _exit (0);
  if (n < 0)
    return FALSE;
  char byte;
  if (ready[INPUT].revents && read (STDIN_FILENO, &byte, 1) <= 0)
    retired = TRUE;
  follow_launchers (ready + LAUNCHERS, count);
  if (ready[CHILDREN].revents)
    reap_workers ();
  return ready[LISTENER].revents && make_worker (request);
}

/* Let go of the pages of a library's file that can't be written to.  */
static int
let_go (struct dl_phdr_info *library, size_t size G_GNUC_UNUSED, void *page_size)
{
  const uintptr_t page = *(const uintptr_t *)page_size;
  for (int i = 0; i < library->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &library->dlpi_phdr[i];
      if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
        continue;
      uintptr_t start = (library->dlpi_addr + segment->p_vaddr) & ~(page - 1);
      uintptr_t end = library->dlpi_addr + segment->p_vaddr + segment->p_memsz;
      madvise ((void *)start, end - start, MADV_DONTNEED);
    }
  return 0;
}

void
forkserver_run (int (*prepare) (void), ForkRequest *request)
{
  listen_for_launchers ();
  if (!prepare ())
    _exit (2);
  /* What was read to register protocols is not read again here.  */
  uintptr_t page_size = (uintptr_t)sysconf (_SC_PAGESIZE);
  dl_iterate_phdr (let_go, &page_size);
  workers = g_array_new (FALSE, FALSE, sizeof (Worker));
  sigset_t ended;
  sigemptyset (&ended);
  sigaddset (&ended, SIGCHLD);
  sigprocmask (SIG_BLOCK, &ended, NULL);
  children = signalfd (-1, &ended, SFD_CLOEXEC);
  if (children < 0)
    _exit (2);
  while (!retired || workers->len)
    if (serve (request))
      return;
  _exit (0);
}
