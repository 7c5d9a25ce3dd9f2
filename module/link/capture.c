/* capture.c --- a capture's PDUs, to be linked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/capture.h"

#include <string.h>

#include "smb/pdu.h"
#include "smb/status.h"

enum
{
  TIME,
  STREAM,
  SRC,
  SRC6,
  SRC_PORT,
  DST,
  DST6,
  DST_PORT,
  STATUS,
  CMD,
  RESPONSE,
  MID,
  TREE,
  SESSION,
  FID,
  SMB1_CMD,
  SMB1_RESPONSE,
  SMB1_MID,
  SMB2,
  SMB1,
  NBSS,
  N_FIELDS
};

const char *const link_fields[] = { [TIME] = "frame.time_epoch",
                                    [STREAM] = "tcp.stream",
                                    [SRC] = "ip.src",
                                    [SRC6] = "ipv6.src",
                                    [SRC_PORT] = "tcp.srcport",
                                    [DST] = "ip.dst",
                                    [DST6] = "ipv6.dst",
                                    [DST_PORT] = "tcp.dstport",
                                    [STATUS] = "smb2.nt_status",
                                    [CMD] = "smb2.cmd",
                                    [RESPONSE] = "smb2.flags.response",
                                    [MID] = "smb2.msg_id",
                                    [TREE] = "smb2.tid",
                                    [SESSION] = "smb2.sesid",
                                    [FID] = "smb2.fid",
                                    [SMB1_CMD] = "smb.cmd",
                                    [SMB1_RESPONSE] = "smb.flags.response",
                                    [SMB1_MID] = "smb.mid",
                                    [SMB2] = "smb2",
                                    [SMB1] = "smb",
                                    [NBSS] = "nbss",
                                    [N_FIELDS] = NULL };

/* What those tell that say where PDUs begin and end.  */
static const Role roles[N_FIELDS] = { [CMD] = ROLE_COMMAND,
                                      [SMB1_CMD] = ROLE_COMMAND,
                                      [SMB2] = ROLE_PDU,
                                      [SMB1] = ROLE_PDU,
                                      [NBSS] = ROLE_TRANSPORT };

#define SMB1_NEGOTIATE 0x72
#define SMB1_LOCKING_ANDX 0x24

LinkCapture *
link_capture_new (void)
{
  LinkCapture *capture = g_new0 (LinkCapture, 1);
  capture->pdus = g_array_new (FALSE, FALSE, sizeof (LinkPdu));
  capture->clients = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  capture->streams_of = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                               (GDestroyNotify)g_array_unref);
  capture->has_sessions = g_hash_table_new (NULL, NULL);
  return capture;
}

void
link_capture_free (LinkCapture *capture)
{
  g_array_unref (capture->pdus);
  g_hash_table_unref (capture->clients);
  g_hash_table_unref (capture->streams_of);
  g_hash_table_unref (capture->has_sessions);
  g_free (capture);
}

guint
link_capture_requests (const LinkCapture *capture, gboolean smb1, gboolean smb2)
{
  if (smb1 && smb2)
    return capture->smb1_requests + capture->requests - capture->negotiations;
  return smb1 ? capture->smb1_requests : capture->requests;
}

gint64
link_id (LogFactKind kind, guint64 id)
{
  return (gint64)((guint64)kind << 60 ^ id);
}

/* ---------------------------------------------------------------- a frame */

typedef struct
{
  LinkCapture *capture;
  const WireCells *cells;
  const WireCell *first[N_FIELDS]; /* the frame's own: of the outermost layer */
  SmbPdus pdus;
  LinkPdu pdu;  /* the one that is open */
  guint32 smb1; /* its command if it is SMB1, or LINK_BAD_COMMAND */
} Frame;

static guint32
number (const Frame *frame, int field, guint32 otherwise)
{
  const WireCell *cell = frame->first[field];
  return cell ? (guint32)cell->value : otherwise;
}

static gint64
frame_time (const Frame *frame)
{
  const WireCell *cell = frame->first[TIME];
  gint64 parts[2];
  if (!cell || cell->kind != WIRE_TIME)
    return LOG_NO_TIME;
  wire_get_time (frame->cells->pool + wire_span_offset (cell->value), &parts[0], &parts[1]);
  return parts[0] * G_USEC_PER_SEC + parts[1] / 1000;
}

/* An address and port as Samba writes them, "ipv4:127.0.0.1:51256".  */
static char *
endpoint (const Frame *frame, int address, int address6, int port)
{
  const WireCell *cell
      = frame->first[address] ? frame->first[address] : frame->first[address6];
  if (!cell || cell->kind != WIRE_STRING || !frame->first[port])
    return NULL;
  return g_strdup_printf ("%s:%s:%u", frame->first[address] ? "ipv4" : "ipv6",
                          frame->cells->pool + wire_span_offset (cell->value),
                          number (frame, port, 0));
}

static void
note_client (Frame *frame)
{
  GHashTable *clients = frame->capture->clients;
  gpointer stream = GUINT_TO_POINTER (frame->pdu.stream);
  if (g_hash_table_contains (clients, stream))
    return;
  char *client = frame->pdu.response ? endpoint (frame, DST, DST6, DST_PORT)
                                     : endpoint (frame, SRC, SRC6, SRC_PORT);
  if (client)
    g_hash_table_insert (clients, stream, client);
}

