/* segments.h --- how connections begin and end, and what was not captured of them

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   That a peer closes a connection is behaviour; that segments are missing is the
   doing of what recorded them.  */

#ifndef SMBCMP_COMPARE_SEGMENTS_H
#define SMBCMP_COMPARE_SEGMENTS_H

#include "wire/wire.h"

typedef struct _Segments Segments;

Segments *segments_new (void);
Segments *segments_ref (Segments *segments);
void segments_unref (Segments *segments);

void segments_add (Segments *segments, const WireSegment *segment);

/* Call FUNCTION with the segment that asked for each connection of which that was captured,
   and with what came back first, of frame 0 for nothing; by ascending frames.  */
void segments_each_begun (const Segments *segments,
                          void (*function) (const WireSegment *syn,
                                            const WireSegment *answer, gpointer user),
                          gpointer user);

/* How many segments of STREAM that come from PORT, behind the frame AFTER, were sent
   before.  */
guint32 segments_count_again (const Segments *segments, guint32 stream, guint32 port,
                              guint32 after);

/* Was the beginning of STREAM captured?  */
gboolean segments_begun (const Segments *segments, guint32 stream);

/* Was something captured that both ends of STREAM sent?  */
gboolean segments_both_ways (const Segments *segments, guint32 stream);

/* The first segment, by time, that closed, reset or refused STREAM; NULL for none.  */
const WireSegment *segments_ending (const Segments *segments, guint32 stream);

/* Did something of STREAM between the frames AFTER and UNTIL come before what is before it
   in the file?  */
gboolean segments_late (const Segments *segments, guint32 stream, guint32 after,
                        guint32 until);

/* Is something of STREAM behind FRAME that was sent before TIME, when that was?  */
gboolean segments_overtaken (const Segments *segments, guint32 stream, guint32 frame,
                             gint64 time);

/* Is something of STREAM missing between the frames AFTER and UNTIL?  */
gboolean segments_lost (const Segments *segments, guint32 stream, guint32 after,
                        guint32 until);

/* How many places of STREAM are missing, and in FIRST the frame behind the first of
   them.  */
guint32 segments_count_lost (const Segments *segments, guint32 stream, guint32 *first);

#endif
