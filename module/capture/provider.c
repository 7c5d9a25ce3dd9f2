/* provider.c --- what libwireshark asks of a capture's other frames

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/provider.h"

guint32
provider_place (const Provider *provider, guint32 frame)
{
  if (!provider->numbers)
    return frame;
  guint low = 0, high = provider->numbers->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (provider->numbers, guint32, middle) <= frame)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint32
provider_frame_at (const Provider *provider, guint32 place)
{
  const GArray *numbers = provider->numbers;
  if (!numbers)
    return place;
  return place >= 1 && place <= numbers->len ? g_array_index (numbers, guint32, place - 1)
                                             : 0;
}

/* The last frame up to FRAME, or NULL.  */
static frame_data *
find_up_to (const Provider *provider, guint32 frame)
{
  guint32 place = provider_place (provider, frame);
  return place ? frame_data_sequence_find (provider->frames, place) : NULL;
}

static const nstime_t *
frame_time (Provider *provider, guint32 frame)
{
  /* During the first pass the frame under way is in no sequence yet.  */
  if (provider->ref && provider->ref->num == frame)
    return &provider->ref->abs_ts;
  if (provider->prev_dis && provider->prev_dis->num == frame)
    return &provider->prev_dis->abs_ts;
  if (provider->prev_cap && provider->prev_cap->num == frame)
    return &provider->prev_cap->abs_ts;
  /* Of a frame that was not selected, that of the last one that was.  */
  frame_data *fd = find_up_to (provider, frame);
  return fd ? &fd->abs_ts : NULL;
}

/* The string option of interface ID that comes first in OPTIONS (0 ends).  */
static const char *
interface_option (Provider *provider, guint32 id WS_SECTION_ARG, const guint *options)
{
#if WS_VERSION >= 40200
  id = wtap_file_get_shb_global_interface_id (provider->wth, section, id);
#endif
  g_autofree wtapng_iface_descriptions_t *all = wtap_file_get_idb_info (provider->wth);
  if (id >= all->interface_data->len)
    return NULL;
  wtap_block_t block = g_array_index (all->interface_data, wtap_block_t, id);
  for (; *options; options++)
    {
      char *value;
      if (wtap_block_get_string_option_value (block, *options, &value)
          == WTAP_OPTTYPE_SUCCESS)
        return value;
    }
  return NULL;
}

static const char *
interface_name (Provider *provider, guint32 id WS_SECTION_ARG)
{
  static const guint options[] = { OPT_IDB_NAME, OPT_IDB_DESCRIPTION, OPT_IDB_HARDWARE, 0 };
  const char *name = interface_option (provider, id WS_SECTION, options);
  return name ? name : "unknown";
}

static const char *
interface_description (Provider *provider, guint32 id WS_SECTION_ARG)
{
  static const guint options[] = { OPT_IDB_DESCRIPTION, 0 };
  return interface_option (provider, id WS_SECTION, options);
}

epan_t *
provider_epan_new (Provider *provider)
{
  static const struct packet_provider_funcs funcs
      = { .get_frame_ts = frame_time,
          .get_interface_name = interface_name,
          .get_interface_description = interface_description };
  return epan_new (provider, &funcs);
}
