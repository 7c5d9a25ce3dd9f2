/* source.c --- the bytes of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "log/translate.h"
#include "support/problem.h"

extern char **environ;

guint64 log_source_limit;

/* Level-10 logs are packed to a thirtieth or so.  */
#define USUAL_RATIO 100u

struct _LogSource
{
  char *file;
  int fd;      /* FILE */
  int copy;    /* the temporary file, or -1 */
  int errors;  /* what the program that unpacks complains of, or -1 */
  pid_t child; /* it, or 0 */
  int pipe;    /* what is copied */
  gboolean regular;
  GString *lines;              /* to be copied */
  LogTranslation *translation; /* into lines, of what is copied, or NULL */
  GTimeZone *zone;             /* not owned */
  dev_t device;
  ino_t inode;
  gint64 written;
  off_t length;     /* when it was opened */
  guint64 limit;    /* of bytes to unpack; 0 is none */
  gboolean limited; /* there are more */
  char *spool;      /* the directory that it is copied to, for a message */
  LogNotify notify;
  void *data;
  GThread *thread;
  GMutex lock; /* for what follows */
  guint64 size, stored;
  gboolean complete, stop;
  char *problem;
};

#define CHUNK (1u << 20)
#define LINES_MAX (1u << 20) /* bytes of what may be a line */
#define PAUSE 100            /* milliseconds */
#define HOLD 500             /* the same: a message of a journal that may go on waits */

/* What unpacks what begins so.  */
static const struct
{
  const char *magic;
  gsize length;
  const char *program;
} packers[] = { { "\x1f\x8b", 2, "gzip" },
                { "\xfd"
                  "7zXZ",
                  5, "xz" },
                { "\x28\xb5\x2f\xfd", 4, "zstd" },
                { "BZh", 3, "bzip2" },
                { "\x04\x22\x4d\x18", 4, "lz4" } };

gsize
log_source_read (LogSource *source, guint64 offset, char *buffer, gsize n)
{
  int fd = source->copy >= 0 ? source->copy : source->fd;
  gsize got = 0;
  while (got < n)
    {
      ssize_t part = pread (fd, buffer + got, n - got, (off_t)(offset + got));
      if (part < 0 && errno == EINTR)
        continue;
      if (part <= 0)
        break;
      got += (gsize)part;
    }
  return got;
}

/* ------------------------------------------------------------------- copy */

static void
set_problem (LogSource *source, char *problem)
{
  g_mutex_lock (&source->lock);
  if (source->problem)
    g_free (problem);
  else
    source->problem = problem;
  g_mutex_unlock (&source->lock);
}

static gboolean
stopped (LogSource *source)
{
  g_mutex_lock (&source->lock);
  gboolean stop = source->stop;
  g_mutex_unlock (&source->lock);
  return stop;
}

static gboolean
write_all (int fd, const char *buffer, gsize n)
{
  while (n)
    {
      ssize_t part = write (fd, buffer, n);
      if (part < 0 && errno == EINTR)
        continue;
      if (part < 0)
        return FALSE;
      buffer += part;
      n -= (gsize)part;
    }
  return TRUE;
}

/* Write those lines that are whole, or, at the END, all; FALSE if that fails.  */
static gboolean
write_lines (LogSource *source, gboolean end)
{
  GString *lines = source->lines;
  const char *last = end ? NULL : memrchr (lines->str, '\n', lines->len);
  gsize n = last                            ? (gsize)(last - lines->str) + 1
            : end || lines->len > LINES_MAX ? lines->len
                                            : 0;
  if (!write_all (source->copy, lines->str, n))
    {
      set_problem (
          source, g_strdup_printf (PROBLEM "copying" PROBLEM "%s" PROBLEM "%s" PROBLEM "%s",
                                   source->file, source->spool, g_strerror (errno)));
      return FALSE;
    }
  g_string_erase (lines, 0, (gssize)n);
  off_t at = lseek (source->fd, 0, SEEK_CUR); /* fails in a pipe */
  g_mutex_lock (&source->lock);
  source->size += n;
  source->stored = at > 0 ? (guint64)at : 0;
  g_mutex_unlock (&source->lock);
  return TRUE;
}

