/* filter.c --- filters of logs from Lisp expressions

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/log.h"

#include <string.h>

#include "log/error.h"
#include "support/problem.h"

/* Signal that a filter is none, and why.  */
static void G_GNUC_PRINTF (2, 3) filter_error (emacs_env *env, const char *format, ...)
{
  if (!lisp_ok (env))
    return;
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  emacs_value data = lisp_problem (env, message);
  data = lisp_call (env, Q_list, 1, &data);
  env->non_local_exit_signal (env, env->intern (env, "smbcmp-filter-error"), data);
}

/* A list that is taken apart.  */
typedef struct
{
  emacs_env *env;
  Log *log;
  emacs_value rest;
  const char *name;
} Form;

static gboolean
more (Form *form)
{
  return lisp_ok (form->env) && form->env->is_not_nil (form->env, form->rest);
}

static emacs_value
next (Form *form)
{
  emacs_value first = lisp_call (form->env, Q_car, 1, &form->rest);
  form->rest = lisp_call (form->env, Q_cdr, 1, &form->rest);
  return first;
}

static gint64
next_integer (Form *form)
{
  if (!more (form))
    filter_error (form->env, PROBLEM "filter-number" PROBLEM "%s", form->name);
  return form->env->extract_integer (form->env, next (form));
}

static char *
next_string (Form *form, gsize *length)
{
  emacs_value value = next (form);
  if (lisp_ok (form->env) && lisp_is (form->env, Q_stringp, value))
    return lisp_copy_string (form->env, value, length);
  filter_error (form->env, PROBLEM "filter-strings" PROBLEM "%s", form->name);
  return NULL;
}

static char *
symbol_text (emacs_env *env, emacs_value symbol)
{
  if (!lisp_ok (env) || !lisp_is (env, Q_symbolp, symbol))
    return NULL;
  symbol = lisp_call (env, Q_symbol_name, 1, &symbol);
  return lisp_copy_string (env, symbol, NULL);
}

/* ---------------------------------------------------------------- the kinds */

static LogFilter *
parse_level (Form *form)
{
  g_autofree char *name = symbol_text (form->env, next (form));
  gint64 level = next_integer (form);
  gint n = (gint)CLAMP (level, -1, 1000);
  static const char *const operators[] = { "<=", "<", "=", ">=", ">", "/=" };
  gint from[] = { 0, 0, n, n, n + 1, n }, to[] = { n, n - 1, n, G_MAXINT, G_MAXINT, n };
  for (gsize i = 0; name && i < G_N_ELEMENTS (operators); i++)
    if (g_str_equal (name, operators[i]))
      {
        LogFilter *filter = log_filter_level (from[i], to[i]);
        return i == 5 ? log_filter_not (filter) : filter;
      }
  filter_error (form->env, PROBLEM "filter-level");
  return NULL;
}

static LogFilter *
parse_pids (Form *form)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (LogRange));
  while (more (form))
    {
      LogRange range = { 0, G_MAXUINT32 - 1, (guint32)next_integer (form) };
      g_array_append_val (ranges, range);
    }
  return log_filter_ranges (ranges);
}

/* Any of several globs.  */
static LogFilter *
parse_globs (Form *form, LogFilter *(*make) (const char *))
{
  GPtrArray *parts = g_ptr_array_new ();
  while (more (form))
    {
      g_autofree char *glob = next_string (form, NULL);
      if (glob)
        g_ptr_array_add (parts, make (glob));
    }
  return log_filter_or (parts);
}

static LogFilter *
parse_class (Form *form)
{
  return parse_globs (form, log_filter_class);
}

static LogFilter *
parse_file (Form *form)
{
  return parse_globs (form, log_filter_file);
}

static LogFilter *
parse_function (Form *form)
{
  return parse_globs (form, log_filter_function);
}

static LogFilter *
parse_line (Form *form)
{
  gint64 from = next_integer (form), to = next_integer (form);
  return log_filter_line ((guint32)CLAMP (from, 0, G_MAXUINT32),
                          (guint32)CLAMP (to, 0, G_MAXUINT32));
}

