/* segments.c --- how connections begin and end, and what was not captured of them

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/segments.h"

/* What is known of a connection.  */
typedef struct
{
  gboolean begun, both_ways;
  guint32 source;     /* port of the first segment */
  WireSegment syn;    /* what asked for it; of frame 0 for none */
  WireSegment answer; /* what came back */
  WireSegment ending; /* of frame 0 for none */
  GArray *lost;       /* of guint32: frames behind what is missing, ascending; or NULL */
  GArray *late;       /* the same: those that come behind later ones, or NULL */
  GArray *late_times; /* of gint64: when they were sent, or NULL */
  GArray *again;      /* of WireSegment: those that were sent before, or NULL */
} Facts;

struct _Segments
{
  int references;
  GHashTable *streams; /* number + 1 to Facts, owned */
  GArray *begun;       /* of guint32: numbers, + 1, of those that were begun */
};

static void
facts_free (gpointer data)
{
  Facts *facts = data;
  g_clear_pointer (&facts->lost, g_array_unref);
  g_clear_pointer (&facts->late, g_array_unref);
  g_clear_pointer (&facts->late_times, g_array_unref);
  g_clear_pointer (&facts->again, g_array_unref);
  g_free (facts);
}

Segments *
segments_new (void)
{
  Segments *segments = g_new (Segments, 1);
  segments->references = 1;
  segments->streams = g_hash_table_new_full (NULL, NULL, NULL, facts_free);
  segments->begun = g_array_new (FALSE, FALSE, sizeof (guint32));
  return segments;
}

Segments *
segments_ref (Segments *segments)
{
  segments->references++;
  return segments;
}

void
segments_unref (Segments *segments)
{
  if (--segments->references)
    return;
  g_hash_table_unref (segments->streams);
  g_array_unref (segments->begun);
  g_free (segments);
}

static const Facts *
find_facts (const Segments *segments, guint32 stream)
{
  return g_hash_table_lookup (segments->streams, GUINT_TO_POINTER (stream + 1));
}

/* Note SEGMENT if it is of how the connection of FACTS begins.  */
static void
note_beginning (Segments *segments, Facts *facts, const WireSegment *segment)
{
  const guint32 both = WIRE_SEGMENT_SYN | WIRE_SEGMENT_ACK;
  if ((segment->flags & both) == WIRE_SEGMENT_SYN && !facts->syn.frame)
    {
      guint32 number = segment->stream + 1;
      facts->syn = *segment;
      g_array_append_val (segments->begun, number);
    }
  else if (facts->syn.frame && !facts->answer.frame
           && segment->ports >> 16 == (facts->syn.ports & 0xffff)
           && ((segment->flags & both) == both || segment->flags & WIRE_SEGMENT_RST))
    facts->answer = *segment;
}

void
segments_each_begun (const Segments *segments,
                     void (*function) (const WireSegment *syn, const WireSegment *answer,
                                       gpointer user),
                     gpointer user)
{
  for (guint i = 0; i < segments->begun->len; i++)
    {
      guint32 number = g_array_index (segments->begun, guint32, i);
      const Facts *facts
          = g_hash_table_lookup (segments->streams, GUINT_TO_POINTER (number));
      function (&facts->syn, &facts->answer, user);
    }
}

static void
add_frame (GArray **frames, guint32 frame)
{
  if (!*frames)
    *frames = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_val (*frames, frame);
}

void
segments_add (Segments *segments, const WireSegment *segment)
{
  Facts *facts
      = g_hash_table_lookup (segments->streams, GUINT_TO_POINTER (segment->stream + 1));
  if (!facts)
    {
      facts = g_new0 (Facts, 1);
      facts->source = segment->ports >> 16;
      g_hash_table_insert (segments->streams, GUINT_TO_POINTER (segment->stream + 1),
                           facts);
    }
  note_beginning (segments, facts, segment);
  facts->both_ways |= segment->ports >> 16 != facts->source;
  facts->begun |= (segment->flags & WIRE_SEGMENT_SYN) != 0;
  if (segment->flags & (WIRE_SEGMENT_FIN | WIRE_SEGMENT_RST | WIRE_SEGMENT_REFUSED)
      && (!facts->ending.frame || segment->time < facts->ending.time))
    facts->ending = *segment;
  if (segment->flags & WIRE_SEGMENT_AGAIN)
    {
      if (!facts->again)
        facts->again = g_array_new (FALSE, FALSE, sizeof (WireSegment));
      g_array_append_vals (facts->again, segment, 1);
    }
  if (segment->flags & (WIRE_SEGMENT_LOST | WIRE_SEGMENT_UNSEEN))
    add_frame (&facts->lost, segment->frame);
  if (segment->flags & WIRE_SEGMENT_EARLIER)
    {
      add_frame (&facts->late, segment->frame);
      if (!facts->late_times)
        facts->late_times = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_array_append_val (facts->late_times, segment->time);
    }
}

guint32
segments_count_again (const Segments *segments, guint32 stream, guint32 port, guint32 after)
{
  const Facts *facts = find_facts (segments, stream);
  guint32 n = 0;
  for (guint i = 0; facts && facts->again && i < facts->again->len; i++)
    {
      const WireSegment *segment = &g_array_index (facts->again, WireSegment, i);
      n += segment->frame > after && segment->ports >> 16 == port;
    }
  return n;
}

gboolean
segments_begun (const Segments *segments, guint32 stream)
{
  const Facts *facts = find_facts (segments, stream);
  return facts && facts->begun;
}

gboolean
segments_both_ways (const Segments *segments, guint32 stream)
{
  const Facts *facts = find_facts (segments, stream);
  return facts && facts->both_ways;
}

const WireSegment *
segments_ending (const Segments *segments, guint32 stream)
{
  const Facts *facts = find_facts (segments, stream);
  return facts && facts->ending.frame ? &facts->ending : NULL;
}

/* The place of the first of FRAMES, ascending, behind AFTER.  */
static guint
first_behind (const GArray *frames, guint32 after)
{
  guint low = 0, high = frames ? frames->len : 0;
  while (low < high)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (frames, guint32, middle) <= after)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Is any of FRAMES, ascending, behind AFTER, and not behind UNTIL?  */
static gboolean
any_between (const GArray *frames, guint32 after, guint32 until)
{
  guint first = first_behind (frames, after);
  return frames && first < frames->len && g_array_index (frames, guint32, first) <= until;
}

gboolean
segments_lost (const Segments *segments, guint32 stream, guint32 after, guint32 until)
{
  const Facts *facts = find_facts (segments, stream);
  return facts && any_between (facts->lost, after, until);
}

gboolean
segments_late (const Segments *segments, guint32 stream, guint32 after, guint32 until)
{
  const Facts *facts = find_facts (segments, stream);
  return facts && any_between (facts->late, after, until);
}

/* How many that are late are looked at for one that should come before.  */
#define NEAR 64

gboolean
segments_overtaken (const Segments *segments, guint32 stream, guint32 frame, gint64 time)
{
  const Facts *facts = find_facts (segments, stream);
  if (!facts || !facts->late)
    return FALSE;
  guint first = first_behind (facts->late, frame);
  for (guint i = first; i < facts->late->len && i < first + NEAR; i++)
    if (g_array_index (facts->late_times, gint64, i) < time)
      return TRUE;
  return FALSE;
}

guint32
segments_count_lost (const Segments *segments, guint32 stream, guint32 *first)
{
  const Facts *facts = find_facts (segments, stream);
  if (!facts || !facts->lost)
    return 0;
  *first = g_array_index (facts->lost, guint32, 0);
  return facts->lost->len;
}