/* Read what there is; 0 at the end or after a problem, -1 if there is nothing yet.  */
static ssize_t
read_pipe (LogSource *source, char *buffer, gsize size)
{
  ssize_t n = read (source->pipe, buffer, size);
  if (n >= 0 || errno == EINTR || errno == EAGAIN)
    return n;
  set_problem (source, g_strdup_printf (PROBLEM "reading" PROBLEM "%s" PROBLEM "%s",
                                        source->file, g_strerror (errno)));
  return 0;
}

/* Give all that was read so far.  */
static gboolean
write_rest (LogSource *source, gboolean end)
{
  log_translation_flush (source->translation, end, source->lines);
  return write_lines (source, end);
}

/* Whether what is unpacked is more than it may be.  */
static gboolean
is_limited (LogSource *source)
{
  if (!source->child || !source->limit || source->size < source->limit)
    return FALSE;
  g_autofree char *size = g_format_size (source->size);
  set_problem (source, g_strdup_printf (PROBLEM "limited" PROBLEM "%s" PROBLEM "%s", size,
                                        source->file));
  source->limited = TRUE;
  return TRUE;
}

/* Copy until the end, a problem, or until told to stop.  Ten times a second, if
   nothing more is to be read just then, say so: who looks on wants to see what
   there is.  What a journal holds back is given only after some time: if it was
   cut where its processes' messages are mixed, what follows would be another's.  */
static void
copy_pipe (LogSource *source)
{
  g_autofree char *buffer = g_malloc (CHUNK);
  gboolean fresh = FALSE, held = FALSE;
  gint64 paused = 0;
  while (!stopped (source))
    {
      gint64 since = (g_get_monotonic_time () - paused) / 1000;
      struct pollfd wait = { .fd = source->pipe, .events = POLLIN };
      int ready = poll (&wait, 1, fresh ? (int)MAX (PAUSE - since, 0) : PAUSE);
      gboolean release = ready <= 0 && !fresh && held && since >= HOLD;
      if (release && !write_rest (source, FALSE))
        return;
      if (ready <= 0 && (fresh || release))
        {
          source->notify (TRUE, source->data);
          paused = g_get_monotonic_time ();
          held &= !release;
          fresh = FALSE;
        }
      if (ready <= 0)
        continue;
      ssize_t n = read_pipe (source, buffer, CHUNK);
      if (n < 0)
        continue;
      log_translation_add (source->translation, buffer, (gsize)n, source->lines);
      fresh = !source->regular;
      held = fresh && log_translation_holds (source->translation);
      if (!(n ? write_lines (source, FALSE) : write_rest (source, TRUE)) || !n
          || is_limited (source))
        return;
      source->notify (FALSE, source->data);
    }
}

/* The child is done or must be: see how it ended.  */
static void
reap_child (LogSource *source)
{
  int status = 0;
  if (stopped (source) || source->limited)
    kill (source->child, SIGTERM);
  while (waitpid (source->child, &status, 0) < 0 && errno == EINTR)
    continue;
  if (stopped (source) || source->limited
      || (WIFEXITED (status) && WEXITSTATUS (status) == 0))
    return;
  char said[512] = "";
  ssize_t n = pread (source->errors, said, sizeof said - 1, 0);
  said[n > 0 ? n : 0] = '\0';
  /* gzip begins with an empty line.  */
  char *line = said + strspn (said, "\r\n");
  line[strcspn (line, "\r\n")] = '\0';
  if (*line)
    set_problem (source, g_strdup_printf (PROBLEM "not-whole" PROBLEM "%s" PROBLEM "%s",
                                          source->file, line));
  else
    set_problem (source,
                 g_strdup_printf (PROBLEM "not-unpacked" PROBLEM "%s", source->file));
}

