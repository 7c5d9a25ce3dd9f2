/* summary.c --- all of a capture's SMB PDUs, in few bytes each

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/summary-work.h"

#include <string.h>

#include <epan/to_str.h>

#include "capture/serialize.h"
#include "support/hash.h"

static void
use_free (gpointer use)
{
  g_slice_free (FieldUse, use);
}

static void
begin_part (Summary *summary)
{
  summary->pdus = g_array_new (FALSE, FALSE, sizeof (WirePdu));
  summary->ignored = g_array_new (FALSE, FALSE, sizeof (WireIgnored));
  summary->identifiers = g_array_new (FALSE, FALSE, sizeof (WireIdentifier));
  summary->values = g_array_new (FALSE, FALSE, sizeof (WireValue));
  summary->segments = g_array_new (FALSE, FALSE, sizeof (WireSegment));
  g_variant_builder_init (&summary->new_strings, G_VARIANT_TYPE ("as"));
  g_variant_builder_init (&summary->new_streams, G_VARIANT_TYPE ("a(uss)"));
}

Summary *
summary_new (Rules *rules, Protocols *protocols)
{
  Summary *summary = g_new0 (Summary, 1);
  summary->rules = rules;
  summary->protocols = protocols;
  summary->uses = g_ptr_array_new_with_free_func (use_free);
  summary->strings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  summary->words = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  summary->streams = g_hash_table_new (NULL, NULL);
  summary->scratch = g_byte_array_new ();
  summary->extents = extents_new ();
  summary->words_text = g_string_new (NULL);
  summary->service = g_string_new (NULL);
  begin_part (summary);
  return summary;
}

static void
end_part (Summary *summary)
{
  g_array_unref (summary->pdus);
  g_array_unref (summary->ignored);
  g_array_unref (summary->identifiers);
  g_array_unref (summary->values);
  g_array_unref (summary->segments);
  g_variant_builder_clear (&summary->new_strings);
  g_variant_builder_clear (&summary->new_streams);
}

void
summary_free (Summary *summary)
{
  end_part (summary);
  rules_free (summary->rules);
  protocols_free (summary->protocols);
  g_ptr_array_unref (summary->uses);
  g_hash_table_unref (summary->strings);
  g_hash_table_unref (summary->words);
  g_hash_table_unref (summary->streams);
  g_byte_array_unref (summary->scratch);
  g_array_unref (summary->extents);
  g_string_free (summary->words_text, TRUE);
  g_string_free (summary->service, TRUE);
  g_free (summary->command);
  g_free (summary);
}

guint
summary_length (const Summary *summary)
{
  return summary->pdus->len;
}

GVariant *
summary_drain (Summary *summary, guint32 last_frame)
{
  GVariant *part
      = g_variant_new ("(@" WIRE_PDUS_TYPE "@au@a(qquu)asa(uss)u@" WIRE_VALUES_TYPE
                       "@" WIRE_SEGMENTS_TYPE ")",
                       wire_records_variant (WIRE_PDUS_TYPE, summary->pdus),
                       wire_records_variant ("au", summary->ignored),
                       wire_records_variant ("a(qquu)", summary->identifiers),
                       &summary->new_strings, &summary->new_streams, last_frame,
                       wire_records_variant (WIRE_VALUES_TYPE, summary->values),
                       wire_records_variant (WIRE_SEGMENTS_TYPE, summary->segments));
  begin_part (summary);
  return part;
}

/* What is under way is not to be told.  */
void
summary_forget_pdu (Summary *summary)
{
  g_array_set_size (summary->ignored, summary->first_ignored);
  g_array_set_size (summary->identifiers, summary->first_identifier);
  g_array_set_size (summary->values, summary->first_value);
}

/* What is under way was no PDU, but the envelope of those that follow.  */
static void
open_envelope (Summary *summary)
{
  *(summary->compression ? &summary->frame.packed : &summary->frame.enveloped) = TRUE;
  summary_forget_pdu (summary);
}

