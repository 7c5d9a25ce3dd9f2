/* exchange.c --- what one side asked and the other answered

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/exchange-work.h"

#include <stdlib.h>

#include "support/hash.h"

/* More PDUs, or values of them, than this are refused: some gigabytes.  */
#define MAX_PDUS (1u << 24)
#define MAX_VALUES (1u << 27)

static void
stream_clear (gpointer data)
{
  Stream *stream = data;
  g_free (stream->source);
  g_free (stream->destination);
}

Exchanges *
exchanges_new (Strings *strings)
{
  Exchanges *x = g_new0 (Exchanges, 1);
  x->strings = strings_ref (strings);
  x->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->pdus = g_ptr_array_new_with_free_func (g_free);
  x->ignored = g_array_new (FALSE, FALSE, sizeof (WireIgnored));
  x->identifiers = g_array_new (FALSE, FALSE, sizeof (WireIdentifier));
  x->values = g_array_new (FALSE, FALSE, sizeof (WireValue));
  x->next = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->list = g_array_new (FALSE, FALSE, sizeof (Exchange));
  x->order = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  x->streams = g_array_new (FALSE, FALSE, sizeof (Stream));
  g_array_set_clear_func (x->streams, stream_clear);
  x->stream_of = g_hash_table_new (NULL, NULL);
  x->encrypted = g_hash_table_new (NULL, NULL);
  x->pending = exchanges_pending_new ();
  x->handles = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  x->questions = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  x->segments = segments_new ();
  x->trees = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  x->again = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return x;
}

void
exchanges_free (Exchanges *x)
{
  strings_unref (x->strings);
  GArray *const arrays[] = { x->numbers, x->ignored, x->identifiers, x->values, x->next,
                             x->list,    x->order,   x->groups,      x->streams };
  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);
  g_ptr_array_unref (x->pdus);
  g_hash_table_unref (x->stream_of);
  g_hash_table_unref (x->encrypted);
  g_clear_pointer (&x->pending, g_hash_table_unref);
  g_clear_pointer (&x->questions, g_hash_table_unref);
  g_clear_pointer (&x->handles, g_hash_table_unref);
  g_clear_pointer (&x->trees, g_hash_table_unref);
  g_hash_table_unref (x->again);
  segments_unref (x->segments);
  g_clear_pointer (&x->kept, g_array_unref);
  g_free (x);
}

/* Have SHARED, which is only added to, in the place of *OWN.  */
static void
share (GArray **own, GArray *shared)
{
  g_array_unref (*own);
  *own = g_array_ref (shared);
}

Exchanges *
exchanges_so_far (const Exchanges *x, guint32 n)
{
  Exchanges *copy = exchanges_new (x->strings);
  share (&copy->numbers, x->numbers);
  share (&copy->ignored, x->ignored);
  share (&copy->identifiers, x->identifiers);
  share (&copy->values, x->values);
  g_hash_table_unref (copy->again);
  copy->again = g_hash_table_ref (x->again);
  segments_unref (copy->segments);
  copy->segments = segments_ref (x->segments);
  for (guint32 i = 0; i < MIN (n, x->n_pdus); i++)
    {
      exchanges_add_pdu (copy, PDU (x, i));
      copy->end = MAX (copy->end, PDU (x, i)->time);
    }
  for (guint i = 0; i < copy->streams->len; i++)
    {
      Stream *stream = STREAM (copy, i);
      guint known = GPOINTER_TO_UINT (
          g_hash_table_lookup (x->stream_of, GUINT_TO_POINTER (stream->stream)));
      stream->source = known ? g_strdup (STREAM (x, known - 1)->source) : NULL;
      stream->destination = known ? g_strdup (STREAM (x, known - 1)->destination) : NULL;
    }
  /* By which nothing can be added.  */
  g_clear_pointer (&copy->pending, g_hash_table_unref);
  return copy;
}

static guint32
translate (const Exchanges *x, guint32 number)
{
  return number ? g_array_index (x->numbers, guint32, number - 1) : 0;
}

