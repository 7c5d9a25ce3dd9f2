/* records.c --- logs in records of JSON or CSV

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/records.h"

#include <string.h>

#include "log/json.h"
#include "log/learn.h"

#define DEPTH_MAX 32
#define VALUE_MAX (4u << 20) /* bytes of a value: the rest is left out */

struct _LogRecords
{
  char separator;   /* of CSV; 0 in JSON */
  gboolean probing; /* which fields are wanted */
  GString *text_field, *time_field;
  gboolean has_text, has_time; /* are these known? */
  GString *text, *time;        /* of this record; empty if not there yet */
  GString *token;              /* a value, or what there is of it */
  gboolean string, escaped;    /* within one; behind a backslash, or a quote in CSV */
  GString *field, *value;
  LogClock clock;

  /* JSON: what encloses, at each depth.  */
  struct
  {
    char bracket;
    gboolean valued; /* the next is a value, not a key */
    GString *key;
  } stack[DEPTH_MAX];
  guint depth;

  /* CSV.  */
  guint column, row;
  gboolean quoted, named;
};

/* ------------------------------------------------------------------ records */

static gboolean
is_time (LogRecords *records, const GString *value)
{
  Text t = { value->str, value->str + value->len };
  gint64 time;
  gboolean year;
  return log_scan_prefix_time (&t, &records->clock, &time, &year) && t.at == t.end && year;
}

/* Whether VALUE shows a form in one of its first lines.  */
static gboolean
shows_form (LogRecords *records, const GString *value)
{
  const char *end = value->str + value->len;
  const char *newline = memchr (value->str, '\n', value->len);
  gsize n = newline ? (gsize)(newline + 1 - value->str) : value->len;
  return log_shows_form (value->str, n, &records->clock)
         || (newline
             && log_shows_form (newline + 1, (gsize)(end - newline) - 1, &records->clock));
}

/* See whether FIELD, with VALUE, is one of those that are wanted.  */
static void
probe (LogRecords *records, gboolean certain)
{
  const GString *value = records->value;
  if (!records->has_text && certain && shows_form (records, value))
    {
      records->has_text = TRUE;
      g_string_assign (records->text_field, records->field->str);
    }
  else if (!records->has_time && is_time (records, value))
    {
      records->has_time = TRUE;
      g_string_assign (records->time_field, records->field->str);
    }
}

/* FIELD of the record has VALUE.  */
static void
add_value (LogRecords *records, gboolean certain)
{
  if (records->probing)
    probe (records, certain);
  else if (g_string_equal (records->field, records->text_field))
    g_string_append_len (records->text, records->value->str, (gssize)records->value->len);
  else if (records->has_time && g_string_equal (records->field, records->time_field)
           && is_time (records, records->value))
    g_string_assign (records->time, records->value->str);
}

/* The record is over: append its lines.  */
static void
end_record (LogRecords *records, GString *lines)
{
  GString *text = records->text;
  if (text->len && text->str[text->len - 1] == '\n')
    g_string_truncate (text, text->len - 1);
  const char *at = text->str, *end = at + text->len;
  while (text->len && at <= end)
    {
      const char *newline = memchr (at, '\n', (gsize)(end - at));
      const char *stop = newline ? newline : end;
      if (records->time->len)
        g_string_append_printf (lines, "%s ", records->time->str);
      g_string_append_len (lines, at, (gssize)(stop - at));
      g_string_append_c (lines, '\n');
      at = stop + 1;
    }
  g_string_truncate (text, 0);
  g_string_truncate (records->time, 0);
}

static void
add_token (LogRecords *records, char byte)
{
  if (records->token->len < VALUE_MAX)
    g_string_append_c (records->token, byte);
}

/* -------------------------------------------------------------------- JSON */

/* The keys above the value that is read, from the outermost on.  */
static void
name_field (LogRecords *records)
{
  g_string_truncate (records->field, 0);
  for (guint i = 0; i < MIN (records->depth, DEPTH_MAX); i++)
    if (records->stack[i].bracket == '{')
      g_string_append_printf (records->field, "%s\1", records->stack[i].key->str);
}

/* A string is over: a key, or a value.  */
static void
end_string (LogRecords *records)
{
  Text t = { records->token->str, records->token->str + records->token->len };
  guint top = records->depth - 1;
  if (!records->depth || top >= DEPTH_MAX)
    return;
  scan_json_string (&t, records->value);
  if (records->stack[top].bracket == '{' && !records->stack[top].valued)
    {
      g_string_assign (records->stack[top].key, records->value->str);
      return;
    }
  name_field (records);
  add_value (records, TRUE);
}

static void
open_bracket (LogRecords *records, char bracket)
{
  guint i = records->depth++;
  if (i >= DEPTH_MAX)
    return;
  records->stack[i].bracket = bracket;
  records->stack[i].valued = FALSE;
  if (!records->stack[i].key)
    records->stack[i].key = g_string_new (NULL);
  g_string_truncate (records->stack[i].key, 0);
}

/* A bracket closes; an object that is in none, or in a list, is a record.  */
static void
close_bracket (LogRecords *records, char bracket, GString *lines)
{
  guint depth = records->depth;
  if (!depth)
    return;
  records->depth--;
  if (bracket == '}'
      && (depth == 1 || depth > DEPTH_MAX || records->stack[depth - 2].bracket == '['))
    end_record (records, lines);
}

