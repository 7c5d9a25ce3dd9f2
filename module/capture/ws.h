/* ws.h --- the differences between Wireshark's versions

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What changed in libwireshark's and libwiretap's API from 3.4 to 4.6 has one
   name here.  WS_VERSION is major * 10000 + minor * 100 + micro and comes from
   pkg-config; the headers say it differently in each version.  */

#ifndef SMBCMP_CAPTURE_WS_H
#define SMBCMP_CAPTURE_WS_H

#include <unistd.h>

#include <glib.h>
/* Before <epan/epan.h> in some versions: it uses what these define.  */
#include <wiretap/wtap.h>
#include <wsutil/buffer.h>

#include <epan/color_filters.h>
#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/dfilter/dfilter.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/frame_data_sequence.h>
#include <epan/ftypes/ftypes.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wsutil/filesystem.h>

#ifndef WS_VERSION
#error "WS_VERSION must be set: use the Makefile"
#endif

#if WS_VERSION < 30400 || WS_VERSION >= 40700
#error "this libwireshark is not supported: its headers are known for Wireshark 3.4 to 4.6"
#endif

#if WS_VERSION >= 40600
#include <wsutil/value_string.h>
#else
#include <epan/value_string.h>
#endif

#if WS_VERSION >= 40600
#include <wsutil/wslog.h>
#define ws_start_log(name) ws_log_init (NULL)
#elif WS_VERSION >= 30600
#include <wsutil/wslog.h>
#define ws_start_log(name) ws_log_init (name, NULL)
#else
#define ws_start_log(name) ((void)0)
#define wtap_rec_reset(rec) ((void)0)
#define wtap_file_type_subtype_description(type) wtap_file_type_subtype_string (type)
#define OPT_IDB_DESCRIPTION OPT_IDB_DESCR
#endif

/* Callbacks took gboolean, an int, until 4.2; bool since.  */
#if WS_VERSION >= 40400
#include <stdbool.h>
typedef bool WsBool;
#else
typedef gboolean WsBool;
#endif

/* Since 4.2 libwireshark looks for its colour rules, plugins and tables beside
   the executable, as if that were Wireshark's: say where they are.  Root believes
   only what is said here.  */
#define WS_LOOKS_BESIDE (WS_VERSION >= 40200)

static inline void
ws_point_to_installation (void)
{
  g_autofree char *plugins = g_path_get_dirname (WS_PLUGINS);
  if (!WS_LOOKS_BESIDE)
    return;
  g_setenv ("WIRESHARK_DATA_DIR", WS_PREFIX "/share/wireshark", geteuid () == 0);
  g_setenv ("WIRESHARK_PLUGIN_DIR", plugins, geteuid () == 0);
}

/* Where the program's directories are: NULL or an error to free.  */
#if WS_VERSION >= 40600
#define ws_configuration_init(argv0) configuration_init (NULL)
#elif WS_VERSION >= 30600
#define ws_configuration_init(argv0) configuration_init (argv0, NULL)
#else
#define ws_configuration_init(argv0) init_progfile_dir (argv0)
#endif

/* A record and its bytes: one object since 4.6, two before.  */
typedef struct
{
  wtap_rec rec;
#if WS_VERSION < 40600
  Buffer buf;
#endif
} WsRecord;

static inline void
ws_record_init (WsRecord *record)
{
#if WS_VERSION >= 40600
  wtap_rec_init (&record->rec, 1514);
#else
  wtap_rec_init (&record->rec);
  ws_buffer_init (&record->buf, 1514);
#endif
}

static inline void
ws_record_clear (WsRecord *record)
{
  wtap_rec_cleanup (&record->rec);
#if WS_VERSION < 40600
  ws_buffer_free (&record->buf);
#endif
}

static inline gboolean
ws_read (wtap *wth, WsRecord *record, int *err, char **info, gint64 *offset)
{
#if WS_VERSION >= 40600
  return wtap_read (wth, &record->rec, err, info, offset);
#else
  return wtap_read (wth, &record->rec, &record->buf, err, info, offset);
#endif
}

static inline gboolean
ws_seek_read (wtap *wth, gint64 offset, WsRecord *record, int *err, char **info)
{
#if WS_VERSION >= 40600
  return wtap_seek_read (wth, offset, &record->rec, err, info);
#else
  return wtap_seek_read (wth, offset, &record->rec, &record->buf, err, info);
#endif
}

static inline const guint8 *
ws_record_bytes (WsRecord *record)
{
#if WS_VERSION >= 40600
  return ws_buffer_start_ptr (&record->rec.data);
#else
  return ws_buffer_start_ptr (&record->buf);
#endif
}

/* TAPS says whether listeners of taps are told what is found.  */
static inline void
ws_dissect_run (epan_dissect_t *edt, int file_type, WsRecord *record, frame_data *fd,
                column_info *cinfo, gboolean taps)
{
#if WS_VERSION >= 40600
  (taps ? epan_dissect_run_with_taps : epan_dissect_run) (edt, file_type, &record->rec, fd,
                                                          cinfo);
#else
  const guint8 *data = ws_record_bytes (record);
  gint reported = (gint)MIN (fd->pkt_len, (guint32)G_MAXINT);
  tvbuff_t *tvb = tvb_new_real_data (data, fd->cap_len, reported);
  (taps ? epan_dissect_run_with_taps : epan_dissect_run) (edt, file_type, &record->rec, tvb,
                                                          fd, cinfo);
#endif
}