/* The connection has to do with an id that smbd gave.  */
static void
note_id (Frame *frame, LogFactKind kind, guint64 id)
{
  if (id < LINK_SMALLEST_ID || id == G_MAXUINT32)
    return;
  LinkCapture *capture = frame->capture;
  gint64 key = link_id (kind, id);
  GArray *streams = g_hash_table_lookup (capture->streams_of, &key);
  if (!streams)
    {
      streams = g_array_new (FALSE, FALSE, sizeof (guint32));
      gint64 *kept = g_new (gint64, 1);
      *kept = key;
      g_hash_table_insert (capture->streams_of, kept, streams);
    }
  for (guint i = 0; i < streams->len; i++)
    if (g_array_index (streams, guint32, i) == frame->pdu.stream)
      return;
  g_array_append_val (streams, frame->pdu.stream);
  if (kind == LOG_SESSION)
    g_hash_table_add (capture->has_sessions, GUINT_TO_POINTER (frame->pdu.stream));
}

/* The low half of the persistent part of a file id, which is shown as a GUID.  */
static guint32
open_id (const Frame *frame, const WireCell *cell)
{
  if (cell->kind != WIRE_STRING)
    return 0;
  return (guint32)g_ascii_strtoull (frame->cells->pool + wire_span_offset (cell->value),
                                    NULL, 16);
}

static void
add_pdu (Frame *frame, guint32 cmd)
{
  note_client (frame);
  frame->pdu.cmd = cmd;
  g_array_append_val (frame->capture->pdus, frame->pdu);
}

/* SMB1's PDUs are apart from the others.  What a server asks is no request, and the one
   that SMB2 answers is smbd's first SMB2 request, too, with message id 0.  */
static void
end_smb1 (Frame *frame)
{
  LinkCapture *capture = frame->capture;
  LinkPdu *pdu = &frame->pdu;
  if (frame->smb1 == SMB1_LOCKING_ANDX && pdu->mid == 0xffff && !pdu->response)
    return;
  add_pdu (frame, LINK_SMB1 | frame->smb1);
  capture->smb1_requests += !pdu->response;
  if (frame->smb1 != SMB1_NEGOTIATE)
    return;
  pdu->mid = 0;
  add_pdu (frame, 0);
  capture->requests += !pdu->response;
  capture->negotiations += !pdu->response;
}

static void
end_pdu (Frame *frame)
{
  if (frame->smb1 != LINK_BAD_COMMAND)
    end_smb1 (frame);
  else
    {
      add_pdu (frame, frame->pdu.cmd);
      frame->capture->requests += !frame->pdu.response;
    }
}

static void
begin_pdu (Frame *frame)
{
  LinkPdu *pdu = &frame->pdu;
  pdu->cmd = LINK_BAD_COMMAND;
  pdu->mid = 0;
  pdu->index = frame->pdus.index;
  pdu->response = pdu->pending = FALSE;
  frame->smb1 = LINK_BAD_COMMAND;
}

static void
follow_pdus (Frame *frame, guint events)
{
  if (events & SMB_PDU_ENDS && !(events & SMB_PDU_OPAQUE))
    end_pdu (frame);
  if (events & SMB_PDU_BEGINS)
    begin_pdu (frame);
}

static void
scan_cell (Frame *frame, const WireCell *cell)
{
  LinkPdu *pdu = &frame->pdu;
  gboolean first = !frame->pdus.command;
  follow_pdus (frame, smb_pdus_step (&frame->pdus, roles[cell->column], TRUE));
  switch (cell->column)
    {
    case STATUS:
      /* In front of the command it is about.  */
      if (first)
        pdu->pending = (guint32)cell->value == SMB_STATUS_PENDING;
      break;
    case CMD:
      pdu->cmd = cell->value > LINK_LAST_COMMAND ? LINK_BAD_COMMAND : (guint32)cell->value;
      break;
    case SMB1_CMD:
      /* Commands behind it are more of the same PDU (AndX).  */
      if (first && cell->value <= 0xff)
        frame->smb1 = (guint32)cell->value;
      break;
    case RESPONSE:
    case SMB1_RESPONSE:
      pdu->response = cell->kind == WIRE_TRUE;
      break;
    case MID:
    case SMB1_MID:
      pdu->mid = cell->value;
      break;
    case TREE:
      note_id (frame, LOG_TREE, (guint32)cell->value);
      break;
    case SESSION:
      if (frame->pdus.command)
        {
          note_id (frame, LOG_SESSION, (guint32)cell->value);
          note_id (frame, LOG_SESSION, cell->value);
        }
      break;
    case FID:
      note_id (frame, LOG_OPEN, open_id (frame, cell));
      break;
    default:
      break;
    }
}

static void
add_frame (LinkCapture *capture, const WireCells *cells, gsize from, gsize to)
{
  Frame frame = { .capture = capture, .cells = cells, .smb1 = LINK_BAD_COMMAND };
  for (gsize i = from; i < to; i++)
    if (cells->cells[i].column < N_FIELDS && !frame.first[cells->cells[i].column])
      frame.first[cells->cells[i].column] = &cells->cells[i];
  frame.pdu.frame = cells->cells[from].frame;
  frame.pdu.stream = number (&frame, STREAM, 0);
  frame.pdu.time = frame_time (&frame);
  for (gsize i = from; i < to; i++)
    if (cells->cells[i].column < N_FIELDS)
      scan_cell (&frame, &cells->cells[i]);
  follow_pdus (&frame, smb_pdus_end (&frame.pdus));
}

void
link_capture_add (LinkCapture *capture, const WireCells *cells)
{
  for (gsize i = 0, end; i < cells->n_cells; i = end)
    {
      for (end = i + 1; end < cells->n_cells; end++)
        if (cells->cells[end].frame != cells->cells[i].frame)
          break;
      add_frame (capture, cells, i, end);
    }
}