static void
add_strings (Exchanges *x, GVariant *part)
{
  GVariantIter iter;
  const char *string, *source, *destination;
  guint32 number;
  g_autoptr (GVariant) strings = g_variant_get_child_value (part, 3);
  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "&s", &string))
    {
      number = strings_add (x->strings, string);
      g_array_append_val (x->numbers, number);
    }
  g_autoptr (GVariant) streams = g_variant_get_child_value (part, 4);
  g_variant_iter_init (&iter, streams);
  while (g_variant_iter_next (&iter, "(u&s&s)", &number, &source, &destination))
    {
      Stream *stream = exchanges_find_stream (x, number);
      g_free (stream->source);
      g_free (stream->destination);
      stream->source = g_strdup (source);
      stream->destination = g_strdup (destination);
    }
}

/* Names get the numbers that their strings have for both sides.  */
static void
add_values (Exchanges *x, const WireSummary *summary)
{
  for (gsize i = 0; i < summary->n_values; i++)
    {
      WireValue value = summary->values[i];
      if (wire_value_is_name (&value))
        value.low = translate (x, value.low);
      g_array_append_val (x->values, value);
    }
}

/* PDU's strings get the numbers they have for both sides.  */
static void
translate_strings (const Exchanges *x, WirePdu *pdu)
{
  guint32 *const strings[]
      = { &pdu->command_name, &pdu->status_name, &pdu->path, &pdu->words,
          &pdu->protocol,     &pdu->service,     &pdu->gives };
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    *strings[i] = translate (x, *strings[i]);
}

/* The PDU that was told before as PDU is now; NO_PDU if there is none.  */
static guint32
told_before (const Exchanges *x, const WirePdu *pdu)
{
  guint low = 0, high = x->n_pdus;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const WirePdu *known = PDU (x, middle);
      if (known->frame < pdu->frame
          || (known->frame == pdu->frame && known->index < pdu->index))
        low = middle + 1;
      else
        high = middle;
    }
  const WirePdu *known = low < x->n_pdus ? PDU (x, low) : NULL;
  guint32 flags = pdu->flags & ~(guint32)WIRE_PDU_AGAIN;
  return known && known->frame == pdu->frame && known->index == pdu->index
                 && known->stream == pdu->stream && known->message == pdu->message
                 && known->command == pdu->command
                 && (known->flags & ~(guint32)WIRE_PDU_AGAIN) == flags
             ? low
             : NO_PDU;
}

/* PDU, whose records are RECORDS, counts in place of what it was told as before.  Which
   exchange it is in stays.  FALSE if it was told as another message, or not at all.  */
static gboolean
tell_again (Exchanges *x, const WirePdu *pdu, const Records *records)
{
  /* Such are counted alone.  */
  if (pdu->protocol && pdu->flags & WIRE_PDU_OPAQUE)
    return TRUE;
  guint32 number = told_before (x, pdu);
  if (number == NO_PDU)
    return FALSE;
  WirePdu *known = PDU (x, number);
  const WirePdu before = *known;
  *known = *pdu;
  known->session = before.session;
  known->ignored = before.ignored;
  known->identifiers = before.identifiers;
  known->values = before.values;
  g_hash_table_insert (x->again, GUINT_TO_POINTER (number),
                       g_memdup2 (records, sizeof *records));
  return TRUE;
}

