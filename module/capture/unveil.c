/* unveil.c --- trees that are visible from SMB on

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/unveil.h"
#include "capture/tcp.h"

#define PORTS "tcp.port"

static proto_tree *veiled;         /* of the dissection under way, until it is unveiled */
static dissector_handle_t netbios; /* what we stand before, NULL before that is known */
static dissector_handle_t before_all; /* ... by this */
static GArray *fields;                /* hf ids of what TCP tells */

static int
dissect_netbios (tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
  if (veiled && tree && PTREE_DATA (tree) == PTREE_DATA (veiled))
    {
      proto_tree_set_visible (tree, TRUE);
      veiled = NULL;
    }
  /* Desegmentation is for whom TCP calls: as proxies do, pass that on.  */
  pinfo->can_desegment = pinfo->saved_can_desegment;
  return call_dissector_only (netbios, tvb, pinfo, tree, data);
}

/* Add the port KEY to PORTS if NetBIOS' dissector has ENTRY.  */
static void
find_port (const char *table G_GNUC_UNUSED, ftenum_t type G_GNUC_UNUSED, gpointer key,
           gpointer entry, gpointer ports)
{
  dissector_handle_t handle = dtbl_entry_get_handle (entry);
  if (!handle || handle == before_all
      || dissector_handle_get_protocol_index (handle)
             != proto_get_id_by_filter_name ("nbss"))
    return;
  netbios = handle;
  g_array_append_vals (ports, &(guint32){ GPOINTER_TO_UINT (key) }, 1);
}

static GArray *
find_fields (void)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (int));
  void *cookie = NULL;
  int tcp = proto_get_id_by_filter_name ("tcp");
  for (header_field_info *field = proto_get_first_protocol_field (tcp, &cookie); field;
       field = proto_get_next_protocol_field (tcp, &cookie))
    if (tcp_facts_take (field->abbrev))
      g_array_append_val (ids, field->id);
  return ids;
}

void
unveil_prepare (void)
{
  g_autoptr (GArray) ports = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (!before_all)
    before_all = create_dissector_handle (dissect_netbios, -1);
  dissector_table_foreach (PORTS, find_port, ports);
  for (guint i = 0; i < ports->len; i++)
    dissector_change_uint (PORTS, g_array_index (ports, guint32, i), before_all);
  if (!fields)
    fields = find_fields ();
}

void
unveil_begin (epan_dissect_t *edt)
{
  epan_dissect_fake_protocols (edt, FALSE);
  proto_tree_set_visible (edt->tree, FALSE);
  for (guint i = 0; i < fields->len; i++)
    epan_dissect_prime_with_hfid (edt, g_array_index (fields, int, i));
  veiled = edt->tree;
}

gboolean
unveil_end (void)
{
  gboolean was_unveiled = !veiled;
  veiled = NULL;
  return was_unveiled;
}
