/* index.c --- find the messages in a piece of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/index.h"

#include <string.h>

#include "log/fact.h"
#include "log/form.h"
#include "log/learn.h"
#include "log/request.h"
#include "log/samba.h"
#include "log/scan.h"
#include "log/smb1.h"
#include "log/winbind.h"

/* Bytes before a segment that are looked at: more than a header has.  */
#define BACK LOG_SLACK

struct _LogIndexer
{
  LogSource *source; /* of which it has indexed last; not owned */
  guint32 size;      /* of a segment */
  LogClock clock;
  LogSites *sites;
  LogSiteCache *cache;
  guint32 *found; /* by log_scan */
  struct Found
  {
    gint64 time;
    guint32 offset, site, pid;
  } * messages; /* of the segment */
  guint32 room; /* for messages */
  char *buffer;
};

/* A segment on its way.  */
typedef struct
{
  LogIndexer *indexer;
  LogSegment *segment;
  const char *text;  /* of the segment; some bytes are before it */
  const char *first; /* of what is before it */
  const char *end;   /* of what is behind it */
  const LogShape *shape;
  const char *body;   /* of the last message: what is before it is its header */
  const char *looked; /* the last text that was looked at for an event */
  guint64 traceid;    /* of the message that is added */
  const char *line;   /* the last line that was parsed, with this header, or NULL */
  LogHeader header;
  guint last_count; /* index in counts of the last message's process */
} Scan;

LogIndexer *
log_indexer_new (LogSites *sites, guint32 size, GTimeZone *zone)
{
  LogIndexer *indexer = g_new0 (LogIndexer, 1);
  indexer->clock = (LogClock){ .zone = zone };
  indexer->sites = sites;
  indexer->cache = log_site_cache_new (sites);
  indexer->size = size;
  indexer->found = g_new (guint32, size);
  indexer->buffer = g_malloc (2 * LOG_SCAN_MARGIN + BACK + size + LOG_SLACK);
  return indexer;
}

void
log_indexer_free (LogIndexer *indexer)
{
  g_free (indexer->found);
  g_free (indexer->messages);
  log_site_cache_free (indexer->cache);
  g_free (indexer->buffer);
  g_free (indexer);
}

/* ------------------------------------------------------------- one message */

/* Messages of PID so far; the place of its count is kept.  */
static LogCount *
count_of (Scan *scan, guint32 pid)
{
  GArray *counts = scan->segment->counts;
  guint i = scan->last_count;
  if (i >= counts->len || g_array_index (counts, LogCount, i).pid != pid)
    for (i = 0; i < counts->len && g_array_index (counts, LogCount, i).pid != pid;)
      i++;
  if (i == counts->len)
    {
      LogCount new = { pid, 0 };
      g_array_append_val (counts, new);
    }
  scan->last_count = i;
  return &g_array_index (counts, LogCount, i);
}

/* See whether the line at TEXT tells of a request.  */
static void
look_for_event (Scan *scan, const char *text, gboolean torn)
{
  static const char prefix[] = "smbd_smb2_", other[] = "SMB2: cmd=";
  const char *limit = text + MIN (scan->end - text, 2048);
  while (text < limit && *text == ' ')
    text++;
  if (text <= scan->looked || limit - text < (gssize)sizeof prefix
      || (memcmp (text, prefix, sizeof prefix - 1) != 0
          && memcmp (text, other, sizeof other - 1) != 0))
    return;
  scan->looked = text;
  const char *newline = memchr (text, '\n', (gsize)(limit - text));
  gsize length = (gsize)((newline ? newline : limit) - text);
  guint e = scan->segment->events->len;
  if (!log_event_parse (text, length, torn, scan->segment))
    return;
  for (; scan->segment->n && e < scan->segment->events->len; e++)
    g_array_index (scan->segment->events, LogEvent, e).before
        = g_array_index (scan->segment->counts, LogCount, scan->last_count).messages;
  scan->segment->cut = !newline && limit == scan->end;
}

static void
look_for_facts (Scan *scan, const char *text, guint32 wanted)
{
  gsize limit = (gsize)MIN (scan->end - text, 3072); /* JSON is long */
  const char *newline = memchr (text, '\n', limit);
  if (log_fact_parse (text, newline ? (gsize)(newline - text) : limit, wanted,
                      scan->segment))
    scan->segment->cut |= !newline;
}

