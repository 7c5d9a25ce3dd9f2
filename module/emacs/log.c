/* log.c --- logs, messages and requests as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/log.h"

#include <string.h>

#include "log/form.h"
#include "log/merge.h"
#include "support/problem.h"

/* -------------------------------------------------------------- conversion */

static void
free_log (void *log) EMACS_NOEXCEPT
{
  if (log)
    log_unref (log);
}

static const LispType log_type = { "smblog-module-log", free_log };

Log *
module_log (emacs_env *env, emacs_value object)
{
  return lisp_object_data (env, object, &log_type);
}

gboolean
module_log_number (emacs_env *env, Log *log, emacs_value value, guint32 *number)
{
  intmax_t n = env->extract_integer (env, value);
  guint32 messages = log_messages (log);
  if (lisp_ok (env) && (n < 0 || n >= messages))
    lisp_error (env, PROBLEM "no-message" PROBLEM "%" G_GINT64_FORMAT PROBLEM "%u",
                (gint64)n, messages);
  *number = (guint32)n;
  return lisp_ok (env);
}

emacs_value
module_log_time (emacs_env *env, gint64 time)
{
  return time == LOG_NO_TIME ? Q (nil)
                             : env->make_float (env, (double)time / G_USEC_PER_SEC);
}

emacs_value
module_log_message (emacs_env *env, guint32 number)
{
  return number == LOG_NO_MESSAGE ? Q (nil) : env->make_integer (env, number);
}

/* A property list on its way.  */
typedef struct
{
  emacs_env *env;
  emacs_value items[64];
  ptrdiff_t n;
} Plist;

static void
put (Plist *plist, const char *name, emacs_value value)
{
  plist->items[plist->n++] = plist->env->intern (plist->env, name);
  plist->items[plist->n++] = value;
}

static void
put_number (Plist *plist, const char *name, guint64 number)
{
  put (plist, name, lisp_uint (plist->env, number));
}

static void
put_span (Plist *plist, const char *name, LogSpan span)
{
  put (plist, name,
       span.length ? lisp_string_n (plist->env, span.text, span.length) : Q (nil));
}

static emacs_value
plist_value (Plist *plist)
{
  return lisp_call (plist->env, Q_list, plist->n, plist->items);
}

/* ------------------------------------------------------------------ the log */

/* The string VALUE, NULL if it is nil or none.  */
static char *
optional_string (emacs_env *env, ptrdiff_t nargs, emacs_value *args, ptrdiff_t i)
{
  return i < nargs && env->is_not_nil (env, args[i]) ? lisp_copy_string (env, args[i], NULL)
                                                     : NULL;
}

static gint64
optional_number (emacs_env *env, ptrdiff_t nargs, emacs_value *args, ptrdiff_t i,
                 gint64 otherwise)
{
  return i < nargs && env->is_not_nil (env, args[i]) ? env->extract_integer (env, args[i])
                                                     : otherwise;
}

/* The file that VALUE names: a name, which begins with a slash, or a URI of one that is no
   UTF-8.  NULL with an exit pending.  */
static char *
copy_file_name (emacs_env *env, emacs_value value)
{
  char *name = lisp_copy_string (env, value, NULL);
  if (!name || !g_str_has_prefix (name, "file:///"))
    return name;
  g_autofree char *uri = name;
  name = g_filename_from_uri (uri, NULL, NULL);
  if (!name)
    lisp_error (env, PROBLEM "not-a-file" PROBLEM "%s", uri);
  return name;
}

/* The log in VALUE, a string or a list of them.  */
static Log *
open_files (emacs_env *env, emacs_value value, const char *zone, const char *spool,
            GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  gboolean several = lisp_is (env, Q_consp, value);
  while (lisp_ok (env) && several && lisp_is (env, Q_consp, value)
         && files->len <= LOG_MEMBER_MAX)
    {
      g_ptr_array_add (files, copy_file_name (env, lisp_call (env, Q_car, 1, &value)));
      value = lisp_call (env, Q_cdr, 1, &value);
    }
  if (!several)
    g_ptr_array_add (files, copy_file_name (env, value));
  if (!lisp_ok (env))
    return NULL;
  return several ? log_open_several ((char *const *)files->pdata, files->len, zone, spool,
                                     error)
                 : log_open (files->pdata[0], zone, spool, error);
}

