/* merge.c --- several logs in the order of time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/merge.h"

#include <string.h>

#include "log/fact.h"
#include "log/request.h"

/* Messages of a segment, those of the first, which someone waits for, and those that
   wait for others that may go before them.  */
#define MESSAGES 16384u
#define MESSAGES_FIRST 2048u
#define WAITING 256u

/* A member, from which messages up to some are taken.  */
typedef struct
{
  gpointer log;
  gint64 shift;
  LogSegment *segment; /* owned; NULL if the next is not there yet */
  guint32 number;      /* of the next segment */
  guint64 end;         /* of the last message of SEGMENT */
  guint32 i;           /* the next message in it */
  gint64 time;         /* of the message before, or LOG_NO_TIME */
  guint32 last, pid;   /* the message of it that was put out last: number in all */
  gboolean ended;
} Member;

/* A message on its way.  */
typedef struct
{
  gint64 time; /* to sort by */
  LogSegment *segment;
  guint64 end;
  guint32 i, member;
} Entry;

struct _LogMerge
{
  const LogMergeClass *class;
  GArray *members;     /* of Member */
  GArray *waiting;     /* of Entry, in order */
  GPtrArray *segments; /* that ENTRIES are in; owned */
  guint32 total;       /* messages that were put out */
};

LogMerge *
log_merge_new (const LogMergeClass *class, gpointer const *members, guint n)
{
  LogMerge *merge = g_new0 (LogMerge, 1);
  merge->class = class;
  merge->members = g_array_new (FALSE, TRUE, sizeof (Member));
  merge->waiting = g_array_new (FALSE, FALSE, sizeof (Entry));
  merge->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)log_segment_unref);
  for (guint i = 0; i < n; i++)
    {
      Member member = { .log = members[i], .time = LOG_NO_TIME };
      g_array_append_val (merge->members, member);
    }
  return merge;
}

static Member *
member_at (LogMerge *merge, guint i)
{
  return &g_array_index (merge->members, Member, i);
}

void
log_merge_restart (LogMerge *merge)
{
  for (guint i = 0; i < merge->members->len; i++)
    {
      Member *member = member_at (merge, i);
      g_clear_pointer (&member->segment, log_segment_unref);
      *member = (Member){ .log = member->log, .shift = member->shift, .time = LOG_NO_TIME };
    }
  g_array_set_size (merge->waiting, 0);
  g_ptr_array_set_size (merge->segments, 0);
  merge->total = 0;
}

void
log_merge_shift (LogMerge *merge, guint i, gint64 micros)
{
  member_at (merge, i)->shift = micros;
}

void
log_merge_free (LogMerge *merge)
{
  log_merge_restart (merge);
  g_array_unref (merge->members);
  g_array_unref (merge->waiting);
  g_ptr_array_unref (merge->segments);
  g_free (merge);
}

/* ---------------------------------------------------------------- in order */

/* Have MEMBER's next message at hand, if there is one; FALSE if that is not known.  */
static gboolean
look_ahead (LogMerge *merge, Member *member)
{
  while (!member->ended && (!member->segment || member->i == member->segment->n))
    {
      guint32 first;
      gboolean done = merge->class->is_done (member->log);
      LogSegment *next
          = merge->class->segment (member->log, member->number, &first, &member->end);
      if (!next && !done)
        return FALSE;
      g_clear_pointer (&member->segment, log_segment_unref);
      member->ended = !next;
      member->segment = next;
      member->number++;
      member->i = 0;
      if (next)
        g_ptr_array_add (merge->segments, log_segment_ref (next));
    }
  return TRUE;
}

/* The time of MEMBER's next message, that of the one before if it has none.  */
static gint64
next_time (const Member *member)
{
  gint64 time = member->segment->times[member->i];
  return time == LOG_NO_TIME ? member->time : time + member->shift;
}

/* The member whose message is next; NULL if that is not known, or there is none.  */
static Member *
choose (LogMerge *merge, gboolean *done)
{
  Member *chosen = NULL;
  *done = FALSE;
  for (guint i = 0; i < merge->members->len; i++)
    {
      Member *member = member_at (merge, i);
      if ((!member->segment || member->i == member->segment->n)
          && !look_ahead (merge, member))
        return NULL;
      if (!member->ended && (!chosen || next_time (member) < next_time (chosen)))
        chosen = member;
    }
  *done = !chosen;
  return chosen;
}

/* Where a message of TIME is to wait: before those that are later by less than a second,
   if these are few.  Where many are, the clock was set back.  */
static guint
place_of (LogMerge *merge, gint64 time)
{
  const guint n = merge->waiting->len;
  for (guint at = n; time != LOG_NO_TIME; at--)
    {
      gint64 before = at ? g_array_index (merge->waiting, Entry, at - 1).time : LOG_NO_TIME;
      if (before <= time)
        return at;
      if (before - time > G_USEC_PER_SEC || n - at == WAITING)
        break;
    }
  return n;
}

/* Move the next message of MEMBER to those that wait.  */
static void
move (LogMerge *merge, Member *member)
{
  const LogSegment *segment = member->segment;
  guint32 i = member->i++;
  Entry entry = { .time = member->time,
                  .segment = member->segment,
                  .i = i,
                  .member = (guint32)(member - member_at (merge, 0)),
                  .end = member->end };
  if (segment->times[i] != LOG_NO_TIME)
    entry.time = member->time = segment->times[i] + member->shift;
  g_array_insert_val (merge->waiting, place_of (merge, entry.time), entry);
}

