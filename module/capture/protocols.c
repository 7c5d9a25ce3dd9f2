/* protocols.c --- what messages of protocols other than SMB say of themselves

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/protocols.h"

#include <string.h>

#include "capture/serialize.h"
#include "support/hash.h"
#include "support/rules.h"

/* What a field is for.  */
typedef enum
{
  FOR_OPERATION,
  FOR_OBJECT,
  FOR_OUTCOME,
  FOR_ID,
  FOR_RESPONSE,
  FOR_ADDRESS,
  FOR_DENIED,
  FOR_ENCRYPTED,
  N_USES
} Use;

static const char *const use_keys[N_USES] = {
  "operation", "object", "outcome", "id", "response", "address", "denied", "encrypted"
};

/* A field that the table names.  */
typedef struct
{
  Use use;
  char *field;
  gboolean glob; /* it has wildcards */
  char *parent;  /* NULL for any */
  gboolean all;  /* of its values, not the first alone */
  GString *text; /* what the message under way has, empty for nothing */
} Place;

/* How a value's name is said.  */
typedef struct
{
  GRegex *regex;
  char *replacement;
} Rewrite;

struct _Protocol
{
  char *name, *node;
  char *label;         /* put before operations, or NULL */
  char *success;       /* what a response without an outcome is, or NULL */
  GRegex *response_is; /* matches what the field "response" says if it is one */
  GRegex *fine;        /* matches outcomes that are no failure; NULL: none is */
  GRegex *alone;       /* matches operations that nobody answers, or NULL */
  GRegex *denied_is;   /* matches what the fields "denied" say of what is not granted */
  GRegex *part;        /* matches operations that are part of a response */
  gboolean per_server, anybody;
  gboolean may_encrypt; /* some field tells that a message is encrypted */
  GArray *rewrites;     /* of Rewrite */
  GPtrArray *places;    /* of Place, in the order of the table */
  GHashTable *known;    /* header_field_info to GPtrArray of Place, NULL for none */
  /* The message under way.  */
  Message message;
  GString *operation, *object, *outcome;
  guint32 frame;    /* it is in */
  guint32 answered; /* in that frame */
};

struct _Protocols
{
  GPtrArray *list; /* of Protocol */
  gboolean without_smb;
};

/* ------------------------------------------------------------- the table */

static void
place_free (gpointer data)
{
  Place *place = data;
  g_free (place->field);
  g_free (place->parent);
  g_string_free (place->text, TRUE);
  g_free (place);
}

static void
rewrite_clear (gpointer data)
{
  Rewrite *rewrite = data;
  g_regex_unref (rewrite->regex);
  g_free (rewrite->replacement);
}

static void
places_unref (gpointer places)
{
  if (places)
    g_ptr_array_unref (places);
}

static Protocol *
protocol_new (const char *name, const char *node)
{
  Protocol *protocol = g_new0 (Protocol, 1);
  protocol->name = g_strdup (name);
  protocol->node = g_strdup (node);
  protocol->rewrites = g_array_new (FALSE, FALSE, sizeof (Rewrite));
  g_array_set_clear_func (protocol->rewrites, rewrite_clear);
  protocol->places = g_ptr_array_new_with_free_func (place_free);
  protocol->known = g_hash_table_new_full (NULL, NULL, NULL, places_unref);
  protocol->operation = g_string_new (NULL);
  protocol->object = g_string_new (NULL);
  protocol->outcome = g_string_new (NULL);
  return protocol;
}

static void
protocol_free (gpointer data)
{
  Protocol *protocol = data;
  g_free (protocol->name);
  g_free (protocol->node);
  g_free (protocol->label);
  g_free (protocol->success);
  g_clear_pointer (&protocol->response_is, g_regex_unref);
  g_clear_pointer (&protocol->denied_is, g_regex_unref);
  g_clear_pointer (&protocol->part, g_regex_unref);
  g_clear_pointer (&protocol->fine, g_regex_unref);
  g_clear_pointer (&protocol->alone, g_regex_unref);
  g_array_unref (protocol->rewrites);
  g_ptr_array_unref (protocol->places);
  g_hash_table_unref (protocol->known);
  g_string_free (protocol->operation, TRUE);
  g_string_free (protocol->object, TRUE);
  g_string_free (protocol->outcome, TRUE);
  g_free (protocol);
}

