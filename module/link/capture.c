/* capture.c --- a capture's PDUs, to be linked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/capture.h"

#include <string.h>

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
                                    [N_FIELDS] = NULL };

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
  LinkPdu pdu;
  gboolean open; /* PDU is under way */
  guint32 status, index;
  guint32 smb1; /* the SMB1 command whose header is under way, or LINK_BAD_COMMAND */
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
end_pdu (Frame *frame)
{
  if (!frame->open)
    return;
  frame->open = FALSE;
  note_client (frame);
  g_array_append_val (frame->capture->pdus, frame->pdu);
  frame->capture->requests += !frame->pdu.response;
}

static void
begin_pdu (Frame *frame, guint32 cmd)
{
  end_pdu (frame);
  frame->open = TRUE;
  frame->pdu.cmd = cmd > LINK_LAST_COMMAND ? LINK_BAD_COMMAND : cmd;
  frame->pdu.mid = 0;
  frame->pdu.index = frame->index++;
  frame->pdu.response = FALSE;
  frame->pdu.pending = frame->status == SMB_STATUS_PENDING;
  frame->status = 0;
}

/* SMB1's PDUs are apart from the others.  The message id is last; commands behind it
   are more of the same PDU (AndX).  What a server asks is no request.  */
static void
end_smb1 (Frame *frame, guint64 mid)
{
  LinkPdu pdu = frame->pdu;
  gboolean notice = frame->smb1 == SMB1_LOCKING_ANDX && mid == 0xffff && !pdu.response;
  if (frame->smb1 == LINK_BAD_COMMAND || notice)
    return;
  note_client (frame);
  pdu.cmd = LINK_SMB1 | frame->smb1;
  pdu.mid = mid;
  pdu.index = 0;
  pdu.pending = FALSE;
  g_array_append_val (frame->capture->pdus, pdu);
  frame->capture->smb1_requests += !pdu.response;
  frame->capture->negotiations += !pdu.response && frame->smb1 == SMB1_NEGOTIATE;
  frame->smb1 = LINK_BAD_COMMAND;
}

static void
scan_cell (Frame *frame, const WireCell *cell)
{
  LinkPdu *pdu = &frame->pdu;
  switch (cell->column)
    {
    case STATUS:
      /* In front of the command it is about.  */
      frame->status = (guint32)cell->value;
      break;
    case CMD:
      begin_pdu (frame, (guint32)cell->value);
      break;
    case SMB1_CMD:
      /* The one SMB1 request that SMB2 answers: smbd takes it for an SMB2
         negotiate with message id 0.  */
      if (cell->value == SMB1_NEGOTIATE)
        begin_pdu (frame, 0);
      if (frame->smb1 == LINK_BAD_COMMAND && cell->value <= 0xff)
        {
          frame->smb1 = (guint32)cell->value;
          pdu->response = FALSE;
        }
      break;
    case SMB1_MID:
      end_smb1 (frame, cell->value);
      break;
    case RESPONSE:
    case SMB1_RESPONSE:
      pdu->response = cell->kind == WIRE_TRUE;
      break;
    case MID:
      pdu->mid = cell->value;
      break;
    case TREE:
      note_id (frame, LOG_TREE, (guint32)cell->value);
      break;
    case SESSION:
      if (frame->open)
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
    scan_cell (&frame, &cells->cells[i]);
  end_pdu (&frame);
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