gboolean
exchanges_add (Exchanges *x, GVariant *part)
{
  WireSummary summary;
  if (!x->pending || !wire_summary_view (part, x->numbers->len, &summary)
      || (x->n_pdus && summary.n_pdus && !(summary.pdus[0].flags & WIRE_PDU_AGAIN)
          && summary.pdus[0].frame < PDU (x, x->n_pdus - 1)->frame)
      || summary.n_pdus > MAX_PDUS - x->n_pdus
      || summary.n_ignored > MAX_VALUES - x->ignored->len
      || summary.n_identifiers > MAX_VALUES - x->identifiers->len
      || summary.n_values > MAX_VALUES - x->values->len)
    return FALSE;
  guint32 ignored = x->ignored->len, identifiers = x->identifiers->len;
  guint32 values = x->values->len;
  add_strings (x, part);
  g_array_append_vals (x->ignored, summary.ignored, (guint)summary.n_ignored);
  g_array_append_vals (x->identifiers, summary.identifiers, (guint)summary.n_identifiers);
  add_values (x, &summary);
  for (gsize i = 0; i < summary.n_pdus; i++)
    {
      WirePdu pdu = summary.pdus[i];
      const Records records
          = { ignored, identifiers, values, pdu.ignored, pdu.identifiers, pdu.values };
      pdu.ignored = ignored += pdu.ignored;
      pdu.identifiers = identifiers += pdu.identifiers;
      pdu.values = values += pdu.values;
      translate_strings (x, &pdu);
      if (!(pdu.flags & WIRE_PDU_AGAIN))
        exchanges_add_pdu (x, &pdu);
      else if (!tell_again (x, &pdu, &records))
        return FALSE;
      x->end = MAX (x->end, pdu.time);
    }
  for (gsize i = 0; i < summary.n_segments; i++)
    {
      const WireSegment *segment = &summary.segments[i];
      if (segment->flags & WIRE_SEGMENT_SMB)
        x->foreign_port = MIN (segment->ports >> 16, segment->ports & 0xffff);
      if (segment->flags & WIRE_SEGMENT_EARLIER && !x->n_disordered++)
        x->first_disordered = segment->frame;
      segments_add (x->segments, segment);
      x->end = MAX (x->end, summary.segments[i].time);
    }
  return TRUE;
}

/* ---------------------------------------------------------------- access */

guint32
exchanges_cut (const Exchanges *x)
{
  guint32 n = 0;
  for (guint i = 0; i < x->n_pdus; i++)
    n += (PDU (x, i)->flags & WIRE_PDU_CUT) != 0;
  return n;
}

guint32
exchanges_disordered (const Exchanges *x, guint32 *first)
{
  *first = x->first_disordered;
  return x->n_disordered;
}

guint32
exchanges_repeated (const Exchanges *x)
{
  return x->n_repeated;
}

guint32
exchanges_datagrams (const Exchanges *x)
{
  guint32 n = 0;
  for (guint i = 0; i < x->n_pdus; i++)
    n += (PDU (x, i)->flags & WIRE_PDU_DATAGRAM) != 0;
  return n;
}

GHashTable *
exchanges_encrypted (const Exchanges *x)
{
  return x->encrypted;
}

guint32
exchanges_count (const Exchanges *x)
{
  return x->list->len;
}

const Exchange *
exchanges_get (const Exchanges *x, guint32 i)
{
  return EXCHANGE (x, i);
}

guint32
exchanges_alike (const Exchanges *x, guint32 i)
{
  guint32 n = 0;
  for (guint32 other = 0; other < x->list->len; other++)
    n += EXCHANGE (x, other)->kind_hash == EXCHANGE (x, i)->kind_hash;
  return n;
}

guint32
exchanges_group_count (const Exchanges *x)
{
  return x->groups->len;
}

const Group *
exchanges_group (const Exchanges *x, guint32 i)
{
  return &g_array_index (x->groups, Group, i);
}

guint32
exchanges_in_order (const Exchanges *x, guint32 place)
{
  return g_array_index (x->order, guint32, place);
}

static const char *
stream_end (const Exchanges *x, guint32 group, gboolean server)
{
  const Stream *stream = STREAM (x, exchanges_group (x, group)->stream);
  /* What was told first may be either end.  */
  const char *port = stream->destination ? strrchr (stream->destination, ':') : NULL;
  gboolean to_server = port && atoi (port + 1) == stream->server_port;
  const char *end = server == to_server ? stream->destination : stream->source;
  return end ? end : "";
}

