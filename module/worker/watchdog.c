/* watchdog.c --- a dissection that never ends, or crashes, names its frame

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Everything below watch_start runs in signal handlers: no allocation, no
   stdio.  */

#define _GNU_SOURCE
#include "worker/watchdog.h"

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "capture/session.h"

/* The timer's period, in microseconds of CPU time.  */
#define PERIOD 100000

static int limit;                  /* in periods; 0 none */
static sig_atomic_t asked_to_stop; /* by SIGUSR1, while in a frame */
static int periods;                /* spent in this dissection, or record, so far */
static guint32 dissection, call;   /* its number */

/* Say WHAT, and the number FRAME if it is not 0.  */
static void
say (const char *what, unsigned frame)
{
  char line[96], digits[12];
  int n = 0, length = 0;
  for (; frame; frame /= 10)
    digits[n++] = (char)('0' + frame % 10);
  for (const char *p = "smbcmp-worker: "; *p; p++)
    line[length++] = *p;
  for (const char *p = what; *p && length < 80; p++)
    line[length++] = *p;
  while (n)
    line[length++] = digits[--n];
  line[length++] = '\n';
  if (write (STDERR_FILENO, line, (size_t)length) < 0)
    return;
}

static void
tick (int signal G_GNUC_UNUSED)
{
  unsigned frame = (unsigned)session_frame_under_way;
  if (!(frame || files_under_way) || dissection != session_dissections
      || call != files_calls)
    {
      dissection = session_dissections;
      call = files_calls;
      periods = 0;
      asked_to_stop = 0;
      return;
    }
  periods++;
  if ((limit && periods >= limit) || (asked_to_stop && periods >= 2))
    {
      say (frame ? "stuck in frame " : "stuck in the file", frame);
      _exit (WATCH_STUCK_STATUS);
    }
}

static void
ask_to_stop (int signal G_GNUC_UNUSED)
{
  asked_to_stop = session_frame_under_way || files_under_way;
}

static void
crash (int signal_number)
{
  if (session_frame_under_way)
    say ("crashed in frame ", (unsigned)session_frame_under_way);
  /* It ends the process as soon as this returns.  */
  raise (signal_number);
}

/* A library that calls exit in the middle of a frame.  */
static void
leave (void)
{
  if (session_frame_under_way)
    say ("crashed in frame ", (unsigned)session_frame_under_way);
}

static void
handle (int signal_number, void (*handler) (int), int flags)
{
  struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
  sigaction (signal_number, &action, NULL);
}

void
watch_start (double seconds)
{
  static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
  /* A stack that ran over can't run its own handler.  */
  stack_t stack = { .ss_sp = g_malloc (1 << 16), .ss_size = 1 << 16 };
  sigaltstack (&stack, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (crashes); i++)
    handle (crashes[i], crash, SA_ONSTACK | SA_RESETHAND);
  atexit (leave);
  limit = seconds > 0 ? (int)CLAMP (seconds * 1e6 / PERIOD, 1, 1e6) : 0;
  handle (SIGUSR1, ask_to_stop, SA_RESTART | SA_ONSTACK);
  handle (SIGPROF, tick, SA_RESTART | SA_ONSTACK);
  const struct itimerval timer = { { 0, PERIOD }, { 0, PERIOD } };
  setitimer (ITIMER_PROF, &timer, NULL);
}
