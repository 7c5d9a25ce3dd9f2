/* role.c --- what fields tell of their PDU

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "smb/role.h"

#include <string.h>

#include "support/glib-version.h"

static const struct
{
  const char *field;
  Role role;
} roles[] = { { "smb2", ROLE_PDU },
              { "smb", ROLE_PDU },
              { "nbss", ROLE_TRANSPORT },
              { "tcp", ROLE_TRANSPORT },
              { "smb2.header.comp_transform.original_size", ROLE_COMPRESSION },
              { "smb2.header.comp_transform.comp_alg", ROLE_COMPRESSION },
              { "smb2.cmd", ROLE_COMMAND },
              { "smb2.msg_id", ROLE_MESSAGE },
              { "smb2.sesid", ROLE_SESSION },
              { "smb2.nt_status", ROLE_STATUS },
              { "smb2.flags.response", ROLE_RESPONSE },
              { "smb2.flags.async", ROLE_ASYNC },
              { "smb2.flags.chained", ROLE_RELATED },
              { "smb2.tid", ROLE_TREE },
              { "smb2.file_offset", ROLE_OFFSET },
              { "smb2.read_length", ROLE_LENGTH },
              { "smb2.write_length", ROLE_LENGTH },
              { "data.data", ROLE_CONTENT },
              { "smb.file_data", ROLE_CONTENT },
              { "smb2.fid", ROLE_HANDLE },
              { "smb2.filename", ROLE_PATH },
              { "smb2.tree", ROLE_PATH },
              { "smb2.create.disposition", ROLE_DISPOSITION },
              { "smb.nt.create_options.delete_on_close", ROLE_ON_CLOSE },
              { "smb2.class", ROLE_KIND },
              { "smb2.infolevel", ROLE_KIND },
              { "smb2.file_info.infolevel", ROLE_KIND },
              { "smb2.fs_info.infolevel", ROLE_KIND },
              { "smb2.sec_info.infolevel", ROLE_KIND },
              { "smb2.find.infolevel", ROLE_KIND },
              { "smb2.ioctl.function", ROLE_KIND },
              { "smb2.find.pattern", ROLE_PATTERN },
              { "smb2.ses_req_flags.session_binding", ROLE_BINDING },
              { "ntlmssp.messagetype", ROLE_KIND },
              { "dcerpc.pkt_type", ROLE_ANSWER },
              { "kerberos.SNameString", ROLE_SERVICE },
              { "smb.cmd", ROLE_COMMAND },
              { "smb.mid", ROLE_MESSAGE },
              { "smb.pid", ROLE_PROCESS },
              { "smb.uid", ROLE_SESSION },
              { "smb.tid", ROLE_TREE },
              { "smb.nt_status", ROLE_STATUS },
              { "smb.error_class", ROLE_CLASS },
              { "smb.error_code", ROLE_STATUS },
              { "smb.flags.response", ROLE_RESPONSE },
              { "smb.fid", ROLE_HANDLE },
              { "smb.file", ROLE_PATH },
              { "smb.path", ROLE_PATH },
              { "smb.dir_name", ROLE_PATH },
              { "smb.old_file", ROLE_PATH },
              { "smb.trans_name", ROLE_PATH },
              { "smb.search_pattern", ROLE_PATH },
              { "smb.trans2.cmd", ROLE_KIND },
              { "smb.nt.function", ROLE_KIND },
              { "smb.qpi_loi", ROLE_KIND },
              { "smb.spi_loi", ROLE_KIND },
              { "smb.qfsi_loi", ROLE_KIND },
              { "smb.sfsi_loi", ROLE_KIND },
              { "smb.ff2_loi", ROLE_KIND } };

/* Is FIELD what a procedure of an RPC interface returns, "lsarpc.status"?  */
static gboolean
is_result (const char *field)
{
  static const char *const names[] = { ".status", ".werror", ".rc", ".hresult" };
  const char *name = strchr (field, '.');
  for (guint i = 0; name && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      return TRUE;
  return FALSE;
}

Role
role_of (const char *field)
{
  for (guint i = 0; i < G_N_ELEMENTS (roles); i++)
    if (g_str_equal (roles[i].field, field))
      return roles[i].role;
  if (g_str_has_prefix (field, "smb2.find.") && g_str_has_suffix (field, "_info"))
    return ROLE_ENTRY;
  /* Which call it is of an RPC interface, by name; DCE/RPC's own has none.  */
  if (g_str_has_suffix (field, ".opnum") && !g_str_equal (field, "dcerpc.opnum"))
    return ROLE_KIND;
  if (is_result (field))
    return ROLE_RESULT;
  /* What was reassembled of several segments.  */
  return g_str_has_prefix (field, "tcp.") ? ROLE_TRANSPORT : ROLE_NONE;
}
