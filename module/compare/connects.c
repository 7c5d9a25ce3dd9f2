/* connects.c --- connections that did not come about

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/connects.h"

#include "compare/exchange-work.h"
#include "support/hash.h"

/* What is noted of a side's connections.  */
typedef struct
{
  Exchanges *x;
  GHashTable *ports; /* those of servers that did not let somebody in */
} Connects;

static guint32
server_port (const WireSegment *syn)
{
  return syn->ports & 0xffff;
}

/* Has STREAM messages?  Then it was accepted, whether that was captured or not.  Others
   are not told of, and many SYNs may have no answer.  */
static gboolean
is_in_use (const Exchanges *x, guint32 stream)
{
  return g_hash_table_contains (x->stream_of, GUINT_TO_POINTER (stream));
}

static void
note_failure (const WireSegment *syn, const WireSegment *answer, gpointer user)
{
  const Connects *connects = user;
  if (answer->flags & WIRE_SEGMENT_RST
      || (!answer->frame && !is_in_use (connects->x, syn->stream)))
    g_hash_table_add (connects->ports, GUINT_TO_POINTER (server_port (syn)));
}

/* Add a PDU for SEGMENT of the connection to PORT.  */
static guint32
add_segment (Exchanges *x, const WireSegment *segment, guint32 port)
{
  g_autofree char *path = g_strdup_printf ("port %u", port);
  WirePdu pdu = { .time = segment->time,
                  .frame = segment->frame,
                  .index = WIRE_PLACE,
                  .ports = segment->ports,
                  .matters = HASH_START,
                  .protocol = strings_add (x->strings, "TCP"),
                  .path = strings_add (x->strings, path),
                  .command_name = strings_add (x->strings, "TCP connect"),
                  .ignored = x->ignored->len,
                  .identifiers = x->identifiers->len,
                  .values = x->values->len };
  pdu.command = (guint32)hash_string ("TCP connect") | 1u << 31;
  pdu.stream = (guint32)hash_mix (hash_string ("TCP connect"), port) | 1u << 31;
  if (segment->flags & (WIRE_SEGMENT_ACK | WIRE_SEGMENT_RST))
    {
      gboolean refused = (segment->flags & WIRE_SEGMENT_RST) != 0;
      const char *outcome = refused ? "refused" : "accepted";
      pdu.flags = WIRE_PDU_RESPONSE | WIRE_PDU_STATUS | (refused ? WIRE_PDU_FAILED : 0);
      pdu.status = refused;
      pdu.status_name = strings_add (x->strings, outcome);
    }
  exchanges_stream_index (x, pdu.stream);
  return exchanges_keep_pdu (x, &pdu);
}

static void
add_connect (const WireSegment *syn, const WireSegment *answer, gpointer user)
{
  const Connects *connects = user;
  guint32 port = server_port (syn);
  if (!g_hash_table_contains (connects->ports, GUINT_TO_POINTER (port)))
    return;
  guint32 request = add_segment (connects->x, syn, port);
  exchanges_begin (connects->x, request,
                   answer->frame ? add_segment (connects->x, answer, port) : NO_PDU);
}

void
connects_add (Exchanges *a, Exchanges *b)
{
  g_autoptr (GHashTable) ports = g_hash_table_new (NULL, NULL);
  Exchanges *const sides[2] = { a, b };
  for (int side = 0; side < 2; side++)
    {
      Connects connects = { sides[side], ports };
      segments_each_begun (sides[side]->segments, note_failure, &connects);
    }
  for (int side = 0; side < 2 && g_hash_table_size (ports); side++)
    {
      Connects connects = { sides[side], ports };
      segments_each_begun (sides[side]->segments, add_connect, &connects);
    }
}
