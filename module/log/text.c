/* text.c --- find text in messages

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/text.h"

#include <string.h>

#include "log/scan.h"

/* A message longer than this is looked at in pieces, which overlap: what is
   looked for is hardly longer than the overlap.  */
#define PIECE (16u << 20)
#define OVERLAP (64u << 10)

/* Bytes of a message that a test gets, and bytes that are read at once for several.  */
#define MESSAGE_MAX (1u << 20)
#define AHEAD (16u << 10)

struct _LogPattern
{
  LogNeedle needle; /* of length 0 if there is none: all matches */
  GRegex *regex;    /* NULL, or what has to match */
};

LogPattern *
log_pattern_literal (const char *text, gsize n, gboolean fold)
{
  LogPattern *pattern = g_new0 (LogPattern, 1);
  if (n)
    log_needle_init (&pattern->needle, text, n, fold);
  return pattern;
}

LogPattern *
log_pattern_regexp (const char *regexp, gboolean fold, GError **error)
{
  g_autoptr (LogPattern) pattern = g_new0 (LogPattern, 1);
  GRegexCompileFlags flags = G_REGEX_OPTIMIZE | G_REGEX_MULTILINE | G_REGEX_RAW
                             | (fold ? G_REGEX_CASELESS : (GRegexCompileFlags)0);
  pattern->regex = g_regex_new (regexp, flags, (GRegexMatchFlags)0, error);
  return pattern->regex ? g_steal_pointer (&pattern) : NULL;
}

void
log_pattern_free (LogPattern *pattern)
{
  log_needle_clear (&pattern->needle);
  g_clear_pointer (&pattern->regex, g_regex_unref);
  g_free (pattern);
}

/* ------------------------------------------------------------------- match */

gboolean
log_pattern_find (const LogPattern *pattern, const char *text, gsize n, gsize from,
                  gsize *start, gsize *end)
{
  if (pattern->regex)
    {
      g_autoptr (GMatchInfo) match = NULL;
      gint s, e;
      if (!g_regex_match_full (pattern->regex, text, (gssize)n, (gint)from,
                               (GRegexMatchFlags)0, &match, NULL)
          || !g_match_info_fetch_pos (match, 0, &s, &e))
        return FALSE;
      *start = (gsize)s;
      *end = (gsize)e;
      return TRUE;
    }
  const gsize length = pattern->needle.length;
  const char *found = !length    ? text + from
                      : from < n ? log_find (&pattern->needle, text + from, n - from)
                                 : NULL;
  if (!found)
    return FALSE;
  *start = (gsize)(found - text);
  *end = *start + length;
  return TRUE;
}

/* ------------------------------------------------------------------ filter */

struct _LogTextReader
{
  GString *text;
  guint64 start; /* where in the log that is */
};

LogTextReader *
log_text_reader_new (void)
{
  LogTextReader *reader = g_new0 (LogTextReader, 1);
  reader->text = g_string_sized_new (2u << 20);
  return reader;
}

void
log_text_reader_free (LogTextReader *reader)
{
  g_string_free (reader->text, TRUE);
  g_free (reader);
}

static guint64
message_end (const LogSegment *segment, guint64 end, guint32 i)
{
  return log_segment_end (segment, i, end);
}

/* Whether PATTERN is in the bytes from START to END, which are too many to be
   read at once.  */
static gboolean
find_in_pieces (LogTextReader *reader, const LogPattern *pattern, Log *log, guint64 start,
                guint64 end)
{
  gsize s, e;
  for (; start < end; start += PIECE - OVERLAP)
    {
      g_string_truncate (reader->text, 0);
      log_read (log, start, MIN (end, start + PIECE), reader->text);
      if (log_pattern_find (pattern, reader->text->str, reader->text->len, 0, &s, &e))
        return TRUE;
    }
  return FALSE;
}

/* A run of wanted messages FROM to TO, excluded, whose text is read: look through
   it at once, since most messages don't match.  */
