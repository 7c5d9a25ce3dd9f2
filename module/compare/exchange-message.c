/* exchange-message.c --- messages of other protocols than SMB become exchanges

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A response says which frame it answers, if libwireshark knows; else it answers what
   was asked last in its connection with its id.  Of protocols without ids that is what
   was asked last.  */

#include "compare/exchange-work.h"

#include "support/hash.h"

/* What was asked with PDU's id in FRAME, or in any if that is 0.  */
static guint64
question_key (const WirePdu *pdu, guint32 frame)
{
  return hash_mix (hash_mix (hash_mix (HASH_START, pdu->protocol), pdu->message), frame);
}

/* The exchange that was remembered by KEY, NULL for none.  */
static Exchange *
find_question (Exchanges *x, guint64 key)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (x->questions, &key));
  return found ? EXCHANGE (x, found - 1) : NULL;
}

static void
remember (Exchanges *x, guint64 key, guint32 exchange)
{
  g_hash_table_replace (x->questions, g_memdup2 (&key, sizeof key),
                        GUINT_TO_POINTER (exchange + 1));
}

/* Do PDUs I and J say the same, even in what differs each time?  */
static gboolean
same_message (const Exchanges *x, guint32 i, guint32 j)
{
  const WirePdu *a = PDU (x, i), *b = PDU (x, j);
  guint32 n, m, k, l;
  const WireIgnored *ignored = exchanges_ignored (x, i, &n);
  const WireIgnored *others = exchanges_ignored (x, j, &m);
  const WireIdentifier *ids = exchanges_identifiers (x, i, &k);
  const WireIdentifier *other_ids = exchanges_identifiers (x, j, &l);
  return a->command == b->command && a->matters == b->matters
         && a->environment == b->environment && n == m && k == l
         && (!n || !memcmp (ignored, others, n * sizeof *ignored))
         && (!k || !memcmp (ids, other_ids, k * sizeof *ids));
}

/* What is asked again before it is answered is one exchange, as what TCP sends
   again.  */
static void
add_question (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  const Exchange *before = find_question (x, question_key (pdu, 0));
  guint32 exchange = x->list->len;
  if (before && before->request != NO_PDU && before->response == NO_PDU
      && same_message (x, before->request, i))
    {
      exchange = (guint32)(before - EXCHANGE (x, 0));
      x->n_repeated++;
    }
  else
    exchanges_begin (x, i, NO_PDU);
  remember (x, question_key (pdu, 0), exchange);
  remember (x, question_key (pdu, pdu->frame), exchange);
}

/* Does response I fail after what was fine so far?  Then that is what came of it.  */
static gboolean
fails (const Exchanges *x, const Exchange *exchange, guint32 i)
{
  return !(PDU (x, exchange->response)->flags & WIRE_PDU_FAILED)
         && PDU (x, i)->flags & WIRE_PDU_FAILED;
}

static void
add_answer (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  Exchange *exchange = pdu->link ? find_question (x, question_key (pdu, pdu->link)) : NULL;
  if (!exchange)
    exchange = find_question (x, question_key (pdu, 0));
  if (!exchange)
    {
      exchanges_begin (x, NO_PDU, i);
      remember (x, question_key (pdu, 0), x->list->len - 1);
    }
  else if (exchange->response != NO_PDU && same_message (x, exchange->response, i))
    x->n_repeated++;
  else if (exchange->response != NO_PDU && fails (x, exchange, i))
    {
      exchanges_add_further (x, exchange, exchange->response);
      exchange->response = i;
    }
  else if (pdu->flags & WIRE_PDU_PART || exchange->response != NO_PDU)
    exchanges_add_further (x, exchange, i);
  else
    exchange->response = i;
}

void
exchanges_add_message (Exchanges *x, guint32 pdu)
{
  if (PDU (x, pdu)->flags & WIRE_PDU_RESPONSE)
    add_answer (x, pdu);
  else
    add_question (x, pdu);
}
