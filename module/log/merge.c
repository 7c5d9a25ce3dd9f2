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
  gint64 next;         /* its time, as next_time has it */
  gint64 time;         /* of the message before, or LOG_NO_TIME */
  guint32 last, pid;   /* the message of it that was put out last: number in all */
  guint32 taken;       /* messages that were taken of TAKEN_FROM, the number of the */
  guint32 taken_from;  /* segment that the last one was in */
  guint64 taken_end;   /* its end */
  guint32 skip;        /* messages to pass over in the next segment: they were taken */
  guint generation;    /* of the member, when messages were taken */
  gboolean ended;
  /* Where EVENT and FACT are the first that are not of a message before PUT in FROM.  */
  const LogSegment *from;
  guint32 put;
  guint event, fact;
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
  GArray *members; /* of Member */
  Entry *waiting;  /* in order; owned */
  guint n_waiting, room;
  GPtrArray *segments; /* that ENTRIES are in; owned */
  guint32 total;       /* messages that were put out */
  gint64 latest;       /* the latest time of these, and the last member that has it */
  guint32 latest_member;
  guint wanted;     /* the member that must be known further */
  gboolean resumed; /* members have grown since it began */
};

LogMerge *
log_merge_new (const LogMergeClass *class, gpointer const *members, guint n)
{
  LogMerge *merge = g_new0 (LogMerge, 1);
  merge->class = class;
  merge->latest = LOG_NO_TIME;
  merge->latest_member = 0;
  merge->members = g_array_new (FALSE, TRUE, sizeof (Member));
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
  merge->n_waiting = 0;
  g_ptr_array_set_size (merge->segments, 0);
  merge->total = 0;
  merge->latest = LOG_NO_TIME;
  merge->latest_member = 0;
  merge->resumed = FALSE;
}

void
log_merge_resume (LogMerge *merge)
{
  merge->resumed = TRUE;
  for (guint i = 0; i < merge->members->len; i++)
    {
      Member *member = member_at (merge, i);
      g_clear_pointer (&member->segment, log_segment_unref);
      member->number = member->taken_from;
      member->skip = member->taken;
      member->from = NULL;
      member->ended = FALSE;
    }
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
  g_free (merge->waiting);
  g_ptr_array_unref (merge->segments);
  g_free (merge);
}

/* ---------------------------------------------------------------- in order */

/* Pass over what was taken of MEMBER's segment before it grew; FALSE if that is no longer
   what it was: its last message went on, or all is read otherwise.  */
static gboolean
skip_taken (LogMerge *merge, Member *member)
{
  guint generation = merge->class->generation (member->log);
  if (member->taken && generation != member->generation)
    return FALSE;
  member->generation = generation;
  member->i = member->skip;
  member->skip = 0;
  return !member->i
         || (member->i <= member->segment->n
             && log_segment_end (member->segment, member->i - 1, member->end)
                    == member->taken_end);
}

/* The time of MEMBER's next message, that of the one before if it has none, or only the
   second, which is the same.  */
static inline gint64
next_time (const Member *member)
{
  gint64 time = member->segment->times[member->i];
  if (time == LOG_NO_TIME)
    return member->time;
  gint64 shifted = time + member->shift;
  if (shifted >= member->time)
    return shifted;
  gboolean same_second
      = member->time - shifted < G_USEC_PER_SEC && time % G_USEC_PER_SEC == 0;
  return same_second ? member->time : shifted;
}

/* Have MEMBER's next message at hand, if there is one; FALSE if that is not known.  */
static gboolean
look_ahead (LogMerge *merge, Member *member, LogMergeState *state)
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
      if (!next)
        continue;
      g_ptr_array_add (merge->segments, log_segment_ref (next));
      if (!skip_taken (merge, member))
        {
          *state = LOG_MERGE_AGAIN;
          return FALSE;
        }
      if (member->i < next->n)
        member->next = next_time (member);
    }
  return TRUE;
}

/* The member whose message is next, and *UNTIL which time it stays that; NULL if it is not
   known, or there is none.  */
static Member *
choose (LogMerge *merge, gint64 *until, LogMergeState *state)
{
  Member *chosen = NULL;
  *until = G_MAXINT64;
  for (guint i = 0; i < merge->members->len; i++)
    {
      Member *member = member_at (merge, i);
      if ((!member->segment || member->i == member->segment->n)
          && !look_ahead (merge, member, state))
        {
          merge->wanted = i;
          return NULL;
        }
      if (member->ended)
        continue;
      if (!chosen || member->next < chosen->next)
        {
          /* At the same time the first one goes first.  */
          if (chosen)
            *until = chosen->next - 1;
          chosen = member;
        }
      else
        *until = MIN (*until, member->next);
    }
  if (!chosen)
    *state = LOG_MERGE_DONE;
  return chosen;
}

