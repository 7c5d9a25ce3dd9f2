/* unveil.h --- trees that are visible from SMB on

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Most of the work that a tree is goes into lines of Ethernet, IP and TCP, which PDU
   summaries do not take.  libwireshark spares it where a tree isn't visible, but spares
   SMB's lines then, too.  So a veiled tree begins without visible lines and gets them
   when NetBIOS' dissector is called: we stand before it in the table of TCP's ports.
   What SMB came by another way has no visible lines; who asks looks whether the tree was
   unveiled.  */

#ifndef SMBCMP_CAPTURE_UNVEIL_H
#define SMBCMP_CAPTURE_UNVEIL_H

#include "capture/ws.h"

/* Take our place, among the ports that NetBIOS has now.  Call before the others.  */
void unveil_prepare (void);

/* EDT, which has a tree, is about to dissect a frame: veil it, all but what tcp.h
   takes.  */
void unveil_begin (epan_dissect_t *edt);

/* The dissection under way has ended; was its tree unveiled?  */
gboolean unveil_end (void);

#endif
