/* threads.c --- the threads that index a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/log-work.h"

#include <pthread.h>
#include <signal.h>

#include "log/index.h"

/* ------------------------------------------------------------------ growth */

static void
rewind_tasks (Log *log, guint32 from, gboolean forget)
{
  for (guint i = 0; i < log->tasks->len; i++)
    {
      LogTask *task = g_ptr_array_index (log->tasks, i);
      task->class->rewind (task, from, forget);
    }
}

void
log_forget (Log *log)
{
  rewind_tasks (log, 0, TRUE);
  log_store_forget (&log->store);
  log->generation++;
  log->next = 0;
}

void
log_index_rest (Log *log, guint64 there)
{
  guint32 from = log->store.segments->len;
  gboolean cut = FALSE;
  while (from > 0 && (guint64)from * log->segment_size + LOG_SLACK > there)
    {
      const LogSegment *segment = g_ptr_array_index (log->store.segments, --from);
      cut |= segment->cut;
    }
  if (cut)
    {
      log_forget (log);
      return;
    }
  /* The last message may go on.  */
  guint32 messages = log_store_messages (&log->store);
  guint32 last = messages ? log_store_segment_of (&log->store, messages - 1) : 0;
  rewind_tasks (log, MIN (from, last), FALSE);
  log_store_rewind (&log->store, from);
  log->next = from;
}

/* ---------------------------------------------------------------- threads */

gboolean
log_is_settled (Log *log)
{
  return !log->members && log->upto && log->store.next == log->next
         && (guint64)log->next * log->segment_size >= log->upto;
}

gboolean
log_is_done (Log *log)
{
  gboolean complete;
  if (log->members)
    return log->merged;
  guint64 size = log_source_size (log->source, &complete);
  /* Not by bytes: the file may have been cut meanwhile.  */
  return complete && !log->upto && (guint64)log->store.next * log->segment_size >= size;
}

/* Whether there is a segment to take, with all that belongs to it there, or with
   what is there if no more will come soon.  */
static gboolean
segment_waits (Log *log)
{
  gboolean complete;
  guint64 size = log_source_size (log->source, &complete);
  if (log->upto && log_is_settled (log) && (size > log->upto || complete))
    {
      if (size > log->upto)
        log_index_rest (log, log->upto);
      log->upto = 0;
      g_cond_broadcast (&log->progress);
    }
  guint64 start = (guint64)log->next * log->segment_size;
  /* The first segment tells the others how the log is written.  */
  if (log->next == 1 && log->store.next == 0)
    return FALSE;
  if (log->upto)
    return start < log->upto;
  if (complete ? start < size : start + log->segment_size + LOG_SLACK <= size)
    return TRUE;
  if (log->pause && start < size)
    log->upto = size;
  log->pause = FALSE;
  return log->upto != 0;
}

/* The first segment, which a thread is about to publish, says that the log is of
   SHAPE.  If it seemed to be of another before it grew, nothing that was found holds:
   neither messages nor how many of the requests' events are known.  */
static void
adopt_shape (Log *log, LogShape *shape)
{
  g_autoptr (LogShape) old = log->shape;
  log->shape = shape;
  if (!old || log_shape_equal (shape, old) || !log->store.segments->len)
    return;
  log_forget (log);
  log->next = 1;
}

void
log_wake (Log *log)
{
  log->wakes++;
  g_cond_broadcast (&log->work);
}

/* Wake LOG's threads, and those of the log that it is a file of, which is not locked: who
   holds that lock asks no file anything.  */
static void
wake_all (Log *log)
{
  log_wake (log);
  if (!log->parent)
    return;
  g_mutex_lock (&log->parent->lock);
  log_wake (log->parent);
  g_mutex_unlock (&log->parent->lock);
}

void
log_begin_merge (Log *log)
{
  log_forget (log);
  log_merge_restart (log->merge);
}

/* Put together the next messages of LOG's files; FALSE if another thread does, or files
   must be known further before.  */
static gboolean
merge_members (Log *log)
{
  LogMergeState state;
  guint wanted;
  if (log->merging || log->merged)
    return FALSE;
  log->merging = TRUE;
  g_mutex_unlock (&log->lock);
  LogSegment *segment = log_merge_next (log->merge, &state, &wanted);
  g_mutex_lock (&log->lock);
  log->merging = FALSE;
  log->wanted = wanted;
  log->merged = state == LOG_MERGE_DONE;
  if (segment)
    log_store_add (&log->store, log->next++, segment);
  if (state == LOG_MERGE_AGAIN)
    log_begin_merge (log);
  /* Not at each step, as in index_segment.  */
  if (log->merged || log->awaited)
    g_cond_broadcast (&log->progress);
  if (!segment && state == LOG_MERGE_MORE)
    return FALSE;
  log_wake (log);
  return TRUE;
}

