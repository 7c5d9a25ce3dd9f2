/* srt.c --- service response times, as libwireshark's statistics take them

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/srt.h"

#include <epan/srt_table.h>
#include <epan/to_str.h>

#include "capture/library.h"
#include "wire/wire.h"

/* Protocols of which there are response times; the tables of others, of
   DCE/RPC say, want to be told a program first.  */
static const char *const protocols[] = { "smb2", "smb", "kerberos", "ldap" };

/* The tables of one protocol.  */
typedef struct
{
  Srt *srt; /* whose it is */
  register_srt_t *registered;
  const char *protocol; /* its name on the screen, libwireshark's */
  srt_data_t data;
  gboolean listening;
} Tables;

struct _Srt
{
  Tables tables[G_N_ELEMENTS (protocols)];
  gboolean listening;
  guint32 index;     /* of the next message in the frame */
  guint kept;        /* samples of frames that are through */
  GArray *samples;   /* of WireSrt */
  GHashTable *names; /* "PROTOCOL\nCOMMAND" to its number, + 1; owns the keys */
  GPtrArray *name_list;
  GHashTable *clients; /* address and port likewise */
  GPtrArray *client_list;
};

/* The number of TEXT, which it takes, among LIST's.  */
static guint32
number_of (GHashTable *numbers, GPtrArray *list, char *text)
{
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (numbers, text));
  if (number)
    {
      g_free (text);
      return number - 1;
    }
  g_hash_table_insert (numbers, text, GUINT_TO_POINTER (list->len + 1));
  g_ptr_array_add (list, text);
  return list->len - 1;
}

static void
add_sample (Tables *tables, const packet_info *pinfo, const srt_procedure_t *procedure)
{
  Srt *srt = tables->srt;
  const nstime_t *took = &procedure->stats.max;
  char *address = address_to_str (NULL, &pinfo->dst);
  WireSrt sample
      = { .frame = pinfo->num,
          .index = srt->index,
          .name
          = number_of (srt->names, srt->name_list,
                       g_strdup_printf ("%s\n%s", tables->protocol,
                                        procedure->procedure ? procedure->procedure : "")),
          .client = number_of (srt->clients, srt->client_list,
                               g_strdup_printf ("%s:%u", address, pinfo->destport)),
          .duration = (gint64)took->secs * G_GINT64_CONSTANT (1000000000) + took->nsecs,
          .time = (gint64)pinfo->abs_ts.secs * G_GINT64_CONSTANT (1000000000)
                  + pinfo->abs_ts.nsecs };
  wmem_free (NULL, address);
  g_array_append_val (srt->samples, sample);
}

/* Collect the one sample that a message may have left in TABLES, and make them
   empty again.  */
static void
collect_sample (Tables *tables, const packet_info *pinfo)
{
  for (guint t = 0; t < tables->data.srt_array->len; t++)
    {
      srt_stat_table *table = g_array_index (tables->data.srt_array, srt_stat_table *, t);
      for (int p = 0; p < table->num_procs; p++)
        if (table->procedures[p].stats.num)
          {
            add_sample (tables, pinfo, &table->procedures[p]);
            time_stat_init (&table->procedures[p].stats);
          }
    }
}

static tap_packet_status
tapped (void *user, packet_info *pinfo, epan_dissect_t *edt,
        const void *info WS_TAP_FLAGS_ARG)
{
  Tables *tables = user;
  if (!tables->srt->listening)
    return TAP_PACKET_DONT_REDRAW;
  tap_packet_cb count = get_srt_packet_func (tables->registered);
  if (count (&tables->data, pinfo, edt, info WS_TAP_FLAGS) == TAP_PACKET_REDRAW)
    collect_sample (tables, pinfo);
  tables->srt->index++;
  return TAP_PACKET_DONT_REDRAW;
}

static gboolean
listen_to (Tables *tables, const char *protocol, GError **error)
{
  tables->registered = get_srt_table_by_name (protocol);
  if (!tables->registered)
    return TRUE;
  tables->protocol = proto_get_protocol_short_name (
      find_protocol_by_id (get_srt_proto_id (tables->registered)));
  tables->data.srt_array = g_array_new (FALSE, TRUE, sizeof (srt_stat_table *));
  srt_table_dissector_init (tables->registered, tables->data.srt_array);
  GString *message
      = register_tap_listener (get_srt_tap_listener_name (tables->registered), tables, NULL,
                               TL_REQUIRES_NOTHING, NULL, tapped, NULL, NULL);
  tables->listening = !message;
  if (message)
    {
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, message->str);
      g_string_free (message, TRUE);
    }
  return tables->listening;
}

Srt *
srt_new (GError **error)
{
  g_autoptr (Srt) srt = g_new0 (Srt, 1);
  srt->samples = g_array_new (FALSE, FALSE, sizeof (WireSrt));
  srt->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  srt->name_list = g_ptr_array_new ();
  srt->clients = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  srt->client_list = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      srt->tables[i].srt = srt;
      if (!listen_to (&srt->tables[i], protocols[i], error))
        return NULL;
    }
  return g_steal_pointer (&srt);
}

void
srt_free (Srt *srt)
{
  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++)
    {
      Tables *tables = &srt->tables[i];
      if (tables->listening)
        remove_tap_listener (tables);
      if (tables->data.srt_array)
        {
          free_srt_table (tables->registered, tables->data.srt_array);
          g_array_free (tables->data.srt_array, TRUE);
        }
    }
  g_clear_pointer (&srt->samples, g_array_unref);
  g_hash_table_unref (srt->names);
  g_ptr_array_unref (srt->name_list);
  g_hash_table_unref (srt->clients);
  g_ptr_array_unref (srt->client_list);
  g_free (srt);
}

void
srt_begin (Srt *srt)
{
  srt->listening = TRUE;
  srt->index = 0;
}

void
srt_end (Srt *srt, gboolean keep)
{
  srt->listening = FALSE;
  if (keep)
    srt->kept = srt->samples->len;
  else
    g_array_set_size (srt->samples, srt->kept);
}

static GVariant *
strings (const GPtrArray *list)
{
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < list->len; i++)
    g_variant_builder_add_value (&builder, wire_text (g_ptr_array_index (list, i)));
  return g_variant_builder_end (&builder);
}

guint
srt_length (const Srt *srt)
{
  return srt->kept;
}

GVariant *
srt_pack (Srt *srt)
{
  GArray *samples = srt->samples;
  srt->samples = g_array_new (FALSE, FALSE, sizeof (WireSrt));
  srt->kept = 0;
  return g_variant_new ("(@" WIRE_SAMPLES_TYPE "@as@as)",
                        wire_records_variant (WIRE_SAMPLES_TYPE, samples),
                        strings (srt->name_list), strings (srt->client_list));
}
