/* log-fuzz.c --- any bytes as a log or a journal, read at once and in pieces

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The first bytes say how small segments are and how much of the log is there at
   first; however that is, the index must be the same.  Both parts are also read as two
   files of one log.  What begins like an export of
   journalctl, like records of JSON or CSV, or like numbered lines is read as such, in one
   piece and in two.  */

#include "logs.h"

#include "log/error.h"
#include "log/journal.h"
#include "log/records.h"
#include "log/render.h"
#include "log/stats.h"
#include "log/wrap.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
const char *__lsan_default_suppressions (void);

/* A block of the JIT of pcre2 10.46 is now and then reported.  Of a regexp of ours that
   is not freed GLib's part is still told.  */
const char *
__lsan_default_suppressions (void)
{
  return "leak:libpcre2-8\n";
}

static gboolean
never (gpointer data G_GNUC_UNUSED)
{
  return FALSE;
}

static LogFilter *
some_filter (void)
{
  GPtrArray *parts = g_ptr_array_new ();
  g_ptr_array_add (parts, log_filter_text ("status", 6, TRUE));
  g_ptr_array_add (parts, log_filter_not (log_filter_level (0, 3)));
  g_ptr_array_add (parts, log_filter_error (LOG_ERROR_ALL, g_ptr_array_new ()));
  g_ptr_array_add (parts, log_filter_regexp ("mid.*\\d", FALSE, NULL));
  g_ptr_array_add (parts, log_filter_file ("s*.c"));
  g_ptr_array_add (parts, log_filter_traceid (1, 9));
  return log_filter_or (parts);
}

/* Look at LOG in every way.  */
static void
use (Log *log)
{
  LogHit hit;
  LogHistogram histogram;
  guint32 n = log_messages (log);
  g_autoptr (LogView) view = log_view_new (log, some_filter ());
  g_autoptr (LogPattern) pattern = log_pattern_literal ("done", 4, FALSE);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (LogRendered));
  LogRenderStyle style = { "%T %-5p %l %F:%n %s %c %N", LOG_BODY_ALL, 0 };
  guint32 count = log_view_count (view);
  for (guint32 i = 0; i < count; i++)
    g_assert_cmpuint (log_view_position (view, log_view_nth (view, i)), ==, i);
  for (guint32 i = 0; i < n; i++)
    log_render (log, i, &style, text, messages);
  g_assert_cmpuint (messages->len, ==, n);
  if (n)
    log_search (log, NULL, pattern, n - 1, TRUE, never, NULL, &hit);
  log_histogram (log, 3, &histogram);
  log_histogram_clear (&histogram);
  g_array_unref (log_gaps (log, 1));
}

/* The lines of the journal that TEXT is, of which FIRST bytes come first; NULL if it
   is none.  */
static GString *
journal_lines (const char *text, gsize n, gsize first)
{
  g_autoptr (LogJournal) journal = log_journal_new (text, n, NULL);
  if (!journal)
    return NULL;
  GString *lines = g_string_new (NULL);
  log_journal_add (journal, text, first, lines);
  log_journal_add (journal, text + first, n - first, lines);
  log_journal_flush (journal, TRUE, lines);
  return lines;
}

/* The same of records, and of lines that have something around them.  */
static GString *
record_lines (const char *text, gsize n, gsize first)
{
  g_autoptr (LogRecords) records = log_records_new (text, n);
  if (!records)
    return NULL;
  GString *lines = g_string_new (NULL);
  log_records_add (records, text, first, lines);
  log_records_add (records, text + first, n - first, lines);
  log_records_flush (records, lines);
  return lines;
}

static GString *
own_lines (const char *text, gsize n, gsize first)
{
  g_autoptr (LogWrap) wrap = log_wrap_new (text, n);
  if (!wrap)
    return NULL;
  GString *lines = g_string_new (NULL);
  log_wrap_add (wrap, text, first, lines);
  log_wrap_add (wrap, text + first, n - first, lines);
  log_wrap_flush (wrap, lines);
  return lines;
}

