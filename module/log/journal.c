/* journal.c --- what journalctl exports, as the lines of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/journal.h"

#include "log/header.h"
#include "log/json.h"
#include "log/samba.h"

#define FIELD_MAX (64u << 20) /* bytes of a field, of an object: more is no journal's */
#define HELD_MAX (4u << 20)   /* bytes held back in all */

/* What is wanted of an entry.  */
typedef enum
{
  SOURCE_TIME, /* when it was sent; REAL_TIME is when it was received */
  REAL_TIME,
  HOST,
  IDENTIFIER,
  COMMAND,
  PID,
  SYSLOG_PID,
  MESSAGE,
  DOCKER_TIME,
  DOCKER_LINE,
  N_FIELDS
} Field;

static const char *const names[N_FIELDS] = { [SOURCE_TIME] = "_SOURCE_REALTIME_TIMESTAMP",
                                             [REAL_TIME] = "__REALTIME_TIMESTAMP",
                                             [HOST] = "_HOSTNAME",
                                             [IDENTIFIER] = "SYSLOG_IDENTIFIER",
                                             [COMMAND] = "_COMM",
                                             [PID] = "_PID",
                                             [SYSLOG_PID] = "SYSLOG_PID",
                                             [MESSAGE] = "MESSAGE",
                                             [DOCKER_TIME] = "time",
                                             [DOCKER_LINE] = "log" };

/* journalctl leaves long fields out of JSON unless it is told otherwise.  */
static const char left_out[] = "  (journalctl left this text out: export with --all)";

/* Lines of one process that belong together.  */
typedef struct
{
  guint32 pid;
  gint64 time; /* of the last one */
  GString *text;
  gboolean complete;
} Held;

struct _LogJournal
{
  gboolean json;
  gboolean unended; /* lines have no newline: others than Docker write such objects */
  GString *rest;    /* what is not understood yet */
  gsize seen;       /* how much of it was looked at: JSON only, as the next three */
  gboolean inside, string, escaped;
  GString *fields[N_FIELDS];
  gboolean has[N_FIELDS];
  GString *key, *value;
  GQueue *held;     /* of Held, in the order in which they began */
  GHashTable *open; /* pid -> Held that more may belong to; not owned */
  gsize held_bytes;
  LogClock clock; /* of headers */
  GTimeZone *zone;
  gint64 time;     /* of the latest entry, microseconds */
  gint64 second;   /* that STAMP and OFFSET are of */
  char *stamp;     /* "2026-11-24T01:58:23" */
  char *offset;    /* "+0000" */
  GString *prefix; /* of the entry's lines */
};

/* ------------------------------------------------------------- recognition */

/* The name of a field at TEXT, up to one of the characters in STOP.  */
static gsize
name_length (const char *text, const char *end)
{
  const char *p = text;
  while (p < end && p - text < 64
         && (*p == '_' || g_ascii_isupper (*p) || g_ascii_isdigit (*p)))
    p++;
  return (gsize)(p - text);
}

LogJournal *
log_journal_new (const char *head, gsize n, GTimeZone *zone)
{
  static const char json_mark[] = "\"__REALTIME_TIMESTAMP\"",
                    mark[] = "__CURSOR=", docker_begin[] = "{\"log\":\"",
                    docker_line[] = "\"log\":\"", docker_mark[] = "\"time\":\"";
  Text text = { head, head + MIN (n, LOG_JOURNAL_HEAD) };
  gsize length = name_length (text.at, text.end);
  gboolean export = length && text.at + length < text.end && text.at[length] == '='
                    && memmem (head, n, mark, sizeof mark - 1);
  Text line = text;
  gboolean ended = SCAN (&line, docker_begin);
  gboolean docker = memmem (head, n, docker_line, sizeof docker_line - 1)
                    && memmem (head, n, docker_mark, sizeof docker_mark - 1);
  if (!SCAN (&text, "\x1e"))
    SCAN (&text, "data: ");
  gboolean json = scan_char (&text, '{')
                  && (docker || memmem (head, n, json_mark, sizeof json_mark - 1));
  if (!export && !json)
    return NULL;
  LogJournal *journal = g_new0 (LogJournal, 1);
  journal->json = json;
  journal->unended = docker && !ended;
  journal->zone = zone;
  journal->second = G_MININT64;
  journal->rest = g_string_new (NULL);
  journal->key = g_string_new (NULL);
  journal->value = g_string_new (NULL);
  journal->prefix = g_string_new (NULL);
  for (gsize i = 0; i < N_FIELDS; i++)
    journal->fields[i] = g_string_new (NULL);
  journal->held = g_queue_new ();
  journal->open = g_hash_table_new (NULL, NULL);
  return journal;
}

