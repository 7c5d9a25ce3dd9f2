/* exchange-work.h --- exchanges in the making

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For exchange.c, exchange-pdu.c, exchange-message.c, exchange-order.c and
   exchange-finish.c alone.  */

#ifndef SMBCMP_COMPARE_EXCHANGE_WORK_H
#define SMBCMP_COMPARE_EXCHANGE_WORK_H

#include "compare/exchange.h"

/* Commands of SMB2 and SMB1 that are treated apart.  */
enum
{
  SMB2_NEGOTIATE = 0,
  SMB2_TREE_CONNECT = 3,
  SMB2_CREATE = 5,
  SMB2_CANCEL = 12,
  SMB2_BREAK = 18,
  SMB_TRANSACTION_SECONDARY = 0x26,
  SMB_TRANSACTION2_SECONDARY = 0x33,
  SMB_NEGOTIATE = 0x72,
  SMB_TREE_CONNECT_ANDX = 0x75,
  SMB_NT_TRANSACT_SECONDARY = 0xa1,
  SMB_NT_CANCEL = 0xa4
};

typedef struct
{
  guint32 stream;
  char *source, *destination;
  guint16 server_port; /* 0 while it isn't known */
  guint32 parent;      /* of the union-find, index of a stream */
  guint32 latest;      /* its latest request's exchange + 1 */
} Stream;

/* Where the records of a PDU that was told again are: the first ones, and how many.  */
typedef struct
{
  guint32 ignored, identifiers, values;
  guint32 n_ignored, n_identifiers, n_values;
} Records;

struct _Exchanges
{
  Strings *strings;
  GArray *numbers; /* of guint32: this side's strings as STRINGS has them */
  /* The PDUs; ignored, identifiers and values are where theirs end.  */
  GPtrArray *pdus; /* of arrays of PDUS_TOGETHER; owned */
  guint32 n_pdus;
  GArray *ignored;
  GArray *identifiers;
  GArray *values;
  GArray *next;  /* of guint32, a PDU's next one in FURTHER */
  GArray *list;  /* of Exchange */
  GArray *order; /* of guint32: exchanges by group */
  GArray *groups;
  GArray *streams;
  GHashTable *stream_of; /* number to index + 1 */
  GHashTable *encrypted; /* protocol to number of messages */
  GHashTable *pending;   /* MessageKey to exchange + 1 */
  GHashTable *questions; /* what other protocols ask, to exchange + 1 */
  GHashTable *handles;   /* handle to the exchange that gave it + 1 */
  GHashTable *trees;     /* the same for tree ids */
  guint64 last_session;  /* of the PDU before, and its frame */
  guint32 last_frame;
  guint32 compound, compound_frame; /* the exchange of the last request, and its frame */
  guint32 n_repeated;
  guint32 n_disordered, first_disordered;
  Segments *segments;
  guint32 foreign_port;
  GArray *kept;      /* of guint32: frames, or NULL for all */
  GHashTable *again; /* PDU to Records, of those with WIRE_PDU_AGAIN */
  gint64 end;
};

/* PDUs are most of what is kept, and one array of them would leave holes as it grows.  */
#define PDUS_TOGETHER 512
#define PDU(x, i) (&((WirePdu *)(x)->pdus->pdata[(i) / PDUS_TOGETHER])[(i) % PDUS_TOGETHER])
#define EXCHANGE(x, i) (&g_array_index ((x)->list, Exchange, i))
#define STREAM(x, i) (&g_array_index ((x)->streams, Stream, i))

/* Where the records of PDU are.  */
Records exchanges_records (const Exchanges *x, guint32 pdu);

/* A table of the exchanges that may still be answered.  */
GHashTable *exchanges_pending_new (void);

/* The index of the connection with NUMBER, and what is known of it.  */
guint32 exchanges_stream_index (Exchanges *x, guint32 number);
Stream *exchanges_find_stream (Exchanges *x, guint32 number);

/* The connection that stands for all that STREAM, an index, belongs with (union-find);
   and to have A and B belong together.  */
guint32 exchanges_root (Exchanges *x, guint32 stream);
void exchanges_unite (Exchanges *x, guint32 a, guint32 b);

/* Begin an exchange of two PDUs, either NO_PDU; add PDU as one of the further ones.  */
Exchange *exchanges_begin (Exchanges *x, guint32 request, guint32 response);
void exchanges_add_further (Exchanges *x, Exchange *exchange, guint32 pdu);

/* Add PDU, a message of another protocol than SMB.  */
void exchanges_add_message (Exchanges *x, guint32 pdu);

/* Make exchanges anew, of the PDUs in the order of time, if that is the order in which they
   were sent.  What is out of place nevertheless is marked.  */
void exchanges_put_in_order (Exchanges *x);

/* Keep PDU, after those there are; return its number.  */
guint32 exchanges_keep_pdu (Exchanges *x, const WirePdu *pdu);

/* Add PDU to an exchange, or as a new one.  */
void exchanges_add_pdu (Exchanges *x, const WirePdu *pdu);
/* The same of PDU I, which X has already; those before it are added.  */
void exchanges_take_pdu (Exchanges *x, guint32 i);

#endif
