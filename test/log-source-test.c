/* log-source-test.c --- what logs come from: journals, pipes, carriers, several files

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "logs.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "log/plain.h"

/* ----------------------------------------------------------------- journals */

/* All lines of a log in test/data/journal.  */
static char *
journal_text (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename ("test/data/journal", name, NULL);
  g_autoptr (Log) log = log_open (file, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  GString *text = g_string_new (NULL);
  log_read (log, 0, 1u << 20, text);
  return g_string_free (text, FALSE);
}

static char *
replaced (const char *text, const char *old, const char *new)
{
  g_auto (GStrv) parts = g_strsplit (text, old, -1);
  g_assert_cmpuint (g_strv_length (parts), >, 1);
  return g_strjoinv (new, parts);
}

/* What journalctl prints of one journal in one format against what is made of the
   others: a text with a newline and one that is no UTF-8, a long one, an entry
   without text, a field with two values.  */
static void
test_journal_formats (void)
{
  static const char *const names[]
      = { "odd.export.gz",   "odd.json-all.gz", "odd.json-pretty.gz",
          "odd.json-seq.gz", "odd.json-sse.gz", "odd.json.gz" };
  /* journalctl indents the second line.  */
  static const char prefix[] = "2026-11-24T01:58:23.855117+0000 vm smbd[8022]: ",
                    spaces[] = "                                               lines";
  g_autofree char *indented = journal_text ("odd.short-iso-precise.gz"),
                  *second = g_strconcat (prefix, "lines", NULL),
                  *expected = replaced (indented, spaces, second);
  g_autofree char *run = g_strnfill (5000, 'x'), *longest = g_strconcat ("  ", run, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *got = journal_text (names[i]);
      g_test_message ("%s", names[i]);
      if (i < G_N_ELEMENTS (names) - 1)
        g_assert_cmpstr (got, ==, expected);
      else
        {
          /* Without --all, what is long is left out.  */
          g_autofree char *lacks = replaced (
              expected, longest, "  (journalctl left this text out: export with --all)");
          g_assert_cmpstr (got, ==, lacks);
        }
    }
}

#define ENTRY(pid, time, message)                                                          \
  "__CURSOR=x\n__REALTIME_TIMESTAMP=" time "\n_PID=" pid "\n_HOSTNAME=h\n"                 \
  "SYSLOG_IDENTIFIER=smbd\nMESSAGE=" message "\n\n"
#define HEADER(pid, line) "[2026/11/24 01:58:23,  3, pid=" pid "] x.c:" line "(f)"

/* Lines of one process are not another's, and wait no longer than a second.  */
static void
test_journal_interleaved (void)
{
  static const char text[] = ENTRY ("1", "1795485503000000", HEADER ("1", "1"))
      ENTRY ("2", "1795485503000001", HEADER ("2", "2"))
          ENTRY ("1", "1795485503000002", "  one") ENTRY ("2", "1795485503000003", "  two")
              ENTRY ("1", "1795485503000004", "  one more")
                  ENTRY ("1", "1795485505000000", HEADER ("1", "3"))
                      ENTRY ("1", "1795485505000001", "  end");
  static const char *const bodies[] = { "  one\n  one more\n", "  two\n", "  end\n" };
  g_autoptr (Log) log = open_text (text, sizeof text - 1);
  g_assert_cmpuint (log_messages (log), ==, G_N_ELEMENTS (bodies));
  for (guint32 i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      LogMessage message;
      g_autofree char *body = body_of (log, i);
      g_assert_true (log_message (log, i, &message));
      g_assert_cmpstr (body, ==, bodies[i]);
      g_assert_cmpuint (log_site (log, message.site).line, ==, i + 1);
    }
}

/* Where a journal is cut, and after what is none, the rest is still there.  */
static void
test_journal_cut (void)
{
  static const char json[]
      = "{\"__REALTIME_TIMESTAMP\":\"1795485503000000\",\"MESSAGE\":\"whole \\u00e9"
        "\\ud83d\\ude00\\n\"}\n"
        "{\"__REALTIME_TIMESTAMP\":\"1795485503000000\",\"MESSAGE\":\"cut\n"
        "-- no journal --\n"
        "{\"__REALTIME_TIMESTAMP\":\"1795485503000000\",\"_PID\":"
        "{\"__REALTIME_TIMESTAMP\":\"1795485503000000\",\"MESSAGE\":\"last";
  static const char lines[] = "2026-11-24T01:58:23.000000+0000 - unknown: whole é😀\n"
                              "2026-11-24T01:58:23.000000+0000 - unknown: cut\n"
                              "-- no journal --\n"
                              "2026-11-24T01:58:23.000000+0000 - unknown: last\n";
  static const char export[] = ENTRY (
      "1", "1795485503000000",
      "whole") "?? no field\n"
               "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff\n\n" ENTRY ("1", "1", "last");
  g_autoptr (Log) log = open_text (json, sizeof json - 1);
  g_autoptr (GString) text = g_string_new (NULL);
  log_read (log, 0, sizeof json, text);
  g_assert_cmpstr (text->str, ==, lines);
  g_autoptr (Log) other = open_text (export, sizeof export - 1);
  g_string_truncate (text, 0);
  log_read (other, 0, sizeof export, text);
  g_assert_cmpstr (text->str, ==,
                   "2026-11-24T01:58:23.000000+0000 h smbd[1]: whole\n?? no field\n"
                   "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff\n"
                   "1970-01-01T00:00:00.000001+0000 h smbd[1]: last\n");
}

/* ------------------------------------------------------------------- pipes */

typedef struct
{
  const char *name, *text;
  gsize n;
} Writing;

/* Write in pieces, of which some end within lines, now and then with a pause.  */
static gpointer
write_slowly (gpointer data)
{
  const Writing *writing = data;
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  LogFile pipe = { .fd = open (writing->name, O_WRONLY) };
  for (gsize at = 0; at < writing->n;)
    {
      gsize step = (gsize)g_rand_int_range (random, 1, 60000);
      gsize n = MIN (writing->n - at, step);
      log_file_write (&pipe, writing->text + at, n);
      at += n;
      g_usleep ((gulong)g_rand_int_range (random, 0, 60000));
    }
  close (pipe.fd);
  return NULL;
}

static void
test_pipe (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = recorded ("t-compound", 700000);
  g_autoptr (Log) whole = open_text (text, 700000);
  g_autofree char *directory = g_dir_make_tmp ("smblog-XXXXXX", &error);
  g_autofree char *name = g_build_filename (directory, "pipe", NULL);
  g_assert_cmpint (mkfifo (name, 0600), ==, 0);
  Writing writing = { name, text, 700000 };
  log_segment_size = 50000;
  GThread *writer = g_thread_new ("writer", write_slowly, &writing);
  g_autoptr (Log) log = log_open (name, "UTC", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LogView) view = log_view_new (log, log_filter_text ("NT_STATUS_", 10, FALSE));
  log_file_wait (log);
  log_segment_size = 1u << 20;
  g_thread_join (writer);
  g_autofree char *expected = log_dump (whole), *got = log_dump (log);
  g_assert_true (g_str_equal (got, expected));
  g_autoptr (LogView) fresh
      = log_view_new (whole, log_filter_text ("NT_STATUS_", 10, FALSE));
  guint32 n = log_view_count (fresh);
  g_assert_cmpuint (log_view_count (view), ==, n);
  for (guint32 i = 0; i < n; i++)
    g_assert_cmpuint (log_view_nth (view, i), ==, log_view_nth (fresh, i));
  /* What is read is kept, whatever is done with the pipe.  */
  g_assert_cmpint (log_refresh (log), ==, LOG_SAME);
  g_unlink (name);
  g_rmdir (directory);
}

/* Messages are there before the writer is done, also in a filtered view; the
   beginning of a line is not shown as if it was one.  */
static void
test_pipe_is_prompt (void)
{
  static const char first[] = "[2026/11/24 01:58:23,  3] x.c:1(f)\n  one\n"
                              "[2026/11/24 01:58:23,  3] x.c:2(f)\n  two\n  ha",
                    second[] = "lf\n[2026/11/24 01:58:23,  3] x.c:3(f)\n  three\n";
  int ends[2];
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (pipe (ends), ==, 0);
  LogFile pipe = { .fd = ends[1] };
  g_autofree char *name = g_strdup_printf ("/proc/self/fd/%d", ends[0]);
  log_file_write (&pipe, first, sizeof first - 1);
  g_autoptr (Log) log = log_open (name, "UTC", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (LogView) view = log_view_new (log, log_filter_text ("t", 1, FALSE));
  LogViewProgress progress = { .matches = 0 };
  for (guint i = 0; i < 10000 && progress.matches < 1; i++, g_usleep (1000))
    log_view_progress (view, &progress);
  g_assert_cmpuint (log_messages (log), ==, 2);
  g_assert_cmpuint (progress.matches, ==, 1);
  g_assert_false (progress.done);
  g_autofree char *body = body_of (log, 1);
  g_assert_cmpstr (body, ==, "  two\n");
  log_file_write (&pipe, second, sizeof second - 1);
  for (guint i = 0; i < 10000 && progress.matches < 2; i++, g_usleep (1000))
    log_view_progress (view, &progress);
  g_assert_cmpuint (log_messages (log), ==, 3);
  g_assert_cmpuint (progress.matches, ==, 2);
  g_autofree char *all = body_of (log, 1);
  g_assert_cmpstr (all, ==, "  two\n  half\n");
  close (ends[1]);
  log_file_wait (log);
  close (ends[0]);
}

/* --------------------------------------------------------------- carriers */

/* What is put before each line, by syslogs, journalctl and containers' runtimes; the last
   ones are of nobody that is known.  */
static const struct
{
  const char *prefix, *host, *program;
} carried[] = {
  { "Nov 24 01:58:23 host smbd[5]: ", "host", "smbd" },
  { "Nov 24 01:58:23 smbd[5]: ", "", "smbd" },
  { "Nov 24 01:58:23 host daemon.err smbd[5]: ", "host", "smbd" },
  { "Nov 24 01:58:23 host smbd[5]: [ID 702911 daemon.notice] ", "host", "smbd" },
  { "Tue Nov 24 01:58:23 2026 daemon.err smbd[5]: ", "", "smbd" },
  { "nov. 24 01:58:23 host smbd[5]: ", "host", "smbd" },
  { "\xd0\xbd\xd0\xbe\xd1\x8f 24 01:58:23 host smbd[5]: ", "host", "smbd" },
  { "11\xe6\x9c\x88 24 01:58:23 host smbd[5]: ", "host", "smbd" },
  { "2026-11-24T01:58:23.883007+01:00 host smbd[5]: ", "host", "smbd" },
  { "Di 2026-11-24 01:58:23 CET host smbd[5]: ", "host", "smbd" },
  { "[   36.240705] host smbd[5]: ", "host", "smbd" },
  { "1795485503.855117 host smbd[5]: ", "host", "smbd" },
  { "<27>1 2026-11-24T01:58:23.1Z host smbd 5 - - ", "host", "smbd" },
  { "<30>Nov 24 01:58:23 host smbd[5]: ", "host", "smbd" },
  { "2026-11-24T01:58:23.883007727Z ", "", "" },
  { "2026-11-24T01:58:23.883007727Z stderr F ", "", "" },
  { "samba-1  | ", "", "" },
  { "samba-1  | 2026-11-24T01:58:23.883007727Z ", "", "" },
  { "[pod/samba-0/smbd] ", "", "" },
  { "[pod/samba-0/smbd] 2026-11-24T01:58:23.883007727Z ", "", "" },
  { "samba-0 smbd ", "", "" },
  { "I1124 01:58:23.883  1234 smbd: ", "", "smbd" },
  { "2026-11-24 01:58:23 CET > ", "", "" },
};

static void
test_carriers (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (carried); i++)
    {
      const char *p = carried[i].prefix;
      g_autofree char *text = g_strconcat (
          p, "[2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\n", p, "  one\n", p, "    two\n",
          p, "[2026/11/24 01:58:24.855117,  3] ../x.c:2(g)\n", p, "  three\n", NULL);
      LogFile file = log_file_new (text, strlen (text));
      g_autoptr (Log) log = log_file_open (&file);
      g_test_message ("%s", p);
      g_assert_cmpuint (log_messages (log), ==, 2);
      for (guint32 n = 0; n < 2; n++)
        {
          LogMessage message;
          LogHeader header;
          g_assert_true (log_message (log, n, &message));
          g_assert_cmpint (message.time, ==, (T0 + n) * G_USEC_PER_SEC + 855117);
          g_assert_cmpuint (log_site (log, message.site).line, ==, n + 1);
          g_autoptr (GString) raw = g_string_new (NULL);
          log_read (log, message.start, message.end, raw);
          g_assert_true (log_parse (log, message.start, raw->str, raw->len, &header));
          g_assert_cmpmem (header.host.text, header.host.length, carried[i].host,
                           strlen (carried[i].host));
          g_assert_cmpmem (header.program.text, header.program.length, carried[i].program,
                           strlen (carried[i].program));
        }
      g_autofree char *body = body_of (log, 0);
      g_assert_cmpstr (body, ==, "  one\n    two\n");
      close (file.fd);
    }
}

/* ------------------------------------------------------------- several files */

#define AT(time, pid, text)                                                                \
  "[2026/11/24 01:58:" time ", 10, pid=" pid                                               \
  ", effective(0, 0), real(0, 0)] x.c:1(f)\n  " text "\n"

/* A header behind a prefix is one message wherever the log is cut into segments, and so is
   one that a mail program broke.  */
static void
test_headers_cut_anywhere (void)
{
  static const char *const texts[]
      = { "Nov 24 01:58:23 smbd[8022]: [2026/11/24 01:58:23.855117,  3] ../x.c:12(func)\n"
          "Nov 24 01:58:23 smbd[8022]:   text\n",
          "source3/smbd/x.c:12: [2026/11/24 01:58:23.855117, smb2 3, pid=8022] func\n"
          "  text\n",
          "[2026/11/24 01:58:23.855117,  3, pid=8022]\n../../source3/smbd/x.c:12(func)\n"
          "  text\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      for (guint n = 0; n < 20; n++)
        g_string_append (text, texts[i]);
      for (log_segment_size = 40; log_segment_size < 400; log_segment_size += 7)
        {
          g_autoptr (Log) log = open_text (text->str, text->len);
          g_assert_cmpuint (log_messages (log), ==, 20);
          g_autofree char *body = body_of (log, 19);
          g_assert_cmpstr (body, ==, "  text\n");
        }
      log_segment_size = 1u << 20;
    }
}

/* What is stored as UTF-16, or with colours, is plain text wherever what is read ends.  */
static void
test_plain (void)
{
  static const char stored[] = "\xff\xfe[\0\x1b\0[\0"
                               "3\0"
                               "1\0m\0\xe9\0\x3d\xd8\x00\xde\x1b\0"
                               "[\0m\0\n\0\x00\xde.\0";
  for (gsize cut = 1; cut < sizeof stored - 1; cut++)
    {
      g_autoptr (LogPlain) plain = log_plain_new (stored, sizeof stored - 1);
      g_autoptr (GString) text = g_string_new (NULL);
      g_assert_nonnull (plain);
      log_plain_add (plain, stored, cut, text);
      log_plain_add (plain, stored + cut, sizeof stored - 1 - cut, text);
      g_assert_cmpstr (text->str, ==, "[\xc3\xa9\xf0\x9f\x98\x80\n\xef\xbf\xbd.");
    }
  g_assert_null (log_plain_new ("[2026/11/24", 11));
  g_assert_null (log_plain_new ("", 0));
}

/* The first files are of one log that was rotated within a request, the last is of another
   program, whose messages come between.  */
static void
test_several_files (void)
{
  static const char *const texts[]
      = { AT ("23.1", "7", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 5")
              AT ("23.3", "7", "one"),
          AT ("23.5", "7",
              "smbd_smb2_request_done_ex: mid [5] idx[1] status[NT_STATUS_OK] body[8]"),
          AT ("23.2", "8", "two") "[2026/11/24 01:58:23.4,  3] ../x.c:1(allow_access)\n"
                                  "  Denied connection from 192.0.2.7 (192.0.2.7)\n" };
  static const guint sources[] = { 0, 2, 0, 2, 1 };
  LogFile files[G_N_ELEMENTS (texts)];
  char *names[G_N_ELEMENTS (texts)];
  g_autoptr (GError) error = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      files[i] = log_file_new (texts[i], strlen (texts[i]));
      names[i] = files[i].name;
    }
  g_autoptr (Log) log = log_open_several (names, G_N_ELEMENTS (names), "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  g_assert_cmpuint (log_messages (log), ==, G_N_ELEMENTS (sources));
  for (guint32 i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      LogMessage message;
      guint64 offset;
      g_assert_true (log_message (log, i, &message));
      g_assert_cmpuint (log_place (log, message.start, &offset), ==, sources[i]);
      g_assert_cmpint (message.time, ==, T0 * G_USEC_PER_SEC + (i + 1) * 100000);
    }
  g_autofree char *two = body_of (log, 1), *last = body_of (log, 2);
  g_assert_cmpstr (two, ==, "  two\n");
  g_assert_cmpstr (last, ==, "  one\n");
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  g_assert_cmpuint (log_requests_count (requests), ==, 1);
  g_assert_cmpstr (status_of (requests, 5, 0), ==, "NT_STATUS_OK");
  g_assert_cmpuint (log_requests_get (requests, 0)->end, ==, 4);
  g_assert_cmpuint (log_requests_get (requests, 0)->messages, ==, 3);
  g_autoptr (LogFacts) facts = log_facts (log);
  g_assert_cmpuint (log_facts_count (facts), ==, 1);
  g_assert_cmpuint (log_facts_get (facts, 0)->message, ==, 3);
  GArray *source = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (source, sources[1]);
  g_autoptr (LogView) view = log_view_new (log, log_filter_source (source));
  g_assert_cmpuint (log_view_count (view), ==, 2);
  g_autoptr (LogView) text = log_view_new (log, log_filter_text ("mid", 3, FALSE));
  g_assert_cmpuint (log_view_count (text), ==, 2);
  /* One of them grows.  */
  log_file_write (&files[2], AT ("23.6", "8", "three"), strlen (AT ("23.6", "8", "three")));
  g_assert_cmpint (log_refresh (log), ==, LOG_GROWN);
  log_file_wait (log);
  g_assert_cmpuint (log_messages (log), ==, G_N_ELEMENTS (sources) + 1);
  log_shift (log, 1, -G_USEC_PER_SEC);
  log_file_wait (log);
  g_autofree char *first = body_of (log, 0);
  g_assert_nonnull (strstr (first, "done_ex"));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    close (files[i].fd);
}

/* A log of several files that is closed while it is indexed, at whatever moment: its
   threads end, though each may just then be on its way to wait for more.  */
static void
test_several_closed (void)
{
  LogFile files[3];
  char *names[G_N_ELEMENTS (files)];
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint n = 0; n < 200; n++)
    g_string_append (text, AT ("23.1", "7", "text"));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      files[i] = log_file_new (text->str, text->len);
      names[i] = files[i].name;
    }
  log_segment_size = 4096;
  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (Log) log
          = log_open_several (names, G_N_ELEMENTS (names), "UTC", NULL, NULL);
      g_usleep (round * 5);
      log_close (log);
    }
  log_segment_size = 1u << 20;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    close (files[i].fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/journal-formats", test_journal_formats);
  g_test_add_func ("/log/journal-interleaved", test_journal_interleaved);
  g_test_add_func ("/log/journal-cut", test_journal_cut);
  g_test_add_func ("/log/pipe", test_pipe);
  g_test_add_func ("/log/pipe-is-prompt", test_pipe_is_prompt);
  g_test_add_func ("/log/carriers", test_carriers);
  g_test_add_func ("/log/headers-cut-anywhere", test_headers_cut_anywhere);
  g_test_add_func ("/log/plain", test_plain);
  g_test_add_func ("/log/several-files", test_several_files);
  g_test_add_func ("/log/several-closed", test_several_closed);
  return g_test_run ();
}