const char *
exchanges_client (const Exchanges *x, guint32 group)
{
  return stream_end (x, group, FALSE);
}

const char *
exchanges_server (const Exchanges *x, guint32 group)
{
  return stream_end (x, group, TRUE);
}

guint32
exchanges_pdu_count (const Exchanges *x)
{
  return x->n_pdus;
}

const WirePdu *
exchanges_pdu (const Exchanges *x, guint32 pdu)
{
  return PDU (x, pdu);
}

guint32
exchanges_next (const Exchanges *x, guint32 pdu)
{
  return g_array_index (x->next, guint32, pdu);
}

Records
exchanges_records (const Exchanges *x, guint32 pdu)
{
  static const WirePdu none;
  const WirePdu *before = pdu ? PDU (x, pdu - 1) : &none, *end = PDU (x, pdu);
  if (end->flags & WIRE_PDU_AGAIN)
    return *(const Records *)g_hash_table_lookup (x->again, GUINT_TO_POINTER (pdu));
  return (Records){ before->ignored,
                    before->identifiers,
                    before->values,
                    end->ignored - before->ignored,
                    end->identifiers - before->identifiers,
                    end->values - before->values };
}

const WireIgnored *
exchanges_ignored (const Exchanges *x, guint32 pdu, guint32 *n)
{
  Records records = exchanges_records (x, pdu);
  *n = records.n_ignored;
  return *n ? &g_array_index (x->ignored, WireIgnored, records.ignored) : NULL;
}

const WireIdentifier *
exchanges_identifiers (const Exchanges *x, guint32 pdu, guint32 *n)
{
  Records records = exchanges_records (x, pdu);
  *n = records.n_identifiers;
  return *n ? &g_array_index (x->identifiers, WireIdentifier, records.identifiers) : NULL;
}

const WireValue *
exchanges_values (const Exchanges *x, guint32 pdu, guint32 *n)
{
  Records records = exchanges_records (x, pdu);
  *n = records.n_values;
  return *n ? &g_array_index (x->values, WireValue, records.values) : NULL;
}

const WirePdu *
exchanges_shown (const Exchanges *x, const Exchange *exchange)
{
  return PDU (x, exchange->request != NO_PDU    ? exchange->request
                 : exchange->response != NO_PDU ? exchange->response
                                                : exchange->interim);
}

gboolean
exchanges_is_displaced (const Exchanges *x, const Exchange *e)
{
  return (e->request != NO_PDU && PDU (x, e->request)->flags & WIRE_PDU_DISPLACED)
         || (e->response != NO_PDU && PDU (x, e->response)->flags & WIRE_PDU_DISPLACED);
}

gboolean
exchanges_is_opaque (const Exchanges *x, guint32 i)
{
  return (exchanges_shown (x, exchanges_get (x, i))->flags & WIRE_PDU_OPAQUE) != 0;
}

guint32
exchanges_foreign_port (const Exchanges *x)
{
  return x->foreign_port;
}

const Segments *
exchanges_segments (const Exchanges *x)
{
  return x->segments;
}

guint32
exchanges_stream (const Exchanges *x, guint32 group)
{
  return STREAM (x, exchanges_group (x, group)->stream)->stream;
}

guint32
exchanges_server_port (const Exchanges *x, guint32 group)
{
  return STREAM (x, exchanges_group (x, group)->stream)->server_port;
}

gint64
exchanges_end (const Exchanges *x)
{
  return x->end;
}

guint64
exchanges_hash (const Exchanges *x)
{
  guint64 hash = hash_mix (HASH_START, x->list->len);
  for (guint32 i = 0; i < x->list->len; i++)
    hash = hash_mix (hash, EXCHANGE (x, i)->exchange_hash);
  return hash;
}

gint64
exchange_duration (const Exchanges *x, const Exchange *e)
{
  if (e->request == NO_PDU || e->response == NO_PDU)
    return -1;
  return exchanges_pdu (x, e->response)->time - exchanges_pdu (x, e->request)->time;
}