static void
filter_run (const LogPattern *pattern, const LogSegment *segment, guint64 end,
            const GString *text, guint64 text_start, guint32 from, guint32 to,
            guint8 *wanted)
{
  guint64 run = log_segment_begin (segment, from);
  gsize at = (gsize)MIN (run - text_start, text->len);
  gsize stop = (gsize)MIN (message_end (segment, end, to - 1) - text_start, text->len);
  gsize s, e;
  memset (wanted + from, 0, to - from);
  for (guint32 i = from;
       at < stop && log_pattern_find (pattern, text->str, stop, at, &s, &e);)
    {
      while (message_end (segment, end, i) - text_start <= s && i + 1 < to)
        i++;
      guint64 next = message_end (segment, end, i) - text_start;
      if (e <= next)
        {
          wanted[i] = 1;
          at = (gsize)MIN (next, stop);
        }
      else
        at = s + 1; /* it goes on in the next message: none */
    }
}

/* A regular expression may go on past its message, so it gets one at a time.  */
static void
filter_each (const LogPattern *pattern, const LogSegment *segment, guint64 end,
             const GString *text, guint64 text_start, guint8 *wanted)
{
  gsize s, e;
  for (guint32 i = 0; i < segment->n; i++)
    {
      if (!wanted[i])
        continue;
      gsize from = (gsize)MIN (log_segment_begin (segment, i) - text_start, text->len);
      gsize to = (gsize)MIN (message_end (segment, end, i) - text_start, text->len);
      wanted[i] = log_pattern_find (pattern, text->str + from, to - from, 0, &s, &e);
    }
}

/* The bytes from START to END of the log, of which READER may have read some already.
   Messages are asked for in order: what is read next is near.  */
static const char *
read_message (LogTextReader *reader, Log *log, guint64 start, guint64 end, gsize *n)
{
  guint64 stop = MIN (end, start + MESSAGE_MAX);
  if (start < reader->start || stop > reader->start + reader->text->len)
    {
      g_string_truncate (reader->text, 0);
      log_read (log, start, MAX (stop, start + AHEAD), reader->text);
      reader->start = start;
    }
  gsize from = (gsize)(start - reader->start);
  *n = from < reader->text->len ? MIN ((gsize)(stop - start), reader->text->len - from) : 0;
  return reader->text->str + from;
}

void
log_text_filter_by (LogTextReader *reader, LogTextTest test, gpointer data, Log *log,
                    const LogSegment *segment, guint64 end, guint8 *wanted)
{
  g_string_truncate (reader->text, 0);
  reader->start = 0;
  for (guint32 i = 0; i < segment->n; i++)
    {
      gsize n;
      if (!wanted[i])
        continue;
      const char *text = read_message (reader, log, log_segment_begin (segment, i),
                                       message_end (segment, end, i), &n);
      wanted[i] = test (i, text, n, data);
    }
}

/* In a log of several files a message is not where the one before ends.  */
static gboolean
has_pattern (guint32 i G_GNUC_UNUSED, const char *text, gsize n, gpointer data)
{
  gsize start, end;
  return log_pattern_find (data, text, n, 0, &start, &end);
}

void
log_text_filter (LogTextReader *reader, const LogPattern *pattern, Log *log,
                 const LogSegment *segment, guint64 end, guint8 *wanted)
{
  guint32 first = 0, last = segment->n;
  if (segment->starts)
    {
      log_text_filter_by (reader, has_pattern, (gpointer)pattern, log, segment, end,
                          wanted);
      return;
    }
  while (first < last && !wanted[first])
    first++;
  while (last > first && !wanted[last - 1])
    last--;
  if (first == last)
    return;
  /* The last message may be of any length.  */
  if (message_end (segment, end, last - 1) - segment->start > PIECE)
    {
      last--;
      wanted[last]
          = find_in_pieces (reader, pattern, log, log_segment_begin (segment, last),
                            message_end (segment, end, last));
    }
  if (first == last)
    return;
  guint64 start = log_segment_begin (segment, first);
  g_string_truncate (reader->text, 0);
  log_read (log, start, message_end (segment, end, last - 1), reader->text);
  if (pattern->regex)
    {
      guint8 keep = last < segment->n ? wanted[last] : 0;
      if (last < segment->n)
        wanted[last] = 0;
      filter_each (pattern, segment, end, reader->text, start, wanted);
      if (last < segment->n)
        wanted[last] = keep;
      return;
    }
  for (guint32 i = first; i < last;)
    {
      guint32 to = i;
      while (to < last && wanted[to])
        to++;
      if (to > i)
        filter_run (pattern, segment, end, reader->text, start, i, to, wanted);
      for (i = MAX (to, i); i < last && !wanted[i];)
        i++;
    }
}
