/* tcp.c --- what TCP tells of a frame

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/tcp.h"

#include <string.h>

/* Fields that tell something, by their being there or by their being true.  */
static const struct
{
  const char *field;
  guint32 flag;
} fields[] = { { "tcp.flags.syn", WIRE_SEGMENT_SYN },
               { "tcp.flags.ack", WIRE_SEGMENT_ACK },
               { "tcp.flags.fin", WIRE_SEGMENT_FIN },
               { "tcp.flags.reset", WIRE_SEGMENT_RST },
               { "tcp.analysis.lost_segment", WIRE_SEGMENT_LOST },
               { "tcp.analysis.ack_lost_segment", WIRE_SEGMENT_UNSEEN } };

/* RFC 1002's NEGATIVE SESSION RESPONSE.  */
#define NBSS_NEGATIVE 0x83

static gboolean
is_true (field_info *fi)
{
  return fi->hfinfo->type != FT_BOOLEAN || fvalue_get_uinteger64 (ws_value (fi));
}

/* Does FI, a payload, begin with NetBIOS' header and one of SMB's protocol ids?  */
static gboolean
begins_like_smb (const field_info *fi)
{
  guint8 begin[8];
  if (!fi->ds_tvb || fi->length < 8 || !tvb_bytes_exist (fi->ds_tvb, fi->start, 8))
    return FALSE;
  tvb_memcpy (fi->ds_tvb, begin, fi->start, sizeof begin);
  return begin[0] == 0 && begin[4] >= 0xfc && !memcmp (begin + 5, "SMB", 3);
}

static gboolean
tells_repeated (const char *name)
{
  return g_str_has_suffix (name, "retransmission")
         || g_str_has_suffix (name, "out_of_order");
}

gboolean
tcp_facts_take (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_equal (name, fields[i].field))
      return TRUE;
  return g_str_equal (name, "tcp.stream") || g_str_equal (name, "tcp.payload")
         || g_str_equal (name, "nbss.type") || tells_repeated (name);
}

static void
note_field (TcpFacts *facts, field_info *fi)
{
  const char *name = fi->hfinfo->abbrev;
  if (g_str_equal (name, "tcp.stream"))
    {
      facts->stream = fvalue_get_uinteger (ws_value (fi));
      facts->has_stream = TRUE;
    }
  else if (g_str_equal (name, "nbss.type")
           && fvalue_get_uinteger (ws_value (fi)) == NBSS_NEGATIVE)
    facts->flags |= WIRE_SEGMENT_REFUSED;
  else if (g_str_equal (name, "tcp.payload"))
    facts->smb = begins_like_smb (fi);
  else if (tells_repeated (name))
    facts->again = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_str_equal (name, fields[i].field) && is_true (fi))
      facts->flags |= fields[i].flag;
}

void
tcp_facts_add (TcpFacts *facts, const proto_node *node)
{
  for (node = node->first_child; node; node = node->next)
    if (PNODE_FINFO (node))
      {
        note_field (facts, PNODE_FINFO (node));
        tcp_facts_add (facts, node);
      }
}