/* The PDU under way keeps what is in it to itself.  */
static void
make_opaque (Summary *summary)
{
  WirePdu *pdu = &summary->pdu;
  pdu->flags |= WIRE_PDU_OPAQUE
                | (summary->compression ? WIRE_PDU_COMPRESSED : WIRE_PDU_ENCRYPTED);
  pdu->command = G_MAXUINT32;
  pdu->command_name
      = summary_string (summary, summary->compression ? "COMPRESSED" : "ENCRYPTED");
  pdu->matters = 0;
}

/* What an SMB2 PDU comes to stands if it works on what is open, and is answered at once:
   what of a session, tree or pending request is shown later frames tell, too.  */
static SummaryState
pdu_state (const WirePdu *pdu)
{
  enum
  {
    SMB1_NEGOTIATE = 0x72,
    SMB2_CREATE = 5,
    SMB2_CANCEL = 12,
    SMB2_BREAK = 18
  };
  if (pdu->protocol || pdu->flags & (WIRE_PDU_OPAQUE | WIRE_PDU_RETRANSMISSION)
      || (pdu->flags & WIRE_PDU_SMB1 && pdu->command != SMB1_NEGOTIATE))
    return SUMMARY_NEEDS_ALL;
  return pdu->command < SMB2_CREATE || pdu->command > SMB2_BREAK
                 || pdu->command == SMB2_CANCEL || pdu->flags & WIRE_PDU_ASYNC
             ? SUMMARY_MAY_CHANGE
             : SUMMARY_STANDS;
}

static void
note_state (Summary *summary, SummaryState state)
{
  summary->frame.state = MAX (summary->frame.state, state);
}

void
summary_end_pdu (Summary *summary)
{
  WirePdu *pdu = &summary->pdu;
  note_state (summary, pdu_state (pdu));
  if (!pdu->protocol && protocols_without_smb (summary->protocols))
    {
      summary_forget_pdu (summary);
      return;
    }
  if (summary->words_text->len)
    pdu->words = summary_string (summary, summary->words_text->str);
  if (summary->service->len)
    pdu->service = summary_string (summary, summary->service->str);
  pdu->ignored = summary->ignored->len - summary->first_ignored;
  pdu->identifiers = summary->identifiers->len - summary->first_identifier;
  pdu->values = summary->values->len - summary->first_value;
  g_array_append_val (summary->pdus, *pdu);
}

void
summary_begin_pdu (Summary *summary, guint depth, gboolean smb1)
{
  const Frame *frame = &summary->frame;
  summary->pdu = frame->pdu;
  summary->pdu.index = frame->pdus.index;
  summary->pdu.flags |= smb1 ? WIRE_PDU_SMB1 : 0;
  summary->pdu.flags |= summary->again ? WIRE_PDU_AGAIN : 0;
  summary->pdu.flags |= frame->enveloped ? WIRE_PDU_ENCRYPTED : 0;
  summary->pdu.flags |= frame->packed ? WIRE_PDU_COMPRESSED : 0;
  summary->pdu.matters = HASH_START;
  summary->first_ignored = summary->ignored->len;
  summary->first_identifier = summary->identifiers->len;
  summary->first_value = summary->values->len;
  summary->error_class = 0;
  summary->opens_pipe = summary->compression = FALSE;
  g_string_truncate (summary->words_text, 0);
  g_string_truncate (summary->service, 0);
  g_clear_pointer (&summary->command, g_free);
  summary->depth = depth;
}

/* EVENTS are what comes of field FI, at DEPTH, or of the end of the frame.  */
static void
follow_pdus (Summary *summary, guint events, const field_info *fi, guint depth)
{
  if (events & SMB_PDU_ENVELOPE)
    open_envelope (summary);
  if (events & SMB_PDU_OPAQUE)
    make_opaque (summary);
  if (events & SMB_PDU_ENDS)
    summary_end_pdu (summary);
  if (events & SMB_PDU_BEGINS)
    summary_begin_pdu (summary, depth, g_str_equal (fi->hfinfo->abbrev, "smb"));
}

