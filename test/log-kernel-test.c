/* log-kernel-test.c --- every way that the kernel's log and traces are written

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "logs.h"

/* ---------------------------------------------------------------- variants */

#define KERNEL_T0 G_GINT64_CONSTANT (1795485503000000) /* 2026-11-24 01:58:23 UTC */
#define BOOT 36240705
#define FILE61 "fs/smb/client/transport.c"
#define DONE "cifs_sync_mid_result: cmd=5 mid=7 state=64\n"

/* By version of the kernel and by what shows its log.  */
static const struct
{
  const char *version, *shown;
  const char *text; /* the whole line */
  gint64 time;
  gint level;
  guint32 pid;
  const char *class, *file, *function;
  const char *body;
  guint32 cmd; /* of the request with message id 7 it tells of, or NONE */
} variants[] = {
#define NONE G_MAXUINT32
  { "2.6.32", "dmesg", "[   36.240705]  fs/cifs/transport.c: For smb_command 114\n", BOOT,
    -1, 0, "", "fs/cifs/transport.c", "", "For smb_command 114\n", NONE },
  { "2.6.39", "dmesg",
    "[   36.240705] fs/cifs/transport.c: sync_mid_result: cmd=5 mid=7 state=4\n", BOOT, -1,
    0, "", "fs/cifs/transport.c", "", "sync_mid_result: cmd=5 mid=7 state=4\n", 5 },
  { "4.19", "dmesg", "[   36.240705] fs/cifs/transport.c: " DONE, BOOT, -1, 0, "",
    "fs/cifs/transport.c", "", DONE, 5 },
  { "4.19", "dmesg, out of tree", "[   36.240705] /build/linux/fs/cifs/transport.c: " DONE,
    BOOT, -1, 0, "", "/build/linux/fs/cifs/transport.c", "", DONE, 5 },
  { "5.0", "dmesg", "[   36.240705] CIFS VFS: Cancelling wait for mid 7 cmd: 14\n", BOOT,
    -1, 0, "CIFS", "", "", "VFS: Cancelling wait for mid 7 cmd: 14\n", 14 },
  { "5.4", "dmesg", "[   36.240705] CIFS VFS: \\\\srv Cancelling wait for mid 7 cmd: 5\n",
    BOOT, -1, 0, "CIFS", "", "", "VFS: \\\\srv Cancelling wait for mid 7 cmd: 5\n", 5 },
  { "5.10", "dmesg", "[   36.240705] CIFS: fs/cifs/transport.c: " DONE, BOOT, -1, 0, "CIFS",
    "fs/cifs/transport.c", "", DONE, 5 },
  { "6.1", "dmesg", "[   36.240705] CIFS: " FILE61 ": " DONE, BOOT, -1, 0, "CIFS", FILE61,
    "", DONE, 5 },
  { "6.1", "dmesg, CRLF", "[   36.240705] CIFS: VFS: text\r\n", BOOT, -1, 0, "CIFS", "", "",
    "VFS: text\n", NONE },
  { "6.1", "dmesg, SMB1",
    "[   36.240705] CIFS: " FILE61 ": cifs_sync_mid_result: cmd=115 mid=7 state=64\n", BOOT,
    -1, 0, "CIFS", FILE61, "", "cifs_sync_mid_result: cmd=115 mid=7 state=64\n", 115 },
  { "6.1", "dmesg, of pending ones",
    "[   36.240705] CIFS: VFS: State: 2 com: 5 pid: 99 cbdata: 0000000012345678 mid 7\n",
    BOOT, -1, 0, "CIFS", "", "",
    "VFS: State: 2 com: 5 pid: 99 cbdata: 0000000012345678 mid 7\n", 5 },
  { "6.1", "dmesg, of a reply",
    "[   36.240705] CIFS: Server response too short: calculated length 73 doesn't match "
    "read length 72 (cmd=5, mid=7)\n",
    BOOT, -1, 0, "CIFS", "", "",
    "Server response too short: calculated length 73 doesn't match "
    "read length 72 (cmd=5, mid=7)\n",
    5 },
  { "6.1", "dmesg, CONFIG_PRINTK_CALLER", "[   36.240705][  T153] CIFS: " FILE61 ": " DONE,
    BOOT, -1, 153, "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "dmesg, CONFIG_PRINTK_CALLER", "[   36.240705][    C0] CIFS: VFS: text\n", BOOT,
    -1, 0, "CIFS", "", "", "VFS: text\n", NONE },
  { "6.1", "dmesg -d", "[   36.240705 <    0.001002>] CIFS: VFS: text\n", BOOT, -1, 0,
    "CIFS", "", "", "VFS: text\n", NONE },
  { "6.1", "dmesg -r", "<7>[   36.240705] CIFS: " FILE61 ": " DONE, BOOT, 7, 0, "CIFS",
    FILE61, "", DONE, 5 },
  { "6.1", "dmesg -x", "kern  :debug : [   36.240705] CIFS: " FILE61 ": " DONE, BOOT, 7, 0,
    "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "dmesg -T", "[Tue Nov 24 01:58:23 2026] CIFS: " FILE61 ": " DONE, KERNEL_T0, -1,
    0, "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "dmesg --time-format iso",
    "2026-11-24T01:58:23,855117+00:00 CIFS: " FILE61 ": " DONE, KERNEL_T0 + 855117, -1, 0,
    "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "journalctl -k", "Nov 24 01:58:23 host kernel: CIFS: " FILE61 ": " DONE,
    KERNEL_T0, -1, 0, "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "syslog", "Nov 24 01:58:23 host kernel: [   36.240705] CIFS: " FILE61 ": " DONE,
    KERNEL_T0, -1, 0, "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "syslog, CONFIG_PRINTK_CALLER",
    "Nov 24 01:58:23 host kernel: [   36.240705][  T153] CIFS: " FILE61 ": " DONE,
    KERNEL_T0, -1, 153, "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "journalctl -k -o short-iso",
    "2026-11-24T02:58:23+0100 host kernel: CIFS: " FILE61 ": " DONE, KERNEL_T0, -1, 0,
    "CIFS", FILE61, "", DONE, 5 },
  { "6.1", "journalctl -k -o short-monotonic",
    "[   36.240705] host kernel: CIFS: " FILE61 ": " DONE, BOOT, -1, 0, "CIFS", FILE61, "",
    DONE, 5 },
  { "6.1", "dmesg, of another", "[   36.240705] usb 1-1: cmd=5 mid=7 for mid 7\n", BOOT, -1,
    0, "", "", "", "usb 1-1: cmd=5 mid=7 for mid 7\n", NONE },
  { "5.10", "ftrace",
    "      mount.cifs-142     [000] ....    36.240705: smb3_cmd_enter: \tsid=0x0 tid=0x0 "
    "cmd=0 mid=7\n",
    BOOT, -1, 142, "", "", "smb3_cmd_enter", "sid=0x0 tid=0x0 cmd=0 mid=7\n", 0 },
  { "6.1", "ftrace",
    "      mount.cifs-153     [001] .N...    36.240705: smb3_cmd_enter: \tsid=0x3ede70b7 "
    "tid=0x0 cmd=5 mid=7\n",
    BOOT, -1, 153, "", "", "smb3_cmd_enter", "sid=0x3ede70b7 tid=0x0 cmd=5 mid=7\n", 5 },
  { "6.12", "ftrace, of threads with dashes, spaces and brackets",
    "   a-1 [2] [003]-260   [001] d..1.    36.240705: smb3_cmd_enter: sid=0x1 tid=0x0 "
    "cmd=5 mid=7\n",
    BOOT, -1, 260, "", "", "smb3_cmd_enter", "sid=0x1 tid=0x0 cmd=5 mid=7\n", 5 },
  { "6.12", "ftrace, record-tgid",
    "           cifsd-262     (-------) [001] .....    36.240705: smb3_cmd_done: sid=0x1 "
    "tid=0x0 cmd=5 mid=7\n",
    BOOT, -1, 262, "", "", "smb3_cmd_done", "sid=0x1 tid=0x0 cmd=5 mid=7\n", NONE },
  { "6.12", "trace-cmd report",
    "      mount.cifs-260   [001]    36.240705: smb3_cmd_enter:       sid=0x1 tid=0x0 "
    "cmd=5 mid=7\n",
    BOOT, -1, 260, "", "", "smb3_cmd_enter", "sid=0x1 tid=0x0 cmd=5 mid=7\n", 5 },
};

