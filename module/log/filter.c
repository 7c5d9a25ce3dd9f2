/* filter.c --- which messages are wanted

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/filter.h"

#include <fnmatch.h>
#include <string.h>

#include "log/error.h"
#include "log/text.h"
#include "log/value.h"

typedef enum
{
  FILTER_AND,
  FILTER_OR,
  FILTER_NOT,
  FILTER_ERROR, /* the kinds from here to FUNCTION ask for a site */
  FILTER_LEVEL,
  FILTER_LINE,
  FILTER_CLASS,
  FILTER_FILE,
  FILTER_FUNCTION,
  FILTER_TIME,
  FILTER_RANGES,
  FILTER_SOURCE,
  FILTER_TRACEID,
  FILTER_DEPTH,
  FILTER_TEXT
} FilterKind;

#define PAGE 1024
#define PAGES 4096

struct _LogFilter
{
  FilterKind kind;
  GPtrArray *parts; /* of LogFilter */
  gint64 from, to;  /* level, line, time; of all RANGES */
  char *literal;    /* a glob without wildcards, or NULL */
  char *glob;       /* one with some */
  GArray *items;    /* pids or ranges */
  LogPattern *pattern;
  LogErrors errors;
  guint8 **pages; /* by site: 0 unknown, 1 not wanted, 2 wanted; atomic */
};

static LogFilter *
new_filter (FilterKind kind)
{
  LogFilter *filter = g_new0 (LogFilter, 1);
  filter->kind = kind;
  if (kind >= FILTER_ERROR && kind <= FILTER_FUNCTION)
    filter->pages = g_new0 (guint8 *, PAGES);
  return filter;
}

static LogFilter *
new_parent (FilterKind kind, GPtrArray *parts)
{
  LogFilter *filter = new_filter (kind);
  filter->parts = parts;
  g_ptr_array_set_free_func (parts, (GDestroyNotify)log_filter_free);
  return filter;
}

static LogFilter *
new_range (FilterKind kind, gint64 from, gint64 to)
{
  LogFilter *filter = new_filter (kind);
  filter->from = from;
  filter->to = to;
  return filter;
}

static LogFilter *
new_glob (FilterKind kind, const char *glob)
{
  LogFilter *filter = new_filter (kind);
  if (strpbrk (glob, "*?"))
    filter->glob = g_strdup (glob);
  else
    filter->literal = g_strdup (glob);
  return filter;
}

static LogFilter *
new_text (LogPattern *pattern)
{
  LogFilter *filter = new_filter (FILTER_TEXT);
  filter->pattern = pattern;
  return filter;
}

LogFilter *
log_filter_and (GPtrArray *parts)
{
  return new_parent (FILTER_AND, parts);
}

LogFilter *
log_filter_or (GPtrArray *parts)
{
  return new_parent (FILTER_OR, parts);
}

LogFilter *
log_filter_not (LogFilter *part)
{
  GPtrArray *parts = g_ptr_array_new ();
  g_ptr_array_add (parts, part);
  return new_parent (FILTER_NOT, parts);
}

LogFilter *
log_filter_level (gint from, gint to)
{
  return new_range (FILTER_LEVEL, from, to);
}

LogFilter *
log_filter_line (guint32 from, guint32 to)
{
  return new_range (FILTER_LINE, from, to);
}

LogFilter *
log_filter_time (gint64 from, gint64 to)
{
  return new_range (FILTER_TIME, from, to);
}

static gint
compare_ranges (gconstpointer a, gconstpointer b)
{
  const LogRange *x = a, *y = b;
  return x->pid < y->pid ? -1 : x->pid > y->pid;
}

LogFilter *
log_filter_ranges (GArray *ranges)
{
  LogFilter *filter = new_filter (FILTER_RANGES);
  g_array_sort (ranges, compare_ranges);
  filter->items = ranges;
  filter->from = G_MAXUINT32;
  for (guint i = 0; i < ranges->len; i++)
    {
      const LogRange *range = &g_array_index (ranges, LogRange, i);
      filter->from = MIN (filter->from, range->from);
      filter->to = MAX (filter->to, range->to);
    }
  return filter;
}

LogFilter *
log_filter_traceid (guint64 from, guint64 to)
{
  return new_range (FILTER_TRACEID, (gint64)from, (gint64)to);
}