static void summary_children (Summary *summary, proto_node *node, guint depth, int above,
                              int outer);

static gboolean
is_environment (const Summary *summary, int rule)
{
  return rule >= 0 && rules_is_environment (rules_kind (summary->rules, rule));
}

/* An entry of a directory begins.  Returns what mattered before it.  */
static guint64
begin_entry (Summary *summary)
{
  guint64 before = summary->pdu.matters;
  summary->pdu.matters = HASH_START;
  summary->entry = 0;
  return before;
}

/* Entries are summed up, each by itself, so that what they come with does not count.  */
static void
end_entry (Summary *summary, guint64 before)
{
  WirePdu *pdu = &summary->pdu;
  guint64 entry = pdu->matters;
  pdu->matters = entry == HASH_START ? before : hash_mix (before, entry);
  pdu->content += hash_mix (entry, summary->entry);
  pdu->count++;
}

void
summary_add_node (Summary *summary, proto_node *node, const proto_node *before, guint depth,
                  int above)
{
  field_info *fi = PNODE_FINFO (node);
  gboolean generated = ws_is_generated (fi);
  const FieldUse *use = summary_field_use (summary, fi->hfinfo);
  follow_pdus (summary, smb_pdus_step (&summary->frame.pdus, use->role, depth == 1), fi,
               depth);
  if (use->role == ROLE_PDU)
    {
      summary_children (summary, node, depth + 1, NO_RULE, NO_RULE);
      return;
    }
  Field field = summary_read_field (summary, node, depth - summary->raised);
  const RuleSubject subject = { generated, summary->command, summary_field_label, fi };
  int own = rules_decide (summary->rules, use->rules, &subject);
  int rule = own < 0 ? above : own;
  if (summary->protocol)
    protocol_note (summary->protocol, node);
  else if (use->role != ROLE_NONE)
    summary_note_role (summary, node, use->role, field.kind == WIRE_TRUE ? 1 : field.value,
                       field.hash, generated);
  field.undefined = summary_undefined_by (summary, before, &field);
  field.environment = is_environment (summary, above) || is_environment (summary, rule);
  summary_judge (summary, node, &field, rule, own, generated);
  gboolean inherited = rule >= 0 && rules_inherited (summary->rules, rule);
  guint64 before_entry = use->role == ROLE_ENTRY ? begin_entry (summary) : 0;
  summary_children (summary, node, depth + 1, inherited ? rule : NO_RULE, above);
  if (use->role == ROLE_ENTRY)
    end_entry (summary, before_entry);
}

/* Is CHILD of the message, though NODE, which it is in, was made up by Wireshark and is
   elsewhere?  (Since 4.6 the name of a file is in the file id, but only where opening it
   is known to have succeeded.)  */
static gboolean
is_beside (const proto_node *node, const proto_node *child)
{
  field_info *made = PNODE_FINFO (node), *fi = PNODE_FINFO (child);
  return ws_is_generated (made) && !ws_is_generated (fi)
         && extent_is_beside (fi->start, fi->length, made->start, made->length);
}

/* Add what is in NODE; the rule ABOVE comes from there, OUTER from what NODE is in.  What
   comes after a node that is beside NODE is so, too.  */
static void
summary_children (Summary *summary, proto_node *node, guint depth, int above, int outer)
{
  const proto_node *before = NULL;
  guint raised = summary->raised;
  if (depth > WIRE_MAX_DEPTH)
    return;
  for (proto_node *child = node->first_child; child; child = child->next)
    if (PNODE_FINFO (child))
      {
        summary->at++;
        if (summary->raised == raised && is_beside (node, child))
          {
            summary->raised++;
            above = outer;
            before = node;
          }
        /* What follows a PDU beside it is part of it, whatever both are in.  */
        gboolean beside = summary->frame.pdus.open && depth == summary->depth;
        summary_add_node (summary, child, before, depth, beside ? NO_RULE : above);
        before = child;
      }
  summary->raised = raised;
}

