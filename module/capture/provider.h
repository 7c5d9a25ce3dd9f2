/* provider.h --- what libwireshark asks of a capture's other frames

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Inside session.c only.  A frame's number is that in the file, its place, from 1, that
   among the frames that were selected.  */

#ifndef SMBCMP_CAPTURE_PROVIDER_H
#define SMBCMP_CAPTURE_PROVIDER_H

#include "capture/ws.h"

/* libwireshark only ever sees a pointer to this; its own programs have a
   definition in cfile.h that belongs to them.  */
typedef struct packet_provider_data
{
  wtap *wth; /* of the frame under way */
  const frame_data *ref;
  frame_data *prev_dis;
  frame_data *prev_cap;
  frame_data_sequence *frames;
  GArray *numbers; /* of guint32: those of the frames, ascending; NULL: 1, 2, 3... */
} Provider;

/* A dissection of the frames of PROVIDER, which must outlive it.  */
epan_t *provider_epan_new (Provider *provider);

/* The place of the last frame up to FRAME; 0 if there is none.  */
guint32 provider_place (const Provider *provider, guint32 frame);

/* The number of the frame at PLACE; 0 if frames were selected and there is none.  */
guint32 provider_frame_at (const Provider *provider, guint32 place);

#endif
