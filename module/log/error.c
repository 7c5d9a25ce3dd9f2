/* error.c --- which messages tell of an error

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/error.h"

#include <string.h>

#include "log/value.h"
#include "smb/status.h"

LogErrorKind
log_error_kind (const char *name)
{
  static const char *const names[]
      = { "level", "status", "panic", "kernel", "logon", "connection" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (name, names[i]) == 0)
      return (LogErrorKind)(1u << i);
  return (LogErrorKind)0;
}

/* What tells of an error of a kind wherever it stands; whole words if both ends are.  */
typedef struct
{
  LogErrorKind kind;
  const char *text;
} Sign;

/* smbd, winbindd, the clients, in messages of a low level.  */
static const Sign samba_signs[] = {
  { LOG_ERROR_PANIC, "PANIC" },                                   /* lib/util/fault.c */
  { LOG_ERROR_PANIC, "INTERNAL ERROR" },                          /* the same */
  { LOG_ERROR_PANIC, "BACKTRACE" },                               /* the same */
  { LOG_ERROR_CONNECTION, "Denied connection from " },            /* lib/util/access.c */
  { LOG_ERROR_CONNECTION, "Connection denied from " },            /* smbd/smb2_process.c */
  { LOG_ERROR_CONNECTION, "not permitted to access this share" }, /* smb2_service.c */
  { LOG_ERROR_CONNECTION, "denied due to security descriptor" },  /* the same */
  { LOG_ERROR_LOGON, "] FAILED with error " },                    /* auth/auth.c */
  { LOG_ERROR_STATUS, "|fail (" },                                /* vfs_full_audit.c */
  { LOG_ERROR_KERNEL, "mount error(" },                  /* cifs-utils: mount.cifs */
  { LOG_ERROR_LOGON, "unable to get credentials for " }, /* the same: cifs.upcall */
};

/* What begins an error where no level is told, as on a terminal.  */
static const char *const unlevelled[] = { "ERROR: ", "Failed to ", "Unable to " };

/* Functions that say so at any level.  */
static const char *const outspoken[] = { "allow_access",
                                         "check_access",
                                         "auth_check_ntlm_password",
                                         "check_ntlm_password",
                                         "log_authentication_event_human_readable",
                                         "log_json",
                                         "audit_log_json" };

/* What Samba's daemons print at level 0 when all is well.  */
static const char *const healthy[] = {
  " started.\n", /* smbd version 4.17.12-Debian started. */
  "Copyright Andrew Tridgell and the Samba Team",
  "finished starting up and ready to serve",     /* daemon_ready */
  "waiting for connections",                     /* daemon_status */
  "standard input is not a socket",              /* smbd -D without -D */
  "clearing cache and re-creating with version", /* initialize_winbindd_cache */
  "binary_smbd_main: ",                          /* samba: using 'prefork' process model */
  "samba: using '",
  "ready to serve connections",
  "is now a local master browser", /* nmbd */
  "has stopped being a local master browser",
  "is now a domain master browser",
  "is now a logon server",
  "Attempting to become",
  "become_domain_master_browser_bcast",
  "Got SIGTERM: going down",
  "Exiting on SIGTERM",
  "INFO: Current debug levels",
  "Maximum core file size limits now",
  "debug encryption: dumping", /* as it was told to */
};

/* The kernel, of itself (its lib/bug.c, kernel/panic.c, mm/kasan/report.c ...): where one
   of its reports begins.  */
static const char *const oopses[] = { "BUG: ",
                                      "kernel BUG at ",
                                      "Oops: ",
                                      "Oops[",
                                      "WARNING: CPU: ",
                                      "WARNING: possible ",
                                      "WARNING: suspicious RCU usage",
                                      "UBSAN: ",
                                      "KASAN: ",
                                      "KCSAN: ",
                                      "KFENCE: ",
                                      "general protection fault",
                                      "Kernel panic - not syncing",
                                      "Unable to handle kernel ",
                                      "Internal error: ",
                                      "INFO: task ",
                                      "INFO: possible recursive locking",
                                      "list_add corruption",
                                      "list_del corruption",
                                      "refcount_t: ",
                                      "usercopy: Kernel memory ",
                                      "page allocation failure",
                                      "double free" };