/* Have the last event count the messages of the last message's process.  */
static void
count_event (Scan *scan)
{
  GArray *events = scan->segment->events;
  g_array_index (events, LogEvent, events->len - 1).before
      = g_array_index (scan->segment->counts, LogCount, scan->last_count).messages;
}

/* See what a dump of SMB1 at AT, with text from BODY on, tells of PID's requests.  */
static void
look_for_smb1 (Scan *scan, const char *at, const char *body, guint32 pid)
{
  const Text before = { at - MIN (at - scan->first, LOG_SMB1_MAX), at };
  const Text text = { body, body + MIN (scan->end - body, LOG_SMB1_MAX) };
  gboolean torn;
  if (log_smb1_parse (before, text, scan->shape, &scan->indexer->clock, pid, &torn,
                      scan->segment))
    count_event (scan);
  else
    scan->segment->cut |= torn && text.end == scan->end;
}

/* See whether the first line of the last message, with text from BODY on, tells of a
   request of winbindd's.  */
static void
look_for_winbind (Scan *scan, const char *body)
{
  gsize limit = (gsize)MIN (scan->end - body, LOG_HEADER_MAX);
  const char *newline = memchr (body, '\n', limit);
  if (!log_winbind_event (body, newline ? (gsize)(newline - body) : limit, scan->traceid,
                          scan->segment))
    return;
  count_event (scan);
  scan->segment->cut |= !newline;
}

/* See whether the first line of the last message, with text from BODY on, tells of a
   request, as its form does.  */
static void
look_for_call (Scan *scan, const LogHeader *header, const char *body)
{
  gsize limit = (gsize)MIN (scan->end - body, LOG_HEADER_MAX);
  const char *newline = memchr (body, '\n', limit);
  guint known = scan->segment->events->len;
  log_forms[header->form].events (header, body, newline ? (gsize)(newline - body) : limit,
                                  scan->segment);
  if (scan->segment->events->len == known)
    return;
  count_event (scan);
  scan->segment->cut |= !newline;
}

/* Add a message of process PID from SITE at AT, with text from BODY on.  */
static void
add_message (Scan *scan, const char *at, const char *body, gint64 time, guint32 pid,
             guint32 site)
{
  LogIndexer *indexer = scan->indexer;
  guint32 n = scan->segment->n++;
  if (n == indexer->room)
    {
      indexer->room = MAX (2 * n, 8192);
      indexer->messages = g_renew (struct Found, indexer->messages, indexer->room);
    }
  indexer->messages[n] = (struct Found){ time, (guint32)(at - scan->text), site, pid };
  scan->body = body;
  count_of (scan, pid)->messages++;
  look_for_event (scan, body, FALSE);
  const LogSite *told = log_sites_get (indexer->sites, site);
  if (G_UNLIKELY (told->facts))
    look_for_facts (scan, body, told->facts);
  if (G_UNLIKELY (told->smb1))
    look_for_smb1 (scan, at, body, pid);
  if (G_UNLIKELY (told->winbind))
    look_for_winbind (scan, body);
}

/* The fast way for a header that resembles those before; FALSE if it does not.  */
static gboolean
add_similar (Scan *scan, const char *at)
{
  LogIndexer *indexer = scan->indexer;
  LogHeader header;
  guint32 site;
  gsize n = (gsize)(scan->end - at);
  if (*at != '[' || at[-1] != '\n' || !log_samba_begin (at, n, &indexer->clock, &header))
    return FALSE;
  gsize rest = MIN ((gsize)(scan->end - header.tail.text), LOG_HEADER_MAX);
  const char *newline = memchr (header.tail.text, '\n', rest);
  if (!newline)
    return FALSE;
  header.tail.length = (guint)(newline - header.tail.text);
  scan->traceid = 0;
  if (!log_site_remembered (indexer->cache, header.level, header.tail, &site))
    return FALSE;
  add_message (scan, at, newline + 1, header.time, header.pid, site);
  return TRUE;
}

/* Add the message that begins at AT with HEADER.  */
static void
add_parsed (Scan *scan, const char *at, const LogHeader *header)
{
  const char *body = at + header->length;
  scan->traceid = header->traceid;
  add_message (scan, at, body, header->time, header->pid,
               log_site_number (scan->indexer->cache, header));
  if (log_forms[header->form].events)
    look_for_call (scan, header, body);
}