LISP_FUNCTION (open_log)
{
  g_autofree char *zone = optional_string (env, nargs, args, 1);
  g_autofree char *spool = optional_string (env, nargs, args, 2);
  gboolean limited = nargs > 3 && env->is_not_nil (env, args[3]);
  intmax_t limit = limited ? env->extract_integer (env, args[3]) : 0;
  g_autoptr (GError) error = NULL;
  log_source_limit = (guint64)MAX (limit, 0);
  Log *log = lisp_ok (env) ? open_files (env, args[0], zone, spool, &error) : NULL;
  if (log)
    return lisp_object (env, &log_type, log);
  if (!error)
    return Q (nil);
  emacs_value message = lisp_problem (env, error->message);
  message = lisp_call (env, Q_list, 1, &message);
  env->non_local_exit_signal (env, env->intern (env, "smbcmp-file-error"), message);
  return Q (nil);
}

LISP_FUNCTION (close_log)
{
  Log *log = module_log (env, args[0]);
  if (log)
    log_close (log);
  lisp_object_release (env, args[0], &log_type);
  return Q (nil);
}

LISP_FUNCTION (log_p) { return lisp_object_p (env, args[0], &log_type) ? Q (t) : Q (nil); }

static emacs_value
progress_value (emacs_env *env, Log *log)
{
  LogProgress progress;
  log_progress (log, &progress);
  emacs_value parts[]
      = { lisp_uint (env, progress.bytes), lisp_uint (env, progress.total),
          env->make_integer (env, progress.messages), progress.done ? Q (t) : Q (nil) };
  return lisp_call (env, Q_list, 4, parts);
}

LISP_FUNCTION (get_progress)
{
  Log *log = module_log (env, args[0]);
  return log ? progress_value (env, log) : Q (nil);
}

LISP_FUNCTION (wait_for_log)
{
  Log *log = module_log (env, args[0]);
  double seconds = env->extract_float (env, args[1]);
  if (!log || !lisp_ok (env))
    return Q (nil);
  return log_wait (log, (gint64)(CLAMP (seconds, 0, 1) * G_USEC_PER_SEC)) ? Q (t) : Q (nil);
}

LISP_FUNCTION (get_problem)
{
  Log *log = module_log (env, args[0]);
  g_autofree char *problem = log ? log_problem (log) : NULL;
  return problem ? lisp_problem (env, problem) : Q (nil);
}

LISP_FUNCTION (rest)
{
  Log *log = module_log (env, args[0]);
  double seconds = env->extract_float (env, args[1]);
  if (log && lisp_ok (env))
    log_rest (log, (gint64)(CLAMP (seconds, 0, 1) * G_USEC_PER_SEC));
  return Q (nil);
}

LISP_FUNCTION (refresh)
{
  static const char *const names[]
      = { [LOG_SAME] = "nil", [LOG_GROWN] = "grown", [LOG_REPLACED] = "replaced" };
  Log *log = module_log (env, args[0]);
  return log ? env->intern (env, names[log_refresh (log)]) : Q (nil);
}

/* ---------------------------------------------------------------- messages */

LISP_FUNCTION (get_message)
{
  guint32 number;
  LogMessage message;
  LogHeader header;
  Log *log = module_log (env, args[0]);
  if (!log || !module_log_number (env, log, args[1], &number)
      || !log_message (log, number, &message))
    return Q (nil);
  g_autoptr (GString) text = g_string_new (NULL);
  log_read (log, message.start, MIN (message.end, message.start + LOG_HEADER_MAX), text);
  if (!log_parse (log, message.start, text->str, text->len, &header))
    header = (LogHeader){ .level = -1 }; /* the file was cut or written over */
  LogSite site = log_site (log, message.site);
  Plist plist = { .env = env };
  put (&plist, ":number", env->make_integer (env, number));
  put (&plist, ":time", module_log_time (env, message.time));
  put (&plist, ":level", site.level < 0 ? Q (nil) : env->make_integer (env, site.level));
  put (&plist, ":pid", message.pid ? env->make_integer (env, message.pid) : Q (nil));
  put (&plist, ":file", *site.file ? lisp_string (env, site.file) : Q (nil));
  put (&plist, ":line", site.line ? env->make_integer (env, site.line) : Q (nil));
  put (&plist, ":function", *site.function ? lisp_string (env, site.function) : Q (nil));
  put (&plist, ":class", *site.class ? lisp_string (env, site.class) : Q (nil));
  put (&plist, ":form", lisp_string (env, log_forms[site.form].name));
  if (site.booted)
    put (&plist, ":booted", Q (t));
  if (header.ids)
    {
      put_number (&plist, ":euid", header.euid);
      put_number (&plist, ":egid", header.egid);
      put_number (&plist, ":uid", header.uid);
      put_number (&plist, ":gid", header.gid);
    }
  if (header.traceid)
    put_number (&plist, ":traceid", header.traceid);
  if (header.depth || site.form == LOG_FORM_GRAPH)
    put_number (&plist, ":depth", header.depth);
  if (header.duration)
    put (&plist, ":duration", env->make_float (env, (double)(header.duration - 1) / 1e9));
  if (header.cpu)
    put (&plist, ":cpu", env->make_integer (env, header.cpu - 1));
  if (header.task.length)
    put_span (&plist, ":task", header.task);
  if (header.host.length)
    put_span (&plist, ":host", header.host);
  if (header.program.length)
    put_span (&plist, ":program", header.program);
  put_span (&plist, ":when", header.when);
  guint64 start;
  guint member = log_place (log, message.start, &start);
  put (&plist, ":source", lisp_string (env, log_file (log_member (log, member))));
  put_number (&plist, ":start", start);
  put_number (&plist, ":body", start + header.length);
  put_number (&plist, ":end", start + (message.end - message.start));
  return plist_value (&plist);
}

