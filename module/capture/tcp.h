/* tcp.h --- what TCP tells of a frame

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_CAPTURE_TCP_H
#define SMBCMP_CAPTURE_TCP_H

#include "capture/ws.h"
#include "wire/wire.h"

typedef struct
{
  guint32 stream;
  gboolean has_stream;
  gboolean again; /* it may have been sent before */
  gboolean smb;   /* its payload begins like SMB */
  guint32 flags;  /* WIRE_SEGMENT_... */
} TcpFacts;

/* Add what NODE, TCP's or NetBIOS', tells to FACTS.  */
void tcp_facts_add (TcpFacts *facts, const proto_node *node);

/* Does tcp_facts_add look at the field called NAME?  */
gboolean tcp_facts_take (const char *name);

#endif
