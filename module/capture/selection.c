/* selection.c --- which frames of a file are opened at all

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/selection.h"
#include "support/problem.h"

#include <pcap/pcap.h>
#include <wiretap/pcap-encap.h>

/* A bound on the numbers of libpcap's link layers, well above the last one.  */
#define MAX_DLT 512

/* As tcpdump's.  */
#define SNAPLEN 262144

struct _Selection
{
  char *filter;
  gint64 from, to;
  GHashTable *programs; /* of struct bpf_program, by libwiretap's link layer */
};

const char *const selection_files[]
    = { "/etc/services", "/etc/protocols", "/etc/networks", "/etc/nsswitch.conf", NULL };

static void
free_program (gpointer program)
{
  if (program)
    pcap_freecode (program);
  g_free (program);
}

/* libwiretap tells which of its link layers is libpcap's; the way back is not exported.  */
static int
pcap_link_layer (int encap)
{
  for (int dlt = 0; dlt < MAX_DLT; dlt++)
    if (wtap_pcap_encap_to_wtap_encap (dlt) == encap)
      return dlt;
  return -1;
}

static struct bpf_program *
compile (const Selection *selection, int encap, GError **error)
{
  int dlt = pcap_link_layer (encap);
  const char *name = wtap_encap_name (encap);
  if (dlt < 0)
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER,
                   PROBLEM "no-link-layer" PROBLEM "%s", name ? name : "?");
      return NULL;
    }
  pcap_t *pcap = pcap_open_dead (dlt, SNAPLEN);
  struct bpf_program *program = g_new0 (struct bpf_program, 1);
  if (pcap_compile (pcap, program, selection->filter, TRUE, PCAP_NETMASK_UNKNOWN))
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER, "%s: %s", selection->filter,
                   pcap_geterr (pcap));
      g_clear_pointer (&program, g_free);
    }
  pcap_close (pcap);
  return program;
}

static struct bpf_program *
program_for (Selection *selection, int encap, GError **error)
{
  gpointer program;
  if (!g_hash_table_lookup_extended (selection->programs, GINT_TO_POINTER (encap), NULL,
                                     &program))
    {
      program = compile (selection, encap, error);
      /* What failed is not tried again.  */
      g_hash_table_insert (selection->programs, GINT_TO_POINTER (encap), program);
    }
  return program;
}

Selection *
selection_new (const char *filter, gint64 from, gint64 to, GError **error)
{
  Selection *selection = g_new0 (Selection, 1);
  selection->filter = filter && *filter ? g_strdup (filter) : NULL;
  selection->from = from;
  selection->to = to;
  selection->programs = g_hash_table_new_full (NULL, NULL, NULL, free_program);
  /* A mistake is one on the commonest link layer, too; others come with the frames.  */
  if (selection->filter && !program_for (selection, WTAP_ENCAP_ETHERNET, error))
    g_clear_pointer (&selection, selection_free);
  return selection;
}

void
selection_free (Selection *selection)
{
  g_hash_table_unref (selection->programs);
  g_free (selection->filter);
  g_free (selection);
}

static gboolean
in_time (const Selection *selection, const wtap_rec *rec)
{
  if (selection->from == SELECTION_SINCE_EVER && selection->to == SELECTION_FOR_EVER)
    return TRUE;
  if (!(rec->presence_flags & WTAP_HAS_TS))
    return FALSE;
  gint64 time;
  return !__builtin_mul_overflow ((gint64)rec->ts.secs, G_GINT64_CONSTANT (1000000000),
                                  &time)
         && !__builtin_add_overflow (time, rec->ts.nsecs, &time) && time >= selection->from
         && time <= selection->to;
}

gboolean
selection_passes (Selection *selection, WsRecord *record, GError **error)
{
  const wtap_rec *rec = &record->rec;
  if (!in_time (selection, rec))
    return FALSE;
  if (!selection->filter)
    return TRUE;
  /* What is no packet, such as a line of a journal, passes none.  */
  if (rec->rec_type != REC_TYPE_PACKET)
    return FALSE;
  const wtap_packet_header *packet = &rec->rec_header.packet_header;
  struct bpf_program *program = program_for (selection, packet->pkt_encap, error);
  if (!program)
    return FALSE;
  const struct pcap_pkthdr header = { .caplen = packet->caplen, .len = packet->len };
  return pcap_offline_filter (program, &header, ws_record_bytes (record)) != 0;
}