LISP_FUNCTION (get_body)
{
  guint32 number;
  LogMessage message;
  LogHeader header;
  Log *log = module_log (env, args[0]);
  if (!log || !module_log_number (env, log, args[1], &number)
      || !log_message (log, number, &message))
    return Q (nil);
  g_autoptr (GString) text = g_string_new (NULL), clean = g_string_new (NULL);
  log_read (log, message.start, message.end, text);
  gsize skip
      = log_parse (log, message.start, text->str, text->len, &header) ? header.length : 0;
  log_clean (log, message.start, text->str + skip, text->len - skip, clean);
  return lisp_string_n (env, clean->str, clean->len);
}

LISP_FUNCTION (get_text)
{
  Log *log = module_log (env, args[0]);
  intmax_t from = env->extract_integer (env, args[1]);
  intmax_t to = env->extract_integer (env, args[2]);
  LogMessage message;
  g_autoptr (GString) text = g_string_new (NULL);
  for (; log && lisp_ok (env) && from >= 0 && from < to && from <= G_MAXUINT32
         && log_message (log, (guint32)from, &message);
       from++)
    log_read (log, message.start, message.end, text);
  return lisp_string_n (env, text->str, text->len);
}

LISP_FUNCTION (get_preamble)
{
  Log *log = module_log (env, args[0]);
  intmax_t limit = env->extract_integer (env, args[1]);
  if (!log || !lisp_ok (env))
    return Q (nil);
  g_autoptr (GString) text = g_string_new (NULL), clean = g_string_new (NULL);
  log_read (log, 0, MIN (log_preamble (log), (guint64)MAX (limit, 0)), text);
  log_clean (log, 0, text->str, text->len, clean);
  return lisp_string_n (env, clean->str, clean->len);
}

/* ---------------------------------------------------------------- requests */

/* String number I as a Lisp string, nil for 0; each is made once.  */
static emacs_value
request_string (emacs_env *env, const LogRequests *requests, emacs_value *made, guint32 i)
{
  const char *string = log_requests_string (requests, i);
  if (!i)
    return Q (nil);
  if (!made[i])
    made[i] = lisp_string (env, string);
  return made[i];
}

static gint64
message_time (Log *log, guint32 number)
{
  LogMessage message;
  return log_message (log, number, &message) ? message.time : LOG_NO_TIME;
}

static emacs_value
request_value (emacs_env *env, Log *log, guint32 number, const LogRequest *r,
               const LogRequests *requests, emacs_value *made, const emacs_value *keys)
{
  gint64 start = message_time (log, r->begin);
  gint64 end = r->end == LOG_NO_MESSAGE ? LOG_NO_TIME : message_time (log, r->end);
  gboolean timed = start != LOG_NO_TIME && end != LOG_NO_TIME && r->begin != r->end;
  emacs_value values[]
      = { r->pid ? env->make_integer (env, r->pid) : Q (nil),
          r->mid == G_MAXUINT64 ? Q (nil) : lisp_uint (env, r->mid),
          request_string (env, requests, made, r->opcode),
          request_string (env, requests, made, r->status),
          module_log_message (env, r->begin),
          module_log_message (env, r->end),
          module_log_time (env, start),
          timed ? module_log_time (env, end - start) : Q (nil),
          r->end == LOG_NO_MESSAGE ? Q (nil) : env->make_integer (env, r->messages),
          env->make_integer (env, r->position),
          module_log_message (env, r->interim),
          request_string (env, requests, made, r->path),
          r->client ? Q (t) : Q (nil),
          lisp_string (env, r->client    ? "kernel"
                            : r->winbind ? "winbindd"
                            : r->kernel  ? "ksmbd"
                                         : "smbd"),
          r->session ? lisp_uint (env, r->session) : Q (nil),
          lisp_uint (env, number) };
  emacs_value items[2 * G_N_ELEMENTS (values)];
  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      items[2 * i] = keys[i];
      items[2 * i + 1] = values[i];
    }
  return lisp_call (env, Q_list, G_N_ELEMENTS (items), items);
}

