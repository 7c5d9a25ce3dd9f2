/* extents.h --- which bytes of a message are accounted for by which nodes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Dissectors show some bytes twice: as they are, and as what they mean (a
   security blob, what is read from a pipe).  And they show sizes of what is in
   the message itself.  Both can be told from where nodes are, whatever their
   names.

   Nodes come in the order of the tree, parents first.  */

#ifndef SMBCMP_SUPPORT_EXTENTS_H
#define SMBCMP_SUPPORT_EXTENTS_H

#include <glib.h>

enum
{
  EXTENT_PARENT = 1 << 0,    /* has nodes below it */
  EXTENT_VARIABLE = 1 << 1,  /* may be of any length: text, bytes, what has parts */
  EXTENT_GENERATED = 1 << 2, /* was not sent */
  EXTENT_MESSAGE = 1 << 3    /* begins a message of its own */
};

/* The bytes of a node.  */
typedef struct
{
  gsize source; /* the buffer they are in */
  gint64 start, end;
  guint32 next; /* the node after those below this one */
  guint32 flags;
} Extent;

typedef GArray Extents; /* of Extent */

Extents *extents_new (void);

/* Add a node; its number.  Once those below it are there, extents_close.  */
guint32 extents_add (Extents *extents, gsize source, gint64 start, gint64 length,
                     guint32 flags);
void extents_close (Extents *extents, guint32 node);

static inline const Extent *
extents_get (const Extents *extents, guint32 node)
{
  return &g_array_index (extents, Extent, node);
}

/* Is what was sent, LENGTH bytes from START on, or its place where it is empty, outside of
   what Wireshark made up, MADE bytes from AT on?  */
static inline gboolean
extent_is_beside (gint64 start, gint64 length, gint64 at, gint64 made)
{
  gint64 end = at + MAX (made, 0);
  return length > 0 ? start < at || start + length > end : start > end;
}

/* Are the bytes of NODE, which has nothing below it, dissected by others that are
   not above it?  */
gboolean extents_dissected (const Extents *extents, guint32 node);

/* Is SIZE, the value of NODE, how many bytes something in its message has, or how
   many follow NODE to the end of something?  */
gboolean extents_measures (const Extents *extents, guint32 node, guint64 size);

#endif
