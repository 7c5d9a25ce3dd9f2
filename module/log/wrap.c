/* wrap.c --- logs around whose lines a program has put something

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/wrap.h"

#include <string.h>

#include "log/cursor.h"
#include "log/learn.h"

#define PIECE (1u << 20)       /* more is passed on in pieces */
#define LINES_MIN 3u           /* that have to be numbered */
#define NUMBERS_MAX 100000000u /* from here on they are seconds */

typedef enum
{
  NUMBERED,
  MARKED,  /* by diff */
  ESCAPED, /* "#012" */
  N_KINDS
} Kind;

struct _LogWrap
{
  Kind kind;
  GString *rest; /* a line that may go on */
};

/* ------------------------------------------------------------------- lines */

/* Take the number that LINE begins with and what separates it from the line's own text.  */
static gboolean
scan_line_number (Text *line, guint64 *number)
{
  Text t = *line;
  skip_spaces (&t);
  if (!scan_number (&t, number) || *number >= NUMBERS_MAX || t.at == t.end || !*t.at
      || !strchr ("\t:- |", *t.at))
    return FALSE;
  t.at++;
  *line = t;
  return TRUE;
}

static gboolean
is_blank (Text line)
{
  while (line.at < line.end && g_ascii_isspace (*line.at))
    line.at++;
  return line.at == line.end;
}

/* Whether diff has put LINE before the lines of a file or of a hunk.  */
static gboolean
is_heading (Text line)
{
  static const char *const headings[]
      = { "@@ -", "--- ", "+++ ", "diff ", "index ", "new file mode ", "\\ No newline" };
  for (gsize i = 0; i < G_N_ELEMENTS (headings); i++)
    if (scan_string (&line, headings[i], strlen (headings[i])))
      return TRUE;
  return FALSE;
}

/* Have LINE, with its end, be what is its own; FALSE if nothing is.  */
static gboolean
unwrap_line (Kind kind, Text *line)
{
  guint64 number;
  switch (kind)
    {
    case NUMBERED:
      scan_line_number (line, &number);
      return TRUE;
    case MARKED:
      if (is_heading (*line))
        return FALSE;
      if (line->at < line->end && strchr ("+- ", *line->at) && *line->at)
        line->at++;
      return TRUE;
    default:
      return TRUE;
    }
}

/* Append LINE, with the characters that "#011" and "#012" stand for.  */
static void
add_escaped (Text line, GString *text)
{
  while (line.at < line.end)
    if (SCAN (&line, "#012"))
      g_string_append_c (text, '\n');
    else if (SCAN (&line, "#011"))
      g_string_append_c (text, '\t');
    else
      g_string_append_c (text, *line.at++);
}

static void
add_line (const LogWrap *wrap, Text line, GString *text)
{
  if (!unwrap_line (wrap->kind, &line))
    return;
  if (wrap->kind == ESCAPED)
    add_escaped (line, text);
  else
    g_string_append_len (text, line.at, (gssize)(line.end - line.at));
}

/* The line that TEXT begins with, with its end; what is left of TEXT is behind it.  */
static Text
next_line (Text *text)
{
  const char *newline = memchr (text->at, '\n', (gsize)(text->end - text->at));
  Text line = { text->at, newline ? newline + 1 : text->end };
  text->at = line.end;
  return line;
}

/* ------------------------------------------------------------- recognition */

/* Whether each line of HEAD is numbered, by numbers that rise.  */
static gboolean
is_numbered (Text head)
{
  guint lines = 0;
  guint64 last = 0, number;
  while (head.at < head.end)
    {
      Text line = next_line (&head);
      if (is_blank (line))
        continue;
      if (!scan_line_number (&line, &number) || number <= last)
        return lines >= LINES_MIN && head.at == head.end; /* the last may be cut */
      last = number;
      lines++;
    }
  return lines >= LINES_MIN;
}

/* Whether HEAD has a hunk of diff's, or one mark in each line.  */
static gboolean
is_marked (Text head)
{
  char mark = head.at < head.end ? *head.at : 0;
  gboolean all = mark == '+' || mark == '-', hunk = FALSE;
  while (head.at < head.end)
    {
      Text line = next_line (&head);
      all = all && *line.at == mark;
      hunk |= SCAN (&line, "@@ -");
    }
  return all || hunk;
}

/* Whether a message of HEAD goes on behind "#012", in the same line.  */
static gboolean
is_escaped (Text head)
{
  gsize n = (gsize)(head.end - head.at);
  return memmem (head.at, n, ")#012 ", 6) != NULL;
}

static gboolean (*const is_kind[N_KINDS]) (Text)
    = { [NUMBERED] = is_numbered, [MARKED] = is_marked, [ESCAPED] = is_escaped };

/* Whether a line of HEAD shows a form that is certain once it is unwrapped.  */
static gboolean
shows_form (Kind kind, Text head)
{
  LogClock clock = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  LogWrap wrap = { .kind = kind };
  while (head.at < head.end)
    {
      g_string_truncate (text, 0);
      add_line (&wrap, next_line (&head), text);
      if (log_shows_form (text->str, text->len, &clock))
        return TRUE;
    }
  return FALSE;
}

LogWrap *
log_wrap_new (const char *head, gsize n)
{
  Text text = { head, head + n };
  for (Kind kind = 0; kind < N_KINDS; kind++)
    if (is_kind[kind](text) && shows_form (kind, text))
      {
        LogWrap *wrap = g_new0 (LogWrap, 1);
        wrap->kind = kind;
        wrap->rest = g_string_new (NULL);
        return wrap;
      }
  return NULL;
}

void
log_wrap_free (LogWrap *wrap)
{
  g_string_free (wrap->rest, TRUE);
  g_free (wrap);
}

void
log_wrap_add (LogWrap *wrap, const char *bytes, gsize n, GString *text)
{
  Text rest = { bytes, bytes + n };
  while (rest.at < rest.end)
    {
      Text line = next_line (&rest);
      g_string_append_len (wrap->rest, line.at, (gssize)(line.end - line.at));
      if (line.end[-1] == '\n' || wrap->rest->len > PIECE)
        log_wrap_flush (wrap, text);
    }
}

void
log_wrap_flush (LogWrap *wrap, GString *text)
{
  add_line (wrap, (Text){ wrap->rest->str, wrap->rest->str + wrap->rest->len }, text);
  g_string_truncate (wrap->rest, 0);
}