static const char *const request_keys[]
    = { ":pid",    ":mid",      ":opcode",   ":status",   ":begin",   ":end",
        ":start",  ":duration", ":messages", ":position", ":interim", ":path",
        ":client", ":program",  ":session",  ":number" };

LISP_FUNCTION (get_requests)
{
  Log *log = module_log (env, args[0]);
  gint64 from = optional_number (env, nargs, args, 1, 0);
  gint64 count = optional_number (env, nargs, args, 2, G_MAXUINT32);
  gint64 mid = optional_number (env, nargs, args, 3, -1);
  if (!log || !lisp_ok (env))
    return Q (nil);
  from = CLAMP (from, 0, G_MAXUINT32);
  g_autoptr (LogRequests) requests
      = log_requests (log, (guint32)from, (guint32)CLAMP (count, 0, G_MAXUINT32));
  g_autofree emacs_value *made = g_new0 (emacs_value, log_requests_strings (requests));
  emacs_value keys[G_N_ELEMENTS (request_keys)];
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    keys[i] = env->intern (env, request_keys[i]);
  emacs_value list = Q (nil);
  for (guint32 i = log_requests_count (requests); i-- > 0 && lisp_ok (env);)
    {
      const LogRequest *r = log_requests_get (requests, i);
      if (mid < 0 || r->mid == (guint64)mid)
        list = lisp_cons (
            env, request_value (env, log, (guint32)from + i, r, requests, made, keys),
            list);
    }
  return list;
}

LISP_FUNCTION (get_request_count)
{
  Log *log = module_log (env, args[0]);
  return log ? env->make_integer (env, log_request_count (log)) : Q (nil);
}

/* The number of a request, or nil for none.  */
static emacs_value
request_number (emacs_env *env, guint32 number)
{
  return number == LOG_NO_REQUEST ? Q (nil) : lisp_uint (env, number);
}

LISP_FUNCTION (get_request_of)
{
  Log *log = module_log (env, args[0]);
  gint64 message = optional_number (env, nargs, args, 1, 0);
  gint64 pid = optional_number (env, nargs, args, 2, 0);
  if (!log || !lisp_ok (env))
    return Q (nil);
  return request_number (env, log_request_of (log, (guint32)message, (guint32)pid));
}

LISP_FUNCTION (get_request_step)
{
  Log *log = module_log (env, args[0]);
  gint64 message = optional_number (env, nargs, args, 1, 0);
  gint64 pid = optional_number (env, nargs, args, 2, 0);
  gint64 count = optional_number (env, nargs, args, 3, 1);
  if (!log || !lisp_ok (env))
    return Q (nil);
  return request_number (env, log_request_step (log, (guint32)message, (guint32)pid,
                                                (gint)CLAMP (count, -G_MAXINT, G_MAXINT)));
}

