/* tcp.c --- what TCP tells of a frame

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/tcp.h"

#include <string.h>

/* What a field tells, but for UNKNOWN, which means that nobody has looked yet.  Those
   from TELLS_FLAG on tell the flag FLAGS has for them by their being there, or by their
   being true.  */
typedef enum
{
  UNKNOWN,
  TELLS_NOTHING,
  TELLS_STREAM,
  TELLS_PAYLOAD,
  TELLS_NBSS_TYPE,
  TELLS_AGAIN,
  TELLS_FLAG
} Tells;

static const struct
{
  const char *field;
  guint32 flag;
} flags[] = { { "tcp.flags.syn", WIRE_SEGMENT_SYN },
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

static Tells
tells_by_name (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (g_str_equal (name, flags[i].field))
      return TELLS_FLAG + i;
  if (g_str_equal (name, "tcp.stream"))
    return TELLS_STREAM;
  if (g_str_equal (name, "tcp.payload"))
    return TELLS_PAYLOAD;
  if (g_str_equal (name, "nbss.type"))
    return TELLS_NBSS_TYPE;
  if (g_str_has_suffix (name, "retransmission") || g_str_has_suffix (name, "out_of_order"))
    return TELLS_AGAIN;
  return TELLS_NOTHING;
}

gboolean
tcp_facts_take (const char *name)
{
  return tells_by_name (name) != TELLS_NOTHING;
}

/* The same by libwireshark's number of a field, which is that as long as it is loaded:
   each frame has dozens of fields.  */
static Tells
tells (const header_field_info *hfinfo)
{
  static GByteArray *known;
  if (!known)
    known = g_byte_array_new ();
  guint id = (guint)hfinfo->id;
  if (id >= known->len)
    {
      guint before = known->len;
      g_byte_array_set_size (known, id + 1);
      memset (known->data + before, UNKNOWN, known->len - before);
    }
  if (known->data[id] == UNKNOWN)
    known->data[id] = (guint8)tells_by_name (hfinfo->abbrev);
  return known->data[id];
}

static void
note_field (TcpFacts *facts, field_info *fi)
{
  Tells what = tells (fi->hfinfo);
  switch (what)
    {
    case UNKNOWN:
    case TELLS_NOTHING:
      break;
    case TELLS_STREAM:
      facts->stream = fvalue_get_uinteger (ws_value (fi));
      facts->has_stream = TRUE;
      break;
    case TELLS_PAYLOAD:
      facts->smb = begins_like_smb (fi);
      break;
    case TELLS_NBSS_TYPE:
      if (fvalue_get_uinteger (ws_value (fi)) == NBSS_NEGATIVE)
        facts->flags |= WIRE_SEGMENT_REFUSED;
      break;
    case TELLS_AGAIN:
      facts->again = TRUE;
      break;
    case TELLS_FLAG:
    default:
      if (is_true (fi))
        facts->flags |= flags[what - TELLS_FLAG].flag;
      break;
    }
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
