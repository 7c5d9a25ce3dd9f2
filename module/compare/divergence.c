/* divergence.c --- a divergence is added

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/divergence.h"
#include "compare/cause.h"
#include "compare/missing.h"

#include <string.h>

DivergenceKind
divergence_kind (const JudgedRow *c)
{
  if (!c->e[0] || !c->e[1])
    return c->e[0] ? DIVERGES_ONLY_A : DIVERGES_ONLY_B;
  return c->found.n_broken   ? DIVERGES_IDENTIFIER
         : c->status         ? DIVERGES_STATUS
         : c->found.request  ? DIVERGES_REQUEST
         : c->found.response ? DIVERGES_RESPONSE
         : c->slower         ? DIVERGES_SLOWER
                             : DIVERGES_REQUEST;
}

/* Is something of one side only because of what a capture lacks?  */
static gboolean
follows_capture (const Judge *judge, const Divergence *d)
{
  return d->cause != NO_DIVERGENCE
         && (d->kind == DIVERGES_ONLY_A || d->kind == DIVERGES_ONLY_B)
         && g_array_index (judge->result->divergences, Divergence, d->cause).kind
                == DIVERGES_CAPTURE;
}

/* A request that had no answer for that long had none.  */
#define PATIENCE G_GINT64_CONSTANT (2000000000)

/* How long the request of E, of the capture X, waited for an answer that did not come.  */
static gint64
waited (const Exchanges *x, const Exchange *e)
{
  const WirePdu *request = exchanges_pdu (x, e->request);
  const WireSegment *ending = segments_ending (exchanges_segments (x), request->stream);
  gint64 end = ending && ending->time > request->time ? ending->time : exchanges_end (x);
  /* A summary may say anything.  */
  return (gint64)((guint64)end - (guint64)request->time);
}

/* How often TCP sent the request of E, the last one, again.  */
static guint32
count_again (const Exchanges *x, const Exchange *e)
{
  const WirePdu *request = exchanges_pdu (x, e->request);
  return segments_count_again (exchanges_segments (x), request->stream,
                               request->ports >> 16, request->frame);
}

/* Are CLIENT and OTHER, addresses with ports, one machine?  */
static gboolean
same_machine (const char *client, const char *other)
{
  const char *port = strrchr (client, ':');
  return port && !strncmp (client, other, (gsize)(port - client + 1))
         && !strchr (other + (port - client) + 1, ':');
}

guint32
divergence_reconnect (const Exchanges *x, const Exchange *e, guint32 frame)
{
  guint32 found = 0;
  for (guint32 g = 0; g < exchanges_group_count (x); g++)
    {
      guint32 first
          = exchanges_shown (
                x, exchanges_get (x, exchanges_in_order (x, exchanges_group (x, g)->first)))
                ->frame;
      if (first > frame && (!found || first < found)
          && g_str_equal (exchanges_server (x, g), exchanges_server (x, e->group))
          && same_machine (exchanges_client (x, e->group), exchanges_client (x, g)))
        found = first;
    }
  return found;
}

/* If D is that a request of SIDE has no response because the server ended the connection,
   or for all the time there was, that is what to tell.  */
static void
note_ending (const Judge *judge, const JudgedRow *c, int side, Divergence *d)
{
  const Exchanges *x = judge->x[side];
  const Exchange *e = c->e[side];
  if (!c->e[0] || !c->e[1] || e->response != NO_PDU)
    return;
  const WireSegment *ending = missing_ending (judge, c, side);
  if (ending)
    {
      d->frame = ending->frame;
      d->how = ending->flags;
    }
  else if (e->request != NO_PDU && e->interim == NO_PDU && c->e[!side]->response != NO_PDU
           && waited (x, e) >= PATIENCE)
    {
      d->frame = exchanges_pdu (x, e->request)->frame;
      d->waited = waited (x, e);
      d->again = count_again (x, e);
    }
  else
    return;
  d->kind = DIVERGES_CONNECTION;
  d->side = side;
  d->reconnect = divergence_reconnect (x, e, d->frame);
}

guint32
divergence_add (Judge *judge, const JudgedRow *c, DivergenceKind kind)
{
  Divergence d = c->found;
  d.kind = kind;
  d.row = c->number;
  d.a = c->row->left;
  d.b = c->row->right;
  d.n = 1;
  d.cause = cause_find (judge, c);
  if (missing_by_capture (judge, c, &d.side) || (missing_names (judge, c) && !c->status)
      || follows_capture (judge, &d))
    d.kind = DIVERGES_CAPTURE;
  else if (missing_names (judge, c))
    d.kind = DIVERGES_STATUS;
  else
    for (int side = 0; side < 2; side++)
      note_ending (judge, c, side, &d);
  kind = d.kind;
  judge->apart |= kind == DIVERGES_STATUS || kind == DIVERGES_ONLY_A
                  || kind == DIVERGES_ONLY_B || kind == DIVERGES_ORDER
                  || kind == DIVERGES_IDENTIFIER;
  g_array_append_val (judge->result->divergences, d);
  return judge->result->divergences->len - 1;
}
