/* summary-message.c --- messages of other protocols become PDU summaries

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/summary-work.h"

#include <string.h>

#include "capture/serialize.h"
#include "support/hash.h"

/* The number of all that a client and a server say to each other in the protocol of the
   PDU under way, whatever connection that takes.  */
static guint32
server_stream (const Summary *summary, const packet_info *pi)
{
  const WirePdu *pdu = &summary->pdu;
  gboolean response = (pdu->flags & WIRE_PDU_RESPONSE) != 0;
  const address *client = response ? &pi->dst : &pi->src;
  const address *server = response ? &pi->src : &pi->dst;
  guint64 far = summary->frame.icmp
                    ? summary->frame.far
                    : summary_end_hash (server, response ? pi->srcport : pi->destport);
  guint64 hash = hash_mix (summary_end_hash (client, 0), far);
  return (guint32)hash_mix (hash, pdu->protocol) | 1u << 31;
}

/* Take what MESSAGE says into the PDU under way.  */
static void
add_message (Summary *summary, const Message *message, const packet_info *pi)
{
  WirePdu *pdu = &summary->pdu;
  guint64 command
      = hash_mix (hash_string (message->protocol), hash_string (message->operation));
  pdu->protocol = summary_string (summary, message->protocol);
  pdu->command = (guint32)command | 1u << 31;
  pdu->command_name = summary_string (summary, *message->operation ? message->operation
                                                                   : message->protocol);
  pdu->flags |= message->response ? WIRE_PDU_RESPONSE : 0;
  pdu->flags |= message->part ? WIRE_PDU_PART : 0;
  pdu->flags |= message->failed ? WIRE_PDU_FAILED : 0;
  pdu->flags |= message->alone ? WIRE_PDU_ALONE : 0;
  if (*message->object && !message->response)
    pdu->path = summary_string (summary, message->object);
  if (message->gives)
    pdu->gives = summary_string (summary, message->gives);
  if (message->outcome)
    {
      pdu->flags |= WIRE_PDU_STATUS;
      pdu->status = (guint32)hash_string (message->outcome);
      pdu->status_name = summary_string (summary, message->outcome);
    }
  pdu->message = hash_mix (hash_mix (pdu->protocol, message->anybody ? 0 : pdu->stream),
                           message->id);
  pdu->link = message->link;
  if (message->per_server || pdu->stream >> 31)
    pdu->stream = server_stream (summary, pi);
}

/* What ICMP's NODE says has become of what it quotes; to g_free.  */
static char *
icmp_outcome (const proto_node *node)
{
  for (node = node->first_child; node; node = node->next)
    if (PNODE_FINFO (node)
        && g_str_has_suffix (PNODE_FINFO (node)->hfinfo->abbrev, ".code"))
      {
        /* "Code: 3 (Port unreachable)".  */
        char label[ITEM_LABEL_LENGTH];
        const char *line = pack_line (PNODE_FINFO (node), label);
        const char *name = strchr (line, '('), *end = strrchr (line, ')');
        if (name && end > name)
          return g_strdup_printf ("ICMP %.*s", (int)(end - name - 1), name + 1);
      }
  return g_strdup ("ICMP");
}

/* The last of the nodes behind NODE, at the top, that are of the message that begins
   there; in *N how many there are.  */
static proto_node *
last_node (Summary *summary, proto_node *node, guint32 *n)
{
  proto_node *last = node;
  *n = 1;
  for (node = summary_next_node (node); node; node = summary_next_node (node))
    {
      if (!PNODE_FINFO (node))
        continue;
      const FieldUse *use = summary_field_use (summary, PNODE_FINFO (node)->hfinfo);
      if (use->begins || use->role == ROLE_PDU || use->role == ROLE_TRANSPORT)
        break;
      last = node;
      ++*n;
    }
  return last;
}

/* MESSAGE does not say what it is.  It is counted if it is encrypted.  */
static void
add_unreadable (Summary *summary, const Message *message)
{
  summary_forget_pdu (summary);
  if (!message->encrypted)
    return;
  summary->pdu.protocol = summary_string (summary, message->protocol);
  summary->pdu.flags |= WIRE_PDU_ENCRYPTED | WIRE_PDU_OPAQUE;
  summary_end_pdu (summary);
}

proto_node *
summary_add_message (Summary *summary, proto_node *node, guint32 place,
                     const packet_info *pi)
{
  guint32 n;
  proto_node *last = last_node (summary, node, &n);
  summary->protocol = summary_field_use (summary, PNODE_FINFO (node)->hfinfo)->begins;
  protocol_begin (summary->protocol, summary->frame.pdu.frame);
  summary_begin_pdu (summary, 1, FALSE);
  summary->pdu.index = wire_place (place, PNODE_FINFO (node->parent) ? 1 : n);
  g_array_set_size (summary->extents, 0);
  for (const proto_node *i = node; i != last->next; i = i->next)
    if (PNODE_FINFO (i))
      summary_add_extents (summary, i, 1);
  guint32 next = 0;
  for (proto_node *i = node; i != last->next; i = i->next)
    if (PNODE_FINFO (i))
      {
        summary->at = next;
        next = extents_get (summary->extents, next)->next;
        summary_add_node (summary, i, NULL, 1, NO_RULE);
      }
  Message message = protocol_end (summary->protocol);
  summary->protocol = NULL;
  g_autofree char *unreachable
      = summary->frame.icmp ? icmp_outcome (summary->frame.icmp) : NULL;
  if (unreachable)
    {
      /* What is quoted did not arrive, and this is what came back.  */
      message.response = message.failed = TRUE;
      message.part = FALSE;
      message.outcome = unreachable;
    }
  if (message.unreadable)
    {
      add_unreadable (summary, &message);
      return last;
    }
  add_message (summary, &message, pi);
  summary_end_pdu (summary);
  summary_tell_stream (summary, pi, summary->pdu.stream);
  return last;
}