/* Behind "VFS: ", what cifs.ko tells its user without anything being wrong.  */
static const char *const harmless[] = { "in ",
                                        "leaving ",
                                        "RDMA transport established",
                                        "generate_",
                                        "Session Id ",
                                        "Cipher type ",
                                        "Session Key ",
                                        "Signing Key ",
                                        "ServerIn Key ",
                                        "ServerOut Key ",
                                        "dumping generated",
                                        "cifs_mount_get_session: " };

/* Words of ksmbd's and ctdb's messages that tell of errors: they give no level.  */
static const char *const bad_words[]
    = { "ailed",    "rror",      "nvalid",      "annot ", "an't ",    "ould not ",
        "nable to", "denied",    "timed out",   "imeout", "mismatch", "orrupt",
        "Bad ",     "not found", "Unexpected ", "ASSERT" };

/* Events of the client that are no good news though they do not end in _err (the kernel's
   fs/smb/client/trace.h).  */
static const char *const bad_events[]
    = { "smb3_reconnect",     "smb3_ses_expired",     "smb3_ses_not_found",
        "smb3_slow_rsp",      "smb3_credit_timeout",  "smb3_insufficient_credits",
        "smb3_partial_send",  "smb3_lease_not_found", "smb3_oplock_not_found",
        "smb3_tcon_not_found" };

/* ------------------------------------------------------------------ helpers */