static void
add_place (Protocol *protocol, Use use, const char *text)
{
  Place *place = g_new0 (Place, 1);
  const char *parent = strchr (text, '>');
  place->use = use;
  protocol->may_encrypt |= use == FOR_ENCRYPTED;
  place->all = g_str_has_suffix (text, "...");
  place->parent = parent ? g_strndup (text, (gsize)(parent - text)) : NULL;
  const char *field = parent ? parent + 1 : text;
  place->field = g_strndup (field, strlen (field) - (place->all ? 3 : 0));
  place->glob = strpbrk (place->field, "*?") != NULL;
  place->text = g_string_new (NULL);
  g_ptr_array_add (protocol->places, place);
}

static gboolean
compile (GRegex **regex, const char *text, GError **error)
{
  g_clear_pointer (regex, g_regex_unref);
  *regex = g_regex_new (text, G_REGEX_OPTIMIZE, 0, error);
  return *regex != NULL;
}

static gboolean
add_rewrite (Protocol *protocol, const char *text, GError **error)
{
  Rewrite rewrite = { g_regex_new (text, G_REGEX_OPTIMIZE, 0, error), g_strdup ("") };
  if (rewrite.regex)
    g_array_append_val (protocol->rewrites, rewrite);
  else
    g_free (rewrite.replacement);
  return rewrite.regex != NULL;
}

/* What the last rewriting becomes.  */
static gboolean
end_rewrite (Protocol *protocol, const char *text, GError **error)
{
  if (!protocol->rewrites->len)
    return TRUE;
  Rewrite *rewrite
      = &g_array_index (protocol->rewrites, Rewrite, protocol->rewrites->len - 1);
  g_free (rewrite->replacement);
  rewrite->replacement = g_strdup (text);
  return g_regex_check_replacement (text, NULL, error);
}

/* Add that KEY of PROTOCOL is VALUE.  */
static gboolean
add_text (Protocol *protocol, const char *key, const char *value, GError **error)
{
  for (Use use = 0; use < N_USES; use++)
    if (g_str_equal (key, use_keys[use]))
      {
        add_place (protocol, use, value);
        return TRUE;
      }
  if (g_str_equal (key, "response-is"))
    return compile (&protocol->response_is, value, error);
  if (g_str_equal (key, "denied-is"))
    return compile (&protocol->denied_is, value, error);
  if (g_str_equal (key, "fine"))
    return compile (&protocol->fine, value, error);
  if (g_str_equal (key, "alone"))
    return compile (&protocol->alone, value, error);
  if (g_str_equal (key, "part"))
    return compile (&protocol->part, value, error);
  if (g_str_equal (key, "rewrite"))
    return add_rewrite (protocol, value, error);
  if (g_str_equal (key, "to"))
    return end_rewrite (protocol, value, error);
  if (g_str_equal (key, "per-server"))
    protocol->per_server = TRUE;
  else if (g_str_equal (key, "anybody"))
    protocol->anybody = TRUE;
  else if (g_str_equal (key, "label") || g_str_equal (key, "success"))
    {
      char **text = *key == 'l' ? &protocol->label : &protocol->success;
      g_free (*text);
      *text = g_strdup (value);
    }
  else
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "\"%s\" is nothing that a protocol has", key);
      return FALSE;
    }
  return TRUE;
}

Protocols *
protocols_from_strings (const char *const *strings, GError **error)
{
  guint n = strings ? g_strv_length ((char **)strings) : 0;
  Protocols *protocols = g_new0 (Protocols, 1);
  protocols->list = g_ptr_array_new_with_free_func (protocol_free);
  Protocol *protocol = NULL;
  for (guint i = 0; i + 3 <= n; i += 3)
    {
      g_autoptr (GError) wrong = NULL;
      if (g_str_equal (strings[i + 1], "without-smb"))
        protocols->without_smb = TRUE;
      else if (g_str_equal (strings[i + 1], "node"))
        {
          protocol = protocol_new (strings[i], strings[i + 2]);
          g_ptr_array_add (protocols->list, protocol);
        }
      else if (protocol && !add_text (protocol, strings[i + 1], strings[i + 2], &wrong))
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Protocol %s: %s",
                       strings[i], wrong->message);
          protocols_free (protocols);
          return NULL;
        }
    }
  return protocols;
}