/* What the only request in a log is.  */
typedef struct
{
  guint32 count;
  LogRequest first;
  char opcode[40];
} Found;

static void
find (const LogRequests *requests, Found *found)
{
  found->count = log_requests_count (requests);
  if (!found->count)
    return;
  found->first = *log_requests_get (requests, 0);
  g_strlcpy (found->opcode, log_requests_string (requests, found->first.opcode),
             sizeof found->opcode);
}

static void
check_request (Log *log, guint32 cmd)
{
  Found found;
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  find (requests, &found);
  g_assert_cmpuint (found.count, ==, cmd == NONE ? 0 : 1);
  if (cmd == NONE)
    return;
  g_autofree char *opcode = cmd < LOG_OPCODES
                                ? g_strdup (log_opcodes[cmd])
                                : g_strdup_printf (LOG_SMB1_OPCODE "%02x", cmd);
  g_assert_cmpstr (found.opcode, ==, opcode);
  g_assert_cmpuint (found.first.mid, ==, 7);
  g_assert_true (found.first.client);
}

static void
test_variants (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      LogMessage message;
      LogHeader header;
      LogFile file = log_file_new (variants[i].text, strlen (variants[i].text));
      g_autoptr (Log) log = log_file_open (&file);
      g_test_message ("Linux %s, %s", variants[i].version, variants[i].shown);
      g_assert_cmpuint (log_messages (log), ==, 1);
      g_assert_true (log_message (log, 0, &message));
      LogSite site = log_site (log, message.site);
      g_assert_cmpint (message.time, ==, variants[i].time);
      g_assert_cmpint (site.level, ==, variants[i].level);
      g_assert_cmpuint (message.pid, ==, variants[i].pid);
      g_assert_cmpstr (site.class, ==, variants[i].class);
      g_assert_cmpstr (site.file, ==, variants[i].file);
      g_assert_cmpstr (site.function, ==, variants[i].function);
      g_autoptr (GString) text = g_string_new (NULL), clean = g_string_new (NULL);
      log_read (log, message.start, message.end, text);
      g_assert_true (log_parse (log, message.start, text->str, text->len, &header));
      log_clean (log, message.start, text->str + header.length, text->len - header.length,
                 clean);
      g_assert_cmpstr (clean->str, ==, variants[i].body);
      check_request (log, variants[i].cmd);
      close (file.fd);
    }
}