/* ------------------------------------------------------------- put together */

/* A segment on its way.  */
typedef struct
{
  LogMerge *merge;
  LogSegment *segment;
  GHashTable *counts; /* pid -> place in the segment's counts + 1 */
} Making;

static LogCount *
count_of (Making *making, guint32 pid)
{
  GArray *counts = making->segment->counts;
  guint place
      = GPOINTER_TO_UINT (g_hash_table_lookup (making->counts, GUINT_TO_POINTER (pid)));
  if (!place)
    {
      LogCount count = { pid, 0 };
      g_array_append_val (counts, count);
      place = counts->len;
      g_hash_table_insert (making->counts, GUINT_TO_POINTER (pid),
                           GUINT_TO_POINTER (place));
    }
  return &g_array_index (counts, LogCount, place - 1);
}

/* Move a string of FROM, at OFFSET, to the segment's; where it is there.  */
static guint32
move_string (Making *making, const LogSegment *from, guint32 offset)
{
  GString *strings = making->segment->strings;
  guint32 place = (guint32)strings->len;
  const char *string = from->strings->str + offset;
  g_string_append_len (strings, string, (gssize)strlen (string) + 1);
  return place;
}

/* The first of SEGMENT's events that is not of a message before I.  */
static guint
first_event (const LogSegment *segment, gint32 i)
{
  guint low = 0, high = segment->events->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (segment->events, LogEvent, middle).message < i)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Move the events of message I of FROM, or those before its first, which are of message
   NUMBER of all, by PID.  */
static void
move_events (Making *making, const LogSegment *from, gint32 i, guint32 number, guint32 pid)
{
  for (guint e = first_event (from, i); e < from->events->len; e++)
    {
      LogEvent event = g_array_index (from->events, LogEvent, e);
      if (event.message != i)
        break;
      event.message = (gint32)(number - making->merge->total);
      event.pid = pid;
      event.before = count_of (making, pid)->messages;
      event.string = move_string (making, from, event.string);
      g_array_append_val (making->segment->events, event);
    }
}

static void
move_facts (Making *making, const LogSegment *from, guint32 i)
{
  for (guint f = 0; f < from->facts->len; f++)
    {
      LogFound found = g_array_index (from->facts, LogFound, f);
      if (found.message != i)
        continue;
      found.message = making->segment->n;
      found.value = move_string (making, from, found.value);
      g_array_append_val (making->segment->facts, found);
    }
}

static void
put (Making *making, const Entry *entry)
{
  LogSegment *segment = making->segment;
  const LogSegment *from = entry->segment;
  Member *member = member_at (making->merge, entry->member);
  guint32 i = entry->i, n = segment->n, pid = from->pids[i];
  guint64 high = (guint64)entry->member << LOG_MEMBER_SHIFT;
  if (i == 0 && member->last)
    move_events (making, from, -1, member->last - 1, member->pid);
  segment->starts[n] = high | log_segment_begin (from, i);
  segment->ends[n] = high | log_segment_end (from, i, entry->end);
  segment->times[n] = from->times[i] == LOG_NO_TIME ? LOG_NO_TIME : entry->time;
  segment->sites[n] = from->sites[i];
  segment->pids[n] = pid;
  count_of (making, pid)->messages++;
  move_events (making, from, (gint32)i, making->merge->total + n, pid);
  if (from->facts->len)
    move_facts (making, from, i);
  member->last = making->merge->total + n + 1;
  member->pid = pid;
  segment->n++;
}

/* A segment of the first N messages that wait.  */
static LogSegment *
make_segment (LogMerge *merge, guint n)
{
  LogSegment *segment = log_segment_new (0);
  segment->starts = g_new (guint64, n);
  segment->ends = g_new (guint64, n);
  segment->times = g_new (gint64, n);
  segment->sites = g_new (guint32, n);
  segment->pids = g_new (guint32, n);
  Making making = { merge, segment, g_hash_table_new (NULL, NULL) };
  for (guint i = 0; i < n; i++)
    put (&making, &g_array_index (merge->waiting, Entry, i));
  g_hash_table_unref (making.counts);
  g_array_remove_range (merge->waiting, 0, n);
  merge->total += n;
  return segment;
}

/* Let go of segments that no message waits in.  */
static void
drop_segments (LogMerge *merge)
{
  for (guint s = merge->segments->len; s-- > 0;)
    {
      const LogSegment *segment = g_ptr_array_index (merge->segments, s);
      gboolean used = FALSE;
      for (guint i = 0; i < merge->waiting->len && !used; i++)
        used = g_array_index (merge->waiting, Entry, i).segment == segment;
      for (guint i = 0; i < merge->members->len && !used; i++)
        used = member_at (merge, i)->segment == segment;
      if (!used)
        g_ptr_array_remove_index_fast (merge->segments, s);
    }
}

LogSegment *
log_merge_next (LogMerge *merge, gboolean *done)
{
  Member *member;
  guint wanted = (merge->total ? MESSAGES : MESSAGES_FIRST) + WAITING;
  *done = FALSE;
  while (merge->waiting->len < wanted && (member = choose (merge, done)))
    move (merge, member);
  guint n = merge->waiting->len;
  if (!*done)
    n = n > WAITING ? n - WAITING : 0;
  if (!n)
    return NULL;
  LogSegment *segment = make_segment (merge, n);
  drop_segments (merge);
  return segment;
}