void
protocols_free (Protocols *protocols)
{
  g_ptr_array_unref (protocols->list);
  g_free (protocols);
}

Protocol *
protocols_find (const Protocols *protocols, const char *field)
{
  for (guint i = 0; i < protocols->list->len; i++)
    {
      Protocol *protocol = protocols->list->pdata[i];
      if (g_str_equal (protocol->node, field))
        return protocol;
    }
  return NULL;
}

gboolean
protocols_without_smb (const Protocols *protocols)
{
  return protocols->without_smb;
}

/* ------------------------------------------------------------ one message */

void
protocol_begin (Protocol *protocol, guint32 frame)
{
  protocol->message = (Message){ .protocol = protocol->name,
                                 .per_server = protocol->per_server,
                                 .anybody = protocol->anybody };
  protocol->frame = frame;
  protocol->answered = 0;
  for (guint i = 0; i < protocol->places->len; i++)
    g_string_truncate (((Place *)protocol->places->pdata[i])->text, 0);
}

/* The places for the field HFINFO, NULL for none.  */
static GPtrArray *
find_places (Protocol *protocol, const header_field_info *hfinfo)
{
  gpointer known;
  if (g_hash_table_lookup_extended (protocol->known, hfinfo, NULL, &known))
    return known;
  GPtrArray *places = NULL;
  for (guint i = 0; i < protocol->places->len; i++)
    {
      Place *place = protocol->places->pdata[i];
      if (place->glob ? !g_pattern_match_simple (place->field, hfinfo->abbrev)
                      : !g_str_equal (place->field, hfinfo->abbrev))
        continue;
      places = places ? places : g_ptr_array_new ();
      g_ptr_array_add (places, place);
    }
  g_hash_table_insert (protocol->known, (gpointer)hfinfo, places);
  return places;
}

/* Is NODE below one of the field PARENT?  */
static gboolean
is_below (const proto_node *node, const char *parent)
{
  for (node = node->parent; node && PNODE_FINFO (node); node = node->parent)
    if (g_str_equal (PNODE_FINFO (node)->hfinfo->abbrev, parent))
      return TRUE;
  return FALSE;
}

/* TEXT, which is g_free'd, as PROTOCOL says it; to g_free.  */
static char *
rewrite (const Protocol *protocol, char *text)
{
  for (guint i = 0; i < protocol->rewrites->len; i++)
    {
      const Rewrite *rewrite = &g_array_index (protocol->rewrites, Rewrite, i);
      char *said
          = g_regex_replace (rewrite->regex, text, -1, 0, rewrite->replacement, 0, NULL);
      if (said)
        {
          g_free (text);
          text = said;
        }
    }
  return text;
}

/* What a person calls the value of FI; to g_free.  */
static char *
value_text (const Protocol *protocol, field_info *fi)
{
  char label[ITEM_LABEL_LENGTH];
  const char *line = pack_line (fi, label), *value = strstr (line, ": ");
  gboolean plain = ws_type_is_string (fi->hfinfo->type);
  char *text = plain ? g_strdup (value ? value + 2 : line) : rules_command (line);
  if (!plain && value && !g_ascii_strcasecmp (text, "unknown"))
    {
      /* Its number is what there is to say.  */
      g_free (text);
      text = g_strdup (value + 2);
    }
  return plain ? text : rewrite (protocol, text);
}

/* The name of FI if it says that this was not granted, else ""; to g_free.  */
static char *
denied_text (const Protocol *protocol, field_info *fi)
{
  char label[ITEM_LABEL_LENGTH];
  gboolean denied = protocol->denied_is
                    && g_regex_match (protocol->denied_is, pack_line (fi, label), 0, NULL);
  return denied ? rewrite (protocol, g_strdup (fi->hfinfo->name)) : g_strdup ("");
}

/* Texts longer than that tell no more.  */
#define LONG_TEXT 300

static void
note_place (const Protocol *protocol, Place *place, const proto_node *node)
{
  if (place->parent && !is_below (node, place->parent))
    return;
  if (place->text->len && !place->all && !place->glob)
    return;
  if (place->text->len > LONG_TEXT)
    return;
  field_info *fi = PNODE_FINFO (node);
  g_autofree char *text
      = place->use == FOR_DENIED ? denied_text (protocol, fi) : value_text (protocol, fi);
  if (!*text)
    return;
  if (place->glob && !place->all)
    g_string_truncate (place->text, 0);
  else if (place->text->len)
    g_string_append_c (place->text, place->use == FOR_OBJECT ? '/' : ' ');
  g_string_append (place->text, text);
}