/* Parse what the line at LINE begins with.  */
static gboolean
parse_line (Scan *scan, const char *line, LogHeader *header)
{
  return log_line_parse (line, (gsize)(scan->end - line), scan->shape,
                         &scan->indexer->clock, header);
}

/* -------------------------------------------------------------- candidates */

/* The line before LINE, as far back as there is text; NULL if there is none.  */
static const char *
line_before (const Scan *scan, const char *line)
{
  const char *end = line - 1;
  if (end <= scan->first)
    return NULL;
  const char *start = memrchr (scan->first, '\n', (gsize)(end - scan->first));
  return start ? start + 1 : scan->first;
}

/* Whether LINE is the first of a message that begins in the segment before, which
   has looked at it.  */
static gboolean
is_looked_at (Scan *scan, const char *line)
{
  LogHeader header;
  const char *before = scan->segment->n ? NULL : line_before (scan, line);
  return before && parse_line (scan, before, &header) && before + header.length == line;
}

static gboolean
same_span (LogSpan a, LogSpan b)
{
  return a.length == b.length && (!a.length || memcmp (a.text, b.text, a.length) == 0);
}

/* Whether LINE, with nothing of its own behind a carrier's prefix, is one more of the
   message before it: Samba begins such lines with blanks, and leaves those out that are
   empty.  Programs that only go on must have gone on where the prefix tells who wrote
   the line.  */
static gboolean
continues (Scan *scan, const char *line, const LogHeader *header)
{
  const char *start = line_before (scan, line), *body = line + header->length;
  if (!start || !scan->shape->native)
    return FALSE;
  if (*line == '>')
    return TRUE; /* a mail that quotes */
  if (!(*body == ' ' || *body == '\t' || *body == '\n'))
    return FALSE;
  LogHeader own = LOG_HEADER_INIT;
  const LogHeader *before = start == scan->line ? &scan->header : &own;
  if (start != scan->line)
    log_line_prefix (start, (gsize)(line - start), scan->shape, &scan->indexer->clock,
                     &own);
  return before->carried && before->carrier_pid == header->carrier_pid
         && same_span (before->program, header->program);
}

/* Whether the line at AT, which has no header, is a message of its own.  */
static gboolean
is_headless (const Scan *scan, const char *at)
{
  return scan->shape->headless && !g_ascii_isspace (*at);
}

/* Whether AT, somewhere in a line, is within a header that begins in the segment before:
   a prefix and Samba's own.  */
static gboolean
is_straddling (Scan *scan, const char *at)
{
  LogHeader header;
  if (scan->segment->n || memchr (scan->text, '\n', (gsize)(at - scan->text)))
    return FALSE;
  const char *newline = memrchr (scan->first, '\n', (gsize)(at - scan->first));
  const char *line = newline ? newline + 1 : scan->first;
  return line < scan->text && parse_line (scan, line, &header) && line + header.length > at;
}

/* Look at a place where a message may begin.  */
static void
look_at (Scan *scan, const char *at)
{
  LogHeader header;
  gboolean inside = at[-1] != '\n';
  if (inside && !g_ascii_isdigit (at[1]))
    return; /* "[docs/a.bin]" */
  if (at < scan->body || (inside && is_straddling (scan, at)))
    return; /* within a header */
  if (add_similar (scan, at))
    return;
  if (inside ? log_line_parse_inside (at, (gsize)(scan->end - at), &scan->indexer->clock,
                                      &header)
             : (*at != ' ' || scan->shape->all_lines) && parse_line (scan, at, &header))
    {
      if (header.form == LOG_FORM_SYSLOG && continues (scan, at, &header))
        look_for_event (scan, at + header.length, TRUE);
      else
        add_parsed (scan, at, &header);
      scan->line = inside ? NULL : at;
      scan->header = header;
    }
  else if (!inside && is_headless (scan, at))
    add_parsed (scan, at, &(LogHeader)LOG_HEADER_INIT);
  else if (*at == ' ' && !is_looked_at (scan, at))
    look_for_event (scan, at, TRUE);
}

/* ---------------------------------------------------------------- the first */

/* Whether LINE is one that a program puts before what it prints of a log.  */
static gboolean
is_heading (const char *line)
{
  return g_ascii_isspace (*line) || *line == '#' || g_str_has_prefix (line, "-- ")
         || g_str_has_prefix (line, "==> ") || g_str_has_prefix (line, "cpus=");
}

