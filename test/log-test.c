/* log-test.c --- every header that Samba prints, and logs that are not whole

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "logs.h"

#include <glib/gstdio.h>

#include "log/form.h"
#include "log/render.h"
#include "log/scan.h"

/* ---------------------------------------------------------------- variants */

/* What Samba prints, by version and settings in smb.conf; see dbghdrclass in its
   lib/util/debug.c, before 3.6 in source3/lib/debug.c.  */
static const struct
{
  const char *version, *setting;
  const char *text; /* the whole message */
  gint64 time;      /* microseconds */
  gint level;
  guint32 pid;
  const char *class, *file;
  guint32 line;
  const char *function;
  const char *body;
} variants[] = {
  { "2.0", "", "[2026/11/24 01:58:23, 3] smbd/process.c:switch_message(402)\n  body\n",
    T0 * 1000000, 3, 0, "", "smbd/process.c", 402, "switch_message", "  body\n" },
  { "3.0", "", "[2026/11/24 01:58:23, 10] smbd/process.c:switch_message(685)\n  body\n",
    T0 * 1000000, 10, 0, "", "smbd/process.c", 685, "switch_message", "  body\n" },
  { "3.0", "debug pid, uid, hires timestamp",
    "[2026/11/24 01:58:23.855117, 3, pid=77, effective(0, 100), real(0, 0)] "
    "smbd/process.c:switch_message(685)\n  body\n",
    T0 * 1000000 + 855117, 3, 77, "", "smbd/process.c", 685, "switch_message", "  body\n" },
  { "3.2", "", "[2026/11/24 01:58:23,  3] smbd/process.c:switch_message(685)\n  body\n",
    T0 * 1000000, 3, 0, "", "smbd/process.c", 685, "switch_message", "  body\n" },
  { "3.2", "debug prefix timestamp", "[2026/11/24 01:58:23,  3]   body\n", T0 * 1000000, 3,
    0, "", "", 0, "", "  body\n" },
  { "3.4", "", "[2026/11/24 01:58:23,  3] smbd/process.c:685(switch_message)\n  body\n",
    T0 * 1000000, 3, 0, "", "smbd/process.c", 685, "switch_message", "  body\n" },
  { "3.6", "debug class, without pid",
    "[2026/11/24 01:58:23,  1, class=passdb] ../lib/x.c:9(f)\n  body\n", T0 * 1000000, 1, 0,
    "passdb", "../lib/x.c", 9, "f", "  body\n" },
  { "4.0 alpha", "", "[Tue Nov 24 01:58:23 2026 UTC, 3 ../lib/util/x.c:12:func()]\nbody\n",
    T0 * 1000000, 3, 0, "", "../lib/util/x.c", 12, "func", "body\n" },
  { "4.2", "log level = 10",
    "[2026/11/24 01:58:23.855117, 10, pid=8022, effective(0, 0), real(0, 0)] "
    "../source3/smbd/x.c:1(f)\n  body\n",
    T0 * 1000000 + 855117, 10, 8022, "", "../source3/smbd/x.c", 1, "f", "  body\n" },
  { "4.17", "log level = 10, with a class",
    "[2026/11/24 01:58:23.855117,  5, pid=8022, effective(1000, 0), real(1000, 0), "
    "class=smb2] ../../source3/smbd/x.c:1(f)\n  body\n",
    T0 * 1000000 + 855117, 5, 8022, "smb2", "../../source3/smbd/x.c", 1, "f", "  body\n" },
  { "4.17", "winbind debug traceid",
    "[2026/11/24 01:58:23.855117,  5, pid=8022, effective(0, 0), real(0, 0), "
    "class=winbind, traceid=42] ../../source3/winbindd/x.c:1(f)\n  body\n",
    T0 * 1000000 + 855117, 5, 8022, "winbind", "../../source3/winbindd/x.c", 1, "f",
    "  body\n" },
  { "4.19", "winbind debug traceid, nested calls",
    "[2026/11/24 01:58:23.855117,  5, pid=8022, effective(0, 0), real(0, 0), "
    "class=winbind, traceid=42, depth=3] ../../source3/winbindd/x.c:1(f)\n"
    "              body\n",
    T0 * 1000000 + 855117, 5, 8022, "winbind", "../../source3/winbindd/x.c", 1, "f",
    "              body\n" },
  { "4.x", "a time that cannot be told",
    "[1795485503.855117 seconds since the Epoch,  1] ../x.c:1(f)\n  body\n",
    T0 * 1000000 + 855117, 1, 0, "", "../x.c", 1, "f", "  body\n" },
  { "4.16", "debug syslog format = yes",
    "2026-11-24T02:58:23.855117+01:00 host smbd[8022]:   body\n", T0 * 1000000 + 855117, -1,
    8022, "", "", 0, "", "  body\n" },
  { "4.16", "debug syslog format = yes, debug hires timestamp = no",
    "Nov 24 01:58:23 host smbd[8022]:   body\n", T0 * 1000000, -1, 8022, "", "", 0, "",
    "  body\n" },
  { "4.x", "logging = syslog, as rsyslog writes it",
    "Nov 24 01:58:23 host smbd[8022]: [2026/11/24 01:58:23.855117,  0] ../../x.c:1(f)\n"
    "Nov 24 01:58:23 host smbd[8022]:   body\n"
    "Nov 24 01:58:23 host smbd[8022]:   more\n",
    T0 * 1000000 + 855117, 0, 8022, "", "../../x.c", 1, "f", "  body\n  more\n" },
  { "4.x", "logging = systemd, journalctl -o short-iso",
    "2026-11-24T01:58:23+0000 host smbd[8022]: [2026/11/24 01:58:23.855117,  0] "
    "../../x.c:1(f)\n2026-11-24T01:58:23+0000 host smbd[8022]:   body\n",
    T0 * 1000000 + 855117, 0, 8022, "", "../../x.c", 1, "f", "  body\n" },
  { "4.x", "logging = systemd, journalctl -o short-precise",
    "Nov 24 01:58:23.855100 host smbd[8022]:   body\n", T0 * 1000000 + 855100, -1, 8022, "",
    "", 0, "", "  body\n" },
  { "4.x", "logging = systemd, journalctl -o short-full",
    "Tue 2026-11-24 01:58:23 UTC host smbd[8022]:   body\n", T0 * 1000000, -1, 8022, "", "",
    0, "", "  body\n" },
  { "4.x", "logging = systemd, journalctl -o short-unix",
    "1795485503.855117 host smbd[8022]:   body\n", T0 * 1000000 + 855117, -1, 8022, "", "",
    0, "", "  body\n" },
  { "4.17", "auth_json_audit",
    "[2026/11/24 01:58:23.855117,  3, pid=8022, effective(0, 0), real(0, 0), "
    "class=auth_json_audit] ../../auth/audit.c:1(f)\n{\"timestamp\": \"2026\"}\n",
    T0 * 1000000 + 855117, 3, 8022, "auth_json_audit", "../../auth/audit.c", 1, "f",
    "{\"timestamp\": \"2026\"}\n" },
  { "4.17", "the header did not fit into Samba's buffer",
    "[2026/11/24 01:58:23.855117,  3, pid=8022] ../../very/long.c:1(f  body\n",
    T0 * 1000000 + 855117, 3, 8022, "", "", 0, "", "../../very/long.c:1(f  body\n" },
  { "4.17", "CRLF",
    "[2026/11/24 01:58:23.855117,  3, pid=8022] ../../x.c:1(f)\r\n  body\r\n",
    T0 * 1000000 + 855117, 3, 8022, "", "../../x.c", 1, "f", "  body\n" },
  { "4.17", "no text, no newline",
    "[2026/11/24 01:58:23.855117,  3, pid=8022] ../../x.c:1(f)", T0 * 1000000 + 855117, 3,
    8022, "", "../../x.c", 1, "f", "" },
};