/* Where a message of TIME is to wait: before those that are later by less than a second,
   if these are few.  Where many are, the clock was set back.  */
static guint
place_of (LogMerge *merge, gint64 time)
{
  const guint n = merge->n_waiting;
  for (guint at = n; time != LOG_NO_TIME; at--)
    {
      gint64 before = at ? merge->waiting[at - 1].time : LOG_NO_TIME;
      if (before <= time)
        return at;
      if (before - time > G_USEC_PER_SEC || n - at == WAITING)
        break;
    }
  return n;
}

/* Whether ENTRY belongs before what was put out.  */
static gboolean
is_late (const LogMerge *merge, const Entry *entry)
{
  return entry->time < merge->latest
         || (entry->time == merge->latest && entry->member < merge->latest_member);
}

/* Put ENTRY where it is to wait.  */
static void
add_waiting (LogMerge *merge, const Entry *entry)
{
  guint place = place_of (merge, entry->time);
  if (merge->n_waiting == merge->room)
    {
      merge->room = MAX (2 * merge->room, MESSAGES_FIRST + WAITING);
      merge->waiting = g_renew (Entry, merge->waiting, merge->room);
    }
  Entry *at = merge->waiting + place;
  if (place < merge->n_waiting)
    memmove (at + 1, at, (merge->n_waiting - place) * sizeof (Entry));
  *at = *entry;
  merge->n_waiting++;
}

/* Move messages of MEMBER's segment up to time UNTIL to those that wait, until WANTED do,
   at least one; FALSE if the last belongs before what was put out.  */
static gboolean
move_run (LogMerge *merge, Member *member, gint64 until, guint wanted)
{
  const LogSegment *segment = member->segment;
  Entry entry
      = { .segment = member->segment, .member = (guint32)(member - member_at (merge, 0)) };
  do
    {
      entry.time = member->time = member->next;
      entry.i = member->i++;
      entry.end = log_segment_end (segment, entry.i, member->end);
      if (merge->resumed && is_late (merge, &entry))
        return FALSE;
      add_waiting (merge, &entry);
      if (member->i < segment->n)
        member->next = next_time (member);
    }
  while (merge->n_waiting < wanted && member->i < segment->n && member->next <= until);
  member->taken = member->i;
  member->taken_from = member->number - 1;
  member->taken_end = entry.end;
  return TRUE;
}

/* Move messages until WANTED wait, or no more are known.  */
static void
move_some (LogMerge *merge, guint wanted, LogMergeState *state)
{
  Member *member;
  gint64 until;
  while (merge->n_waiting < wanted && (member = choose (merge, &until, state)))
    if (!move_run (merge, member, until, wanted))
      {
        *state = LOG_MERGE_AGAIN;
        return;
      }
}

/* ------------------------------------------------------------- put together */

/* A segment on its way.  */
typedef struct
{
  LogMerge *merge;
  LogSegment *segment;
  GHashTable *counts; /* pid -> place in the segment's counts + 1 */
  guint32 pid;        /* of the message before, which is in PLACE of the counts, from 1 */
  guint place;
} Making;

