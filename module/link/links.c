/* links.c --- what is linked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/links.h"

Links *
links_new (void)
{
  Links *links = g_new0 (Links, 1);
  links->links = g_array_new (FALSE, TRUE, sizeof (Link)); /* cleared */
  links->candidates = g_array_new (FALSE, FALSE, sizeof (guint32));
  links->frames = g_array_new (FALSE, FALSE, sizeof (LinkFrame));
  return links;
}

void
links_free (Links *links)
{
  g_array_unref (links->links);
  g_array_unref (links->candidates);
  g_array_unref (links->frames);
  g_free (links);
}

/* ------------------------------------------------------------------ clocks */

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
  return (x > y) - (x < y);
}

/* The time of each request's frame.  */
static GHashTable *
request_times (const LinkCapture *capture)
{
  GHashTable *times = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < capture->pdus->len; i++)
    {
      const LinkPdu *pdu = &g_array_index (capture->pdus, LinkPdu, i);
      if (!pdu->response && pdu->time != LOG_NO_TIME)
        g_hash_table_insert (times, GUINT_TO_POINTER (pdu->frame), (gpointer)&pdu->time);
    }
  return times;
}

/* How far the log's clock is ahead: the median of the certain links.  */
static gint64
clock_offset (const Links *links, Log *log, const LinkCapture *capture)
{
  g_autoptr (GHashTable) times = request_times (capture);
  g_autoptr (GArray) offsets = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < links->links->len; i++)
    {
      const Link *link = &g_array_index (links->links, Link, i);
      const gint64 *time
          = link->state == LINK_CERTAIN
                ? g_hash_table_lookup (times, GUINT_TO_POINTER (link->request))
                : NULL;
      LogMessage message;
      if (time && log_message (log, link->begin, &message) && message.time != LOG_NO_TIME)
        {
          gint64 offset = message.time - *time;
          g_array_append_val (offsets, offset);
        }
    }
  if (!offsets->len)
    return LOG_NO_TIME;
  g_array_sort (offsets, compare_times);
  return g_array_index (offsets, gint64, offsets->len / 2);
}

/* ------------------------------------------------------------------ frames */

static int
compare_frames (gconstpointer a, gconstpointer b)
{
  const LinkFrame *x = a, *y = b;
  return x->frame != y->frame ? (x->frame > y->frame) - (x->frame < y->frame)
                              : (x->number > y->number) - (x->number < y->number);
}

/* Compounds have several requests in a frame.  */
static void
sort_frames (Links *links)
{
  for (guint32 i = 0; i < links->links->len; i++)
    {
      const Link *link = &g_array_index (links->links, Link, i);
      if (link->state != LINK_CERTAIN)
        continue;
      LinkFrame frame = { link->request, i };
      g_array_append_val (links->frames, frame);
      frame.frame = link->response;
      if (link->response && link->response != link->request)
        g_array_append_val (links->frames, frame);
    }
  g_array_sort (links->frames, compare_frames);
}

guint
links_find_frame (const Links *links, guint32 frame)
{
  guint low = 0, high = links->frames->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (links->frames, LinkFrame, middle).frame < frame)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

void
links_complete (Links *links, Log *log, const LinkCapture *capture)
{
  links->offset = clock_offset (links, log, capture);
  sort_frames (links);
}
