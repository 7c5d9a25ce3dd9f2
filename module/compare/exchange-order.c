/* exchange-order.c --- what a file has out of the order of time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Who captures with several queues, or one direction after the other, may write frames
   in another order than that in which they were sent.  */

#include "compare/exchange-work.h"

#include "support/hash.h"

/* A clock that was set back by more than this is one: nothing is out of order.  */
#define CLOCK_SET G_GINT64_CONSTANT (60000000000)

/* ------------------------------------------------------ which order is right */

/* What is at a place of an order: PDU, and when it was sent.  */
typedef struct
{
  gint64 time;
  guint32 pdu;
  guint32 made; /* it is of no frame of its own, and stays behind those that are */
} Place;

/* A client counts its requests, and a server answers what was asked.  How often is it
   otherwise, in the order of PLACES?  */
static guint32
count_misfits (const Exchanges *x, const GArray *places)
{
  g_autofree guint64 *keys = g_new (guint64, places->len);
  g_autoptr (GHashTable) asked = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autofree guint64 *highest = g_new0 (guint64, x->streams->len + 1);
  guint32 n = 0;
  for (guint i = 0; i < places->len; i++)
    {
      const WirePdu *pdu = PDU (x, g_array_index (places, Place, i).pdu);
      if (pdu->protocol || pdu->message == G_MAXUINT64
          || pdu->flags & (WIRE_PDU_OPAQUE | WIRE_PDU_DATAGRAM | WIRE_PDU_RETRANSMISSION))
        continue;
      guint stream = GPOINTER_TO_UINT (
          g_hash_table_lookup (x->stream_of, GUINT_TO_POINTER (pdu->stream)));
      keys[i] = hash_mix (hash_mix (HASH_START, pdu->stream), pdu->message);
      if (pdu->flags & WIRE_PDU_RESPONSE)
        n += !g_hash_table_contains (asked, &keys[i]);
      else
        {
          n += pdu->message < highest[stream];
          highest[stream] = MAX (highest[stream], pdu->message);
          g_hash_table_add (asked, &keys[i]);
        }
    }
  return n;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const Place *p = a, *q = b;
  if (p->made != q->made)
    return p->made < q->made ? -1 : 1;
  if (p->time != q->time)
    return p->time < q->time ? -1 : 1;
  return p->pdu < q->pdu ? -1 : p->pdu > q->pdu;
}

static gboolean
is_sorted (const GArray *places)
{
  for (guint i = 1; i < places->len; i++)
    if (compare_places (&g_array_index (places, Place, i - 1),
                        &g_array_index (places, Place, i))
        > 0)
      return FALSE;
  return TRUE;
}

/* The PDUs in the order of time; NULL if that is the file's, as where only frames without
   PDUs are out of order, or if the file's fits better, as where a clock was set back.  */
static GArray *
order_by_time (const Exchanges *x)
{
  g_autoptr (GArray) places = g_array_sized_new (FALSE, FALSE, sizeof (Place), x->n_pdus);
  for (guint i = 0; i < x->n_pdus; i++)
    {
      const Place place = { PDU (x, i)->time, i, PDU (x, i)->stream >> 31 };
      g_array_append_val (places, place);
    }
  if (is_sorted (places))
    return NULL;
  guint32 misfits = count_misfits (x, places);
  g_array_sort (places, compare_places);
  return count_misfits (x, places) <= misfits ? g_steal_pointer (&places) : NULL;
}

/* ------------------------------------------------------------ making them anew */

/* Forget the exchanges of X, and what was needed to make them.  */
static void
forget_exchanges (Exchanges *x)
{
  for (guint32 i = 0; i < x->n_pdus; i++)
    g_array_index (x->next, guint32, i) = NO_PDU;
  g_array_set_size (x->list, 0);
  g_hash_table_remove_all (x->pending);
  g_hash_table_remove_all (x->questions);
  for (guint i = 0; i < x->streams->len; i++)
    STREAM (x, i)->latest = 0;
  x->last_session = 0;
  x->last_frame = x->compound = x->compound_frame = x->n_repeated = 0;
}

/* The records of PDUs by their PLACES, of those whose records do not follow those of the
   PDU before; these get WIRE_PDU_AGAIN.  */
static GHashTable *
records_by_place (Exchanges *x, const GArray *places)
{
  GHashTable *again = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint32 i = 0, next = 0; i < places->len; i++)
    {
      guint32 pdu = g_array_index (places, Place, i).pdu;
      if (pdu != next || PDU (x, pdu)->flags & WIRE_PDU_AGAIN)
        {
          const Records records = exchanges_records (x, pdu);
          g_hash_table_insert (again, GUINT_TO_POINTER (i),
                               g_memdup2 (&records, sizeof records));
          PDU (x, pdu)->flags |= WIRE_PDU_AGAIN;
        }
      next = pdu + 1;
    }
  return again;
}

/* Put the PDUs in the order of PLACES, where they are: they are most of what a comparison
   keeps, and few are out of place.  */
static void
permute (Exchanges *x, const GArray *places)
{
  g_autofree guint32 *from = g_new (guint32, places->len);
  for (guint32 i = 0; i < places->len; i++)
    from[i] = g_array_index (places, Place, i).pdu;
  for (guint32 i = 0; i < places->len; i++)
    {
      const WirePdu first = *PDU (x, i);
      guint32 to = i;
      while (from[to] != i)
        {
          guint32 next = from[to];
          *PDU (x, to) = *PDU (x, next);
          from[to] = to;
          to = next;
        }
      *PDU (x, to) = first;
      from[to] = to;
    }
}

/* Make exchanges of the PDUs in the order of PLACES.  */
static void
make_anew (Exchanges *x, const GArray *places)
{
  GHashTable *again = records_by_place (x, places);
  g_hash_table_unref (x->again);
  x->again = again;
  permute (x, places);
  forget_exchanges (x);
  for (guint32 i = 0; i < x->n_pdus; i++)
    exchanges_take_pdu (x, i);
}

/* --------------------------------------------------------- what is out of place */

/* Mark PDU if TIMES, which has the utmost time of each connection so far, has one that is
   beyond its own: a later one, or with SIGN -1 an earlier one.  */
static void
mark_displaced (WirePdu *pdu, GHashTable *times, gint64 sign)
{
  gpointer stream = GUINT_TO_POINTER (pdu->stream + 1);
  gint64 *utmost = g_hash_table_lookup (times, stream);
  if (!utmost)
    g_hash_table_insert (times, stream, utmost = g_memdup2 (&pdu->time, sizeof pdu->time));
  gint64 beyond = sign * (*utmost - pdu->time);
  if (beyond > 0 && beyond < CLOCK_SET)
    pdu->flags |= WIRE_PDU_DISPLACED;
  else
    *utmost = pdu->time;
}

static void
find_displaced (Exchanges *x)
{
  g_autoptr (GHashTable) latest = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GHashTable) earliest = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < x->n_pdus; i++)
    mark_displaced (PDU (x, i), latest, 1);
  for (guint i = x->n_pdus; i-- > 0;)
    mark_displaced (PDU (x, i), earliest, -1);
}

void
exchanges_put_in_order (Exchanges *x)
{
  /* Before PDUs change places: what libwireshark could not know of them stays unknown.  */
  find_displaced (x);
  g_autoptr (GArray) places = order_by_time (x);
  if (places)
    make_anew (x, places);
}
