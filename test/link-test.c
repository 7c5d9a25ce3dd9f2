/* link-test.c --- logs linked to frames, under the sanitizers

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "link/link.h"
#include "link/timing.h"
#include "logs.h"

#define FIRST "ipv4:10.0.0.2:50001"
#define SECOND "ipv4:10.0.0.2:50002"

/* Append to TEXT what smbd with PID logs, with a FUNCTION.  */
static void
say (GString *text, int pid, const char *function, const char *message)
{
  g_string_append_printf (text,
                          "[2026/11/24 01:58:23.%06u, 10, pid=%d, effective(0, 0), real(0, "
                          "0)] ../../source3/smbd/smb2_server.c:1(%s)\n  %s\n",
                          (unsigned)text->len, pid, function, message);
}

static void
serve (GString *text, int pid, const char *opcode, int mid)
{
  g_autofree char *begin = g_strdup_printf (
      "smbd_smb2_request_dispatch: opcode[SMB2_OP_%s] mid = %d", opcode, mid);
  g_autofree char *end = g_strdup_printf (
      "smbd_smb2_request_done_ex: mid [%d] idx[1] status[NT_STATUS_OK] body[2]", mid);
  say (text, pid, "smbd_smb2_request_dispatch", begin);
  say (text, pid, "smbd_smb2_request_done_ex", end);
}

/* Append to CAPTURE request CMD with MID on STREAM of CLIENT, and its response.  */
static void
send (LinkCapture *capture, guint32 stream, const char *client, guint32 cmd, guint64 mid)
{
  if (!g_hash_table_contains (capture->clients, GUINT_TO_POINTER (stream)))
    g_hash_table_insert (capture->clients, GUINT_TO_POINTER (stream), g_strdup (client));
  LinkPdu pdu = { .frame = capture->pdus->len + 1,
                  .stream = stream,
                  .cmd = cmd,
                  .mid = mid,
                  .time = 1000 * (gint64)capture->pdus->len };
  g_array_append_val (capture->pdus, pdu);
  capture->requests++;
  pdu.frame++;
  pdu.response = TRUE;
  g_array_append_val (capture->pdus, pdu);
}

static void
assert_links (const GString *text, const LinkCapture *capture, const guint32 *frames,
              gsize n)
{
  LogFile file = log_file_new (text->str, text->len);
  g_autoptr (Log) log = log_file_open (&file);
  g_autoptr (Links) links = link_log (log, capture);
  g_assert_cmpuint (links->links->len, ==, n);
  for (gsize i = 0; i < n; i++)
    {
      const Link *link = &g_array_index (links->links, Link, i);
      g_assert_cmpint (link->state, ==, frames[i] ? LINK_CERTAIN : LINK_NONE);
      g_assert_cmpuint (link->request, ==, frames[i]);
    }
  close (file.fd);
}

/* A process gets a second connection; which request was on which?  */
static GString *
two_connections (void)
{
  GString *text = g_string_new (NULL);
  say (text, 7, "smbd_add_connection",
       "Connection allowed from " FIRST " to ipv4:10.0.0.1:445");
  serve (text, 7, "NEGPROT", 0);
  serve (text, 7, "SESSSETUP", 1);
  say (text, 7, "smbd_add_connection",
       "Connection allowed from " SECOND " to ipv4:10.0.0.1:445");
  serve (text, 7, "NEGPROT", 0);
  serve (text, 7, "SESSSETUP", 1);
  return text;
}

static void
test_both_connections (void)
{
  g_autoptr (GString) text = two_connections ();
  g_autoptr (LinkCapture) capture = link_capture_new ();
  send (capture, 0, FIRST, 0, 0);
  send (capture, 0, FIRST, 1, 1);
  send (capture, 1, SECOND, 0, 0);
  send (capture, 1, SECOND, 1, 1);
  assert_links (text, capture, (guint32[]){ 1, 3, 5, 7 }, 4);
}

static void
test_one_connection (void)
{
  g_autoptr (GString) text = two_connections ();
  g_autoptr (LinkCapture) first = link_capture_new ();
  send (first, 0, FIRST, 0, 0);
  send (first, 0, FIRST, 1, 1);
  assert_links (text, first, (guint32[]){ 1, 3, 0, 0 }, 4);
  g_autoptr (LinkCapture) second = link_capture_new ();
  send (second, 0, SECOND, 0, 0);
  send (second, 0, SECOND, 1, 1);
  assert_links (text, second, (guint32[]){ 0, 0, 1, 3 }, 4);
}

/* N requests, one every 1, 2, 3... ms, that take the client 300 us longer than the wire,
   with a clock offset of a day.  */
static GArray *
rhythm (guint n)
{
  GArray *timings = g_array_new (FALSE, FALSE, sizeof (LinkTiming));
  for (gint64 i = 0, at = 0; i < n; i++, at += 1000 * i)
    {
      const LinkTiming timing
          = { at + 86400000000, at + 86400000000 + 800, at + 100, at + 600 };
      g_array_append_val (timings, timing);
    }
  return timings;
}

static void
test_timing (void)
{
  g_autoptr (GArray) run = rhythm (LINK_TIMING_ENOUGH);
  g_assert_true (link_timing_fits (run));
  /* One request came back after the client had it.  */
  g_array_index (run, LinkTiming, 3).response += 1000;
  g_assert_false (link_timing_fits (run));
  g_autoptr (GArray) few = rhythm (LINK_TIMING_ENOUGH - 1);
  g_assert_false (link_timing_fits (few));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/both-connections", test_both_connections);
  g_test_add_func ("/link/one-connection", test_one_connection);
  g_test_add_func ("/link/timing", test_timing);
  return g_test_run ();
}
