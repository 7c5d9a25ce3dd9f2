/* commands.c --- the command of a frame that is one message of SMB2 and no more

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE
#include "capture/commands.h"

#include <string.h>

/* What a frame has whose command is not certain.  */
#define UNKNOWN 0xff

/* MS-SMB2 2.2.1: the header, and where it has the command and the next message.  */
#define SMB2_HEADER 64
#define SMB2_COMMAND 12
#define SMB2_NEXT 20
#define NBSS_HEADER 4

/* RFC 9293: lengths of TCP's header, where it has its length and flags.  */
#define TCP_HEADER 20
#define TCP_MAX_HEADER 60
#define TCP_LENGTH 12
#define TCP_FLAGS 13
#define TCP_FIN_OR_RST 5

struct _Commands
{
  int protocols[3];   /* from the innermost on */
  GByteArray *frames; /* by place */
};

Commands *
commands_new (void)
{
  static const char *const names[] = { "smb2", "nbss", "tcp" };
  Commands *commands = g_new0 (Commands, 1);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    commands->protocols[i] = proto_get_id_by_filter_name (names[i]);
  commands->frames = g_byte_array_new ();
  return commands;
}

void
commands_free (Commands *commands)
{
  g_byte_array_unref (commands->frames);
  g_free (commands);
}

/* Are the innermost layers of the frame the protocols, and none of them met before?  */
static gboolean
one_message (const Commands *commands, const packet_info *pinfo)
{
  guint n = 0;
  wmem_list_frame_t *layer = wmem_list_tail (pinfo->layers);
  for (; layer; layer = wmem_list_frame_prev (layer), n++)
    {
      int protocol = GPOINTER_TO_INT (wmem_list_frame_data (layer));
      for (guint i = 0; i < G_N_ELEMENTS (commands->protocols); i++)
        if ((protocol == commands->protocols[i]) != (n == i))
          return FALSE;
    }
  return n > G_N_ELEMENTS (commands->protocols);
}

/* The header of TCP, of a segment of PINFO, that ends at END of BYTES, or NULL.  How long
   it is stands in itself, so each length is tried.  */
static const guint8 *
tcp_header (const packet_info *pinfo, const guint8 *bytes, gsize end)
{
  for (gsize length = TCP_HEADER; length <= MIN (end, TCP_MAX_HEADER); length += 4)
    {
      const guint8 *header = bytes + end - length;
      if (header[TCP_LENGTH] >> 4 == length / 4
          && pinfo->srcport == ((guint32)header[0] << 8 | header[1])
          && pinfo->destport == ((guint32)header[2] << 8 | header[3]))
        return header;
    }
  return NULL;
}

static guint8
command_of (const packet_info *pinfo, const guint8 *bytes, gsize length)
{
  const guint8 *smb2 = memmem (bytes, length, "\xfeSMB", 4);
  gsize at = smb2 ? (gsize)(smb2 - bytes) : 0;
  if (at < TCP_HEADER + NBSS_HEADER || length - at < SMB2_HEADER)
    return UNKNOWN;
  const guint8 *nbss = smb2 - NBSS_HEADER;
  const guint8 *tcp = tcp_header (pinfo, bytes, at - NBSS_HEADER);
  gsize told = (gsize)nbss[1] << 16 | (gsize)nbss[2] << 8 | nbss[3];
  if (nbss[0] || told != length - at || memcmp (smb2 + SMB2_NEXT, "\0\0\0", 4) != 0
      || smb2[SMB2_COMMAND + 1] || !tcp || tcp[TCP_FLAGS] & TCP_FIN_OR_RST)
    return UNKNOWN;
  return smb2[SMB2_COMMAND];
}

void
commands_note (Commands *commands, guint32 place, const epan_dissect_t *edt)
{
  guint8 command = UNKNOWN;
  guint length = edt->tvb ? tvb_captured_length (edt->tvb) : 0;
  if (length && edt->pi.data_src && !edt->pi.data_src->next
      && one_message (commands, &edt->pi))
    command = command_of (&edt->pi, tvb_get_ptr (edt->tvb, 0, (gint)length), length);
  guint known = commands->frames->len;
  if (place > known)
    {
      g_byte_array_set_size (commands->frames, place);
      memset (commands->frames->data + known, UNKNOWN, place - known);
    }
  commands->frames->data[place - 1] = command;
}

gboolean
commands_only_other (const Commands *commands, guint32 place, guint32 set)
{
  guint8 command = place >= 1 && place <= commands->frames->len
                       ? commands->frames->data[place - 1]
                       : UNKNOWN;
  return command < 32 && !(set >> command & 1);
}
