/* merge.h --- several logs in the order of time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The messages of several logs, members, put into segments by their time: nothing of
   the text is copied.  A message is where it was in its member, with the member's number
   in the highest bits.  Messages of one member stay in order, but for what processes
   that share a file wrote out of order within a second.

   Neither threads nor files are known here.  */

#ifndef SMBCMP_LOG_MERGE_H
#define SMBCMP_LOG_MERGE_H

#include "log/segment.h"

/* A place in a log that has several members.  */
#define LOG_MEMBER_SHIFT 48
#define LOG_MEMBER_MAX 8191u

static inline guint
log_place_member (guint64 place)
{
  return (guint)(place >> LOG_MEMBER_SHIFT);
}

static inline guint64
log_place_offset (guint64 place)
{
  return place & ((G_GUINT64_CONSTANT (1) << LOG_MEMBER_SHIFT) - 1);
}

/* How members are asked.  */
typedef struct
{
  /* Its Ith segment, to unref, or NULL if that is not known yet, or there is none.  */
  LogSegment *(*segment) (gpointer member, guint32 i, guint32 *first, guint64 *end);
  /* Whether all there are can be had.  */
  gboolean (*is_done) (gpointer member);
  /* How many times it forgot all it had.  */
  guint (*generation) (gpointer member);
} LogMergeClass;

typedef struct _LogMerge LogMerge;

/* MEMBERS, not owned, must live as long.  */
LogMerge *log_merge_new (const LogMergeClass *class, gpointer const *members, guint n);
void log_merge_free (LogMerge *merge);

typedef enum
{
  LOG_MERGE_MORE, /* there is more, or members must know more before */
  LOG_MERGE_DONE,
  LOG_MERGE_AGAIN /* what was put together does not hold: begin anew */
} LogMergeState;

/* The next segment, or NULL; *WANTED is a member that is to be known further for more.  */
LogSegment *log_merge_next (LogMerge *merge, LogMergeState *state, guint *wanted);

/* Go on behind what was put together: members have grown.  */
void log_merge_resume (LogMerge *merge);

/* Begin anew, with the times of member I later by so many MICROS.  */
void log_merge_restart (LogMerge *merge);
void log_merge_shift (LogMerge *merge, guint i, gint64 micros);

#endif
