/* origin.c --- where a frame comes from

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/origin.h"

#include <epan/dissectors/packet-tcp.h>
#include <epan/tap.h>
#include <epan/to_str.h>
#include <string.h>

#include "capture/library.h"
#include "wire/wire.h"

/* The columns.  */
enum
{
  TIME,
  ADDRESS,
  PORT,
  STREAM,
  ENDED
};

struct _Origin
{
  gboolean known; /* the frame has TCP, of which the rest is the outermost */
  gboolean ends;
  guint32 stream;
  guint16 port;
  char *address; /* NULL, or the sender's; owned, wmem's */
};

static tap_packet_status
tapped (void *user, packet_info *pinfo G_GNUC_UNUSED, epan_dissect_t *edt G_GNUC_UNUSED,
        const void *info WS_TAP_FLAGS_ARG)
{
  Origin *origin = user;
  const struct tcpheader *tcp = info;
  if (origin->known)
    return TAP_PACKET_DONT_REDRAW;
  origin->known = TRUE;
  origin->ends = (tcp->th_flags & (TH_FIN | TH_RST)) != 0;
  origin->stream = tcp->th_stream;
  origin->port = tcp->th_sport;
  origin->address = address_to_str (NULL, &tcp->ip_src);
  return TAP_PACKET_DONT_REDRAW;
}

Origin *
origin_new (GError **error)
{
  Origin *origin = g_new0 (Origin, 1);
  GString *message = register_tap_listener ("tcp", origin, NULL, TL_REQUIRES_NOTHING, NULL,
                                            tapped, NULL, NULL);
  if (!message)
    return origin;
  g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, message->str);
  g_string_free (message, TRUE);
  g_free (origin);
  return NULL;
}

void
origin_free (Origin *origin)
{
  remove_tap_listener (origin);
  wmem_free (NULL, origin->address);
  g_free (origin);
}

void
origin_begin (Origin *origin)
{
  wmem_free (NULL, origin->address);
  *origin = (Origin){ 0 };
}

gboolean
origin_ends (const Origin *origin)
{
  return origin->ends;
}

void
origin_pack (const Origin *origin, const epan_dissect_t *edt, guint32 column, GArray *cells,
             GByteArray *pool)
{
  const packet_info *pinfo = &edt->pi;
  gint64 time[2];
  wire_put_time (pinfo->abs_ts.secs, pinfo->abs_ts.nsecs, time);
  WireCell cell = { .frame = pinfo->num, .column = column + TIME, .kind = WIRE_TIME };
  cell.value = wire_span (wire_pool_add (pool, time, sizeof time), sizeof time);
  g_array_append_val (cells, cell);
  if (!origin->known)
    return;
  const WireCell rest[] = {
    { .column = column + ADDRESS,
      .kind = WIRE_STRING,
      .value
      = wire_span (wire_pool_add_utf8 (pool, origin->address), strlen (origin->address)) },
    { .column = column + PORT, .kind = WIRE_UINT, .value = origin->port },
    { .column = column + STREAM, .kind = WIRE_UINT, .value = origin->stream },
    { .column = column + ENDED, .kind = WIRE_TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rest) - !origin->ends; i++)
    {
      cell = rest[i];
      cell.frame = pinfo->num;
      g_array_append_val (cells, cell);
    }
}