/* A time in seconds, OTHERWISE if nil.  */
static gint64
next_time (Form *form, gint64 otherwise)
{
  emacs_env *env = form->env;
  emacs_value value = next (form);
  if (!lisp_ok (env) || !env->is_not_nil (env, value))
    return otherwise;
  double seconds = lisp_is (env, Q_integerp, value)
                       ? (double)env->extract_integer (env, value)
                       : env->extract_float (env, value);
  if (!(seconds > -9e12 && seconds < 9e12))
    return otherwise;
  return (gint64)(seconds * G_USEC_PER_SEC + (seconds < 0 ? -0.5 : 0.5));
}

static LogFilter *
parse_time (Form *form)
{
  gint64 from = next_time (form, LOG_NO_TIME + 1), to = next_time (form, G_MAXINT64);
  return log_filter_time (from, to);
}

/* Whether the rest of the form says to ignore case.  */
static gboolean
takes_fold (Form *form)
{
  return more (form) && form->env->is_not_nil (form->env, next (form));
}

static LogFilter *
parse_text (Form *form)
{
  gsize n = 0;
  g_autofree char *text = next_string (form, &n);
  return text ? log_filter_text (text, n, takes_fold (form)) : NULL;
}

static LogFilter *
parse_regexp (Form *form)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *regexp = next_string (form, NULL);
  LogFilter *filter = regexp ? log_filter_regexp (regexp, takes_fold (form), &error) : NULL;
  if (error)
    filter_error (form->env, "%s", error->message);
  return filter;
}

/* Kinds of errors, symbols, all if there are none, and statuses that are none.  */
static LogFilter *
parse_error (Form *form)
{
  emacs_env *env = form->env;
  GPtrArray *ignored = g_ptr_array_new_with_free_func (g_free);
  guint kinds = 0;
  while (more (form))
    {
      emacs_value value = next (form);
      if (lisp_is (env, Q_stringp, value))
        g_ptr_array_add (ignored, lisp_copy_string (env, value, NULL));
      else
        {
          g_autofree char *name = symbol_text (env, value);
          guint kind = name ? log_error_kind (name) : 0;
          if (!kind)
            filter_error (env, PROBLEM "filter-error");
          kinds |= kind;
        }
    }
  return log_filter_error (kinds ? kinds : LOG_ERROR_ALL, ignored);
}

static LogFilter *
parse_numbers (Form *form)
{
  gint64 from = next_integer (form), to = next_integer (form);
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (LogRange));
  LogRange range = { (guint32)CLAMP (from, 0, G_MAXUINT32),
                     (guint32)CLAMP (to, 0, G_MAXUINT32), LOG_ANY_PID };
  g_array_append_val (ranges, range);
  return log_filter_ranges (ranges);
}

static LogFilter *
parse_process (Form *form)
{
  guint32 pid = (guint32)next_integer (form);
  gint64 from = next_integer (form), to = next_integer (form);
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (LogRange));
  LogRange range
      = { (guint32)CLAMP (from, 0, G_MAXUINT32), (guint32)CLAMP (to, 0, G_MAXUINT32), pid };
  g_array_append_val (ranges, range);
  return log_filter_ranges (ranges);
}

/* What the messages of a request are, to be found.  */
typedef struct
{
  guint64 mid;
  guint32 pid;
  gint64 begin; /* -1 for any */
  GArray *ranges;
} Wanted;

static void
find_request (const LogRequests *requests, Wanted *wanted)
{
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      const LogRequest *r = log_requests_get (requests, i);
      if (r->pid != wanted->pid || r->mid != wanted->mid
          || (wanted->begin >= 0 && r->begin != wanted->begin))
        continue;
      LogRange whole = { r->begin, r->end, r->pid };
      if (r->suspend != LOG_NO_MESSAGE)
        whole.to = r->suspend ? r->suspend - 1 : 0;
      g_array_append_val (wanted->ranges, whole);
      LogRange rest = { r->resume, r->end, r->pid };
      if (r->resume != LOG_NO_MESSAGE)
        g_array_append_val (wanted->ranges, rest);
      /* Another process of a client may have the reply.  */
      LogRange reply = { r->end, r->end, LOG_ANY_PID };
      if (r->client && r->end != LOG_NO_MESSAGE)
        g_array_append_val (wanted->ranges, reply);
    }
}