const ModuleFunction module_log_functions[]
    = { { "smblog--module-open", 1, 4, open_log,
          "Open the Samba log FILE, an absolute name, and begin to index it.\n"
          "FILE may be a list of names: they are one log, in the order of time.\n"
          "Return an object for the other functions at once: threads index, see\n"
          "`smblog--module-progress'.  What is compressed (gzip, xz, zstd, bzip2,\n"
          "lz4) and pipes are copied into an unlinked file in the directory SPOOL,\n"
          "by default the system's.  ZONE is the time zone of the server, a name\n"
          "or \"+01:00\"; the default is the one here.  Of what unpacks to more than\n"
          "LIMIT bytes and a hundred times its size, no more than that is read.\n"
          "Signal `smbcmp-file-error' if FILE cannot be opened.\n\n"
          "(fn FILE &optional ZONE SPOOL LIMIT)" },
        { "smblog--module-close", 1, 1, close_log,
          "Stop to index LOG and free it; views of it keep what they need.\n\n(fn LOG)" },
        { "smblog--module-log-p", 1, 1, log_p,
          "Return t if OBJECT is an open log.\n\n(fn OBJECT)" },
        { "smblog--module-progress", 1, 1, get_progress,
          "Return how far LOG is indexed: (BYTES TOTAL MESSAGES DONE).\n"
          "BYTES of TOTAL are indexed, or, of a compressed file, unpacked; TOTAL\n"
          "is 0 if unknown, of a pipe.  DONE is t or nil.\n\n(fn LOG)" },
        { "smblog--module-wait", 2, 2, wait_for_log,
          "Wait until LOG is indexed, at most SECONDS, a float up to 1.0.\n"
          "Return t if it is.\n\n(fn LOG SECONDS)" },
        { "smblog--module-problem", 1, 1, get_problem,
          "Return what went wrong with reading LOG, a string, or nil.\n"
          "That is a compressed file that is not whole, or no space to unpack it;\n"
          "what could be read is there.\n\n(fn LOG)" },
        { "smblog--module-rest", 2, 2, rest,
          "Have nothing found out about LOG for SECONDS, a float, 1 at most.\n"
          "Emacs, which shows what is known, is quicker then.\n\n(fn LOG SECONDS)" },
        { "smblog--module-refresh", 1, 1, refresh,
          "See whether the file of LOG has changed; return nil, `grown' or `replaced'.\n"
          "What it has grown by gets indexed: numbers of messages stay.  If another\n"
          "file has its name now, or it was cut, LOG still holds the old one.\n\n"
          "(fn LOG)" },
        { "smblog--module-message", 2, 2, get_message,
          "Return what the header of message N of LOG says, a property list.\n"
          "It has :number, :time (seconds since the epoch, a float), :level, :pid,\n"
          ":file, :line, :function, :class, nil where unknown; :form, how it is\n"
          "written (\"samba\", \"kernel\", \"trace\" ...); only where told :euid, :egid,\n"
          ":uid, :gid, :traceid, :depth, :host and :program, of traces :cpu, :task\n"
          "and :duration (seconds), and :booted, t if :time is since the machine\n"
          "booted; :when, the time as it is written, :start and :end, the bytes of\n"
          "the message in the file, :source, and :body, the end of the header.\n"
          "Messages count from 0.\n\n(fn LOG N)" },
        { "smblog--module-body", 2, 2, get_body,
          "Return the text of message N of LOG, without its header, a string.\n"
          "Bytes that are no UTF-8 are raw bytes in it, the CR of CRLF and what\n"
          "syslog puts before each line is left out.\n\n(fn LOG N)" },
        { "smblog--module-text", 3, 3, get_text,
          "Return the raw text of messages FROM to TO, excluded, of LOG.\n\n"
          "(fn LOG FROM TO)" },
        { "smblog--module-preamble", 2, 2, get_preamble,
          "Return the text before the first message of LOG, at most LIMIT bytes.\n"
          "If there are no messages, that is the whole text.\n\n(fn LOG LIMIT)" },
        { "smblog--module-requests", 1, 4, get_requests,
          "Return COUNT requests in LOG from number FROM on, by default all.\n"
          "With MID, return of these only those that have it.\n"
          "A request is a property list: :pid, :mid, :opcode (\"SMB2_OP_CREATE\" or,\n"
          "of SMB1, \"SMB1 0x73\"),\n"
          ":status (\"NT_STATUS_OK\"), :begin and :end (numbers of messages), :start\n"
          "(seconds since the epoch), :duration (seconds), :messages (of its process,\n"
          "from begin to end), :position (in a compound, from 0), :interim (the\n"
          "message that says that it waits), :path, :client (t if LOG is that of the\n"
          "kernel's client), :program (\"smbd\", \"kernel\",\n"
          "\"winbindd\", whose :mid is its client's pid and :session a trace id, or\n"
          "\"ksmbd\") and :session (its id, an "
          "integer, if a client tells it), and :number, its own, from 0.\n"
          ":status, :end, :duration and :messages are nil if unknown.\n\n"
          "(fn LOG &optional FROM COUNT MID)" },
        { "smblog--module-request-count", 1, 1, get_request_count,
          "Return the number of requests in LOG found so far.\n\n(fn LOG)" },
        { "smblog--module-request-of", 3, 3, get_request_of,
          "Return the number of the request of LOG that MESSAGE of process PID is of.\n"
          "It is the one that began last of those that are not done, or nil.\n\n"
          "(fn LOG MESSAGE PID)" },
        { "smblog--module-request-step", 4, 4, get_request_step,
          "Return the number of the request of process PID that is COUNT after MESSAGE.\n"
          "It counts from the one that MESSAGE comes after; nil if there is none.\n\n"
          "(fn LOG MESSAGE PID COUNT)" },
        { NULL, 0, 0, NULL, NULL } };