/* No log of Samba is taken for the kernel's, whatever it speaks of.  */
static void
test_no_kernel (void)
{
  static const char plain[] = "[2026/11/24 01:58:23.855117,  3, pid=8022] ../../x.c:1(f)\n"
                              "  [   36.240705] CIFS: " FILE61 ": " DONE;
  static const char syslog[] = "Nov 24 01:58:23 host smbd[8022]: CIFS: " FILE61 ": " DONE;
  static const char epoch[]
      = "[1732413503.855117 seconds since the Epoch, 10] a.c:1(f)\n"
        "   a-1 [000] ..... 36.240705: smb3_cmd_enter: sid=0x1 tid=0x0 cmd=5 mid=7\n";
  static const char *const texts[] = { plain, syslog, epoch };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      LogFile file = log_file_new (texts[i], strlen (texts[i]));
      g_autoptr (Log) log = log_file_open (&file);
      g_assert_cmpuint (log_messages (log), ==, 1);
      check_request (log, NONE);
      close (file.fd);
    }
}

/* In one file each line is read by its own form, in whatever order.  */
static void
test_mixed (void)
{
  static const char text[]
      = "Nov 24 01:58:22 host kernel: [   36.240705] CIFS: " FILE61 ": " DONE
        "Nov 24 01:58:23 host smbd[8022]: [2026/11/24 01:58:23.5,  3] ../../x.c:1(f)\n"
        "Nov 24 01:58:23 host smbd[8022]:   one\n"
        "Nov 24 01:58:23 host smbd[8022]:   two\n"
        "Nov 24 01:58:24 host kernel: [   37.240705] CIFS: VFS: text\n"
        "Nov 24 01:58:24 host init: one\n"
        "Nov 24 01:58:24 host init: two\n";
  static const struct
  {
    LogFormKind form;
    const char *class, *function;
  } messages[] = { { LOG_FORM_KERNEL, "CIFS", "" },
                   { LOG_FORM_SAMBA, "", "f" },
                   { LOG_FORM_KERNEL, "CIFS", "" },
                   { LOG_FORM_SYSLOG, "", "" },
                   { LOG_FORM_SYSLOG, "", "" } };
  LogFile file = log_file_new (text, sizeof text - 1);
  g_autoptr (Log) log = log_file_open (&file);
  g_assert_cmpuint (log_messages (log), ==, G_N_ELEMENTS (messages));
  for (guint32 i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      LogMessage message;
      g_assert_true (log_message (log, i, &message));
      LogSite site = log_site (log, message.site);
      g_assert_cmpint (site.form, ==, messages[i].form);
      g_assert_cmpstr (site.class, ==, messages[i].class);
      g_assert_cmpstr (site.function, ==, messages[i].function);
    }
  check_request (log, 5);
  close (file.fd);
}

/* ---------------------------------------------------------------- requests */

#define E(task, pid, event, text)                                                          \
  "  " task "-" pid " [000] ..... 36.1: smb3_" event ": " text "\n"

