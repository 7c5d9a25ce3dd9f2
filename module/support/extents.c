/* extents.c --- which bytes of a message are accounted for by which nodes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/extents.h"

/* Fewer bytes than that are a value, and nothing to dissect.  */
#define LEAST_DISSECTED 8

Extents *
extents_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (Extent));
}

guint32
extents_add (Extents *extents, gsize source, gint64 start, gint64 length, guint32 flags)
{
  const Extent extent = { source, start, start + MAX (length, 0), extents->len + 1, flags };
  g_array_append_val (extents, extent);
  return extents->len - 1;
}

void
extents_close (Extents *extents, guint32 node)
{
  g_array_index (extents, Extent, node).next = extents->len;
}

/* How far NODE's bytes are dissected, if they are up to AT.  */
static gint64
dissected_to (const Extents *extents, guint32 node, gint64 at)
{
  const Extent *self = extents_get (extents, node);
  gint64 end = at;
  for (guint32 i = 0; i < extents->len; i++)
    {
      const Extent *other = extents_get (extents, i);
      if ((other->flags & (EXTENT_PARENT | EXTENT_GENERATED)) == EXTENT_PARENT
          && other->source == self->source && other->start >= self->start
          && other->start <= at && other->end > end && !(i < node && node < other->next))
        end = other->end;
    }
  return end;
}

gboolean
extents_dissected (const Extents *extents, guint32 node)
{
  const Extent *self = extents_get (extents, node);
  gint64 at = self->start, before = -1;
  if (self->end - self->start < LEAST_DISSECTED)
    return FALSE;
  while (at < self->end && at > before)
    {
      before = at;
      at = dissected_to (extents, node, at);
    }
  return at >= self->end;
}

gboolean
extents_measures (const Extents *extents, guint32 node, guint64 size)
{
  const Extent *self = extents_get (extents, node);
  guint32 first = node;
  if (!size || size > G_MAXINT32)
    return FALSE;
  while (first > 0 && !(extents_get (extents, first)->flags & EXTENT_MESSAGE))
    first--;
  for (guint32 i = first; i < extents->len; i++)
    {
      const Extent *other = extents_get (extents, i);
      if (i > first && other->flags & EXTENT_MESSAGE)
        break;
      if (other->flags & EXTENT_GENERATED || i == node)
        continue;
      if ((other->flags & EXTENT_VARIABLE && other->end - other->start == (gint64)size)
          || (other->source == self->source && other->end == self->end + (gint64)size))
        return TRUE;
    }
  return FALSE;
}
