/* log-request-test.c --- the requests in a log, and snapshots of them

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "logs.h"

/* ----------------------------------------------------------------- requests */

static void
check_interleaved (const LogRequests *requests)
{
  g_assert_cmpuint (log_requests_count (requests), ==, 6);
  g_assert_cmpstr (status_of (requests, 5, 0), ==, "NT_STATUS_OK");            /* of 1 */
  g_assert_cmpstr (status_of (requests, 5, 1), ==, "NT_STATUS_ACCESS_DENIED"); /* of 2 */
  g_assert_cmpstr (status_of (requests, 6, 0), ==, "NT_STATUS_CANCELLED");
  g_assert_cmpstr (status_of (requests, 6, 1), ==, ""); /* the cancel itself */
  g_assert_cmpstr (status_of (requests, 7, 0), ==, "NT_STATUS_OK");
  g_assert_cmpstr (status_of (requests, 8, 0), ==, ""); /* the log ends before it does */
  const LogRequest *notify = log_requests_get (requests, 2);
  g_assert_cmpuint (notify->begin, ==, 4);
  g_assert_cmpuint (notify->interim, ==, 5);
  g_assert_cmpuint (notify->end, ==, 9);
  g_assert_cmpuint (notify->messages, ==, 6);
  g_assert_cmpuint (log_requests_get (requests, 4)->position, ==, 1);
}

#define M(pid, text)                                                                       \
  "[2026/11/24 01:58:23.1, 10, pid=" pid                                                   \
  ", effective(0, 0), real(0, 0)] x.c:1(f)\n  " text "\n"

static void
test_interleaved_requests (void)
{
  static const char text[] = M (
      "1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 5")
      M ("2", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 5") M (
          "2", "smbd_smb2_request_done_ex: mid [5] idx[1] status[NT_STATUS_ACCESS_DENIED] "
               "body[8] ...") M ("1", "smbd_smb2_request_done_ex: mid [5] idx[1] "
                                      "status[NT_STATUS_OK] body[8] ...")
          M ("1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_NOTIFY] mid = 6") M (
              "1",
              "smbd_smb2_request_pending_queue: opcode[SMB2_OP_NOTIFY] mid 6 going async")
              M ("1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CANCEL] mid = 6")
                  M ("1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_READ] mid = 7") M (
                      "1",
                      "smbd_smb2_request_done_ex: mid [7] idx[5] status[NT_STATUS_OK] "
                      "body[8] ...") M ("1", "smbd_smb2_request_done_ex: mid [6] idx[1] "
                                             "status[NT_STATUS_CANCELLED] body[8] ...")
                      M ("1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_READ] mid = 8");
  g_autoptr (Log) log = open_text (text, sizeof text - 1);
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  check_interleaved (requests);
}

/* Up to 4.10, done lines have no mid; in 3.6 a request has three vectors.  */
static void
check_old (const LogRequests *requests)
{
  g_assert_cmpuint (log_requests_count (requests), ==, 2);
  g_assert_cmpstr (status_of (requests, 5, 0), ==, "NT_STATUS_OK");
  g_assert_cmpstr (status_of (requests, 6, 0), ==, "NT_STATUS_END_OF_FILE");
  g_assert_cmpuint (log_requests_get (requests, 1)->position, ==, 1);
}

static void
test_requests_without_mid (void)
{
  static const char text[] = M (
      "1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 5")
      M ("1", "smbd_smb2_request_done_ex: idx[1] status[NT_STATUS_OK] body[8] dyn[no:0] at "
              "x.c:1") M ("1", "smbd_smb2_request_dispatch: opcode[SMB2_OP_READ] mid = 6")
          M ("1",
             "smbd_smb2_request_done_ex: idx[4] status[NT_STATUS_END_OF_FILE] body[8] ...");
  g_autoptr (Log) log = open_text (text, sizeof text - 1);
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  check_old (requests);
}

/* --------------------------------------------------------------- snapshots */

/* Wait for N messages.  */
static void
await_messages (Log *log, guint32 n)
{
  for (int i = 0; i < 10000 && log_messages (log) < n; i++)
    g_usleep (1000);
  g_assert_cmpuint (log_messages (log), ==, n);
}

/* Who holds requests and facts can read them, also when the threads begin anew: what
   writes into a pipe paused within a dump.  */
static void
test_snapshots (void)
{
  static const char first[]
      = M ("7", "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] "
                "mid = 5") M ("7", "smbd_smb2_request_done_ex: mid "
                                   "[5] idx[1] status[NT_STATUS_OK] "
                                   "body[8]") "[2026/11/24 "
                                              "01:58:23.1, 3, pid=7] "
                                              "../"
                                              "x.c:1(smbXsrv_session_"
                                              "create)\n"
                                              "  "
                                              "smbXsrv_session_"
                                              "create: global_id "
                                              "(0xdead07bd) stored\n"
                                              "[2026/11/24 "
                                              "01:58:23.1, 5, pid=8] "
                                              "../"
                                              "util.c:1(show_msg)\n"
                                              "  size=62\n  "
                                              "smb_com=0x72\n" M ("9", "smb_rcls=0"),
      second[] = "  smb_reh=0\n  smb_err=0\n  smb_flg=24\n  smb_flg2=51267\n "
                 " smb_tid=0\n"
                 "  smb_pid=1\n  smb_uid=0\n  smb_mid=0\n" M ("7", "end");
  int ends[2];
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (pipe (ends), ==, 0);
  LogFile file = { .fd = ends[1] };
  g_snprintf (file.name, sizeof file.name, "/proc/self/fd/%d", ends[0]);
  log_file_write (&file, first, sizeof first - 1);
  g_autoptr (Log) log = log_open (file.name, "UTC", NULL, &error);
  g_assert_no_error (error);
  await_messages (log, 5);
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  g_autoptr (LogFacts) facts = log_facts (log);
  log_file_write (&file, second, sizeof second - 1);
  await_messages (log, 6);
  close (ends[1]);
  log_file_wait (log);
  g_assert_cmpuint (log_requests_count (requests), ==, 1);
  g_assert_cmpstr (status_of (requests, 5, 0), ==, "NT_STATUS_OK");
  g_assert_cmpuint (log_facts_count (facts), ==, 1);
  g_assert_cmpstr (log_facts_get (facts, 0)->value, ==, "0xdead07bd");
  g_autoptr (LogRequests) later = log_requests (log, 0, G_MAXUINT32);
  g_assert_cmpuint (log_requests_count (later), ==, 2);
  log_unref (g_steal_pointer (&log));
  g_assert_cmpstr (status_of (later, 5, 0), ==, "NT_STATUS_OK");
  close (ends[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log/interleaved-requests", test_interleaved_requests);
  g_test_add_func ("/log/requests-without-mid", test_requests_without_mid);
  g_test_add_func ("/log/snapshots", test_snapshots);
  return g_test_run ();
}
