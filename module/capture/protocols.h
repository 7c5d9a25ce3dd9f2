/* protocols.h --- what messages of protocols other than SMB say of themselves

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What breaks SMB is as often a ticket, a name or a directory.  A table, which is data,
   says which fields tell what a message is: what it asks for, of what, and what came of
   it.  Which message answers which is known to libwireshark's dissectors, whose
   links between frames are of the types request and response.

   The table comes as strings, three at a time: name of the protocol, key, value.  The
   keys are those of lisp/smbcmp-protocols.eld without the colon; "node" begins a
   protocol.  A field is "FIELD", its first value; "FIELD...", all of them; or
   "PARENT>FIELD", one below PARENT.  FIELD may have wildcards, then its last
   value counts.  */

#ifndef SMBCMP_CAPTURE_PROTOCOLS_H
#define SMBCMP_CAPTURE_PROTOCOLS_H

#include "capture/ws.h"

typedef struct _Protocols Protocols;
typedef struct _Protocol Protocol;

/* Protocols from STRINGS, NULL for none.  */
Protocols *protocols_from_strings (const char *const *strings, GError **error);
void protocols_free (Protocols *protocols);

/* The one whose messages begin with FIELD, a protocol's node; NULL for none.  */
Protocol *protocols_find (const Protocols *protocols, const char *field);

/* Are exchanges of SMB to be left out?  */
gboolean protocols_without_smb (const Protocols *protocols);

/* What a message says; owned by the protocol, until the next one begins.  */
typedef struct
{
  const char *protocol;
  const char *operation; /* "" for nothing known */
  const char *object;    /* "" for none */
  const char *outcome;   /* NULL for none */
  const char *gives;     /* addresses, NULL for none */
  gboolean response;
  gboolean alone;      /* nobody answers it */
  gboolean part;       /* of a response that goes on */
  gboolean failed;     /* the outcome is none of those that are fine */
  gboolean per_server; /* the connection means nothing */
  gboolean anybody;    /* it may be answered from elsewhere */
  gboolean unreadable; /* says nothing of what it is */
  gboolean encrypted;  /* ... for that reason */
  guint64 id;          /* by which it is answered in its connection; 0 for none */
  guint32 link;        /* the frame it answers, 0 if that isn't known */
} Message;

/* A message of FRAME begins; NODE is one of its fields; it ends.  */
void protocol_begin (Protocol *protocol, guint32 frame);
void protocol_note (Protocol *protocol, const proto_node *node);
Message protocol_end (Protocol *protocol);

#endif
