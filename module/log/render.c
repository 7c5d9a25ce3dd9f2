/* render.c --- messages as they are shown

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/render.h"

#include <stdlib.h>
#include <string.h>

#include "support/escape.h"

#define LIMIT_LEAST 1024u

/* The value of what KEY stands for in message NUMBER, "" if unknown.  */
static LogSpan
field (char key, guint32 number, const LogHeader *header, char digits[16])
{
  LogSpan span = { digits, 0 };
  const char *slash;
  switch (key)
    {
    case 'T':
      return header->when;
    case 't':
      span = header->when;
      if (span.length > 11 && (span.text[10] == ' ' || span.text[10] == 'T'))
        span = (LogSpan){ span.text + 11, span.length - 11 };
      return span;
    case 'F':
      return header->file;
    case 'f':
      span = header->file;
      slash = span.length ? memrchr (span.text, '/', span.length) : NULL;
      return slash ? (LogSpan){ slash + 1, (guint)(span.text + span.length - slash - 1) }
                   : span;
    case 's':
      return header->function;
    case 'c':
      return header->class;
    case 'l':
      if (header->level >= 0)
        span.length = (guint)g_snprintf (digits, 16, "%d", header->level);
      return span;
    case 'p':
    case 'n':
    case 'N':
      {
        guint32 value = key == 'p' ? header->pid : key == 'n' ? header->line : number;
        if (value || key == 'N')
          span.length = (guint)g_snprintf (digits, 16, "%u", value);
        return span;
      }
    case '%':
      return (LogSpan){ "%", 1 };
    default:
      return span;
    }
}

static void
append_padded (GString *text, LogSpan span, long width)
{
  gsize missing = (gsize)labs (width) > span.length ? (gsize)labs (width) - span.length : 0;
  if (width > 0)
    for (gsize i = 0; i < missing; i++)
      g_string_append_c (text, ' ');
  escape_append (text, span.text, span.length, TRUE);
  if (width < 0)
    for (gsize i = 0; i < missing; i++)
      g_string_append_c (text, ' ');
}

static void
append_header (GString *text, const char *format, guint32 number, const LogHeader *header)
{
  gsize line = text->len;
  for (const char *p = format; *p; p++)
    {
      char digits[16];
      if (*p != '%' || !p[1])
        {
          g_string_append_c (text, *p);
          continue;
        }
      char *key;
      long width = CLAMP (strtol (p + 1, &key, 10), -200, 200);
      if (!*key)
        break;
      LogSpan span = field (*key, number, header, digits);
      if (span.length || width)
        append_padded (text, span, width);
      else
        while (text->len > line && text->str[text->len - 1] != ' ')
          g_string_truncate (text, text->len - 1);
      p = key;
    }
  while (text->len > line && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
  g_string_append_c (text, '\n');
}

static gboolean
append_body (Log *log, guint64 start, const char *body, gsize n, LogBody how, GString *text)
{
  const char *newline = how == LOG_BODY_LINE ? memchr (body, '\n', n) : NULL;
  gsize shown = how == LOG_BODY_NONE ? 0 : newline ? (gsize)(newline - body) + 1 : n;
  g_autoptr (GString) clean = g_string_sized_new (shown);
  log_clean (log, start, body, shown, clean);
  escape_append (text, clean->str, clean->len, FALSE);
  if (text->len && text->str[text->len - 1] != '\n')
    g_string_append_c (text, '\n');
  return shown < n;
}

gboolean
log_render (Log *log, guint32 number, const LogRenderStyle *style, GString *text,
            GArray *messages)
{
  LogMessage message;
  LogHeader header;
  if (!log_message (log, number, &message))
    return FALSE;
  gsize limit = MAX (style->limit, LIMIT_LEAST);
  g_autoptr (GString) raw = g_string_new (NULL);
  log_read (log, message.start, MIN (message.end, message.start + limit), raw);
  if (!log_parse (log, message.start, raw->str, raw->len, &header))
    header = (LogHeader){ .time = LOG_NO_TIME, .level = -1 };
  LogRendered rendered = { .number = number, .level = header.level, .start = text->len };
  append_header (text, style->format, number, &header);
  rendered.body = text->len;
  rendered.more = append_body (log, message.start, raw->str + header.length,
                               raw->len - header.length, style->body, text)
                  || message.end - message.start > limit;
  rendered.end = text->len;
  g_array_append_val (messages, rendered);
  return TRUE;
}
