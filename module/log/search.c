/* search.c --- search all of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/search.h"

typedef struct
{
  Log *log;
  LogView *view;
  const LogPattern *pattern;
  LogTextReader *reader;
  GString *text;
} Search;

/* Whether message NUMBER is looked at at all.  */
static gboolean
in_view (const Search *search, guint32 number)
{
  if (!search->view)
    return TRUE;
  guint32 position = log_view_position (search->view, number);
  return log_view_nth (search->view, position) == number;
}

/* The first match in the message, or, if LAST, the last one.  */
static gboolean
find_in_message (const Search *search, guint32 number, gboolean last, LogHit *hit)
{
  LogMessage message;
  gsize start, end;
  gboolean found = FALSE;
  if (!log_message (search->log, number, &message))
    return FALSE;
  g_string_truncate (search->text, 0);
  log_read (search->log, message.start, message.end, search->text);
  for (gsize at = 0; log_pattern_find (search->pattern, search->text->str,
                                       search->text->len, at, &start, &end);
       at = MAX (end, start + 1))
    {
      *hit = (LogHit){ number, message.start + start, message.start + end };
      found = TRUE;
      if (!last || at >= search->text->len)
        break;
    }
  return found;
}

/* Look through a segment, from message FROM on or, if BACKWARD, up to it.  */
static gboolean
search_segment (const Search *search, LogSegment *segment, guint32 first, guint64 end,
                guint32 from, gboolean backward, LogHit *hit)
{
  g_autofree guint8 *wanted = g_malloc0 (segment->n + 1);
  for (guint32 i = 0; i < segment->n; i++)
    wanted[i] = backward ? first + i <= from : first + i >= from;
  log_text_filter (search->reader, search->pattern, search->log, segment, end, wanted);
  for (guint32 k = 0; k < segment->n; k++)
    {
      guint32 i = backward ? segment->n - 1 - k : k;
      if (wanted[i] && in_view (search, first + i)
          && find_in_message (search, first + i, backward, hit))
        return TRUE;
    }
  return FALSE;
}

gboolean
log_search (Log *log, LogView *view, const LogPattern *pattern, guint32 from,
            gboolean backward, gboolean (*stop) (gpointer), gpointer data, LogHit *hit)
{
  LogMessage message;
  gboolean found = FALSE;
  if (!log_message (log, from, &message))
    return FALSE;
  Search search = { log, view, pattern, log_text_reader_new (), g_string_new (NULL) };
  guint32 i = log_segment_of (log, from), first;
  guint64 end;
  LogSegment *segment;
  while (!found && (segment = log_segment (log, i, &first, &end)))
    {
      found = search_segment (&search, segment, first, end, from, backward, hit);
      log_segment_unref (segment);
      if (stop (data) || (backward && i == 0))
        break;
      i += backward ? -1u : 1u;
    }
  log_text_reader_free (search.reader);
  g_string_free (search.text, TRUE);
  return found;
}