LogFilter *
log_filter_depth (guint64 from, guint64 to)
{
  return new_range (FILTER_DEPTH, (gint64)from, (gint64)to);
}

LogFilter *
log_filter_source (GArray *files)
{
  LogFilter *filter = new_filter (FILTER_SOURCE);
  filter->items = files;
  return filter;
}

LogFilter *
log_filter_class (const char *glob)
{
  return new_glob (FILTER_CLASS, glob);
}

LogFilter *
log_filter_file (const char *glob)
{
  return new_glob (FILTER_FILE, glob);
}

LogFilter *
log_filter_function (const char *glob)
{
  return new_glob (FILTER_FUNCTION, glob);
}

LogFilter *
log_filter_text (const char *text, gsize n, gboolean fold)
{
  return new_text (log_pattern_literal (text, n, fold));
}

LogFilter *
log_filter_regexp (const char *regexp, gboolean fold, GError **error)
{
  LogPattern *pattern = log_pattern_regexp (regexp, fold, error);
  return pattern ? new_text (pattern) : NULL;
}

LogFilter *
log_filter_error (guint kinds, GPtrArray *ignored)
{
  LogFilter *filter = new_filter (FILTER_ERROR);
  filter->errors = (LogErrors){ kinds, ignored };
  return filter;
}

void
log_filter_free (LogFilter *filter)
{
  g_clear_pointer (&filter->parts, g_ptr_array_unref);
  g_clear_pointer (&filter->items, g_array_unref);
  g_clear_pointer (&filter->pattern, log_pattern_free);
  g_clear_pointer (&filter->errors.ignored, g_ptr_array_unref);
  for (guint i = 0; filter->pages && i < PAGES; i++)
    g_free (filter->pages[i]);
  g_free (filter->pages);
  g_free (filter->literal);
  g_free (filter->glob);
  g_free (filter);
}

/* ------------------------------------------------------------------- sites */

static gboolean
glob_matches (const LogFilter *filter, const char *name)
{
  if (filter->literal)
    return strcmp (name, filter->literal) == 0;
  /* Names in a log need not be UTF-8, which GPatternSpec aborts without.  */
  return fnmatch (filter->glob, name, FNM_NOESCAPE) == 0;
}

static gboolean
file_matches (const LogFilter *filter, const char *file)
{
  if (glob_matches (filter, file))
    return TRUE;
  const char *slash = strchr (file, '/');
  return slash && file_matches (filter, slash + 1);
}

gboolean
log_name_matches (const char *glob, const char *name)
{
  const char *slash = strchr (name, '/');
  return fnmatch (glob, name, FNM_NOESCAPE) == 0
         || (slash && log_name_matches (glob, slash + 1));
}

static gboolean
site_matches (const LogFilter *filter, const LogSite *site)
{
  switch (filter->kind)
    {
    case FILTER_ERROR:
      return log_error_site (site);
    case FILTER_LEVEL:
      return site->level >= filter->from && site->level <= filter->to;
    case FILTER_LINE:
      return site->line >= filter->from && site->line <= filter->to;
    case FILTER_CLASS:
      return glob_matches (filter, site->class);
    case FILTER_FILE:
      return file_matches (filter, site->file);
    default:
      return glob_matches (filter, site->function);
    }
}

/* The same, remembered: several threads may find it out, to the same end.  */
static gboolean
site_wanted (LogFilter *filter, Log *log, guint32 number)
{
  guint8 **place = &filter->pages[number / PAGE % PAGES];
  guint8 *page = g_atomic_pointer_get (place);
  if (G_UNLIKELY (!page))
    {
      page = g_malloc0 (PAGE);
      if (!g_atomic_pointer_compare_and_exchange (place, NULL, page))
        g_free (page);
      page = g_atomic_pointer_get (place);
    }
  guint8 known = __atomic_load_n (&page[number % PAGE], __ATOMIC_RELAXED);
  if (G_UNLIKELY (!known))
    {
      LogSite site = log_site (log, number);
      known = site_matches (filter, &site) ? 2 : 1;
      __atomic_store_n (&page[number % PAGE], known, __ATOMIC_RELAXED);
    }
  return known == 2;
}

/* ------------------------------------------------------------------ apply */

struct _LogScratch
{
  GPtrArray *masks; /* of GByteArray, free ones */
  LogTextReader *reader;
};