/* Each as a log of its own, twice, so that the second is one that resembles.  */
static void
test_variants (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      gboolean ends = g_str_has_suffix (variants[i].text, "\n");
      g_autofree char *text
          = g_strconcat (variants[i].text, ends ? variants[i].text : "", NULL);
      LogFile file = log_file_new (text, strlen (text));
      g_autoptr (Log) log = log_file_open (&file);
      g_test_message ("Samba %s, %s", variants[i].version, variants[i].setting);
      g_assert_cmpuint (log_messages (log), ==, ends ? 2 : 1);
      for (guint32 n = 0; n < log_messages (log); n++)
        {
          LogMessage message;
          g_assert_true (log_message (log, n, &message));
          LogSite site = log_site (log, message.site);
          g_autofree char *body = body_of (log, n);
          g_assert_cmpint (message.time, ==, variants[i].time);
          g_assert_cmpint (site.level, ==, variants[i].level);
          g_assert_cmpuint (message.pid, ==, variants[i].pid);
          g_assert_cmpstr (site.class, ==, variants[i].class);
          g_assert_cmpstr (site.file, ==, variants[i].file);
          g_assert_cmpuint (site.line, ==, variants[i].line);
          g_assert_cmpstr (site.function, ==, variants[i].function);
          g_assert_cmpstr (body, ==, variants[i].body);
        }
      close (file.fd);
    }
}