static LogShape *
ref_shape (Log *log)
{
  return log->shape ? log_shape_ref (log->shape) : NULL;
}

static void
index_segment (Log *log, LogIndexer *indexer)
{
  guint32 number = log->next++;
  g_autoptr (LogShape) shape = number ? ref_shape (log) : NULL;
  LogShape *learned = NULL;
  g_mutex_unlock (&log->lock);
  LogSegment *segment = log_index (indexer, log->source, log->written,
                                   (guint64)number * log->segment_size, shape, &learned);
  g_mutex_lock (&log->lock);
  if (learned)
    adopt_shape (log, learned);
  log_store_add (&log->store, number, segment);
  wake_all (log);
  /* Not at each step: who waits for the end would take the processor.  */
  if (log_is_done (log))
    g_cond_broadcast (&log->progress);
}

/* Index a segment of MEMBER if there is one to take, with no lock.  */
static gboolean
index_member (Log *member, LogIndexer *indexer)
{
  g_mutex_lock (&member->lock);
  gboolean waits = segment_waits (member);
  if (waits)
    index_segment (member, indexer);
  g_mutex_unlock (&member->lock);
  return waits;
}

/* Index a segment of one of LOG's files, best of that for which those who put them
   together wait; FALSE if there is none to take.  */
static gboolean
index_members (Log *log, LogIndexer *indexer)
{
  guint wanted = log->wanted, n = log->members->len;
  gboolean done = FALSE;
  g_mutex_unlock (&log->lock);
  for (guint i = 0; i < n && !done; i++)
    done = index_member (g_ptr_array_index (log->members, (wanted + i) % n), indexer);
  g_mutex_lock (&log->lock);
  return done;
}

/* Do a piece of a task, the newest first; FALSE if none has work.  SCRATCHES are the
   thread's, by class of task.  */
static gboolean
do_task (Log *log, GHashTable *scratches)
{
  for (guint i = log->tasks->len; i-- > 0;)
    {
      LogTask *task = g_ptr_array_index (log->tasks, i);
      gpointer scratch = g_hash_table_lookup (scratches, task->class);
      if (!scratch)
        {
          scratch = task->class->scratch_new ();
          g_hash_table_insert (scratches, (gpointer)task->class, scratch);
        }
      if (task->class->work (task, scratch, &log->lock))
        {
          g_cond_broadcast (&log->progress);
          return TRUE;
        }
    }
  return FALSE;
}

static void
free_scratch (gpointer class, gpointer scratch, gpointer data G_GNUC_UNUSED)
{
  ((const LogTaskClass *)class)->scratch_free (scratch);
}

static gpointer
work (gpointer data)
{
  Log *log = data;
  g_autoptr (LogIndexer) indexer
      = log_indexer_new (log->sites, log->segment_size, log->zone);
  g_autoptr (GHashTable) scratches = g_hash_table_new (NULL, NULL);
  g_mutex_lock (&log->lock);
  while (!log->stop)
    {
      guint wakes = log->wakes;
      if (log->rest > g_get_monotonic_time ())
        {
          g_cond_wait_until (&log->work, &log->lock, log->rest);
          continue;
        }
      if (do_task (log, scratches))
        continue;
      if (log->members && (merge_members (log) || index_members (log, indexer)))
        continue;
      if (!log->members && segment_waits (log))
        index_segment (log, indexer);
      else if (wakes == log->wakes) /* not meanwhile, without the lock */
        g_cond_wait (&log->work, &log->lock);
    }
  g_mutex_unlock (&log->lock);
  g_hash_table_foreach (scratches, free_scratch, NULL);
  return NULL;
}

void
log_on_more (gboolean pause, void *data)
{
  Log *log = data;
  g_mutex_lock (&log->lock);
  log->pause |= pause;
  g_cond_broadcast (&log->progress);
  wake_all (log);
  g_mutex_unlock (&log->lock);
}

/* Threads of ours take no signals: they are Emacs'.  */
void
log_start_threads (Log *log)
{
  sigset_t all, old;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  log->n_threads = CLAMP (g_get_num_processors (), 1, MAX_THREADS);
  for (guint i = 0; i < log->n_threads; i++)
    log->threads[i] = g_thread_new ("smblog", work, log);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
}