static void
add_json (LogRecords *records, char byte, GString *lines)
{
  guint top = records->depth - 1; /* wraps if there is none */
  if (records->string)
    {
      add_token (records, byte);
      if (byte == '"' && !records->escaped)
        {
          records->string = FALSE;
          end_string (records);
        }
      records->escaped = byte == '\\' && !records->escaped;
    }
  else if (byte == '"')
    {
      records->string = TRUE;
      records->escaped = FALSE;
      g_string_assign (records->token, "\"");
    }
  else if (byte == '{' || byte == '[')
    open_bracket (records, byte);
  else if (byte == '}' || byte == ']')
    close_bracket (records, byte, lines);
  else if ((byte == ':' || byte == ',') && top < DEPTH_MAX)
    records->stack[top].valued = byte == ':';
}

/* --------------------------------------------------------------------- CSV */

/* A value is over.  A column is told by its number; what shows a form must be quoted,
   else any text with commas would.  */
static void
end_column (LogRecords *records)
{
  g_string_printf (records->field, "%u", records->column);
  g_string_assign (records->value, records->token->str);
  if (records->row)
    add_value (records, records->quoted);
  g_string_truncate (records->token, 0);
  records->quoted = FALSE;
  records->column++;
}

/* Whether the first row, of the columns' names, can be that.  */
static void
check_name (LogRecords *records, char byte)
{
  records->named &= g_ascii_isalnum (byte) || strchr ("_@.- \"\r\n", byte)
                    || byte == records->separator;
}

static void
end_row (LogRecords *records, GString *lines)
{
  if (records->token->len && records->token->str[records->token->len - 1] == '\r'
      && !records->quoted)
    g_string_truncate (records->token, records->token->len - 1);
  end_column (records);
  records->row++;
  records->column = 0;
  end_record (records, lines);
}

static void
add_csv (LogRecords *records, char byte, GString *lines)
{
  if (!records->row)
    check_name (records, byte);
  if (records->string && byte != '"' && !records->escaped)
    add_token (records, byte);
  else if (records->string && byte == '"')
    {
      /* Twice, it stands for itself.  */
      if (records->escaped)
        add_token (records, byte);
      records->escaped = !records->escaped;
    }
  else if (byte == '"' && !records->token->len)
    {
      records->string = records->quoted = TRUE;
      records->escaped = FALSE;
    }
  else
    {
      records->string = records->escaped = FALSE;
      if (byte == records->separator)
        end_column (records);
      else if (byte == '\n')
        end_row (records, lines);
      else
        add_token (records, byte);
    }
}

/* The separator of the columns whose names HEAD begins with; 0 if it is none.  */
static char
find_separator (const char *head, gsize n)
{
  for (gsize i = 0; i < n && head[i] != '\n'; i++)
    if (head[i] == ',' || head[i] == ';' || head[i] == '\t')
      return head[i];
  return 0;
}

/* ----------------------------------------------------------------- all of it */

static LogRecords *
new_records (char separator)
{
  LogRecords *records = g_new0 (LogRecords, 1);
  records->separator = separator;
  records->named = TRUE;
  GString **strings[]
      = { &records->text_field, &records->time_field, &records->text, &records->time,
          &records->token,      &records->field,      &records->value };
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    *strings[i] = g_string_new (NULL);
  return records;
}

void
log_records_free (LogRecords *records)
{
  GString *strings[]
      = { records->text_field, records->time_field, records->text, records->time,
          records->token,      records->field,      records->value };
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++)
    g_string_free (strings[i], TRUE);
  for (guint i = 0; i < DEPTH_MAX; i++)
    if (records->stack[i].key)
      g_string_free (records->stack[i].key, TRUE);
  g_free (records);
}

void
log_records_add (LogRecords *records, const char *bytes, gsize n, GString *lines)
{
  for (gsize i = 0; i < n; i++)
    if (records->separator)
      add_csv (records, bytes[i], lines);
    else
      add_json (records, bytes[i], lines);
}

void
log_records_flush (LogRecords *records, GString *lines)
{
  if (records->separator && (records->column || records->token->len))
    end_row (records, lines);
  end_record (records, lines);
}

/* Whether HEAD begins an object or a list of objects.  */
static gboolean
is_json (const char *head, gsize n)
{
  Text t = { head, head + n };
  while (t.at < t.end && (g_ascii_isspace (*t.at) || *t.at == '['))
    t.at++;
  gboolean object = scan_char (&t, '{');
  while (t.at < t.end && g_ascii_isspace (*t.at))
    t.at++;
  return object && scan_char (&t, '"');
}

LogRecords *
log_records_new (const char *head, gsize n)
{
  char separator = is_json (head, n) ? 0 : find_separator (head, n);
  if (!separator && !is_json (head, n))
    return NULL;
  g_autoptr (LogRecords) probing = new_records (separator);
  g_autoptr (GString) lines = g_string_new (NULL);
  probing->probing = TRUE;
  for (gsize i = 0; i < n && probing->named && !(probing->has_text && probing->has_time);
       i++)
    log_records_add (probing, head + i, 1, lines);
  if (!probing->has_text || !probing->named)
    return NULL;
  LogRecords *records = new_records (separator);
  g_string_assign (records->text_field, probing->text_field->str);
  g_string_assign (records->time_field, probing->time_field->str);
  records->has_time = probing->has_time;
  return records;
}
