/* verbs.h --- what the engine can be asked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   One row a verb, and nothing about it anywhere else: Emacs checks requests
   and replies by it, and so does the engine, which finds its function here.

     ROW (NAME, TAKES, RETURNS, FUNCTION, DOC)

   TAKES has NAME:TYPE for each argument, with a ? behind the name of one that
   may be left out.  TYPE is a GVariant's; an "s" may also come as bytes where it
   is not UTF-8.  RETURNS is the type of the result and of each part before it.
   All may end with an error of WIRE_ERROR_TYPE instead, whose condition is named
   under Errors: besides those there are "worker", for a request that is none,
   "" while no capture is open, and "file" where a frame can't be read.  */

#ifndef SMBCMP_WIRE_VERBS_H
#define SMBCMP_WIRE_VERBS_H

#include "wire/wire.h"

#define WIRE_VERBS(ROW)                                                                    \
  ROW ("hello", "", "(ss)", verb_hello, "Versions of the engine and of libwireshark.")     \
  ROW ("open",                                                                             \
       "file?:s version?:s profile?:s preferences?:as keys?:as ignore?:ax ignore-from?:x " \
       "plugins?:b unsealed?:b more?:as only?:s from?:x to?:x grows?:b",                   \
       "(sta(ssu)sas)", verb_open,                                                         \
       "Open a capture, or without FILE only the settings.\n"                              \
       "Args: FILE; the VERSION of who asks; the configuration PROFILE;\n"                 \
       "  PREFERENCES and KEYS, \"name:value\"; frames to IGNORE, and all FROM one on; "   \
       "whether to load the\n"                                                             \
       "  user's PLUGINS, and to go on UNSEALED if the worker can't be sealed off; MORE\n" \
       "  files that go with it; ONLY the frames that pass this filter of libpcap's, "     \
       "FROM\n"                                                                            \
       "  and TO these times, nanoseconds since the epoch; GROWS, if more is written.\n"   \
       "Returns: file type, size in bytes, columns (title, format, width in\n"             \
       "  characters), what Wireshark complained of, what was left out: \"dns\", if the\n" \
       "  settings want names asked of it, and files of plugins.\n"                        \
       "Errors: file; filter, for ONLY; seal; worker, of another version; \"\", for a "    \
       "profile or\n"                                                                      \
       "  preference.")                                                                    \
  ROW ("load", "", "(uus)", job_load,                                                      \
       "Go through all frames for the first time.\n"                                       \
       "Returns: number of frames, number of the last one, why there are no more, or\n"    \
       "  \"\".")                                                                          \
  ROW ("redissect", "", "(uus)", job_redissect,                                            \
       "Go through all frames again, with other settings; as load.")                       \
  ROW ("grow", "next?:s keep?:x", "(uus)", job_grow,                                       \
       "Go on with what was added to a capture that GROWS; as load.\n"                     \
       "Args: the NEXT file of its ring buffer, and how many of these to KEEP open.\n"     \
       "Errors: file.")                                                                    \
  ROW ("rows", "frames?:ax columns?:as sort?:x reverse?:b first?:x last?:x",               \
       WIRE_ROWS_TYPE, job_rows,                                                           \
       "Rows of the packet list, in parts.\n"                                              \
       "Args: FRAMES, or FIRST to LAST, or all, to SORT by a column from 0, in\n"          \
       "  REVERSE; COLUMNS other than the user's.\n"                                       \
       "Errors: frame; filter, for an unknown column.")                                    \
  ROW ("colours", "frames?:ax", WIRE_COLOURS_TYPE, job_colours,                            \
       "The colour rules that match FRAMES, in parts.\nErrors: frame.")                    \
  ROW ("filter", "filter?:s first?:x", "au", job_filter,                                   \
       "The frames from FIRST on that pass FILTER, in parts.\nErrors: filter.")            \
  ROW ("fields", "fields?:as filter?:s origin?:b commands?:ax", WIRE_CELLS_TYPE,           \
       job_fields,                                                                         \
       "Values of FIELDS in the frames that pass FILTER, in parts.\n"                      \
       "Args: ORIGIN: further columns, see origin.h, and all frames that end a\n"          \
       "  connection; COMMANDS of SMB2: frames of others need not pass.\n"                 \
       "Errors: filter.")                                                                  \
  ROW ("summary", "rules?:as protocols?:as grows?:b visible?:b", WIRE_SUMMARY_TYPE,        \
       job_summary,                                                                        \
       "What comparing by RULES needs to know of each PDU of SMB and PROTOCOLS, in\n"      \
       "  parts; if it GROWS, of those since the last time.  VISIBLE: with nothing\n"      \
       "  spared in dissecting, which comes to the same.\n"                                \
       "Errors: \"\", for a rule.")                                                        \
  ROW ("srt", "filter?:s", WIRE_SRT_TYPE, job_srt,                                         \
       "Response times in the frames that pass FILTER, in parts.\nErrors: filter.")        \
  ROW ("conversations", "protocol:s", WIRE_CONVERSATIONS_TYPE, job_conversations,          \
       "The conversations of PROTOCOL, \"tcp\" or \"udp\".\n"                              \
       "Errors: \"\", for a protocol that has none.")                                      \
  ROW ("expert", "", WIRE_EXPERT_TYPE, job_expert,                                         \
       "The expert information of all frames.")                                            \
  ROW ("follow", "protocol:s stream:x limit?:x", WIRE_FOLLOW_TYPE, job_follow,             \
       "What client and server sent in STREAM, a number, of PROTOCOL; with LIMIT,\n"       \
       "  of the data so many bytes.\n"                                                    \
       "Errors: \"\", for a protocol that can't be followed.")                             \
  ROW ("tree", "frame:x before?:x", WIRE_TREE_TYPE, verb_tree,                             \
       "The field tree of FRAME; BEFORE is the frame displayed before it.\n"               \
       "Errors: frame.")                                                                   \
  ROW ("bytes", "frame:x before?:x", "a(say)", verb_bytes,                                 \
       "The data sources of FRAME: name and bytes.\nErrors: frame.")                       \
  ROW ("match", "frame:x node:x before?:x", "s", verb_match,                               \
       "The display filter that selects NODE, from 0, of FRAME's tree.\n"                  \
       "Errors: frame; filter, if there is none.")                                         \
  ROW ("cell", "frame:x column:x", "s", verb_cell,                                         \
       "The display filter that selects what COLUMN, from 0, has in FRAME.\n"              \
       "Errors: frame; filter, if there is none.")                                         \
  ROW ("check", "filter?:s", "b", verb_check,                                              \
       "See whether FILTER is one.\nErrors: filter, with the place of the mistake.")       \
  ROW ("complete", "prefix?:s", "a(ssss)", verb_complete,                                  \
       "Fields or protocols that begin with PREFIX: filter name, name, type,\n"            \
       "description.")                                                                     \
  ROW ("field", "name:s", "((ssss)a(ss))", verb_field,                                     \
       "The same of the field NAME, and its named values: number, meaning.\n"              \
       "Errors: filter, if there is none.")                                                \
  ROW ("preferences", "set?:as", "b", verb_preferences,                                    \
       "Add preferences to those SET, \"name:value\".\nErrors: \"\".")                     \
  ROW ("keys", "keys?:as", "b", verb_keys,                                                 \
       "Have these KEYS and no others.\nErrors: \"\".")                                    \
  ROW ("keys-file", "", "s", verb_keys_file,                                               \
       "The file in which Wireshark keeps its keys, \"\" if it has no name in UTF-8.")     \
  ROW ("time", "format?:s references?:ax", "b", verb_time,                                 \
       "Show times in FORMAT, counted from the frames REFERENCES, in rows to come.")       \
  ROW ("stop", "", "b", verb_stop, "End loading: what has been read is the capture.")      \
  ROW ("cancel", "serial:x", "b", verb_cancel, "Drop the request SERIAL without a reply.")

typedef struct
{
  const char *name;
  const char *takes;
  const char *returns;
  const char *doc;
} WireVerb;

enum
{
#define WIRE_VERB_COUNT(name, takes, returns, function, doc) +1
  N_WIRE_VERBS = 0 WIRE_VERBS (WIRE_VERB_COUNT)
#undef WIRE_VERB_COUNT
};

extern const WireVerb wire_verbs[N_WIRE_VERBS];

/* The verb called NAME, or NULL.  */
const WireVerb *wire_verb (const char *name);

/* Are ARGUMENTS, an a{sv}, such as VERB takes?  If not, *PROBLEM, to g_free, says
   what is wrong.  */
gboolean wire_arguments_fit (const WireVerb *verb, GVariant *arguments, char **problem);

/* Is VALUE such as replies of KIND to VERB have, with records in order?  */
gboolean wire_reply_fits (const WireVerb *verb, guint8 kind, GVariant *value);

#endif