static void
free_held (gpointer data)
{
  Held *held = data;
  g_string_free (held->text, TRUE);
  g_free (held);
}

void
log_journal_free (LogJournal *journal)
{
  g_queue_free_full (journal->held, free_held);
  g_hash_table_unref (journal->open);
  for (gsize i = 0; i < N_FIELDS; i++)
    g_string_free (journal->fields[i], TRUE);
  GString *strings[] = { journal->rest, journal->key, journal->value, journal->prefix };
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_string_free (strings[i], TRUE);
  g_free (journal->stamp);
  g_free (journal->offset);
  g_free (journal);
}

/* ------------------------------------------------------------------- lines */

static void
set_second (LogJournal *journal, gint64 second)
{
  if (second == journal->second)
    return;
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (second);
  g_autoptr (GDateTime) local
      = utc && journal->zone ? g_date_time_to_timezone (utc, journal->zone) : NULL;
  GDateTime *time = local ? local : utc;
  if (!time)
    return; /* beyond the year 9999 */
  g_free (journal->stamp);
  g_free (journal->offset);
  journal->stamp = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");
  journal->offset = g_date_time_format (time, "%z");
  journal->second = second;
}

/* The number in FIELD; FALSE if it is none.  */
static gboolean
field_number (LogJournal *journal, Field field, guint64 *number)
{
  const GString *value = journal->fields[field];
  Text text = { value->str, value->str + value->len };
  return journal->has[field] && scan_number (&text, number) && text.at == text.end;
}

/* Append the first of A and B that there is, or OTHERWISE, as a word of a prefix.  */
static void
append_word (LogJournal *journal, Field a, Field b, const char *otherwise)
{
  GString *prefix = journal->prefix;
  Field field = journal->has[a] && journal->fields[a]->len ? a : b;
  const GString *value = journal->fields[field];
  gsize start = prefix->len, n = journal->has[field] ? MIN (value->len, 255) : 0;
  g_string_append_len (prefix, value->str, (gssize)n);
  for (char *p = prefix->str + start; *p || p < prefix->str + prefix->len; p++)
    if ((guchar)*p <= ' ' || strchr ("[:", *p))
      *p = '_';
  if (!n)
    g_string_append (prefix, otherwise);
}

/* What is before each line of the entry, its time, and its process, 0 if it does
   not tell.  */
static guint32
set_prefix (LogJournal *journal)
{
  guint64 number, pid = 0;
  if (field_number (journal, SOURCE_TIME, &number)
      || field_number (journal, REAL_TIME, &number))
    journal->time = (gint64)number;
  set_second (journal, journal->time / G_USEC_PER_SEC);
  g_string_printf (journal->prefix, "%s.%06d%s ", journal->stamp ? journal->stamp : "",
                   (int)(journal->time % G_USEC_PER_SEC),
                   journal->offset ? journal->offset : "");
  append_word (journal, HOST, HOST, "-");
  g_string_append_c (journal->prefix, ' ');
  append_word (journal, IDENTIFIER, COMMAND, "unknown");
  if (field_number (journal, PID, &pid) || field_number (journal, SYSLOG_PID, &pid))
    g_string_append_printf (journal->prefix, "[%u]", (guint32)pid);
  g_string_append (journal->prefix, ": ");
  return (guint32)pid;
}

static void
append_lines (const LogJournal *journal, const GString *message, GString *text)
{
  const char *at = message->str, *end = at + message->len;
  if (end > at && end[-1] == '\n')
    end--;
  do
    {
      const char *newline = memchr (at, '\n', (gsize)(end - at));
      const char *stop = newline ? newline : end;
      g_string_append_len (text, journal->prefix->str, (gssize)journal->prefix->len);
      g_string_append_len (text, at, (gssize)(stop - at));
      g_string_append_c (text, '\n');
      at = newline ? newline + 1 : NULL;
    }
  while (at);
}

/* -------------------------------------------------------------------- held */

static void
complete (LogJournal *journal, Held *held)
{
  if (held && !held->complete)
    g_hash_table_remove (journal->open, GUINT_TO_POINTER (held->pid));
  if (held)
    held->complete = TRUE;
}