/* Note where NODE and what is below it are.  */
void
summary_add_extents (Summary *summary, const proto_node *node, guint depth)
{
  field_info *fi = PNODE_FINFO (node);
  guint32 number = extents_add (
      summary->extents, GPOINTER_TO_SIZE (fi->ds_tvb), fi->start, fi->length,
      (node->first_child ? EXTENT_PARENT : 0)
          | (pack_is_variable (fi->hfinfo->type) ? EXTENT_VARIABLE : 0)
          | (ws_is_generated (fi) ? EXTENT_GENERATED : 0)
          | (summary_field_use (summary, fi->hfinfo)->role == ROLE_PDU ? EXTENT_MESSAGE
                                                                       : 0));
  if (depth < WIRE_MAX_DEPTH)
    for (const proto_node *child = node->first_child; child; child = child->next)
      if (PNODE_FINFO (child))
        summary_add_extents (summary, child, depth + 1);
  extents_close (summary->extents, number);
}

/* ------------------------------------------------------------- one frame */

/* Take what TCP and NetBIOS tell of the frame.  */
static void
note_tcp (Frame *frame, const proto_node *node)
{
  tcp_facts_add (&frame->tcp, node);
  if (frame->tcp.has_stream)
    frame->pdu.stream = frame->tcp.stream;
  if (frame->tcp.again)
    frame->pdu.flags |= WIRE_PDU_RETRANSMISSION;
}

guint64
summary_end_hash (const address *end, guint32 port)
{
  return hash_mix (hash_bytes (end->data, (gsize)MAX (end->len, 0)), port);
}

/* Where there is no TCP: what both directions between two ends have in common.  */
static guint32
other_stream (guint64 a, guint64 b)
{
  return (guint32)hash_mix (MIN (a, b), MAX (a, b)) | 1u << 31;
}

/* Tell where a stream goes from and to, once.  */
void
summary_tell_stream (Summary *summary, const packet_info *pi, guint32 stream)
{
  if (!g_hash_table_add (summary->streams, GUINT_TO_POINTER (stream + 1)))
    return;
  char *source = address_to_str (NULL, &pi->src);
  char *destination = address_to_str (NULL, &pi->dst);
  g_autofree char *from = g_strdup_printf ("%s:%u", source, pi->srcport);
  g_autofree char *to = g_strdup_printf ("%s:%u", destination, pi->destport);
  g_variant_builder_add (&summary->new_streams, "(u@s@s)", stream, wire_text (from),
                         wire_text (to));
  wmem_free (NULL, source);
  wmem_free (NULL, destination);
}

static gboolean
is_smb_port (guint32 port)
{
  return port == 445 || port == 139;
}

/* Has the frame SMB on a port where no one dissects it?  TRUE only once.  */
static gboolean
is_foreign (Summary *summary, const packet_info *pi)
{
  const Frame *frame = &summary->frame;
  return frame->tcp.smb && !frame->pdus.index && !is_smb_port (pi->srcport)
         && !is_smb_port (pi->destport)
         && g_hash_table_add (summary->streams, GUINT_TO_POINTER (frame->tcp.stream + 1));
}

/* Tell of the frame's segment if something is to be told, and it is of a connection
   that has SMB, or may have.  How others begin is told, too.  */