/* Lines are the same in one piece and in two.  */
static void
read_lines (GString *(*lines) (const char *text, gsize n, gsize first), const char *text,
            gsize n, gsize first)
{
  GString *whole = lines (text, n, n), *parts = lines (text, n, first);
  if (!whole)
    return;
  g_assert_cmpmem (parts->str, parts->len, whole->str, whole->len);
  g_string_free (whole, TRUE);
  g_string_free (parts, TRUE);
}

/* Read the parts of TEXT as files of one log: nothing is lost, and times grow, less what
   is said out of order.  */
static void
read_parts (const char *text, gsize n, gsize first)
{
  g_autoptr (GError) error = NULL;
  LogFile a = log_file_new (text, first), b = log_file_new (text + first, n - first);
  char *names[] = { a.name, b.name };
  g_autoptr (Log) one = log_file_open (&a), two = log_file_open (&b),
                  log = log_open_several (names, 2, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  g_assert_cmpuint (log_messages (log), ==, log_messages (one) + log_messages (two));
  use (log);
  log_shift (log, 1, G_USEC_PER_SEC);
  log_file_wait (log);
  g_assert_cmpuint (log_messages (log), ==, log_messages (one) + log_messages (two));
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    g_assert_cmpuint (log_requests_get (requests, i)->begin, <, log_messages (log));
  close (a.fd);
  close (b.fd);
}

/* The same of files that grow while they are open as one log.  */
static void
grow_parts (const char *text, gsize n, gsize first)
{
  g_autoptr (GError) error = NULL;
  gsize a_first = first / 2, b_first = (n - first) / 3;
  LogFile a = log_file_new (text, a_first), b = log_file_new (text + first, b_first);
  char *names[] = { a.name, b.name };
  g_autoptr (Log) grown = log_open_several (names, 2, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (grown);
  log_file_write (&b, text + first + b_first, n - first - b_first);
  LogChange change = log_refresh (grown);
  log_file_wait (grown);
  log_file_write (&a, text + a_first, first - a_first);
  change = MAX (change, log_refresh (grown));
  log_file_wait (grown);
  if (change != LOG_REPLACED)
    {
      g_autoptr (Log) log = log_open_several (names, 2, "UTC", NULL, &error);
      g_assert_no_error (error);
      log_file_wait (log);
      g_autofree char *expected = log_dump (log), *got = log_dump (grown);
      g_assert_cmpstr (got, ==, expected);
    }
  close (a.fd);
  close (b.fd);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  /* What might be compressed is another program's business.  */
  if (size < 4 || memchr ("\x1f\xfd\x28\x04\x42", data[3], 5))
    return 0;
  log_segment_size = 16u << (data[0] % 8);
  const char *text = (const char *)data + 3;
  gsize n = size - 3, first = (gsize)(data[1] << 8 | data[2]) % (n + 1);
  read_lines (journal_lines, text, n, first);
  read_lines (record_lines, text, n, first);
  read_lines (own_lines, text, n, first);
  read_parts (text, n, first);
  grow_parts (text, n, first);
  LogFile whole = log_file_new (text, n), growing = log_file_new (text, first);
  g_autoptr (Log) log = log_file_open (&whole), grown = log_file_open (&growing);
  log_file_write (&growing, text + first, n - first);
  LogChange change = log_refresh (grown);
  g_assert_true (change != LOG_SAME || first == n);
  if (change == LOG_REPLACED)
    {
      log_unref (grown);
      grown = log_file_open (&growing);
    }
  log_file_wait (grown);
  g_autofree char *expected = log_dump (log), *got = log_dump (grown);
  g_assert_cmpstr (got, ==, expected);
  use (log);
  close (whole.fd);
  close (growing.fd);
  return 0;
}
