/* log-smb1-test.c --- every way that messages of SMB1 are dumped

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "logs.h"

#define HEADER(pid)                                                                        \
  "[2026/11/24 01:58:32.750119,  5, pid=" pid "] ../../source3/lib/util.c:156(show_msg)\n"
#define OTHER(pid, text)                                                                   \
  "[2026/11/24 01:58:32.750120,  5, pid=" pid "] ../../source3/smbd/uid.c:1(f)\n" text
#define NEXT OTHER ("1", "  next\n")

/* What a dump has, by the protocol's fields.  */
#define STATUS(rcls, err) "  smb_rcls=" rcls "\n  smb_reh=0\n  smb_err=" err "\n"
#define FLAGS(flg, flg2) "  smb_flg=" flg "\n  smb_flg2=" flg2 "\n"
#define IDS(mid) "  smb_tid=1\n  smb_pid=65534\n  smb_uid=100\n  smb_mid=" mid "\n"
#define BEGIN(com) "  size=62\n  smb_com=" com "\n"
#define REST "  smt_wct=0\n  smb_bcc=0\n"
#define QUESTION(com, mid)                                                                 \
  BEGIN (com) STATUS ("0", "0") FLAGS ("24", "51267") IDS (mid) REST
#define ANSWER(com, rcls, err, flg2, mid)                                                  \
  BEGIN (com) STATUS (rcls, err) FLAGS ("136", flg2) IDS (mid) REST
#define NT "51203"
#define DOS "1"
#define ASKED HEADER ("1") QUESTION ("0x2e", "7")

/* What is found in TEXT: a line each of pid, mid, opcode, status, begin, end.  */
static const struct
{
  const char *name, *text, *found;
} dumps[] = {
  { "request", ASKED, "1 7 SMB1 0x2e - 0 -\n" },
  { "one digit", HEADER ("1") QUESTION ("0x4", "7"), "1 7 SMB1 0x04 - 0 -\n" },
  { "answer", ASKED NEXT HEADER ("1") ANSWER ("0x2e", "0", "0", NT, "7"),
    "1 7 SMB1 0x2e NT_STATUS_OK 0 2\n" },
  { "NT status", ASKED HEADER ("1") ANSWER ("0x2e", "52", "49152", NT, "7"),
    "1 7 SMB1 0x2e 0xc0000034 0 1\n" },
  { "NT status, more to do", ASKED HEADER ("1") ANSWER ("0x2e", "22", "49152", NT, "7"),
    "1 7 SMB1 0x2e NT_STATUS_MORE_PROCESSING_REQUIRED 0 1\n" },
  { "DOS error", ASKED HEADER ("1") ANSWER ("0x2e", "1", "2", DOS, "7"),
    "1 7 SMB1 0x2e DOS 1:2 0 1\n" },
  { "DOS, no error", ASKED HEADER ("1") ANSWER ("0x2e", "0", "0", DOS, "7"),
    "1 7 SMB1 0x2e NT_STATUS_OK 0 1\n" },
  { "negative", ASKED HEADER ("1") ANSWER ("0x2e", "52", "-16384", NT, "-65529"),
    "1 7 SMB1 0x2e 0xc0000034 0 1\n" },
  { "another command's answer", ASKED HEADER ("1") ANSWER ("0x2f", "0", "0", NT, "7"),
    "1 7 SMB1 0x2e - 0 -\n" },
  { "another message's answer", ASKED HEADER ("1") ANSWER ("0x2e", "0", "0", NT, "8"),
    "1 7 SMB1 0x2e - 0 -\n" },
  { "another process' answer", ASKED HEADER ("2") ANSWER ("0x2e", "0", "0", NT, "7"),
    "1 7 SMB1 0x2e - 0 -\n" },
  { "answer in parts",
    ASKED HEADER ("1") ANSWER ("0x2e", "0", "0", NT, "7") HEADER ("1")
        ANSWER ("0x2e", "1", "1", NT, "7"),
    "1 7 SMB1 0x2e NT_STATUS_OK 0 1\n" },
  { "one waits",
    ASKED HEADER ("1") QUESTION ("0x2e", "8") HEADER ("1")
        ANSWER ("0x2e", "0", "0", NT, "8") HEADER ("1") ANSWER ("0x2e", "0", "0", NT, "7"),
    "1 7 SMB1 0x2e NT_STATUS_OK 0 3\n1 8 SMB1 0x2e NT_STATUS_OK 1 2\n" },
  { "server's own",
    HEADER ("1") BEGIN ("0x24") STATUS ("0", "0") FLAGS (
        "0", "0") "  smb_tid=1\n  smb_pid=65535\n  smb_uid=0\n  smb_mid=65535\n" REST,
    "" },
  { "mixed protocols",
    HEADER ("1") QUESTION ("0x72", "0")
        OTHER ("1", "  smbd_smb2_request_dispatch: opcode[SMB2_OP_NEGPROT] mid = 0\n")
            OTHER ("1", "  smbd_smb2_request_done_ex: mid [0] idx[1] "
                        "status[NT_STATUS_OK] body[64]\n"),
    "1 0 SMB2_OP_NEGPROT NT_STATUS_OK 0 2\n" },
  { "Samba 3, without pid",
    "[2003/11/24 01:58:23, 5] lib/util.c:show_msg(484)\n" QUESTION ("0x2e", "7"),
    "0 7 SMB1 0x2e - 0 -\n" },
  { "CRLF",
    "[2026/11/24 01:58:32,  5, pid=1] x.c:1(show_msg)\r\n  size=1\r\n  smb_com=0x2e\r\n"
    "  smb_rcls=0\r\n  smb_reh=0\r\n  smb_err=0\r\n  smb_flg=0\r\n  smb_flg2=0\r\n"
    "  smb_tid=0\r\n  smb_pid=0\r\n  smb_uid=0\r\n  smb_mid=7\r\n",
    "1 7 SMB1 0x2e - 0 -\n" },
#define S "Nov 24 01:58:32 host smbd[1]: "
#define S2 "Nov 24 01:58:32 host smbd[2]: "
  { "syslog",
    S HEADER ("1") S "  size=1\n" S "  smb_com=0x2e\n" S2 "  other\n" S "  smb_rcls=0\n" S
                     "  smb_reh=0\n" S "  smb_err=0\n" S "  smb_flg=0\n" S
                     "  smb_flg2=0\n" S "  smb_tid=0\n" S "  smb_pid=0\n" S
                     "  smb_uid=0\n" S "  smb_mid=7\n",
    "1 7 SMB1 0x2e - 0 -\n" },
  { "not a dump", OTHER ("1", QUESTION ("0x2e", "7")), "" },
  { "no number", HEADER ("1") QUESTION ("0x2e", "seven"), "" },
  { "no such command", HEADER ("1") QUESTION ("0x", "7"), "" },
  { "cut off", HEADER ("1") BEGIN ("0x2e"), "" },
  { "cut off within a number",
    HEADER ("1") BEGIN ("0x2e") STATUS ("0", "0")
        FLAGS ("0", "0") "  smb_tid=1\n  smb_pid=1\n  smb_uid=1\n  smb_mid=7",
    "" },
  { "cut in the middle", HEADER ("1") BEGIN ("0x2e") ASKED, "1 7 SMB1 0x2e - 1 -\n" },
  { "no mid", HEADER ("1") BEGIN ("0x2e") STATUS ("0", "0") FLAGS ("0", "0") REST ASKED,
    "1 7 SMB1 0x2e - 1 -\n" },
  /* Others write between the lines.  */
  { "torn",
    HEADER ("1") BEGIN ("0x2e") OTHER ("2", "  smb.conf\n")
        STATUS ("0", "0") "  of 2\n" FLAGS ("24", "51267") IDS ("7") REST,
    "1 7 SMB1 0x2e - 0 -\n" },
  { "torn at once", OTHER ("2", "") HEADER ("1") "  of 2\n" QUESTION ("0x2e", "7"),
    "1 7 SMB1 0x2e - 1 -\n" },
  /* Nobody knows whose is which.  */
  { "two dumps mixed",
    HEADER ("1") HEADER ("2") BEGIN ("0x2e") BEGIN ("0x2f") STATUS ("0", "0") STATUS (
        "0", "0") FLAGS ("24", "51267") FLAGS ("24", "51267") IDS ("7") IDS ("8") ASKED,
    "1 7 SMB1 0x2e - 2 -\n" },
  { "two dumps mixed at the end",
    HEADER ("1") BEGIN ("0x2e") STATUS ("0", "0") FLAGS (
        "24", "51267") "  smb_tid=1\n  smb_pid=1\n  smb_uid=1\n" HEADER ("2") BEGIN ("0x2f")
        STATUS ("0", "0") FLAGS (
            "24",
            "51267") "  smb_tid=1\n  smb_pid=1\n  smb_uid=1\n  smb_mid=7\n  smb_mid=8\n",
    "" },
};