static void
add_segment (Summary *summary, const packet_info *pi)
{
  Frame *frame = &summary->frame;
  if (summary->again)
    return;
  if (is_foreign (summary, pi))
    frame->tcp.flags |= WIRE_SEGMENT_SMB;
  if (frame->pdu.time < summary->last_time)
    frame->tcp.flags |= WIRE_SEGMENT_EARLIER;
  summary->last_time = frame->pdu.time;
  if (frame->tcp.again)
    frame->tcp.flags |= WIRE_SEGMENT_AGAIN;
  if (!(frame->tcp.flags & ~(guint32)WIRE_SEGMENT_ACK) || !frame->tcp.has_stream
      || !(frame->tcp.flags & (WIRE_SEGMENT_SYN | WIRE_SEGMENT_RST)
           || is_smb_port (pi->srcport) || is_smb_port (pi->destport)
           || g_hash_table_contains (summary->streams,
                                     GUINT_TO_POINTER (frame->tcp.stream + 1))))
    return;
  const WireSegment segment = { frame->pdu.time, frame->pdu.frame, frame->tcp.stream,
                                frame->pdu.ports, frame->tcp.flags };
  g_array_append_val (summary->segments, segment);
}

/* The end whose address and port the fields in NODE, ICMP's, have that end with SIDE,
   "src" or "dst"; as `summary_end_hash'.  */
static guint64
quoted_end (const proto_node *node, const char *side)
{
  guint8 data[16];
  address end = { .data = data };
  guint32 port = 0;
  for (node = node->first_child; node; node = node->next)
    for (const proto_node *i = node->first_child; i; i = i->next)
      {
        field_info *fi = PNODE_FINFO (i);
        const char *name = fi ? strchr (fi->hfinfo->abbrev, '.') : NULL;
        if (!name || !g_str_has_prefix (name + 1, side))
          continue;
        if (g_str_equal (name + 4, "port"))
          port = fvalue_get_uinteger (ws_value (fi));
        else if (!name[4] && fi->length > 0 && fi->length <= (int)sizeof data)
          {
            end.len = fi->length;
            tvb_memcpy (fi->ds_tvb, data, fi->start, (size_t)fi->length);
          }
      }
  return summary_end_hash (&end, port);
}

/* Add the messages that NODE, at PLACE, ICMP's, quotes: they are in it since 4.6, behind
   it before.  What is quoted says who spoke to whom; who says that it did not arrive may
   be on the way there.  */
static void
add_quoted (Summary *summary, proto_node *node, guint32 place, const packet_info *pi)
{
  Frame *frame = &summary->frame;
  frame->icmp = node;
  frame->far = quoted_end (node, "dst");
  frame->pdu.stream = other_stream (quoted_end (node, "src"), frame->far);
  for (node = node->first_child; node; node = node->next)
    if (PNODE_FINFO (node)
        && summary_field_use (summary, PNODE_FINFO (node)->hfinfo)->begins)
      node = summary_add_message (summary, node, place, pi);
}

static void
begin_frame (Frame *frame, const epan_dissect_t *edt)
{
  const packet_info *pi = &edt->pi;
  memset (frame, 0, sizeof *frame);
  frame->pdu.frame = pi->num;
  frame->pdu.time = (gint64)pi->abs_ts.secs * 1000000000 + pi->abs_ts.nsecs;
  frame->pdu.ports = (pi->srcport & 0xffff) << 16 | (pi->destport & 0xffff);
  frame->pdu.stream = other_stream (summary_end_hash (&pi->src, pi->srcport),
                                    summary_end_hash (&pi->dst, pi->destport));
  if (tvb_captured_length (edt->tvb) < tvb_reported_length (edt->tvb))
    frame->pdu.flags |= WIRE_PDU_CUT;
}

static gboolean
is_icmp (const field_info *fi)
{
  return g_str_equal (fi->hfinfo->abbrev, "icmp")
         || g_str_equal (fi->hfinfo->abbrev, "icmpv6");
}