static void
test_ids (void)
{
  static const char text[]
      = "[2026/11/24 01:58:23.5,  5, pid=8022, effective(1, 2), real(3, 4), "
        "class=winbind, traceid=42, depth=3] x.c:1(f)\n";
  LogClock clock = { .zone = NULL };
  LogHeader header;
  g_autoptr (LogShape) shape = log_shape_new ();
  g_assert_true (log_line_parse (text, sizeof text - 1, shape, &clock, &header));
  g_assert_true (header.ids);
  g_assert_cmpuint (header.euid, ==, 1);
  g_assert_cmpuint (header.egid, ==, 2);
  g_assert_cmpuint (header.uid, ==, 3);
  g_assert_cmpuint (header.gid, ==, 4);
  g_assert_cmpuint (header.traceid, ==, 42);
  g_assert_cmpuint (header.depth, ==, 3);
  g_assert_cmpint (header.time, ==, T0 * 1000000 + 500000);
}

static void
test_no_headers (void)
{
  static const char *const texts[] = { "",
                                       "\n",
                                       "[",
                                       "[2026/11/24",
                                       "[2026/13/24 01:58:23,  3] x.c:1(f)\n",
                                       "[2026/11/24 01:58:23,  3",
                                       "[2026/11/24 01:58:23, x] x.c:1(f)\n",
                                       "2026/11/24 01:58:23 text\n",
                                       "Nov 24 text\n",
                                       "some text\n  more\n",
                                       "  [2026/11/24 01:58:23,  3] text\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      LogFile file = log_file_new (texts[i], strlen (texts[i]));
      g_autoptr (Log) log = log_file_open (&file);
      gboolean blank = strspn (texts[i], "\n") == strlen (texts[i]);
      g_assert_cmpuint (log_messages (log), ==, (blank ? 0 : 1));
      g_assert_cmpuint (log_preamble (log), ==, (blank ? strlen (texts[i]) : 0));
      close (file.fd);
    }
}

