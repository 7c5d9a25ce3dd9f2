/* tap.c --- what libwireshark's taps collect from all frames

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/tap.h"

#include <epan/conversation_table.h>
#include <epan/expert.h>
#include <epan/follow.h>
#include <epan/to_str.h>

#include "capture/library.h"
#include "support/problem.h"
#include "wire/wire.h"

struct _Tap
{
  gboolean registered, listening;
  tap_packet_cb collect; /* libwireshark's, or ours */
  void *data;            /* what it collects in: one of those below */
  GVariant *(*pack) (Tap *tap);

  conv_hash_t conversations;
  follow_info_t *follow;
  guint32 limit; /* how many bytes of what is followed are wanted */
  GVariantBuilder *expert;
};

static tap_packet_status
tapped (void *user, packet_info *pinfo, epan_dissect_t *edt,
        const void *info WS_TAP_FLAGS_ARG)
{
  Tap *tap = user;
  if (tap->listening)
    tap->collect (tap->data, pinfo, edt, info WS_TAP_FLAGS);
  return TAP_PACKET_DONT_REDRAW;
}

/* TAP, listening to what is called NAME in frames that pass FILTER; NULL, and TAP
   freed, if there is no such.  */
static Tap *
listen_to (Tap *tap, const char *name, const char *filter, GError **error)
{
  GString *message = register_tap_listener (name, tap, filter, TL_REQUIRES_PROTO_TREE, NULL,
                                            tapped, NULL, NULL);
  tap->registered = !message;
  if (!message)
    return tap;
  g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, message->str);
  g_string_free (message, TRUE);
  tap_free (tap);
  return NULL;
}

void
tap_free (Tap *tap)
{
  if (tap->registered)
    remove_tap_listener (tap);
  reset_conversation_table_data (&tap->conversations);
  g_clear_pointer (&tap->follow, follow_info_free);
  g_clear_pointer (&tap->expert, g_variant_builder_unref);
  g_free (tap);
}

void
tap_begin (Tap *tap)
{
  tap->listening = TRUE;
}

void
tap_end (Tap *tap)
{
  tap->listening = FALSE;
}

GVariant *
tap_pack (Tap *tap)
{
  return tap->pack (tap);
}

/* NULL: PROTOCOL has no tap such as is asked for.  */
static Tap *
no_tap (const char *protocol, GError **error)
{
  g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, PROBLEM "no-tap" PROBLEM "%s",
               protocol ? protocol : "");
  return NULL;
}

/* The text of ADDRESS, as a GVariant.  */
static GVariant *
address_text (const address *address)
{
  char *text = address_to_str (NULL, address);
  GVariant *value = wire_text (text);
  wmem_free (NULL, text);
  return value;
}

/* ---------------------------------------------------------- conversations */

static gint64
nanoseconds (const nstime_t *time)
{
  return (gint64)time->secs * G_GINT64_CONSTANT (1000000000) + time->nsecs;
}

static GVariant *
pack_conversations (Tap *tap)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE (WIRE_CONVERSATIONS_TYPE));
  const GArray *items = tap->conversations.conv_array;
  for (guint i = 0; items && i < items->len; i++)
    {
      const conv_item_t *item = &g_array_index (items, conv_item_t, i);
      g_variant_builder_add (
          &builder, "(@su@suttttuxx)", address_text (&item->src_address), item->src_port,
          address_text (&item->dst_address), item->dst_port, (guint64)item->tx_frames,
          (guint64)item->tx_bytes, (guint64)item->rx_frames, (guint64)item->rx_bytes,
          (guint32)item->conv_id, nanoseconds (&item->start_time),
          nanoseconds (&item->stop_time));
    }
  return g_variant_builder_end (&builder);
}

Tap *
tap_conversations (const char *protocol, GError **error)
{
  int id = protocol ? proto_get_id_by_filter_name (protocol) : -1;
  register_ct_t *table = id < 0 ? NULL : get_conversation_by_proto_id (id);
  if (!table)
    return no_tap (protocol, error);
  Tap *tap = g_new0 (Tap, 1);
  tap->collect = get_conversation_packet_func (table);
  tap->data = &tap->conversations;
  tap->pack = pack_conversations;
  return listen_to (tap, protocol, NULL, error);
}

/* ----------------------------------------------------- expert information */

static tap_packet_status
collect_expert (void *data, packet_info *pinfo G_GNUC_UNUSED,
                epan_dissect_t *edt G_GNUC_UNUSED, const void *info WS_TAP_FLAGS_ARG)
{
  const expert_info_t *found = info;
  g_variant_builder_add (data, "(u@s@s@s@s)", found->packet_num,
                         wire_text (try_val_to_str (found->severity, expert_severity_vals)),
                         wire_text (try_val_to_str (found->group, expert_group_vals)),
                         wire_text (found->protocol), wire_text (found->summary));
  return TAP_PACKET_DONT_REDRAW;
}

static GVariant *
pack_expert (Tap *tap)
{
  return g_variant_builder_end (tap->expert);
}

Tap *
tap_expert (GError **error)
{
  Tap *tap = g_new0 (Tap, 1);
  tap->expert = g_variant_builder_new (G_VARIANT_TYPE (WIRE_EXPERT_TYPE));
  tap->collect = collect_expert;
  tap->data = tap->expert;
  tap->pack = pack_expert;
  return listen_to (tap, "expert", NULL, error);
}

/* ------------------------------------------------------- data of a stream */

static GVariant *
pack_follow (Tap *tap)
{
  const follow_info_t *follow = tap->follow;
  GVariantBuilder chunks;
  guint64 bytes[2] = { 0, 0 };
  gsize left = tap->limit;
  g_variant_builder_init (&chunks, G_VARIANT_TYPE ("a(ubay)"));
  /* The last one is the first of the list.  */
  for (GList *l = g_list_last (follow->payload); l; l = l->prev)
    {
      const follow_record_t *record = l->data;
      gsize shown = MIN (left, record->data->len);
      bytes[record->is_server ? 1 : 0] += record->data->len;
      left -= shown;
      if (shown)
        g_variant_builder_add (
            &chunks, "(ub@ay)", record->packet_num, (gboolean)record->is_server,
            g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, record->data->data, shown, 1));
    }
  return g_variant_new ("(@su@sua(ubay)tt)", address_text (&follow->client_ip),
                        (guint32)follow->client_port, address_text (&follow->server_ip),
                        (guint32)follow->server_port, &chunks, bytes[0], bytes[1]);
}

Tap *
tap_follow (const char *protocol, guint32 stream, guint32 limit, GError **error)
{
  int id = protocol ? proto_get_id_by_filter_name (protocol) : -1;
  register_follow_t *follower
      = id < 0
            ? NULL
            : get_follow_by_name (proto_get_protocol_short_name (find_protocol_by_id (id)));
  if (!follower)
    return no_tap (protocol, error);
  Tap *tap = g_new0 (Tap, 1);
  tap->limit = limit;
  tap->follow = g_new0 (follow_info_t, 1);
  tap->follow->show_stream = BOTH_HOSTS;
#ifdef SUBSTREAM_UNUSED
  tap->follow->substream_id = SUBSTREAM_UNUSED;
#endif
  tap->collect = get_follow_tap_handler (follower);
  tap->data = tap->follow;
  tap->pack = pack_follow;
  g_autofree char *filter = get_follow_index_func (follower) (stream, 0);
  return listen_to (tap, get_follow_tap_string (follower), filter, error);
}
