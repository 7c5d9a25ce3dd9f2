/* pdu-test.c --- where a frame's PDUs begin and end, under the sanitizers

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include <string.h>

#include "link/capture.h"
#include "smb/pdu.h"

/* FIELDS are a frame's in order, those in a node of the top begin with a dot; the string
   has a letter for each: begins, ends, opaque, envelope.  */
static const struct
{
  const char *name, *fields, *events;
} frames[] = {
  { "/pdu/one", "tcp nbss smb2 .smb2.cmd dcerpc", "b e" },
  { "/pdu/compound", "nbss smb2 .smb2.cmd smb2 .smb2.cmd", "b eb e" },
  { "/pdu/messages", "nbss smb2 .smb2.cmd nbss smb2 .smb2.cmd", "b e b e" },
  { "/pdu/andx", "nbss smb .smb.cmd .smb.cmd", "b e" },
  { "/pdu/decrypted", "nbss smb2 .smb2.sesid smb2 .smb2.cmd", "b vb e" },
  { "/pdu/decrypted-inside", "nbss smb2 .smb2.sesid .smb2 .smb2.cmd", "b vb e" },
  { "/pdu/encrypted-then-plain", "nbss smb2 .smb2.sesid nbss smb2 .smb2.cmd", "b oe b e" },
  { "/pdu/encrypted", "nbss smb2 .smb2.sesid", "b oe" },
  { "/pdu/reassembled", "nbss smb2 .smb2.cmd tcp.segments nbss smb2 .smb2.cmd", "b e b e" },
  { "/pdu/named-alone", "nbss .smb2 .smb2.cmd", "" },
};

static void
append_events (GString *said, guint events)
{
  if (!events)
    return;
  if (said->len)
    g_string_append_c (said, ' ');
  for (guint bit = 0; bit < 4; bit++)
    if (events & 1u << "\1\0\2\3"[bit])
      g_string_append_c (said, "oevb"[bit]);
}

static void
test_frame (gconstpointer data)
{
  const char *const *frame = data; /* name, fields, events */
  g_auto (GStrv) fields = g_strsplit (frame[1], " ", -1);
  g_autoptr (GString) said = g_string_new (NULL);
  SmbPdus pdus = { 0 };
  for (char **field = fields; *field; field++)
    {
      gboolean top = **field != '.';
      append_events (said, smb_pdus_step (&pdus, role_of (*field + !top), top));
    }
  append_events (said, smb_pdus_end (&pdus));
  g_assert_cmpstr (said->str, ==, frame[2]);
}

/* Append to CELLS one that has VALUE of FIELD.  */
static void
cell (GArray *cells, const char *field, WireKind kind, guint64 value)
{
  for (guint column = 0; link_fields[column]; column++)
    if (g_str_equal (link_fields[column], field))
      {
        WireCell cell
            = { .frame = 1, .column = column, .kind = (guint32)kind, .value = value };
        g_array_append_val (cells, cell);
        return;
      }
  g_assert_not_reached ();
}

/* What can't be decrypted counts, too: a PDU has the same number for all.  */
static void
test_links_count_alike (void)
{
  g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (WireCell));
  cell (cells, "nbss", WIRE_NONE, 0);
  cell (cells, "smb2", WIRE_NONE, 0);
  cell (cells, "smb2.sesid", WIRE_UINT, 0x1234567);
  cell (cells, "nbss", WIRE_NONE, 0);
  cell (cells, "smb", WIRE_NONE, 0);
  cell (cells, "smb.cmd", WIRE_UINT, 0x2e);
  cell (cells, "smb.mid", WIRE_UINT, 4);
  cell (cells, "smb.cmd", WIRE_UINT, 4);
  cell (cells, "nbss", WIRE_NONE, 0);
  cell (cells, "smb2", WIRE_NONE, 0);
  cell (cells, "smb2.cmd", WIRE_UINT, 5);
  cell (cells, "smb2.msg_id", WIRE_UINT, 9);
  const WireCells view = { .cells = (const WireCell *)(void *)cells->data,
                           .n_cells = cells->len,
                           .pool = "" };
  g_autoptr (LinkCapture) capture = link_capture_new ();
  link_capture_add (capture, &view);
  g_assert_cmpuint (capture->pdus->len, ==, 2);
  const LinkPdu *pdus = (const LinkPdu *)(void *)capture->pdus->data;
  g_assert_cmpuint (pdus[0].index, ==, 1);
  g_assert_cmpuint (pdus[0].cmd, ==, LINK_SMB1 | 0x2e);
  g_assert_cmpuint (pdus[0].mid, ==, 4);
  g_assert_cmpuint (pdus[1].index, ==, 2);
  g_assert_cmpuint (pdus[1].mid, ==, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    g_test_add_data_func (frames[i].name, &frames[i], test_frame);
  g_test_add_func ("/pdu/links-count-alike", test_links_count_alike);
  return g_test_run ();
}