/* Append to LINES what needs no longer be held back, or, if ALL, all.  */
static void
let_go (LogJournal *journal, gboolean all, GString *lines)
{
  Held *held;
  while ((held = g_queue_peek_head (journal->held))
         && (all || held->complete || journal->held_bytes > HELD_MAX
             || ABS (journal->time - held->time) > G_USEC_PER_SEC))
    {
      complete (journal, held);
      g_queue_pop_head (journal->held);
      g_string_append_len (lines, held->text->str, (gssize)held->text->len);
      journal->held_bytes -= held->text->len;
      free_held (held);
    }
}

static gboolean
is_header (LogJournal *journal)
{
  LogHeader header = LOG_HEADER_INIT;
  const GString *message = journal->fields[MESSAGE];
  Text text = { message->str, message->str + message->len };
  return log_samba_scan (&text, FALSE, &journal->clock, &header);
}

static void
end_entry (LogJournal *journal, GString *lines)
{
  if (journal->has[MESSAGE])
    {
      guint32 pid = set_prefix (journal);
      gboolean begins = is_header (journal);
      Held *held = g_hash_table_lookup (journal->open, GUINT_TO_POINTER (pid));
      if (!held || begins)
        {
          complete (journal, held);
          held = g_new0 (Held, 1);
          *held = (Held){ .pid = pid,
                          .text = g_string_new (NULL),
                          .complete = !begins || !pid };
          g_queue_push_tail (journal->held, held);
          if (!held->complete)
            g_hash_table_insert (journal->open, GUINT_TO_POINTER (pid), held);
        }
      journal->held_bytes -= held->text->len;
      append_lines (journal, journal->fields[MESSAGE], held->text);
      journal->held_bytes += held->text->len;
      held->time = journal->time;
      let_go (journal, FALSE, lines);
    }
  else if (journal->has[DOCKER_LINE])
    {
      g_string_printf (journal->prefix, "%s ",
                       journal->has[DOCKER_TIME] ? journal->fields[DOCKER_TIME]->str : "");
      if (journal->unended)
        g_string_append_c (journal->fields[DOCKER_LINE], '\n');
      append_lines (journal, journal->fields[DOCKER_LINE], lines);
    }
  memset (journal->has, 0, sizeof journal->has);
}

/* Of several values of a field the last one counts, as it does for journalctl.  */
static void
set_field (LogJournal *journal, const char *name, gsize length, const char *value, gsize n)
{
  for (gsize i = 0; i < N_FIELDS; i++)
    if (strlen (names[i]) == length && memcmp (names[i], name, length) == 0)
      {
        g_string_truncate (journal->fields[i], 0);
        g_string_append_len (journal->fields[i], value, (gssize)n);
        journal->has[i] = TRUE;
      }
}

/* The line from AT to STOP is no journal's.  */
static void
pass_on (LogJournal *journal, const char *at, const char *stop, GString *lines)
{
  let_go (journal, TRUE, lines);
  g_string_append_len (lines, at, (gssize)(stop - at));
  g_string_append_c (lines, '\n');
}

/* ------------------------------------------------------------------ export */

/* Scan "NAME", a newline, the size in 8 bytes, so many bytes, a newline.  FALSE
   if it is not all there; *AT stays if it is no such field at all.  */
static gboolean
scan_binary (LogJournal *journal, const char **at, const char *newline, const char *end)
{
  guint64 size = 0;
  const char *p = newline + 1;
  gsize there = (gsize)(end - p);
  if (there < 8)
    return FALSE;
  for (guint i = 0; i < 8; i++)
    size |= (guint64)(guchar)p[i] << (8 * i);
  if (size > FIELD_MAX)
    return TRUE;
  if (there < 8 + size + 1)
    return FALSE;
  if (p[8 + size] != '\n')
    return TRUE;
  set_field (journal, *at, (gsize)(newline - *at), p + 8, (gsize)size);
  *at = p + 8 + size + 1;
  return TRUE;
}

/* Scan what can be of REST; at the END, a last line may lack its newline.  */
static void
scan_export (LogJournal *journal, gboolean end_of_all, GString *lines)
{
  const char *start = journal->rest->str, *at = start, *end = at + journal->rest->len;
  while (at < end)
    {
      const char *newline = memchr (at, '\n', (gsize)(end - at)), *was = at;
      const char *stop = newline ? newline : end;
      if (!newline && !end_of_all)
        break;
      gsize length = name_length (at, stop);
      if (at == stop)
        end_entry (journal, lines);
      else if (length && at + length < stop && at[length] == '=')
        set_field (journal, at, length, at + length + 1, (gsize)(stop - at) - length - 1);
      else if (length && at + length == stop && newline
               && !scan_binary (journal, &at, newline, end) && !end_of_all)
        break;
      else if (at == was)
        pass_on (journal, at, stop, lines);
      if (at == was)
        at = newline ? newline + 1 : end;
    }
  g_string_erase (journal->rest, 0, at - start);
  if (end_of_all)
    end_entry (journal, lines);
}