static void
test_zone (void)
{
  static const char text[]
      = "[2026/07/01 12:00:00,  3] x.c:1(f)\n[2026/12/01 12:00:00,  3] x.c:1(f)\n";
  LogFile file = log_file_new (text, sizeof text - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (Log) log = log_open (file.name, "Europe/Berlin", NULL, &error);
  LogMessage summer, winter;
  g_assert_no_error (error);
  log_file_wait (log);
  g_assert_true (log_message (log, 0, &summer) && log_message (log, 1, &winter));
  g_assert_cmpint (summer.time / G_USEC_PER_SEC, ==, 1782900000);
  g_assert_cmpint (winter.time / G_USEC_PER_SEC, ==, 1796122800);
  close (file.fd);
}

/* -------------------------------------------------------------------- cuts */

/* The first message that begins at or behind byte OFFSET.  */
static guint32
message_at (Log *log, guint64 offset)
{
  guint32 low = 0, high = log_messages (log);
  while (low < high)
    {
      LogMessage message;
      guint32 middle = low + (high - low) / 2;
      g_assert_true (log_message (log, middle, &message));
      if (message.start < offset)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The index of the messages that begin in [FROM, TO) of LOG, as if the log began
   SHIFT bytes later.  */
static char *
dump_range (Log *log, guint64 from, guint64 to, guint64 shift)
{
  GString *dump = g_string_new (NULL);
  LogMessage m;
  for (guint32 i = message_at (log, from); log_message (log, i, &m) && m.start < to; i++)
    {
      LogSite site = log_site (log, m.site);
      g_string_append_printf (
          dump, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %u %d %s:%u %s\n",
          m.start - shift, m.time, m.pid, site.level, site.file, site.line, site.function);
    }
  return g_string_free (dump, FALSE);
}

/* Take the bytes from A to B out of TEXT, of which LOG is the index: all messages
   that have none of them must still be there.  */
static void
check_cut (Log *log, const char *text, gsize n, gsize a, gsize b)
{
  g_autoptr (GString) rest = g_string_new_len (text, (gssize)a);
  g_string_append_len (rest, text + b, (gssize)(n - b));
  g_autoptr (Log) cut = open_text (rest->str, rest->len);
  LogMessage last = { .start = 0 };
  guint32 touched = message_at (log, a);
  if (touched > 0)
    g_assert_true (log_message (log, touched - 1, &last));
  /* The message that A is in begins at last.start; the next after B at NEXT.  */
  LogMessage next = { .start = n };
  if (message_at (log, b) < log_messages (log))
    g_assert_true (log_message (log, message_at (log, b), &next));
  g_autofree char *before = dump_range (log, 0, last.start, 0);
  g_autofree char *before_cut = dump_range (cut, 0, last.start, 0);
  g_autofree char *after = dump_range (log, next.start, n, b - a);
  g_autofree char *after_cut = dump_range (cut, next.start - (b - a), n, 0);
  if (!g_str_equal (before_cut, before) || !g_str_equal (after_cut, after))
    g_error ("without bytes %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " others are lost", a,
             b);
}

#define SLICE 60000u

static void
test_cut_one_message (void)
{
  g_autofree char *text = recorded ("t-compound", SLICE);
  g_autoptr (Log) log = open_text (text, SLICE);
  LogMessage message;
  g_assert_cmpuint (log_messages (log), >, 100);
  log_segment_size = 512;
  g_assert_true (log_message (log, 50, &message));
  for (gsize at = (gsize)message.start; at <= message.end; at++)
    {
      check_cut (log, text, SLICE, at, SLICE);              /* the end is missing */
      check_cut (log, text, SLICE, 0, at);                  /* the beginning */
      check_cut (log, text, SLICE, at, (gsize)message.end); /* the rest of it */
    }
  log_segment_size = 1u << 20;
}

static void
test_cut_anywhere (void)
{
  g_autofree char *text = recorded ("concurrent", SLICE);
  g_autoptr (Log) log = open_text (text, SLICE);
  g_autoptr (GRand) random = g_rand_new_with_seed (20261124);
  for (guint i = 0; i < 300; i++)
    {
      gsize a = (gsize)g_rand_int_range (random, 0, SLICE);
      gsize b = a + (gsize)g_rand_int_range (random, 0, (gint)(SLICE - a) + 1);
      log_segment_size = 64u << g_rand_int_range (random, 0, 12);
      check_cut (log, text, SLICE, a, MIN (b, a + 5000));
    }
  log_segment_size = 1u << 20;
}

/* Where a segment ends must not matter.  */
static void
test_segments (void)
{
  static const char *const folders[] = { "t-compound", "concurrent", "t-lock" };
  for (gsize f = 0; f < G_N_ELEMENTS (folders); f++)
    {
      g_autofree char *text = recorded (folders[f], 900000);
      g_autoptr (Log) log = open_text (text, 900000);
      g_autofree char *expected = log_dump (log);
      for (guint32 size = 1000; size < 900000; size = size * 3 + 7)
        {
          log_segment_size = size;
          g_autoptr (Log) other = open_text (text, 900000);
          g_autofree char *got = log_dump (other);
          g_assert_true (g_str_equal (got, expected));
        }
      log_segment_size = 1u << 20;
    }
}

/* --------------------------------------------------------------- growth */

static void
test_grows (void)
{
  g_autofree char *text = recorded ("t-compound", 700000);
  g_autoptr (Log) whole = open_text (text, 700000);
  g_autofree char *expected = log_dump (whole);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  log_segment_size = 50000;
  LogFile file = log_file_new (text, 1000);
  g_autoptr (Log) log = log_file_open (&file);
  g_autoptr (LogView) view = log_view_new (log, log_filter_text ("NT_STATUS_", 10, FALSE));
  for (gsize at = 1000; at < 700000;)
    {
      gsize step = (gsize)g_rand_int_range (random, 1, 9000), n = MIN (700000 - at, step);
      log_file_write (&file, text + at, n);
      at += n;
      g_assert_cmpint (log_refresh (log), ==, LOG_GROWN);
      log_file_wait (log);
    }
  g_assert_cmpint (log_refresh (log), ==, LOG_SAME);
  g_autofree char *got = log_dump (log);
  g_assert_true (g_str_equal (got, expected));
  log_segment_size = 1u << 20;
  g_autoptr (LogView) fresh
      = log_view_new (whole, log_filter_text ("NT_STATUS_", 10, FALSE));
  guint32 n = log_view_count (fresh);
  g_assert_cmpuint (n, >, 10);
  g_assert_cmpuint (log_view_count (view), ==, n);
  for (guint32 i = 0; i < n; i++)
    g_assert_cmpuint (log_view_nth (view, i), ==, log_view_nth (fresh, i));
  close (file.fd);
}

/* The rest of a message of smbd, torn from its header, in front of a kernel's trace:
   only when there are lines of the trace can the log be known for one.  */
static void
test_grows_into_another_form (void)
{
  static const char rest[]
      = "  smbd_smb2_request_dispatch: opcode[SMB2_OP_CLOSE] mid = 6\n",
      trace[] = "      mount.cifs-153     [001] .....    38.413408: smb3_cmd_enter: "
                "\tsid=0x0 tid=0x0 cmd=1 mid=1\n"
                "      mount.cifs-153     [000] .....    38.658328: smb3_cmd_err: "
                "\tsid=0x3ede70b7 tid=0x0 cmd=1 mid=1 status=0xc0000016 rc=-5\n";
  g_autofree char *text = g_strconcat (rest, trace, NULL);
  g_autoptr (Log) whole = open_text (text, strlen (text));
  g_autofree char *expected = log_dump (whole);
  g_assert_nonnull (strstr (expected, "153 1 SMB2_OP_SESSSETUP"));
  LogFile file = log_file_new (rest, strlen (rest));
  g_autoptr (Log) log = log_file_open (&file);
  g_autoptr (LogView) view = log_view_new (log, log_filter_text ("mid=1", 5, FALSE));
  g_assert_cmpuint (log_view_count (view), ==, 0);
  log_file_write (&file, trace, strlen (trace));
  g_assert_cmpint (log_refresh (log), ==, LOG_GROWN);
  log_file_wait (log);
  g_autofree char *got = log_dump (log);
  g_assert_cmpstr (got, ==, expected);
  g_assert_cmpuint (log_view_count (view), ==, 2);
  close (file.fd);
}

static void
test_truncated_while_open (void)
{
  g_autofree char *text = recorded ("good", 300000);
  LogFile file = log_file_new (text, 300000);
  g_autoptr (Log) log = log_file_open (&file);
  LogMessage message;
  guint32 n = log_messages (log);
  g_assert_cmpint (ftruncate (file.fd, 1000), ==, 0);
  /* All that was indexed can be looked at; there is no text to it.  */
  g_assert_true (log_message (log, n - 1, &message));
  g_autoptr (GString) read = g_string_new (NULL);
  log_read (log, message.start, message.end, read);
  g_assert_cmpuint (read->len, ==, 0);
  g_autoptr (GArray) rendered = g_array_new (FALSE, FALSE, sizeof (LogRendered));
  LogRenderStyle style = { "%t %s", LOG_BODY_ALL, 0 };
  g_assert_true (log_render (log, n - 1, &style, read, rendered));
  g_autoptr (LogView) view = log_view_new (log, log_filter_text ("e", 1, FALSE));
  g_assert_cmpuint (log_view_count (view), <, 20);
  g_assert_cmpint (log_refresh (log), ==, LOG_REPLACED);
  /* Another log is written to the same file, past the old one's end.  */
  g_assert_cmpint (lseek (file.fd, 0, SEEK_SET), ==, 0);
  for (guint i = 0; i < 40000; i++)
    log_file_write (&file, "other text\n", 11);
  g_assert_cmpint (log_refresh (log), ==, LOG_REPLACED);
  close (file.fd);
}

static void
test_truncated_while_indexed (void)
{
  g_autofree char *text = recorded ("good", 1000000);
  g_autoptr (GError) error = NULL;
  log_segment_size = 1000;
  LogFile file = log_file_new (text, 1000000);
  g_autoptr (Log) log = log_open (file.name, "UTC", NULL, &error);
  log_segment_size = 1u << 20;
  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (file.fd, 2000), ==, 0);
  log_file_wait (log);
  g_assert_cmpint (log_refresh (log), ==, LOG_REPLACED);
  close (file.fd);
}

static void
test_rotated (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("smblog-XXXXXX", &error);
  g_assert_no_error (error);
  g_autofree char *name = g_build_filename (directory, "log.smbd", NULL);
  g_autofree char *old = g_strconcat (name, ".old", NULL);
  static const char first[] = "[2026/11/24 01:58:23,  3] x.c:1(f)\n  old\n";
  g_assert_true (g_file_set_contents (name, first, -1, NULL));
  g_autoptr (Log) log = log_open (name, "UTC", NULL, &error);
  g_assert_no_error (error);
  log_file_wait (log);
  g_assert_cmpint (log_refresh (log), ==, LOG_SAME);
  g_assert_cmpint (g_rename (name, old), ==, 0);
  g_assert_cmpint (log_refresh (log), ==, LOG_SAME);
  g_assert_true (g_file_set_contents (name, "new\n", -1, NULL));
  g_assert_cmpint (log_refresh (log), ==, LOG_REPLACED);
  g_autofree char *body = body_of (log, 0);
  g_assert_cmpstr (body, ==, "  old\n");
  g_unlink (name);
  g_unlink (old);
  g_rmdir (directory);
}

/* --------------------------------------------------------------------- odd */

static void
test_odd_bytes (void)
{
  static const char text[]
      = "[2026/11/24 01:58:23,  3] x.c:1(f)\n  a\0b\n[2026/11/24 01:58:22,  3] x.c:1(f)\n"
        "  \xff\xfe\n  half a line[2026/11/24 01:58:24,  3] ../y.c:2(g)\n  last";
  g_autoptr (Log) log = open_text (text, sizeof text - 1);
  LogMessage message;
  g_assert_cmpuint (log_messages (log), ==, 3);
  g_assert_true (log_message (log, 1, &message));
  g_assert_cmpint (message.time, ==, (T0 - 1) * G_USEC_PER_SEC);
  g_assert_true (log_message (log, 2, &message));
  g_assert_cmpstr (log_site (log, message.site).function, ==, "g");
  g_assert_cmpuint (message.end, ==, sizeof text - 1);
  g_autofree char *last = body_of (log, 2), *before = body_of (log, 1);
  g_assert_cmpstr (last, ==, "  last");
  g_assert_cmpstr (before, ==, "  \xff\xfe\n  half a line");
}

static void
test_enormous_message (void)
{
  g_autoptr (GString) text = g_string_new ("[2026/11/24 01:58:23,  3] x.c:1(f)\n  begin\n");
  while (text->len < 5u << 20)
    g_string_append (text, "  nothing of interest is in this line\n");
  g_string_append (text, "  needle\n[2026/11/24 01:58:23,  3] x.c:1(f)\n  end\n");
  g_autoptr (Log) log = open_text (text->str, text->len);
  g_assert_cmpuint (log_messages (log), ==, 2);
  g_autoptr (LogView) literal = log_view_new (log, log_filter_text ("NEEDLE", 6, TRUE));
  g_assert_cmpuint (log_view_count (literal), ==, 1);
  g_assert_cmpuint (log_view_nth (literal, 0), ==, 0);
  g_autoptr (LogView) none = log_view_new (log, log_filter_text ("NEEDLE", 6, FALSE));
  g_assert_cmpuint (log_view_count (none), ==, 0);
  g_autoptr (LogView) regexp
      = log_view_new (log, log_filter_regexp ("^ +needle$", FALSE, NULL));
  g_assert_cmpuint (log_view_count (regexp), ==, 1);
}

/* ------------------------------------------------------------------- scan */

/* Whether something may begin at P, by what scan.h says, a byte at a time.  */
static gboolean
is_candidate (const char *p)
{
  gboolean request = p[2] == 's' && p[3] == 'm';
  return (p[-1] == '\n' && (*p != ' ' || request)) || (*p == '[' && p[5] == '/');
}

/* Places are found wherever they are, by what each processor has.  */
static void
test_scan (void)
{
  enum
  {
    N = 400
  };
  static const char bytes[] = "\n\n  [[//ssmm2x";
  g_autofree char *room = g_malloc0 (N + 2 * LOG_SCAN_MARGIN);
  char *text = room + LOG_SCAN_MARGIN;
  guint32 found[2][N + 1];
  for (guint round = 0; round < 2000; round++)
    {
      guint32 n = round % N, count = 0;
      for (guint32 i = 0; i < N; i++)
        text[i] = bytes[g_test_rand_int_range (0, sizeof bytes - 1)];
      guint32 counts[2]
          = { log_scan (text, n, found[0]), log_scan_portable (text, n, found[1]) };
      for (guint32 i = 0; i < n; i++)
        if (is_candidate (text + i))
          {
            g_assert_cmpuint (found[0][count], ==, i);
            g_assert_cmpuint (found[1][count++], ==, i);
          }
      g_assert_cmpuint (counts[0], ==, count);
      g_assert_cmpuint (counts[1], ==, count);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/variants", test_variants);
  g_test_add_func ("/log/ids", test_ids);
  g_test_add_func ("/log/no-headers", test_no_headers);
  g_test_add_func ("/log/zone", test_zone);
  g_test_add_func ("/log/cut-one-message", test_cut_one_message);
  g_test_add_func ("/log/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/log/segments", test_segments);
  g_test_add_func ("/log/grows", test_grows);
  g_test_add_func ("/log/grows-into-another-form", test_grows_into_another_form);
  g_test_add_func ("/log/truncated-while-open", test_truncated_while_open);
  g_test_add_func ("/log/truncated-while-indexed", test_truncated_while_indexed);
  g_test_add_func ("/log/rotated", test_rotated);
  g_test_add_func ("/log/odd-bytes", test_odd_bytes);
  g_test_add_func ("/log/scan", test_scan);
  g_test_add_func ("/log/enormous-message", test_enormous_message);
  return g_test_run ();
}