static inline void
ws_fill_label (field_info *fi, char *label)
{
#if WS_VERSION >= 40600
  proto_item_fill_label (fi, label, NULL);
#else
  proto_item_fill_label (fi, label);
#endif
}

/* Have EDT dissect what postdissectors want to see; since 4.6 it does so anyway.  */
#if WS_VERSION >= 40600
#define ws_prime_for_postdissectors(edt) ((void)(edt))
#else
#define ws_prime_for_postdissectors(edt)                                                   \
  prime_epan_dissect_with_postdissector_wanted_hfids (edt)
#endif

/* "Frame (306 bytes)", to wmem_free: what Wireshark calls a byte pane.  */
#if WS_VERSION >= 40600
#define ws_data_source_title(source) get_data_source_description (source)
#else
#define ws_data_source_title(source) get_data_source_name (source)
#endif

/* Whether fields of a type are text.  */
#ifdef FT_IS_STRING
#define ws_type_is_string(type) FT_IS_STRING (type)
#else
#define ws_type_is_string(type) IS_FT_STRING (type)
#endif

/* A field's value: a member until 4.0, a pointer since.  */
#if WS_VERSION >= 40200
#define ws_value(fi) ((fi)->value)
#else
#define ws_value(fi) (&(fi)->value)
#endif

/* The bytes of a value of a type like FT_BYTES.  */
static inline const guint8 *
ws_value_bytes (field_info *fi, gsize *size)
{
#if WS_VERSION >= 40200
  *size = fvalue_get_bytes_size (ws_value (fi));
  return fvalue_get_bytes_data (ws_value (fi));
#else
  const GByteArray *bytes = fi->value.value.bytes;
  *size = bytes ? bytes->len : 0;
  return bytes ? bytes->data : NULL;
#endif
}

#if WS_VERSION < 30600
#define fvalue_get_string(value) ((const char *)fvalue_get (value))
#define fvalue_get_time(value) ((const nstime_t *)fvalue_get (value))
#endif

/* Did Wireshark make FI up?  It says so, but for text that no bytes are of: since 4.6 the
   name of a file, where its handle is.  */
static inline gboolean
ws_is_generated (field_info *fi)
{
  if (FI_GET_FLAG (fi, FI_GENERATED))
    return TRUE;
  if (fi->length || !ws_type_is_string (fi->hfinfo->type))
    return FALSE;
  const char *text = fvalue_get_string (ws_value (fi));
  return text && *text;
}

/* Is all that is asked for in trees that are not visible?  Since 4.6 not what TCP's
   analysis finds.  */
#define WS_VEILS (WS_VERSION < 40600)

/* Is NAME, of a handle, the root of its share?  It has a name since 4.6, made up, which
   no file has where MS-FSCC's rules for names hold.  */
static inline gboolean
ws_is_share_root (const char *name)
{
#if WS_VERSION >= 40600
  return g_str_equal (name, "<share>");
#else
  return !*name;
#endif
}

/* Compile FILTER.  NULL and *MESSAGE (to g_free) on failure, with the place
   of the error in characters, or -1; NULL and no message for an empty one.  */
static inline dfilter_t *
ws_compile_filter (const char *filter, char **message, int *start, int *length)
{
  dfilter_t *code = NULL;
  *message = NULL;
  *start = *length = -1;
#if WS_VERSION >= 40200
  df_error_t *error = NULL;
  if (!dfilter_compile (filter, &code, &error))
    {
      *message = g_strdup (error->msg);
      *start = (int)error->loc.col_start;
      *length = (int)error->loc.col_len;
      df_error_free (&error);
    }
#elif WS_VERSION >= 40000
  dfilter_loc_t place = { -1, 0 };
  if (!dfilter_compile2 (filter, &code, message, &place))
    {
      *start = (int)place.col_start;
      *length = (int)place.col_len;
    }
#else
  dfilter_compile (filter, &code, message);
#endif
  return code;
}

/* Since 4.4 columns are fields, "_ws.col.info": which one ITEM is, and whether
   FILTER asks for any.  */
static inline void
ws_set_column_field (col_item_t *item)
{
#if WS_VERSION >= 40400
  item->hf_id = proto_registrar_get_id_byname (col_format_abbrev (item->col_fmt));
#else
  (void)item;
#endif
}

#if WS_VERSION >= 40400
#define ws_filter_needs_columns(filter) dfilter_requires_columns (filter)
#else
#define ws_filter_needs_columns(filter) FALSE
#endif

/* Listeners of taps are told flags since 4.0.  */
#if WS_VERSION >= 40000
#define WS_TAP_FLAGS_ARG , tap_flags_t flags G_GNUC_UNUSED
#define WS_TAP_FLAGS , flags
#else
#define WS_TAP_FLAGS_ARG
#define WS_TAP_FLAGS
#endif

/* The packet provider's callbacks are told the section since 4.2.  */
#if WS_VERSION >= 40200
#define WS_SECTION_ARG , unsigned section
#define WS_SECTION , section
#else
#define WS_SECTION_ARG
#define WS_SECTION
#endif

#endif
