/* main.c --- an engine at the end of a pipe

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Reads requests from stdin, writes replies to stdout, and steps the
   engine's jobs when no request is waiting.  What it says on stderr is the
   last word of a worker that dies: which frame it was dissecting.

   A forkserver is the same program, see forkserver.h.  */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "capture/library.h"
#include "wire/verbs.h"
#include "worker/engine.h"
#include "worker/forkserver.h"
#include "worker/sandbox.h"
#include "worker/watchdog.h"

/* A longer request is nobody's.  */
#define MAX_REQUEST (64u << 20)

/* What is asked of the kernel for the pipe to Emacs; what it gives will do.  */
#define PIPE_SIZE (1 << 20)

/* How long jobs go on before stdin is looked at.  */
#define SLICE 20000

/* Larger blocks than this, in bytes, are mapped by themselves.  */
#define MAPPED_BLOCK (1 << 20)

static int replies = -1; /* the pipe to Emacs */

static void
write_all (const void *data, gsize size)
{
  for (const char *p = data; size;)
    {
      ssize_t n = write (replies, p, size);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        _exit (0); /* nobody listens any more */
      p += n;
      size -= (gsize)n;
    }
}

static void
emit (gpointer user G_GNUC_UNUSED, GBytes *reply)
{
  gsize size;
  const void *data = g_bytes_get_data (reply, &size);
  guint32 length = GUINT32_TO_LE ((guint32)size);
  write_all (&length, sizeof length);
  write_all (data, size);
  g_bytes_unref (reply);
}

static gboolean
seal (gpointer user G_GNUC_UNUSED, const char *const *readable, GError **error)
{
  return sandbox_seal (readable, error);
}

/* Hand the engine every whole request in BUFFER.  */
static void
dispatch_requests (Engine *engine, GByteArray *buffer)
{
  guint32 length;
  guint taken = 0;
  while (buffer->len - taken >= sizeof length)
    {
      memcpy (&length, buffer->data + taken, sizeof length);
      length = GUINT32_FROM_LE (length);
      if (length > MAX_REQUEST)
        {
          fprintf (stderr, "smbcmp-worker: a request of %u bytes is refused\n", length);
          exit (2);
        }
      if (buffer->len - taken - sizeof length < length)
        break;
      g_autoptr (GBytes) request
          = g_bytes_new (buffer->data + taken + sizeof length, length);
      taken += (guint)sizeof length + length;
      engine_receive (engine, request);
    }
  g_byte_array_remove_range (buffer, 0, taken);
}

/* Wait for input if there is nothing to do; FALSE at its end.  */
static gboolean
read_input (GByteArray *buffer, gboolean wait)
{
  struct pollfd input = { STDIN_FILENO, POLLIN, 0 };
  int ready = poll (&input, 1, wait ? -1 : 0);
  if (ready <= 0)
    return ready == 0 || errno == EINTR;
  guint8 chunk[1 << 16];
  ssize_t n = read (STDIN_FILENO, chunk, sizeof chunk);
  if (n < 0)
    return errno == EINTR || errno == EAGAIN;
  g_byte_array_append (buffer, chunk, (guint)n);
  return n > 0;
}

/* Replies go to the stdout we were started with, which from now on is
   stderr: libraries that print must not spoil the stream.  */
static void
reserve_stdout (void)
{
  replies = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  /* Emacs stops reading while it collects garbage: we need not stop, too.  */
  fcntl (replies, F_SETPIPE_SZ, PIPE_SIZE);
  if (replies < 0 || dup2 (STDERR_FILENO, STDOUT_FILENO) < 0)
    {
      perror ("smbcmp-worker");
      exit (2);
    }
}

/* Left alone, glibc stops mapping large blocks once one was freed.  From then on
   whatever grows with the capture leaves holes of megabytes behind it.  */
static void
keep_memory_whole (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, MAPPED_BLOCK);
#endif
}

static void
print_verbs (void)
{
  for (guint i = 0; i < N_WIRE_VERBS; i++)
    {
      const WireVerb *verb = &wire_verbs[i];
      printf ("%s (%s) -> %s\n%s\n\n", verb->name, verb->takes, verb->returns, verb->doc);
    }
}

/* Answer requests until there are none any more.  */
static void
work (const ForkRequest *limits)
{
  sandbox_limit_memory (limits->memory);
  reserve_stdout ();
  watch_start (limits->watchdog);
  Engine *engine = engine_new (emit, seal, NULL);
  GByteArray *input = g_byte_array_new ();
  while (read_input (input, !engine_busy (engine)))
    {
      dispatch_requests (engine, input);
      if (engine_busy (engine))
        engine_step (engine, SLICE);
    }
  /* The process ends here: its memory goes with it, faster than by hand.  */
  _exit (0);
}

static int
start_library (void)
{
  return library_start (NULL);
}

int
main (int argc, char **argv)
{
  const char *option = argc == 2 ? argv[1] : "";
  if (g_str_equal (option, "--version"))
    {
      puts ("smbcmp-worker " SMBCMP_VERSION);
      return 0;
    }
  if (g_str_equal (option, "--verbs"))
    {
      print_verbs ();
      return 0;
    }
  const gboolean forkserver = g_str_equal (option, "--forkserver");
  if (argc != 3 && !forkserver)
    {
      fputs ("usage: smbcmp-worker MEMORY-BYTES WATCHDOG-SECONDS\n"
             "       smbcmp-worker --forkserver | --verbs | --version\n"
             "Started by smbcmp.el; reads requests on stdin.\n",
             stderr);
      return 2;
    }
  keep_memory_whole ();
  setlocale (LC_ALL, "");
  sandbox_keep_secrets ();
  ForkRequest limits;
  if (forkserver)
    forkserver_run (start_library, &limits);
  else
    {
      sandbox_follow_parent ();
      limits.memory = g_ascii_strtoull (argv[1], NULL, 10);
      limits.watchdog = g_ascii_strtod (argv[2], NULL);
    }
  work (&limits);
}