static gpointer
copy_thread (gpointer data)
{
  LogSource *source = data;
  copy_pipe (source);
  close (source->pipe); /* so that the child gets no further */
  source->pipe = -1;
  if (source->child)
    reap_child (source);
  g_mutex_lock (&source->lock);
  source->complete = TRUE;
  g_mutex_unlock (&source->lock);
  source->notify (FALSE, source->data);
  return NULL;
}

/* ------------------------------------------------------------------- open */

static void
set_error (GError **error, const char *file, int code)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
               PROBLEM "cannot-open" PROBLEM "%s" PROBLEM "%s", file, g_strerror (code));
}

/* A temporary file without a name.  */
static int
open_unlinked (const char *directory, GError **error)
{
  g_autofree char *name
      = g_build_filename (directory ? directory : g_get_tmp_dir (), "smblog-XXXXXX", NULL);
  int fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    set_error (error, name, errno);
  else
    unlink (name);
  return fd;
}

static gboolean
start_program (LogSource *source, const char *program, const char *spool, GError **error)
{
  int ends[2];
  g_autofree char *path = g_find_program_in_path (program);
  if (!path)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                   PROBLEM "cannot-unpack" PROBLEM "%s" PROBLEM "%s", source->file,
                   program);
      return FALSE;
    }
  source->errors = open_unlinked (spool, error);
  if (source->errors < 0)
    return FALSE;
  if (pipe2 (ends, O_CLOEXEC) < 0)
    {
      set_error (error, source->file, errno);
      return FALSE;
    }
  source->pipe = ends[0];
  char *argv[] = { path, (char[]){ "-dc" }, NULL };
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, source->fd, 0);
  posix_spawn_file_actions_adddup2 (&actions, ends[1], 1);
  posix_spawn_file_actions_adddup2 (&actions, source->errors, 2);
  int failed = posix_spawn (&source->child, path, &actions, NULL, argv, environ);
  posix_spawn_file_actions_destroy (&actions);
  close (ends[1]);
  if (failed)
    {
      source->child = 0;
      set_error (error, program, failed);
    }
  return !failed;
}

/* What unpacks the file, or NULL.  */
static const char *
find_packer (LogSource *source)
{
  char head[8];
  gsize n = log_source_read (source, 0, head, sizeof head);
  for (gsize i = 0; i < G_N_ELEMENTS (packers); i++)
    if (n >= packers[i].length && memcmp (head, packers[i].magic, packers[i].length) == 0)
      return packers[i].program;
  return NULL;
}

/* Threads of ours take no signals: they are Emacs'.  */
static GThread *
start_thread (const char *name, GThreadFunc function, gpointer data)
{
  sigset_t all, old;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  GThread *thread = g_thread_new (name, function, data);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  return thread;
}

/* Whether what the file has are not the lines of a log yet.  */
static gboolean
is_translated (LogSource *source)
{
  g_autofree char *head = g_malloc (LOG_TRANSLATE_HEAD);
  return log_translation_needed (head,
                                 log_source_read (source, 0, head, LOG_TRANSLATE_HEAD));
}