/* Whether the line at LINE, which has no header, has one behind blanks.  */
static gboolean
is_indented (Scan *scan, const char *line)
{
  LogHeader header;
  while (*line == ' ' || *line == '\t')
    line++;
  return *line == '['
         && log_line_parse_inside (line, (gsize)(scan->end - line), &scan->indexer->clock,
                                   &header);
}

/* What is before the first header is a message, too, as where the log was cut.  */
static void
add_preamble (Scan *scan)
{
  const char *line = scan->text, *end = line + scan->segment->size;
  LogHeader header;
  gboolean text = FALSE;
  if (scan->shape->headless)
    {
      while (line < end && g_ascii_isspace (*line))
        line++;
      text = line > scan->text && line < end;
    }
  else
    for (; line < end && !parse_line (scan, line, &header) && !is_indented (scan, line);
         line++)
      {
        const char *newline = memchr (line, '\n', (gsize)(end - line));
        text |= !is_heading (line) || (newline && *line == ' ' && newline[-1] != ' ');
        line = newline ? newline : end - 1;
      }
  if (text)
    add_parsed (scan, scan->text, &(LogHeader)LOG_HEADER_INIT);
}

/* ---------------------------------------------------------------- segment */

/* Put what is found of the messages into arrays of the segment.  */
static void
store_messages (LogIndexer *indexer, LogSegment *segment)
{
  log_segment_reserve (segment, segment->n, FALSE);
  for (guint32 i = 0; i < segment->n; i++)
    {
      segment->offsets[i] = indexer->messages[i].offset;
      segment->times[i] = indexer->messages[i].time;
      segment->sites[i] = indexer->messages[i].site;
      segment->pids[i] = indexer->messages[i].pid;
    }
  log_segment_note_times (segment);
}

/* Read the segment and what is around it; bytes of the segment, of which are
   fewer at the end of the log.  */
static guint32
read_segment (Scan *scan, guint64 start)
{
  LogIndexer *indexer = scan->indexer;
  gsize back = (gsize)MIN (start, BACK);
  char *buffer = indexer->buffer + LOG_SCAN_MARGIN;
  gsize n = log_source_read (indexer->source, start - back, buffer,
                             back + indexer->size + LOG_SLACK);
  gsize got = n > back ? n - back : 0;
  buffer[-1] = '\n';
  memset (buffer + n, 0, LOG_SCAN_MARGIN);
  scan->first = buffer;
  scan->text = buffer + back;
  scan->end = scan->text + got;
  return (guint32)MIN (got, indexer->size);
}

static const char *
next_line (const char *line, const char *end)
{
  const char *newline = memchr (line, '\n', (gsize)(end - line));
  return newline ? newline + 1 : end;
}

/* Look at all lines: those of traces begin with blanks.  */
static void
look_at_lines (Scan *scan)
{
  const char *line = scan->text, *end = scan->text + scan->segment->size;
  if (line < end && line[-1] != '\n')
    line = next_line (line, end);
  for (; line < end; line = next_line (line, end))
    look_at (scan, line);
}

static void
look_at_candidates (Scan *scan)
{
  guint32 count = log_scan (scan->text, scan->segment->size, scan->indexer->found);
  for (guint32 i = 0; i < count; i++)
    look_at (scan, scan->text + scan->indexer->found[i]);
}

/* Have INDEXER read SOURCE, in which times without a year may be of another.  */
static void
turn_to (LogIndexer *indexer, LogSource *source, gint64 written)
{
  if (indexer->source != source)
    indexer->clock.n_years = 0;
  indexer->source = source;
  indexer->clock.written = written;
}

LogSegment *
log_index (LogIndexer *indexer, LogSource *source, gint64 written, guint64 start,
           const LogShape *shape, LogShape **learned)
{
  LogSegment *segment = log_segment_new (start);
  Scan scan = { .indexer = indexer, .segment = segment };
  turn_to (indexer, source, written);
  segment->size = read_segment (&scan, start);
  if (!shape)
    *learned = log_learn (scan.text, (gsize)(scan.end - scan.text), &indexer->clock);
  scan.shape = shape ? shape : *learned;
  indexer->clock.dated = scan.shape->dated;
  if (start == 0)
    add_preamble (&scan);
  if (scan.shape->all_lines)
    look_at_lines (&scan);
  else
    look_at_candidates (&scan);
  store_messages (indexer, segment);
  return segment;
}
