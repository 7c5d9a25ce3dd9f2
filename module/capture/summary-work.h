/* summary-work.h --- PDU summaries in the making

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For summary.c, which walks the trees, summary-field.c and summary-value.c alone.  */

#ifndef SMBCMP_CAPTURE_SUMMARY_WORK_H
#define SMBCMP_CAPTURE_SUMMARY_WORK_H

#include "capture/summary.h"
#include "capture/protocols.h"
#include "capture/tcp.h"
#include "smb/pdu.h"
#include "support/extents.h"

#define NO_RULE (-1)

/* What is known of a field once it was met.  */
typedef struct
{
  guint64 key; /* hash of its filter name */
  Role role;
  Protocol *begins; /* whose messages begin with it, at the top; NULL for none */
  const RuleCandidates *rules;
} FieldUse;

/* A frame, as far as its PDUs are concerned.  */
typedef struct
{
  WirePdu pdu; /* what all PDUs begin with */
  TcpFacts tcp;
  SmbPdus pdus;
  gboolean enveloped; /* the message under way came encrypted */
  gboolean packed;    /* ... and this one compressed */
  SummaryState state;
  const proto_node *icmp; /* what quotes what could not be delivered, or NULL */
  guint64 far;            /* the end that was to get that */
} Frame;

struct _Summary
{
  Rules *rules;
  Protocols *protocols;
  GPtrArray *uses;     /* of FieldUse or NULL, by libwireshark's number of a field */
  GHashTable *strings; /* string to its number */
  GHashTable *words;   /* hash of what was named to the number of its string */
  GByteArray *scratch;
  Extents *extents; /* of the frame's nodes from its first PDU on */
  guint32 at;       /* the number there of the node looked at */

  /* What summary_drain returns.  */
  GArray *pdus;
  GArray *ignored;
  GArray *identifiers;
  GArray *values;
  GArray *segments;
  gint64 last_time; /* of the frame before */
  GVariantBuilder new_strings;
  GVariantBuilder new_streams;
  GHashTable *streams;

  gboolean again;   /* all that comes was added before */
  guint frame_pdus; /* PDUs that were there before the frame under way */

  /* The frame and PDU under way.  */
  Frame frame;
  WirePdu pdu;
  Protocol *protocol; /* of the message under way, NULL for SMB */
  guint depth;        /* of its node: 1, or more in an envelope */
  guint raised;       /* how much less deep the node looked at is than it is shown */
  guint first_ignored, first_identifier, first_value;
  GString *words_text;
  GString *service; /* that a ticket in the PDU is for */
  char *command;
  guint64 entry; /* hash of the names in the entry of a directory under way */
  guint32 error_class;
  gboolean opens_pipe;
  gboolean compression; /* the PDU under way says how it is compressed */
};

/* A field, with what was found about it on the way.  */
typedef struct
{
  const FieldUse *use;
  guint depth;
  WireKind kind;
  guint64 value, hash;
  gboolean parent;
  guint64 bits;         /* of an integer: those that its children tell */
  gboolean link;        /* to another frame */
  gboolean dissected;   /* other nodes tell of the same bytes */
  int undefined;        /* the rule of a size before it that says that it is nothing */
  gboolean environment; /* it, or what it is part of, says who the peers are */
} Field;

/* The number of STRING, which is sent if it is new.  */
guint32 summary_string (Summary *summary, const char *string);

const FieldUse *summary_field_use (Summary *summary, const header_field_info *hfinfo);

/* The line of DATA, a field_info; until the next call.  */
const char *summary_field_label (gconstpointer data);

/* What NODE, of ROLE, tells of its PDU.  VALUE is its value, HASH its hash.  */
void summary_note_role (Summary *summary, const proto_node *node, Role role, guint64 value,
                        guint64 hash, gboolean generated);

/* What is known of the field at NODE before it is judged.  */
Field summary_read_field (Summary *summary, const proto_node *node, guint depth);

/* The rule of the size right BEFORE a field if that says that there is nothing, else
   NO_RULE.  */
int summary_undefined_by (Summary *summary, const proto_node *before, const Field *field);

/* Add FIELD, at NODE, judged by RULE, which is its OWN or that of a node above it.  */
void summary_judge (Summary *summary, const proto_node *node, const Field *field, int rule,
                    int own, gboolean generated);

/* Begin and end a PDU; the node that it begins with is at DEPTH.  */
void summary_begin_pdu (Summary *summary, guint depth, gboolean smb1);
void summary_end_pdu (Summary *summary);
void summary_forget_pdu (Summary *summary);

/* Note where NODE, at DEPTH, and what is below it are.  */
void summary_add_extents (Summary *summary, const proto_node *node, guint depth);

/* Add NODE, which comes after BEFORE, and what is below it; ABOVE is the rule of what it
   is in, or NO_RULE.  */
void summary_add_node (Summary *summary, proto_node *node, const proto_node *before,
                       guint depth, int above);

/* The node after NODE, beside it, or NULL.  What columns show is none: since 4.4 it is
   behind the frame's protocols if columns were filled.  */
static inline proto_node *
summary_next_node (const proto_node *node)
{
  proto_node *next = node->next;
  return next && PNODE_FINFO (next)
                 && g_str_equal (PNODE_FINFO (next)->hfinfo->abbrev, "_ws.col")
             ? next->next
             : next;
}

/* An end of a conversation, as a number.  */
guint64 summary_end_hash (const address *end, guint32 port);

/* Say where STREAM goes from and to, once.  */
void summary_tell_stream (Summary *summary, const packet_info *pi, guint32 stream);

/* Add the message of another protocol that begins with NODE, which has PLACE among those
   at the top; return the last node at the top that is of it.  */
proto_node *summary_add_message (Summary *summary, proto_node *node, guint32 place,
                                 const packet_info *pi);

#endif