static void
print_number (GString *text, guint32 message)
{
  if (message == LOG_NO_MESSAGE)
    g_string_append (text, " -");
  else
    g_string_append_printf (text, " %u", message);
}

static void
print_requests (const LogRequests *requests, GString *text)
{
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      const LogRequest *r = log_requests_get (requests, i);
      g_string_append_printf (text, "%u %" G_GUINT64_FORMAT " %s %s", r->pid, r->mid,
                              log_requests_string (requests, r->opcode),
                              r->status ? log_requests_string (requests, r->status) : "-");
      print_number (text, r->begin);
      print_number (text, r->end);
      g_string_append_c (text, '\n');
    }
}

static void
check_requests (Log *log, gsize i)
{
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  print_requests (requests, found);
  g_assert_cmpstr (found->str, ==, dumps[i].found);
}

static void
test_dumps (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (dumps); i++)
    {
      g_test_message ("%s", dumps[i].name);
      LogFile file = log_file_new (dumps[i].text, strlen (dumps[i].text));
      g_autoptr (Log) log = log_file_open (&file);
      check_requests (log, i);
      close (file.fd);
    }
}

/* The same in small segments, for a log that grows byte by byte.  */
static void
test_growing (void)
{
  const guint32 size = log_segment_size;
  log_segment_size = 64;
  for (gsize i = 0; i < G_N_ELEMENTS (dumps); i++)
    {
      g_test_message ("%s", dumps[i].name);
      LogFile file = log_file_new ("", 0);
      g_autoptr (Log) log = log_file_open (&file);
      for (const char *p = dumps[i].text; *p; p++)
        {
          log_file_write (&file, p, 1);
          log_refresh (log);
          log_file_wait (log);
        }
      check_requests (log, i);
      close (file.fd);
    }
  log_segment_size = size;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dumps", test_dumps);
  g_test_add_func ("/growing", test_growing);
  return g_test_run ();
}