LogScratch *
log_scratch_new (void)
{
  LogScratch *scratch = g_new0 (LogScratch, 1);
  scratch->masks = g_ptr_array_new_with_free_func ((GDestroyNotify)g_byte_array_unref);
  scratch->reader = log_text_reader_new ();
  return scratch;
}

void
log_scratch_free (LogScratch *scratch)
{
  g_ptr_array_unref (scratch->masks);
  log_text_reader_free (scratch->reader);
  g_free (scratch);
}

/* What is filtered.  */
typedef struct
{
  Log *log;
  LogSegment *segment;
  guint32 first;
  guint64 end;
  LogScratch *scratch;
} Job;

static GByteArray *
borrow_mask (Job *job, const guint8 *content)
{
  GByteArray *mask = job->scratch->masks->len ? g_ptr_array_steal_index_fast (
                         job->scratch->masks, job->scratch->masks->len - 1)
                                              : g_byte_array_new ();
  g_byte_array_set_size (mask, job->segment->n + 1);
  memcpy (mask->data, content, job->segment->n);
  return mask;
}

static void
return_mask (Job *job, GByteArray *mask)
{
  g_ptr_array_add (job->scratch->masks, mask);
}

static void apply (LogFilter *filter, Job *job, guint8 *wanted);

static void
apply_or (LogFilter *filter, Job *job, guint8 *wanted)
{
  GByteArray *rest = borrow_mask (job, wanted), *part = borrow_mask (job, wanted);
  guint32 n = job->segment->n;
  memset (wanted, 0, n);
  for (guint p = 0; p < filter->parts->len; p++)
    {
      memcpy (part->data, rest->data, n);
      apply (g_ptr_array_index (filter->parts, p), job, part->data);
      for (guint32 i = 0; i < n; i++)
        {
          wanted[i] |= part->data[i];
          rest->data[i] &= !part->data[i];
        }
    }
  return_mask (job, rest);
  return_mask (job, part);
}

static void
apply_not (LogFilter *filter, Job *job, guint8 *wanted)
{
  GByteArray *part = borrow_mask (job, wanted);
  apply (g_ptr_array_index (filter->parts, 0), job, part->data);
  for (guint32 i = 0; i < job->segment->n; i++)
    wanted[i] &= !part->data[i];
  return_mask (job, part);
}

/* What reads text comes last.  */
static gboolean
reads_text (const LogFilter *filter)
{
  if (filter->kind == FILTER_TEXT || filter->kind == FILTER_ERROR
      || filter->kind == FILTER_TRACEID || filter->kind == FILTER_DEPTH)
    return TRUE;
  for (guint i = 0; filter->parts && i < filter->parts->len; i++)
    if (reads_text (g_ptr_array_index (filter->parts, i)))
      return TRUE;
  return FALSE;
}

static void
apply_and (LogFilter *filter, Job *job, guint8 *wanted)
{
  for (gint text = FALSE; text <= TRUE; text++)
    for (guint p = 0; p < filter->parts->len; p++)
      {
        LogFilter *part = g_ptr_array_index (filter->parts, p);
        if (reads_text (part) == text)
          apply (part, job, wanted);
      }
}

/* The first of filter's ranges, sorted, that is not of a lower PID.  */
static guint
first_range (const LogFilter *filter, guint32 pid)
{
  guint low = 0, high = filter->items->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (filter->items, LogRange, middle).pid < pid)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gboolean
in_ranges (const LogFilter *filter, guint32 number, guint32 pid)
{
  for (guint i = first_range (filter, pid); i < filter->items->len; i++)
    {
      const LogRange *range = &g_array_index (filter->items, LogRange, i);
      if (range->pid != pid)
        break;
      if (number >= range->from && number <= range->to)
        return TRUE;
    }
  return FALSE;
}

/* Whether the next message of its process tells what message I does, too.  It may be in
   the next segment.  */
static gboolean
is_doubled (const Job *job, guint32 i, const LogSite *site)
{
  g_autoptr (LogSegment) segment = log_segment_ref (job->segment);
  const guint32 pid = segment->pids[i], last = log_segment_of (job->log, job->first) + 1;
  for (guint32 number = last - 1; segment && number <= last; number++)
    {
      guint32 first;
      guint64 end;
      for (guint32 next = number < last ? i + 1 : 0; next < segment->n; next++)
        if (segment->pids[next] == pid)
          {
            LogSite other = log_site (job->log, segment->sites[next]);
            return log_error_is_doubled (site, &other);
          }
      log_segment_unref (segment);
      segment = log_segment (job->log, number + 1, &first, &end);
    }
  return FALSE;
}