gboolean
summary_suffices (Summary *summary, const epan_dissect_t *edt, gboolean unveiled)
{
  for (const proto_node *node = edt->tree->first_child; node; node = node->next)
    if (PNODE_FINFO (node))
      {
        const FieldUse *use = summary_field_use (summary, PNODE_FINFO (node)->hfinfo);
        if (use->begins || (use->role == ROLE_PDU && !unveiled)
            || is_icmp (PNODE_FINFO (node)))
          return FALSE;
        /* What follows is visible.  */
        if (unveiled && g_str_equal (PNODE_FINFO (node)->hfinfo->abbrev, "nbss"))
          return TRUE;
      }
  return TRUE;
}

void
summary_add (Summary *summary, epan_dissect_t *edt)
{
  Frame *frame = &summary->frame;
  begin_frame (frame, edt);
  summary->frame_pdus = summary->pdus->len;
  g_array_set_size (summary->extents, 0);
  for (proto_node *node = edt->tree->first_child; node; node = summary_next_node (node))
    if (PNODE_FINFO (node)
        && (summary->extents->len
            || summary_field_use (summary, PNODE_FINFO (node)->hfinfo)->role == ROLE_PDU))
      summary_add_extents (summary, node, 1);
  guint32 next = 0;  /* the number of the next node, once there is a PDU */
  guint32 place = 0; /* of the node among those at the top */
  for (proto_node *node = edt->tree->first_child; node; node = summary_next_node (node))
    {
      const field_info *fi = PNODE_FINFO (node);
      if (!fi)
        continue;
      const FieldUse *use = summary_field_use (summary, fi->hfinfo);
      Role role = use->role;
      place++;
      if (use->begins && !frame->pdus.open)
        {
          proto_node *last = summary_add_message (summary, node, place - 1, &edt->pi);
          while (node != last)
            place += PNODE_FINFO (node = node->next) != NULL;
          continue;
        }
      summary->at = next;
      if (next || role == ROLE_PDU)
        next = extents_get (summary->extents, next)->next;
      if (is_icmp (fi))
        add_quoted (summary, node, place - 1, &edt->pi);
      else if (g_str_equal (fi->hfinfo->abbrev, "nbdgm"))
        frame->pdu.flags |= WIRE_PDU_DATAGRAM;
      else if (role == ROLE_TRANSPORT)
        {
          follow_pdus (summary, smb_pdus_step (&frame->pdus, role, TRUE), fi, 1);
          frame->enveloped = frame->packed = FALSE;
          note_tcp (frame, node);
        }
      else if (g_str_equal (fi->hfinfo->abbrev, "dcerpc") && frame->pdus.open)
        {
          note_state (summary, SUMMARY_MAY_CHANGE);
          summary_add_node (summary, node, NULL, 1, NO_RULE);
        }
      else if (frame->pdus.open || role == ROLE_PDU)
        summary_add_node (summary, node, NULL, 1, NO_RULE);
    }
  follow_pdus (summary, smb_pdus_end (&frame->pdus), NULL, 1);
  if (frame->pdus.index)
    summary_tell_stream (summary, &edt->pi, frame->pdu.stream);
  if (frame->pdus.index
      && frame->tcp.flags
             & (WIRE_SEGMENT_LOST | WIRE_SEGMENT_UNSEEN | WIRE_SEGMENT_REFUSED))
    note_state (summary, SUMMARY_NEEDS_ALL);
  add_segment (summary, &edt->pi);
}

SummaryState
summary_state (const Summary *summary)
{
  return summary->frame.state;
}

guint64
summary_messages (const Summary *summary)
{
  guint64 hash = HASH_START;
  for (guint i = summary->frame_pdus; i < summary->pdus->len; i++)
    {
      const WirePdu *pdu = &g_array_index (summary->pdus, WirePdu, i);
      const guint64 parts[] = { pdu->index, pdu->stream, pdu->message, pdu->command,
                                pdu->flags & ~(guint32)WIRE_PDU_AGAIN };
      for (guint part = 0; part < G_N_ELEMENTS (parts); part++)
        hash = hash_mix (hash, parts[part]);
    }
  return hash;
}

void
summary_add_again (Summary *summary)
{
  summary->again = TRUE;
}
