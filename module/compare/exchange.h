/* exchange.h --- what one side asked and the other answered

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   From a capture's PDUs, as summaries have them, to exchanges: a request and
   its response.  Each PDU of a compound is one; an asynchronous one ends with
   its final response; a transaction in several SMB1 requests is one.  What
   the server sends unasked (breaks) and what has no answer (cancels) are
   exchanges of one message.  What TCP sends again, or a mirrored port shows
   twice, counts once.  A capture may begin and end anywhere, so either
   part may be missing.

   Exchanges are grouped by connection; connections that share a session are
   one group.  Neither Emacs nor libwireshark is known here, and nothing in a
   summary is believed.  */

#ifndef SMBCMP_COMPARE_EXCHANGE_H
#define SMBCMP_COMPARE_EXCHANGE_H

#include "support/intern.h"
#include "compare/segments.h"
#include "wire/wire.h"

#define NO_PDU G_MAXUINT32
#define NO_OPENER G_MAXUINT32

typedef struct
{
  guint32 request, response; /* PDUs, or NO_PDU */
  guint32 interim;           /* the PDU that said STATUS_PENDING, or NO_PDU */
  guint32 further;           /* the first of further PDUs, see exchanges_next */
  guint32 last_further;
  guint32 group;
  guint32 path;         /* a string, 0 for none */
  guint32 opener;       /* the exchange that gave the handle it uses, or NO_OPENER */
  guint32 tree;         /* the exchange that connected to the tree it is in, or NO_OPENER */
  guint32 related;      /* the one before it in a compound, whose file it works on, or
                           NO_OPENER */
  gboolean cancel;      /* asks for an earlier one to end */
  guint64 session;      /* 0 for none */
  guint64 kind_hash;    /* of what it is: command, path, what is asked for */
  guint64 request_hash; /* that, and all of the request that matters */
  guint64 exchange_hash; /* that, and all of the response that matters */
} Exchange;

/* Connections that belong together.  */
typedef struct
{
  guint32 first; /* its first exchange */
  guint32 n;     /* how many it has */
  guint32 stream;
  guint32 n_streams;
} Group;

typedef struct _Exchanges Exchanges;

Exchanges *exchanges_new (Strings *strings);
void exchanges_free (Exchanges *exchanges);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Exchanges, exchanges_free)

/* Add a part of a summary, WIRE_SUMMARY_TYPE; FALSE if it is none, or too
   much, or tells again of a message that it did not tell of: then EXCHANGES is of no
   use.  */
gboolean exchanges_add (Exchanges *exchanges, GVariant *part);

/* What the first N PDUs come to that were added up to now, to be finished by itself.
   Nothing can be added to it; more may be to EXCHANGES.  */
Exchanges *exchanges_so_far (const Exchanges *exchanges, guint32 n);

/* Keep only those exchanges of which some message is in one of N FRAMES, ascending; to
   be said before exchanges_finish.  */
void exchanges_keep (Exchanges *exchanges, const guint32 *frames, guint32 n);

/* No more parts come: link, group, hash.  */
void exchanges_finish (Exchanges *exchanges);

guint32 exchanges_count (const Exchanges *exchanges);

/* How many PDUs were captured only in part, and how many were there already,
   sent again or captured twice: these are in no exchange.  */
guint32 exchanges_cut (const Exchanges *exchanges);

/* How many messages of protocols other than SMB were encrypted and are in no exchange: the
   number of the protocol's name to their number; owned by EXCHANGES.  */
GHashTable *exchanges_encrypted (const Exchanges *exchanges);

/* How many frames were captured before the one before them, and in FIRST the first.  */
guint32 exchanges_disordered (const Exchanges *exchanges, guint32 *first);

/* How many were NetBIOS datagrams, which are no exchanges.  */
guint32 exchanges_datagrams (const Exchanges *exchanges);
guint32 exchanges_repeated (const Exchanges *exchanges);
/* How many exchanges are of what I is, itself among them.  */
guint32 exchanges_alike (const Exchanges *exchanges, guint32 i);
const Exchange *exchanges_get (const Exchanges *exchanges, guint32 i);
guint32 exchanges_group_count (const Exchanges *exchanges);
const Group *exchanges_group (const Exchanges *exchanges, guint32 i);
/* The exchanges of a group, by its first and n, in order.  */
guint32 exchanges_in_order (const Exchanges *exchanges, guint32 place);
/* Where a group's connection goes from and to; "" if it isn't known.  */
const char *exchanges_client (const Exchanges *exchanges, guint32 group);
const char *exchanges_server (const Exchanges *exchanges, guint32 group);

guint32 exchanges_pdu_count (const Exchanges *exchanges);
const WirePdu *exchanges_pdu (const Exchanges *exchanges, guint32 pdu);
/* The PDU after PDU among the further ones of an exchange, or NO_PDU.  */
guint32 exchanges_next (const Exchanges *exchanges, guint32 pdu);
const WireIgnored *exchanges_ignored (const Exchanges *exchanges, guint32 pdu, guint32 *n);
const WireIdentifier *exchanges_identifiers (const Exchanges *exchanges, guint32 pdu,
                                             guint32 *n);
/* Its sizes, names and times.  */
const WireValue *exchanges_values (const Exchanges *exchanges, guint32 pdu, guint32 *n);

/* What shows the exchange: its request or what there is.  */
const WirePdu *exchanges_shown (const Exchanges *exchanges, const Exchange *exchange);

/* Is a message of EXCHANGE not where its time would have it in its connection?  */
gboolean exchanges_is_displaced (const Exchanges *exchanges, const Exchange *exchange);

/* Whether exchange I is a message that could not be decrypted.  */
gboolean exchanges_is_opaque (const Exchanges *exchanges, guint32 i);

/* A port with SMB that is not dissected as such, 0 for none.  */
guint32 exchanges_foreign_port (const Exchanges *exchanges);

/* How its connections begin and end.  */
const Segments *exchanges_segments (const Exchanges *exchanges);

/* The number of the connection that a group began with, and its server's port.  */
guint32 exchanges_stream (const Exchanges *exchanges, guint32 group);
guint32 exchanges_server_port (const Exchanges *exchanges, guint32 group);

/* When the last that is known of was captured, in nanoseconds since 1970.  */
gint64 exchanges_end (const Exchanges *exchanges);

/* A hash of all of it, the same for the same capture.  */
guint64 exchanges_hash (const Exchanges *exchanges);

/* Nanoseconds from request to response, -1 if it can't be told.  */
gint64 exchange_duration (const Exchanges *exchanges, const Exchange *exchange);

#endif