/* -------------------------------------------------------------------- JSON */

/* The object that the N bytes at OBJECT are, as far as it goes.  */
static void
scan_object (LogJournal *journal, const char *object, gsize n, GString *lines)
{
  Text text = { object + 1, object + n };
  while (text.at < text.end && *text.at != '}')
    {
      if (*text.at != '"')
        {
          text.at++; /* between fields */
          continue;
        }
      gboolean whole = scan_json_string (&text, journal->key);
      while (text.at < text.end && (g_ascii_isspace (*text.at) || *text.at == ':'))
        text.at++;
      if (whole && scan_json_value (&text, journal->value))
        set_field (journal, journal->key->str, journal->key->len, journal->value->str,
                   journal->value->len);
      else if (whole && g_str_equal (journal->key->str, names[MESSAGE]))
        set_field (journal, names[MESSAGE], strlen (names[MESSAGE]), left_out,
                   sizeof left_out - 1);
    }
  end_entry (journal, lines);
}

/* Between objects, at AT: begin one, or pass on a line; FALSE if there must be
   more to tell.  */
static gboolean
begin_object (LogJournal *journal, const char **at, const char *end, GString *lines)
{
  Text text = { *at, end };
  while (text.at < end && (g_ascii_isspace (*text.at) || strchr ("\x1e,", *text.at))
         && *text.at)
    text.at++;
  *at = text.at;
  SCAN (&text, "data:");
  skip_spaces (&text);
  if (text.at == end)
    return FALSE;
  const char *newline = memchr (text.at, '\n', (gsize)(end - text.at));
  journal->inside = *text.at == '{';
  if (journal->inside)
    *at = text.at;
  else if (newline)
    {
      pass_on (journal, *at, newline, lines);
      *at = newline + 1;
    }
  return journal->inside || newline;
}

/* Move on from AT to where the object ends: behind a brace, or where another
   begins, as after one that was cut.  FALSE if that is not there yet.  */
static gboolean
find_end (LogJournal *journal, const char **at, const char *end)
{
  for (const char *p = *at; p < end; p++)
    {
      gboolean escaped = journal->escaped;
      journal->escaped = FALSE;
      *at = p;
      if (journal->string && *p != '\n')
        {
          journal->escaped = *p == '\\' && !escaped;
          journal->string = escaped || *p != '"';
        }
      else if (journal->string || *p == '{')
        return TRUE;
      else if (*p == '}')
        {
          *at = p + 1;
          return TRUE;
        }
      else
        journal->string = *p == '"';
    }
  *at = end;
  return FALSE;
}

static void
scan_json (LogJournal *journal, gboolean end_of_all, GString *lines)
{
  const char *start = journal->rest->str, *at = start, *end = at + journal->rest->len;
  const char *seen = at + journal->seen;
  while (at < end)
    {
      if (!journal->inside)
        {
          if (!begin_object (journal, &at, end, lines))
            break;
          seen = at + 1;
          continue;
        }
      gboolean found = find_end (journal, &seen, end);
      if (!found && !end_of_all && (gsize)(seen - at) < FIELD_MAX)
        break;
      scan_object (journal, at, (gsize)(seen - at), lines);
      journal->inside = journal->string = journal->escaped = FALSE;
      at = seen;
    }
  if (end_of_all && at < end)
    {
      pass_on (journal, at, end, lines);
      at = end;
    }
  journal->seen = journal->inside ? (gsize)(seen - at) : 0;
  g_string_erase (journal->rest, 0, at - start);
}

/* ---------------------------------------------------------------- the whole */

static void
scan (LogJournal *journal, gboolean end, GString *lines)
{
  if (journal->json)
    scan_json (journal, end, lines);
  else
    scan_export (journal, end, lines);
}

void
log_journal_add (LogJournal *journal, const char *bytes, gsize n, GString *lines)
{
  g_string_append_len (journal->rest, bytes, (gssize)n);
  scan (journal, FALSE, lines);
}

void
log_journal_flush (LogJournal *journal, gboolean end, GString *lines)
{
  if (end)
    scan (journal, TRUE, lines);
  let_go (journal, TRUE, lines);
}