/* A filter and what it is applied to.  */
typedef struct
{
  const LogFilter *filter;
  const Job *job;
} Applied;

static gboolean
is_error (guint32 i, const char *text, gsize n, gpointer data)
{
  const Applied *applied = data;
  LogSite site = log_site (applied->job->log, applied->job->segment->sites[i]);
  return log_error_kinds (&applied->filter->errors, &site, text, n)
         && !is_doubled (applied->job, i, &site);
}

static void
apply_error (LogFilter *filter, Job *job, guint8 *wanted)
{
  Applied applied = { filter, job };
  for (guint32 i = 0; i < job->segment->n; i++)
    wanted[i] = wanted[i] && site_wanted (filter, job->log, job->segment->sites[i]);
  log_text_filter_by (job->scratch->reader, is_error, &applied, job->log, job->segment,
                      job->end, wanted);
}

/* Whether the header that TEXT begins with has a number in the range that FILTER asks
   for.  Without such a number it is 0.  */
static gboolean
has_number (guint32 i G_GNUC_UNUSED, const char *text, gsize n, gpointer data)
{
  const LogFilter *filter = data;
  const char *newline = memchr (text, '\n', n);
  guint64 number = 0;
  log_find_value (text, newline ? (gsize)(newline - text) : n,
                  filter->kind == FILTER_DEPTH ? ", depth=" : ", traceid=", &number);
  return (gint64)number >= filter->from && (gint64)number <= filter->to;
}

static gboolean
in_source (const LogFilter *filter, guint file)
{
  for (guint i = 0; i < filter->items->len; i++)
    if (g_array_index (filter->items, guint, i) == file)
      return TRUE;
  return FALSE;
}

static void
apply_source (const LogFilter *filter, const Job *job, guint8 *wanted)
{
  for (guint32 i = 0; i < job->segment->n; i++)
    {
      guint64 offset, start = log_segment_begin (job->segment, i);
      wanted[i] = wanted[i] && in_source (filter, log_place (job->log, start, &offset));
    }
}

static void
apply_ranges (const LogFilter *filter, const Job *job, guint8 *wanted)
{
  const LogSegment *segment = job->segment;
  /* Few segments have anything of one request.  */
  if (filter->to < job->first || filter->from >= (gint64)job->first + segment->n)
    memset (wanted, 0, segment->n);
  for (guint32 i = 0; i < segment->n; i++)
    wanted[i] = wanted[i]
                && (in_ranges (filter, job->first + i, segment->pids[i])
                    || in_ranges (filter, job->first + i, LOG_ANY_PID));
}

static void
apply (LogFilter *filter, Job *job, guint8 *wanted)
{
  const LogSegment *segment = job->segment;
  guint32 n = segment->n;
  switch (filter->kind)
    {
    case FILTER_AND:
      apply_and (filter, job, wanted);
      break;
    case FILTER_OR:
      apply_or (filter, job, wanted);
      break;
    case FILTER_NOT:
      apply_not (filter, job, wanted);
      break;
    case FILTER_TIME:
      for (guint32 i = 0; i < n; i++)
        wanted[i] &= segment->times[i] >= filter->from && segment->times[i] <= filter->to;
      break;
    case FILTER_RANGES:
      apply_ranges (filter, job, wanted);
      break;
    case FILTER_SOURCE:
      apply_source (filter, job, wanted);
      break;
    case FILTER_TRACEID:
    case FILTER_DEPTH:
      log_text_filter_by (job->scratch->reader, has_number, filter, job->log, segment,
                          job->end, wanted);
      break;
    case FILTER_ERROR:
      apply_error (filter, job, wanted);
      break;
    case FILTER_TEXT:
      log_text_filter (job->scratch->reader, filter->pattern, job->log, segment, job->end,
                       wanted);
      break;
    default:
      for (guint32 i = 0; i < n; i++)
        wanted[i] = wanted[i] && site_wanted (filter, job->log, segment->sites[i]);
    }
}

void
log_filter_apply (LogFilter *filter, Log *log, LogSegment *segment, guint32 first,
                  guint64 end, LogScratch *scratch, guint8 *wanted)
{
  Job job = { log, segment, first, end, scratch };
  apply (filter, &job, wanted);
}