static LogCount *
count_of (Making *making, guint32 pid)
{
  GArray *counts = making->segment->counts;
  if (making->place && making->pid == pid)
    return &g_array_index (counts, LogCount, making->place - 1);
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
  making->pid = pid;
  making->place = place;
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

/* Whether event E of FROM is one of its message I, or -1: of one before its first.  */
static inline gboolean
has_event (const LogSegment *from, guint e, gint32 i)
{
  return e < from->events->len && g_array_index (from->events, LogEvent, e).message == i;
}

/* Move events of message I of FROM, from number E on, which are of message NUMBER of all,
   by PID; the number of the first that is not moved.  */
static guint
move_events (Making *making, const LogSegment *from, guint e, gint32 i, guint32 number,
             guint32 pid)
{
  for (; has_event (from, e, i); e++)
    {
      LogEvent event = g_array_index (from->events, LogEvent, e);
      event.message = (gint32)(number - making->merge->total);
      event.pid = pid;
      event.before = count_of (making, pid)->messages;
      event.string = move_string (making, from, event.string);
      g_array_append_val (making->segment->events, event);
    }
  return e;
}

/* The same of facts.  */
static inline gboolean
has_fact (const LogSegment *from, guint f, guint32 i)
{
  return f < from->facts->len && g_array_index (from->facts, LogFound, f).message == i;
}

static guint
move_facts (Making *making, const LogSegment *from, guint f, guint32 i)
{
  for (; has_fact (from, f, i); f++)
    {
      LogFound found = g_array_index (from->facts, LogFound, f);
      found.message = making->segment->n;
      found.value = move_string (making, from, found.value);
      g_array_append_val (making->segment->facts, found);
    }
  return f;
}

/* Have MEMBER's cursors at message I of FROM.  Messages come in order, but for few.  */
static void
seek (Member *member, const LogSegment *from, guint32 i)
{
  if (member->from != from || i < member->put)
    member->event = member->fact = 0;
  member->from = from;
  member->put = i;
  while (member->event < from->events->len
         && g_array_index (from->events, LogEvent, member->event).message < (gint32)i)
    member->event++;
  while (member->fact < from->facts->len
         && g_array_index (from->facts, LogFound, member->fact).message < i)
    member->fact++;
}

static void
note_latest (LogMerge *merge, const Entry *entry)
{
  if (entry->time > merge->latest)
    merge->latest_member = entry->member;
  else if (entry->time == merge->latest)
    merge->latest_member = MAX (merge->latest_member, entry->member);
  merge->latest = MAX (merge->latest, entry->time);
}

/* How many of N entries from ENTRY on follow each other in one segment.  */
static guint
run_length (const Entry *entry, guint n)
{
  guint length = 1;
  while (length < n && entry[length].segment == entry->segment
         && entry[length].i == entry->i + length)
    length++;
  return length;
}

/* Copy what the index knows of N messages from ENTRY on, which follow each other, behind
   those of SEGMENT.  */
static void
copy_run (LogSegment *segment, const Entry *entry, guint n)
{
  const LogSegment *from = entry->segment;
  const guint32 i = entry->i, at = segment->n;
  const guint64 high = (guint64)entry->member << LOG_MEMBER_SHIFT;
  guint64 *starts = segment->starts + at, *ends = segment->ends + at;
  gint64 *times = segment->times + at;
  for (guint k = 0; k < n; k++)
    {
      starts[k] = high | log_segment_begin (from, i + k);
      ends[k] = high | entry[k].end;
      times[k] = from->times[i + k] == LOG_NO_TIME ? LOG_NO_TIME : entry[k].time;
    }
  memcpy (segment->sites + at, from->sites + i, n * sizeof (guint32));
  memcpy (segment->pids + at, from->pids + i, n * sizeof (guint32));
}

/* Put N messages from ENTRY on, which follow each other, behind those of the segment.  */
static void
put_run (Making *making, const Entry *entry, guint n)
{
  LogSegment *segment = making->segment;
  const LogSegment *from = entry->segment;
  Member *member = member_at (making->merge, entry->member);
  if (entry->i == 0 && member->last)
    move_events (making, from, 0, -1, member->last - 1, member->pid);
  seek (member, from, entry->i);
  copy_run (segment, entry, n);
  for (guint k = 0; k < n; k++, segment->n++)
    {
      guint32 i = entry[k].i, pid = from->pids[i];
      count_of (making, pid)->messages++;
      if (has_event (from, member->event, (gint32)i))
        member->event = move_events (making, from, member->event, (gint32)i,
                                     making->merge->total + segment->n, pid);
      if (has_fact (from, member->fact, i))
        member->fact = move_facts (making, from, member->fact, i);
      note_latest (making->merge, entry + k);
      member->pid = pid;
    }
  member->put = entry[n - 1].i + 1;
  member->last = making->merge->total + segment->n;
}

/* A segment of the first N messages that wait.  */
static LogSegment *
make_segment (LogMerge *merge, guint n)
{
  LogSegment *segment = log_segment_new (0);
  log_segment_reserve (segment, n, TRUE);
  Making making
      = { .merge = merge, .segment = segment, .counts = g_hash_table_new (NULL, NULL) };
  for (guint i = 0, length; i < n; i += length)
    {
      length = run_length (merge->waiting + i, n - i);
      put_run (&making, merge->waiting + i, length);
    }
  g_hash_table_unref (making.counts);
  log_segment_note_times (segment);
  merge->n_waiting -= n;
  memmove (merge->waiting, merge->waiting + n, merge->n_waiting * sizeof (Entry));
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
      for (guint i = 0; i < merge->n_waiting && !used; i++)
        used = merge->waiting[i].segment == segment;
      for (guint i = 0; i < merge->members->len && !used; i++)
        used = member_at (merge, i)->segment == segment;
      if (!used)
        g_ptr_array_remove_index_fast (merge->segments, s);
    }
}

LogSegment *
log_merge_next (LogMerge *merge, LogMergeState *state, guint *wanted)
{
  *state = LOG_MERGE_MORE;
  move_some (merge, (merge->total ? MESSAGES : MESSAGES_FIRST) + WAITING, state);
  *wanted = merge->wanted;
  guint n = merge->n_waiting;
  if (*state != LOG_MERGE_DONE)
    n = n > WAITING && *state == LOG_MERGE_MORE ? n - WAITING : 0;
  if (!n)
    return NULL;
  LogSegment *segment = make_segment (merge, n);
  drop_segments (merge);
  return segment;
}