static LogFilter *
parse_request (Form *form)
{
  Wanted wanted = { .begin = -1 };
  wanted.pid = (guint32)next_integer (form);
  wanted.mid = (guint64)next_integer (form);
  if (more (form))
    wanted.begin = next_integer (form);
  wanted.ranges = g_array_new (FALSE, FALSE, sizeof (LogRange));
  g_autoptr (LogRequests) requests = log_requests (form->log, 0, G_MAXUINT32);
  find_request (requests, &wanted);
  return log_filter_ranges (wanted.ranges);
}

/* client, user, share or session, by the form's name.  */
static LogFilter *
parse_fact (Form *form)
{
  g_autoptr (LogFacts) facts = log_facts (form->log);
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (LogRange));
  LogFactKind kind = 0;
  while (!g_str_equal (log_fact_names[kind], form->name))
    kind++;
  while (more (form))
    {
      g_autofree char *value = next_string (form, NULL);
      if (value)
        log_facts_find (facts, kind, value, ranges);
    }
  return log_filter_ranges (ranges);
}

/* A number, or a range.  */
static LogFilter *
parse_range (Form *form, LogFilter *(*make) (guint64, guint64))
{
  gint64 from = next_integer (form);
  gint64 to = more (form) ? next_integer (form) : from;
  return make ((guint64)MAX (from, 0), (guint64)MAX (to, 0));
}

static LogFilter *
parse_traceid (Form *form)
{
  return parse_range (form, log_filter_traceid);
}

static LogFilter *
parse_depth (Form *form)
{
  return parse_range (form, log_filter_depth);
}

/* Names of files, without their directories or with some of them.  */
static LogFilter *
parse_source (Form *form)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (guint));
  while (more (form))
    {
      g_autofree char *glob = next_string (form, NULL);
      for (guint i = 0; glob && i < log_members (form->log); i++)
        if (log_name_matches (glob, log_file (log_member (form->log, i))))
          g_array_append_val (files, i);
    }
  return log_filter_source (files);
}

static GPtrArray *
parse_parts (Form *form)
{
  GPtrArray *parts = g_ptr_array_new ();
  while (more (form))
    {
      LogFilter *part = module_log_filter (form->env, form->log, next (form));
      if (part)
        g_ptr_array_add (parts, part);
    }
  return parts;
}

static LogFilter *
parse_and (Form *form)
{
  return log_filter_and (parse_parts (form));
}

static LogFilter *
parse_or (Form *form)
{
  return log_filter_or (parse_parts (form));
}

static LogFilter *
parse_not (Form *form)
{
  LogFilter *part = module_log_filter (form->env, form->log, next (form));
  return part ? log_filter_not (part) : NULL;
}

static const struct
{
  const char *name;
  LogFilter *(*take) (Form *form);
} kinds[] = { { "and", parse_and },          { "or", parse_or },
              { "not", parse_not },          { "level", parse_level },
              { "pid", parse_pids },         { "class", parse_class },
              { "file", parse_file },        { "function", parse_function },
              { "line", parse_line },        { "time", parse_time },
              { "text", parse_text },        { "regexp", parse_regexp },
              { "error", parse_error },      { "number", parse_numbers },
              { "messages", parse_numbers }, { "process", parse_process },
              { "request", parse_request },  { "client", parse_fact },
              { "traceid", parse_traceid },  { "depth", parse_depth },
              { "source", parse_source },    { "user", parse_fact },
              { "share", parse_fact },       { "session", parse_fact } };

LogFilter *
module_log_filter (emacs_env *env, Log *log, emacs_value expression)
{
  if (!lisp_ok (env))
    return NULL;
  Form form = { .env = env, .log = log, .rest = expression };
  g_autofree char *name
      = lisp_is (env, Q_consp, expression) ? symbol_text (env, next (&form)) : NULL;
  for (gsize i = 0; name && i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (name, kinds[i].name))
      {
        form.name = name;
        LogFilter *filter = kinds[i].take (&form);
        if (filter && !lisp_ok (env))
          g_clear_pointer (&filter, log_filter_free);
        return filter;
      }
  if (name)
    filter_error (env, PROBLEM "no-filter" PROBLEM "%s", name);
  else
    filter_error (env, PROBLEM "filter-kind");
  return NULL;
}