/* Links between frames that are of a type tell which messages belong together.  Which
   is the request is told by which comes first: some have the wrong one of the types
   (since 4.6 those of ONC RPC).  */
static void
note_link (Protocol *protocol, field_info *fi)
{
  ft_framenum_type_t type = (ft_framenum_type_t)GPOINTER_TO_INT (fi->hfinfo->strings);
  if (type != FT_FRAMENUM_REQUEST && type != FT_FRAMENUM_RESPONSE)
    return;
  guint32 frame = fvalue_get_uinteger (ws_value (fi));
  if (frame > protocol->frame)
    protocol->answered = frame;
  else if (!protocol->message.link)
    protocol->message.link = frame;
}

void
protocol_note (Protocol *protocol, const proto_node *node)
{
  field_info *fi = PNODE_FINFO (node);
  if (fi->hfinfo->type == FT_FRAMENUM)
    note_link (protocol, fi);
  GPtrArray *places = find_places (protocol, fi->hfinfo);
  for (guint i = 0; places && i < places->len; i++)
    note_place (protocol, places->pdata[i], node);
}

/* Append the texts of all places for USE to TEXT.  */
static void
join_texts (const Protocol *protocol, Use use, GString *text)
{
  for (guint i = 0; i < protocol->places->len; i++)
    {
      const Place *place = protocol->places->pdata[i];
      if (place->use != use || !place->text->len)
        continue;
      if (text->len)
        g_string_append_c (text, ' ');
      g_string_append (text, place->text->str);
    }
}

/* The text of the first place for USE that has one, or NULL.  */
static const char *
first_text (const Protocol *protocol, Use use)
{
  for (guint i = 0; i < protocol->places->len; i++)
    {
      const Place *place = protocol->places->pdata[i];
      if (place->use == use && place->text->len)
        return place->text->str;
    }
  return NULL;
}

/* What came of the request that the message under way answers; NULL for nothing said.  */
static const char *
message_outcome (Protocol *protocol)
{
  const char *outcome = first_text (protocol, FOR_OUTCOME);
  const char *denied = first_text (protocol, FOR_DENIED);
  protocol->message.failed
      = outcome && protocol->fine && !g_regex_match (protocol->fine, outcome, 0, NULL);
  if (!outcome)
    outcome = protocol->success;
  if (!denied)
    return outcome;
  g_string_printf (protocol->outcome, "%s%sdenied: %s", outcome ? outcome : "",
                   outcome ? ", " : "", denied);
  return protocol->outcome->str;
}

Message
protocol_end (Protocol *protocol)
{
  Message *message = &protocol->message;
  g_string_assign (protocol->operation, protocol->label ? protocol->label : "");
  gsize label = protocol->operation->len;
  g_string_truncate (protocol->object, 0);
  join_texts (protocol, FOR_OPERATION, protocol->operation);
  join_texts (protocol, FOR_OBJECT, protocol->object);
  message->operation = protocol->operation->str;
  message->object = protocol->object->str;
  const char *id = first_text (protocol, FOR_ID);
  message->id = id ? hash_string (id) : 0;
  message->unreadable = protocol->may_encrypt && protocol->operation->len == label
                        && !first_text (protocol, FOR_OUTCOME);
  message->encrypted = message->unreadable && first_text (protocol, FOR_ENCRYPTED);
  const char *tells = first_text (protocol, FOR_RESPONSE);
  message->response = message->link != 0
                      || (!protocol->answered && tells && protocol->response_is
                          && g_regex_match (protocol->response_is, tells, 0, NULL));
  message->gives = message->response ? first_text (protocol, FOR_ADDRESS) : NULL;
  message->alone = !message->response && protocol->alone
                   && g_regex_match (protocol->alone, message->operation, 0, NULL);
  message->part = message->response && protocol->part
                  && g_regex_match (protocol->part, message->operation, 0, NULL);
  if (message->response && !message->part)
    message->outcome = message_outcome (protocol);
  return *message;
}