static gboolean
is_name (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

static gboolean
has (const char *text, gsize n, const char *what)
{
  return memmem (text, n, what, strlen (what)) != NULL;
}

static gboolean
has_any (const char *text, gsize n, const char *const *list, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (has (text, n, list[i]))
      return TRUE;
  return FALSE;
}

static gboolean
begins (const char *text, gsize n, const char *prefix)
{
  gsize length = strlen (prefix);
  return n >= length && memcmp (text, prefix, length) == 0;
}

static gboolean
begins_any (const char *text, gsize n, const char *const *list, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (begins (text, n, list[i]))
      return TRUE;
  return FALSE;
}

/* Samba's names begin with NT_, the client's don't, nor do all of Samba's.  */
static gboolean
is_ignored (const LogErrors *errors, const char *name, gsize n)
{
  gsize prefix = n > 3 && memcmp (name, "NT_", 3) == 0 ? 3 : 0;
  for (guint i = 0; i < errors->ignored->len; i++)
    {
      const char *ignored = g_ptr_array_index (errors->ignored, i);
      if (g_str_has_prefix (ignored, "NT_"))
        ignored += 3;
      if (strlen (ignored) == n - prefix
          && memcmp (ignored, name + prefix, n - prefix) == 0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_failure (const LogErrors *errors, const char *name, gsize n)
{
  return smb_status_class_of_name (name, n) == SMB_STATUS_FAILURE
         && !is_ignored (errors, name, n);
}

static gboolean
is_failed_number (const LogErrors *errors, guint64 number)
{
  char name[16];
  if (number > G_MAXUINT32)
    return FALSE;
  gsize n = (gsize)g_snprintf (name, sizeof name, "0x%08x", (guint)number);
  const char *known = smb_status_name ((guint32)number);
  return is_failure (errors, name, n)
         && !(known && is_ignored (errors, known, strlen (known)));
}

/* ------------------------------------------------------------------- Samba */

static const char *const status_sign = "NT_STATUS_";

/* Whether the status at TEXT[AT] is a field of a dump, "   status     : NT_STATUS_X",
   which may have any value.  */
static gboolean
is_field (const char *text, gsize at)
{
  if (at < 4 || memcmp (text + at - 3, " : ", 3) != 0)
    return FALSE;
  gsize end = at - 3;
  while (end && text[end - 1] == ' ')
    end--;
  gsize start = end;
  while (start && is_name (text[start - 1]))
    start--;
  return start < end && (start == 0 || text[start - 1] == ' ');
}

/* Whether a status is told that is a failure.  */
static gboolean
has_failure (const LogErrors *errors, const char *text, gsize n)
{
  const char *end = text + n;
  for (const char *p = text;
       (p = memmem (p, (gsize)(end - p), status_sign, strlen (status_sign)));)
    {
      const char *stop = p;
      while (stop < end && is_name (*stop))
        stop++;
      if (!(p > text && is_name (p[-1])) && (gsize)(stop - p) > strlen (status_sign)
          && !is_field (text, (gsize)(p - text))
          && is_failure (errors, p, (gsize)(stop - p)))
        return TRUE;
      p = stop;
    }
  return FALSE;
}

static gboolean
is_request_end (const LogSite *site)
{
  return strcmp (site->function, "smbd_smb2_request_done_ex") == 0;
}

static gboolean
is_request_error (const LogSite *site)
{
  return strcmp (site->function, "smbd_smb2_request_error_ex") == 0;
}

static gboolean
is_outspoken (const LogSite *site)
{
  for (gsize i = 0; i < G_N_ELEMENTS (outspoken); i++)
    if (strcmp (site->function, outspoken[i]) == 0)
      return TRUE;
  return FALSE;
}

/* What a message of SMB1 that is dumped says of its request: see smb1.h.  */
static gboolean
is_failed_smb1 (const LogErrors *errors, const char *text, gsize n)
{
  guint64 class, reserved, code, flags, flags2;
  if (!log_find_value (text, n, "smb_rcls=", &class)
      || !log_find_value (text, n, "smb_reh=", &reserved)
      || !log_find_value (text, n, "smb_err=", &code)
      || !log_find_value (text, n, "smb_flg=", &flags)
      || !log_find_value (text, n, "smb_flg2=", &flags2) || !(flags & 0x80))
    return FALSE;
  return flags2 & 0x4000 ? is_failed_number (errors, class | reserved << 8 | code << 16)
                         : class != 0;
}

static gboolean
is_smb1 (const LogSite *site)
{
  return strcmp (site->function, "show_msg") == 0;
}

/* Whether SIGN is in TEXT, as a word if it is one.  */
static gboolean
has_sign (const char *text, gsize n, const char *sign)
{
  gsize length = strlen (sign);
  const char *end = text + n;
  for (const char *p = text; (p = memmem (p, (gsize)(end - p), sign, length)); p++)
    if (!(p > text && is_name (p[-1]) && is_name (*sign))
        && !(p + length < end && is_name (p[length]) && is_name (sign[length - 1])))
      return TRUE;
  return FALSE;
}

static guint
samba_kinds (const LogErrors *errors, const LogSite *site, const char *text, gsize n)
{
  guint kinds = 0;
  if (is_smb1 (site))
    return is_failed_smb1 (errors, text, n) ? LOG_ERROR_STATUS : 0;
  if (has_failure (errors, text, n))
    kinds |= is_outspoken (site) ? LOG_ERROR_LOGON : LOG_ERROR_STATUS;
  if (is_request_end (site) || is_request_error (site))
    return kinds;
  for (gsize i = 0; i < G_N_ELEMENTS (samba_signs); i++)
    if (has_sign (text, n, samba_signs[i].text))
      kinds |= samba_signs[i].kind;
  if (site->level == 0 && !has_any (text, n, healthy, G_N_ELEMENTS (healthy)))
    kinds |= LOG_ERROR_LEVEL;
  if (site->form == LOG_FORM_TEXT
      && has_any (text, n, unlevelled, G_N_ELEMENTS (unlevelled)))
    kinds |= LOG_ERROR_LEVEL;
  return kinds;
}

/* ---------------------------------------------------------------- the kernel's */

/* The text of the line TEXT behind the name of who prints it.  */
static const char *
kernel_text (const LogSite *site, const char *text, gsize *n)
{
  gsize length = strlen (site->class);
  const char *found = length ? memmem (text, *n, site->class, length) : NULL;
  if (!found)
    return text;
  *n -= (gsize)(found - text) + length;
  return found + length;
}

static gboolean
is_oops (const char *text, gsize n)
{
  for (gsize i = 0; i < G_N_ELEMENTS (oopses); i++)
    {
      const char *found = memmem (text, n, oopses[i], strlen (oopses[i]));
      if (found && (found == text || found[-1] == ' '))
        return TRUE;
    }
  return FALSE;
}

/* "CIFS: VFS: \\srv text", "CIFS VFS: text": what is told to the user.  */
static gboolean
is_told (const LogSite *site, const char *text, gsize n)
{
  static const char sign[] = "VFS: ";
  const char *body = kernel_text (site, text, &n);
  for (; n && (*body == ' ' || *body == ':'); n--)
    body++;
  if (!begins (body, n, sign) || *site->file)
    return FALSE;
  body += strlen (sign);
  n -= strlen (sign);
  return !begins_any (body, n, harmless, G_N_ELEMENTS (harmless))
         && !has (body, n, " dumping generated ");
}

/* "Status code returned 0xc0000034 STATUS_OBJECT_NAME_NOT_FOUND": FALSE if there is no
   such; whether it is *FAILED.  */
static gboolean
find_status (const LogErrors *errors, const char *text, gsize n, gboolean *failed)
{
  static const char sign[] = "Status code returned ";
  const char *end = text + n, *name = memmem (text, n, sign, strlen (sign));
  guint64 status;
  if (!name || !log_find_value (name, (gsize)(end - name), sign, &status))
    return FALSE;
  name += strlen (sign);
  while (name < end && is_name (*name))
    name++;
  const char *stop = name += name < end;
  while (stop < end && is_name (*stop))
    stop++;
  *failed = is_failed_number (errors, status)
            && !(stop > name && is_ignored (errors, name, (gsize)(stop - name)));
  return TRUE;
}

static guint
kernel_kinds (const LogErrors *errors, const LogSite *site, const char *text, gsize n)
{
  gboolean failed;
  guint kinds = is_oops (text, n) ? LOG_ERROR_KERNEL : 0;
  if (find_status (errors, text, n, &failed))
    kinds |= failed ? LOG_ERROR_STATUS : 0;
  else if (*site->class && is_told (site, text, n))
    kinds |= LOG_ERROR_KERNEL;
  return kinds;
}

static guint
worded_kinds (const LogSite *site, const char *text, gsize n)
{
  const char *body = kernel_text (site, text, &n);
  return has_any (body, n, bad_words, G_N_ELEMENTS (bad_words)) ? LOG_ERROR_KERNEL : 0;
}

/* "status=0xc0000034 rc=-2": an event that ends in _err may be of what is none.  */
static guint
trace_kinds (const LogErrors *errors, const char *text, gsize n)
{
  guint64 status;
  if (!log_find_value (text, n, " status=", &status))
    return LOG_ERROR_KERNEL;
  return is_failed_number (errors, status) ? LOG_ERROR_STATUS : 0;
}

/* --------------------------------------------------------------------- all */

gboolean
log_error_site (const LogSite *site)
{
  switch (site->form)
    {
    case LOG_FORM_TRACE:
    case LOG_FORM_GRAPH:
      return ((g_str_has_prefix (site->function, "smb3_")
               || g_str_has_prefix (site->function, "cifs_"))
              && g_str_has_suffix (site->function, "_err"))
             || begins_any (site->function, strlen (site->function), bad_events,
                            G_N_ELEMENTS (bad_events));
    case LOG_FORM_SAMBA:
      return site->level <= 3 || is_request_end (site) || is_smb1 (site)
             || is_outspoken (site);
    default:
      return TRUE;
    }
}

gboolean
log_error_is_doubled (const LogSite *site, const LogSite *next)
{
  return is_request_error (site) && is_request_end (next);
}

guint
log_error_kinds (const LogErrors *errors, const LogSite *site, const char *text, gsize n)
{
  switch (site->form)
    {
    case LOG_FORM_TRACE:
    case LOG_FORM_GRAPH:
      return trace_kinds (errors, text, n) & errors->kinds;
    case LOG_FORM_KERNEL:
      return kernel_kinds (errors, site, text, n) & errors->kinds;
    case LOG_FORM_KSMBD:
      return (kernel_kinds (errors, site, text, n) | worded_kinds (site, text, n))
             & errors->kinds;
    case LOG_FORM_CTDB:
      return (samba_kinds (errors, site, text, n) | worded_kinds (site, text, n))
             & errors->kinds;
    default:
      return samba_kinds (errors, site, text, n) & errors->kinds;
    }
}
