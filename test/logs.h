/* logs.h --- logs for the C tests

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_TEST_LOGS_H
#define SMBCMP_TEST_LOGS_H

#define _GNU_SOURCE

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log/search.h"
#include "log/view.h"

#define T0 G_GINT64_CONSTANT (1795485503) /* 2026/11/24 01:58:23 UTC */

/* A file in memory that a log can be read from.  */
typedef struct
{
  int fd;
  char name[32];
} LogFile;

static inline void
log_file_write (LogFile *file, const char *text, gsize n)
{
  while (n)
    {
      gssize part = write (file->fd, text, n);
      g_assert_cmpint (part, >, 0);
      text += part;
      n -= (gsize)part;
    }
}

static inline LogFile
log_file_new (const char *text, gsize n)
{
  LogFile file = { .fd = memfd_create ("log", MFD_CLOEXEC) };
  g_assert_cmpint (file.fd, >=, 0);
  g_snprintf (file.name, sizeof file.name, "/proc/self/fd/%d", file.fd);
  log_file_write (&file, text, n);
  return file;
}

static inline void
log_file_wait (Log *log)
{
  while (!log_wait (log, 10 * G_USEC_PER_SEC))
    g_assert_not_reached ();
}

/* The log in FILE, times in UTC, indexed.  */
static inline Log *
log_file_open (const LogFile *file)
{
  g_autoptr (GError) error = NULL;
  Log *log = log_open (file->name, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  return log;
}

/* Write down the index of LOG: what two logs with the same text must have alike.
   Messages FROM to TO, excluded.  */
static inline void
log_dump_messages (Log *log, guint32 from, guint32 to, GString *dump)
{
  LogMessage m;
  for (guint32 i = from; i < to && log_message (log, i, &m); i++)
    {
      LogSite site = log_site (log, m.site);
      g_string_append_printf (
          dump, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %u %d %s:%u %s %s\n", m.start,
          m.time, m.pid, site.level, site.file, site.line, site.function, site.class);
    }
}

static inline void
log_dump_requests (const LogRequests *requests, GString *dump)
{
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      const LogRequest *r = log_requests_get (requests, i);
      g_string_append_printf (
          dump, "%u %" G_GUINT64_FORMAT " %s %s %u %u %u %u %u %u %u %s\n", r->pid, r->mid,
          log_requests_string (requests, r->opcode),
          log_requests_string (requests, r->status), r->begin, r->end,
          r->end == LOG_NO_MESSAGE ? 0 : r->messages, r->position, r->interim, r->suspend,
          r->resume, log_requests_string (requests, r->path));
    }
}

static inline void
log_dump_facts (const LogFacts *facts, GString *dump)
{
  for (guint i = 0; i < log_facts_count (facts); i++)
    {
      const LogFact *fact = log_facts_get (facts, i);
      g_string_append_printf (dump, "%s %s %u %u\n", log_fact_names[fact->kind],
                              fact->value, fact->pid, fact->message);
    }
}

static inline char *
log_dump (Log *log)
{
  GString *dump = g_string_new (NULL);
  log_dump_messages (log, 0, log_messages (log), dump);
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  g_autoptr (LogFacts) facts = log_facts (log);
  log_dump_requests (requests, dump);
  log_dump_facts (facts, dump);
  return g_string_free (dump, FALSE);
}

/* Wait until VIEW is computed; how many messages it has.  */
static inline guint32
log_view_count (LogView *view)
{
  LogViewProgress progress;
  for (log_view_progress (view, &progress); !progress.done;
       log_view_progress (view, &progress))
    g_usleep (100);
  return progress.matches;
}

/* ---------------------------------------------------------------- looking in */

static inline char *
body_of (Log *log, guint32 number)
{
  LogMessage message;
  LogHeader header;
  g_autoptr (GString) text = g_string_new (NULL);
  GString *clean = g_string_new (NULL);
  g_assert_true (log_message (log, number, &message));
  log_read (log, message.start, message.end, text);
  g_assert_true (log_parse (log, message.start, text->str, text->len, &header));
  log_clean (log, message.start, text->str + header.length, text->len - header.length,
             clean);
  return g_string_free (clean, FALSE);
}

/* The beginning of a recorded log, N bytes.  */
static inline char *
recorded (const char *folder, gsize n)
{
  g_autofree char *name = g_strdup_printf ("test/data/%s/log.smbd.gz", folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (Log) log = log_open (name, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  g_autofree char *problem = log_problem (log);
  g_assert_cmpstr (problem, ==, NULL);
  GString *text = g_string_new (NULL);
  log_read (log, 0, n, text);
  g_assert_cmpuint (text->len, ==, n);
  return g_string_free (text, FALSE);
}

static inline Log *
open_text (const char *text, gsize n)
{
  LogFile file = log_file_new (text, n);
  Log *log = log_file_open (&file);
  close (file.fd);
  return log;
}

static inline const char *
status_of (const LogRequests *requests, guint64 mid, guint32 nth)
{
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    if (log_requests_get (requests, i)->mid == mid && !nth--)
      return log_requests_string (requests, log_requests_get (requests, i)->status);
  return NULL;
}

#endif