/* Two mounts at once: message ids are the same, and so are the first sessions.  */
static const char mounts[]
    = E ("a", "1", "cmd_enter", "sid=0x0 tid=0x0 cmd=0 mid=0") /* 0 */
    E ("b", "2", "cmd_enter", "sid=0x0 tid=0x0 cmd=0 mid=0")
        E ("b", "2", "cmd_done", "sid=0x0 tid=0x0 cmd=0 mid=0")
            E ("a", "1", "cmd_done", "sid=0x0 tid=0x0 cmd=0 mid=0")
                E ("a", "1", "cmd_enter", "sid=0x0 tid=0x0 cmd=1 mid=1")
                    E ("b", "2", "cmd_enter", "sid=0x0 tid=0x0 cmd=1 mid=1") /* 5 */
    E ("b", "2", "cmd_err", "sid=0xb0000 tid=0x0 cmd=1 mid=1 status=0xc0000016 rc=-5")
        E ("a", "1", "cmd_err", "sid=0xa0000 tid=0x0 cmd=1 mid=1 status=0xc000006d rc=-13")
            E ("b", "2", "open_enter",
               "xid=0 sid=0xb0000 tid=0x1 path=\\new\\a b.txt cr_opts=0x0 des_access=0x80")
                E ("b", "2", "cmd_enter", "sid=0xb0000 tid=0x1 cmd=5 mid=2")
                    E ("b", "2", "cmd_enter", "sid=0xb0000 tid=0x1 cmd=9 mid=3") /* 10 */
    E ("cifsd", "3", "cmd_done", "sid=0xb0000 tid=0x1 cmd=9 mid=3")
        E ("b", "2", "cmd_done", "sid=0xb0000 tid=0x1 cmd=5 mid=2")
            E ("b", "2", "cmd_enter", "sid=0xb0000 tid=0x1 cmd=12 mid=2");

static const struct
{
  guint32 pid, begin, end;
  guint64 mid, session;
  const char *opcode, *status, *path;
} mounted[] = {
  { 1, 0, 3, 0, 0xa0000, "SMB2_OP_NEGPROT", "NT_STATUS_OK", "" },
  { 2, 1, 2, 0, 0xb0000, "SMB2_OP_NEGPROT", "NT_STATUS_OK", "" },
  { 1, 4, 7, 1, 0xa0000, "SMB2_OP_SESSSETUP", "0xc000006d", "" },
  { 2, 5, 6, 1, 0xb0000, "SMB2_OP_SESSSETUP", "NT_STATUS_MORE_PROCESSING_REQUIRED", "" },
  { 2, 9, 12, 2, 0xb0000, "SMB2_OP_CREATE", "NT_STATUS_OK", "new\\a b.txt" },
  { 2, 10, 11, 3, 0xb0000, "SMB2_OP_WRITE", "NT_STATUS_OK", "" },
  { 2, 13, LOG_NO_MESSAGE, 2, 0xb0000, "SMB2_OP_CANCEL", "", "" },
};

static void
check_mounts (const LogRequests *requests)
{
  g_assert_cmpuint (log_requests_count (requests), ==, G_N_ELEMENTS (mounted));
  for (guint32 i = 0; i < G_N_ELEMENTS (mounted); i++)
    {
      const LogRequest *r = log_requests_get (requests, i);
      g_assert_cmpuint (r->pid, ==, mounted[i].pid);
      g_assert_cmpuint (r->begin, ==, mounted[i].begin);
      g_assert_cmpuint (r->end, ==, mounted[i].end);
      g_assert_cmpuint (r->mid, ==, mounted[i].mid);
      g_assert_cmpuint (r->session, ==, mounted[i].session);
      g_assert_cmpstr (log_requests_string (requests, r->opcode), ==, mounted[i].opcode);
      g_assert_cmpstr (log_requests_string (requests, r->status), ==, mounted[i].status);
      g_assert_cmpstr (log_requests_string (requests, r->path), ==, mounted[i].path);
    }
}

/* However the log is cut into segments, and as it grows by a byte.  */
static void
test_mounts (void)
{
  for (guint32 size = 16; size <= 4096; size *= 16)
    {
      log_segment_size = size;
      LogFile file = log_file_new (mounts, 0);
      g_autoptr (Log) log = log_file_open (&file);
      for (gsize i = 0; i < sizeof mounts - 1; i++)
        {
          log_file_write (&file, mounts + i, 1);
          if (size == 4096)
            {
              log_refresh (log);
              log_file_wait (log);
            }
        }
      log_refresh (log);
      log_file_wait (log);
      g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
      check_mounts (requests);
      close (file.fd);
    }
  log_segment_size = 1u << 20;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/log-kernel/variants", test_variants);
  g_test_add_func ("/log-kernel/no-kernel", test_no_kernel);
  g_test_add_func ("/log-kernel/mixed", test_mixed);
  g_test_add_func ("/log-kernel/mounts", test_mounts);
  return g_test_run ();
}