static gboolean
open_source (LogSource *source, const char *spool, GError **error)
{
  struct stat stat;
  source->fd = open (source->file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (source->fd < 0 || fstat (source->fd, &stat) < 0)
    {
      set_error (error, source->file, errno);
      return FALSE;
    }
  if (S_ISDIR (stat.st_mode))
    {
      set_error (error, source->file, EISDIR);
      return FALSE;
    }
  source->device = stat.st_dev;
  source->inode = stat.st_ino;
  source->written = stat.st_mtime;
  source->length = stat.st_size;
  source->regular = S_ISREG (stat.st_mode);
  if (log_source_limit)
    source->limit = MAX (log_source_limit, USUAL_RATIO * (guint64)stat.st_size);
  source->spool = g_strdup (spool ? spool : g_get_tmp_dir ());
  const char *program = source->regular ? find_packer (source) : NULL;
  if (source->regular && !program && !is_translated (source))
    {
      source->size = (guint64)stat.st_size;
      source->complete = TRUE;
      return TRUE;
    }
  if (program ? !start_program (source, program, spool, error)
              : (source->pipe = fcntl (source->fd, F_DUPFD_CLOEXEC, 0)) < 0)
    return FALSE;
  source->copy = open_unlinked (spool, error);
  if (source->copy < 0)
    return FALSE;
  source->thread = start_thread ("smblog-copy", copy_thread, source);
  return TRUE;
}

LogSource *
log_source_open (const char *file, const char *spool, GTimeZone *zone, LogNotify notify,
                 void *data, GError **error)
{
  LogSource *source = g_new0 (LogSource, 1);
  source->file = g_strdup (file);
  source->fd = source->copy = source->errors = source->pipe = -1;
  source->lines = g_string_new (NULL);
  source->translation = log_translation_new (zone);
  source->zone = zone;
  source->notify = notify;
  source->data = data;
  g_mutex_init (&source->lock);
  if (open_source (source, spool, error))
    return source;
  log_source_free (source);
  return NULL;
}

void
log_source_free (LogSource *source)
{
  g_mutex_lock (&source->lock);
  source->stop = TRUE;
  g_mutex_unlock (&source->lock);
  if (source->thread)
    g_thread_join (source->thread);
  else if (source->child)
    reap_child (source);
  int fds[] = { source->fd, source->copy, source->errors, source->pipe };
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    if (fds[i] >= 0)
      close (fds[i]);
  g_mutex_clear (&source->lock);
  g_clear_pointer (&source->translation, log_translation_free);
  g_string_free (source->lines, TRUE);
  g_free (source->file);
  g_free (source->spool);
  g_free (source->problem);
  g_free (source);
}

/* ------------------------------------------------------------------ state */

guint64
log_source_size (LogSource *source, gboolean *complete)
{
  g_mutex_lock (&source->lock);
  guint64 size = source->size;
  *complete = source->complete;
  g_mutex_unlock (&source->lock);
  return size;
}

LogChange
log_source_refresh (LogSource *source)
{
  struct stat ours, named;
  if (!source->regular || stat (source->file, &named) < 0 || fstat (source->fd, &ours) < 0)
    return LOG_SAME; /* or removed: what we hold is all there is */
  if (named.st_dev != source->device || named.st_ino != source->inode)
    return LOG_REPLACED;
  if (source->copy >= 0)
    return named.st_mtime == source->written && named.st_size == source->length
               ? LOG_SAME
               : LOG_REPLACED;
  g_mutex_lock (&source->lock);
  LogChange change = (guint64)ours.st_size < source->size   ? LOG_REPLACED
                     : (guint64)ours.st_size > source->size ? LOG_GROWN
                                                            : LOG_SAME;
  /* The little that was there may not have told what it is.  */
  if (change == LOG_GROWN && source->size < LOG_TRANSLATE_HEAD && is_translated (source))
    change = LOG_REPLACED;
  g_mutex_unlock (&source->lock);
  return change;
}

void
log_source_grow (LogSource *source)
{
  struct stat ours;
  if (fstat (source->fd, &ours) < 0)
    return;
  g_mutex_lock (&source->lock);
  source->size = MAX (source->size, (guint64)ours.st_size);
  g_mutex_unlock (&source->lock);
}

void
log_source_progress (LogSource *source, guint64 *done, guint64 *total)
{
  struct stat stat;
  *done = *total = 0;
  if (source->copy < 0 || fstat (source->fd, &stat) < 0)
    return;
  g_mutex_lock (&source->lock);
  *done = source->stored;
  g_mutex_unlock (&source->lock);
  *total = S_ISREG (stat.st_mode) ? (guint64)stat.st_size : 0;
}

char *
log_source_problem (LogSource *source)
{
  g_mutex_lock (&source->lock);
  char *problem = g_strdup (source->problem);
  g_mutex_unlock (&source->lock);
  return problem;
}

gint64
log_source_written (LogSource *source)
{
  return source->written;
}
