/* link.c --- links between logs and captures as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/link.h"
#include "emacs/log.h"
#include "support/problem.h"

static void
free_capture (void *capture) EMACS_NOEXCEPT
{
  link_capture_free (capture);
}

static const LispType capture_type = { "smblog-module-link-capture", free_capture };

LISP_FUNCTION (new_capture)
{
  return lisp_object (env, &capture_type, link_capture_new ());
}

LISP_FUNCTION (fields)
{
  emacs_value list = Q (nil);
  for (const char *const *field = link_fields; *field; field++)
    list = lisp_cons (env, lisp_string (env, *field), list);
  return lisp_call (env, Q_nreverse, 1, &list);
}

LISP_FUNCTION (add_cells)
{
  LinkCapture *capture = lisp_object_data (env, args[0], &capture_type);
  g_autoptr (GVariant) value = capture ? module_reply_value (env, args[1]) : NULL;
  WireCells cells;
  if (!value)
    return Q (nil);
  if (wire_cells_view (value, &cells))
    link_capture_add (capture, &cells);
  else
    lisp_error (env, PROBLEM "not-cells");
  return Q (nil);
}

/* Zero is no frame.  */
static emacs_value
frame_value (emacs_env *env, guint32 frame)
{
  return frame ? env->make_integer (env, frame) : Q (nil);
}

static void
free_links (void *links) EMACS_NOEXCEPT
{
  links_free (links);
}

static const LispType links_type = { "smblog-module-links", free_links };

static emacs_value
candidates (emacs_env *env, const Links *links, const Link *link)
{
  emacs_value list = Q (nil);
  for (guint32 i = link->n; i-- > 0 && lisp_ok (env);)
    list = lisp_cons (
        env, frame_value (env, g_array_index (links->candidates, guint32, link->first + i)),
        list);
  return list;
}

LISP_FUNCTION (get_link)
{
  const Links *links = lisp_object_data (env, args[0], &links_type);
  intmax_t n = links ? env->extract_integer (env, args[1]) : 0;
  if (!lisp_ok (env) || n < 0 || n >= links->links->len)
    return Q (nil);
  const Link *link = &g_array_index (links->links, Link, (guint)n);
  if (link->state == LINK_NONE)
    return Q (nil);
  if (link->state == LINK_AMBIGUOUS)
    {
      emacs_value parts[] = { env->intern (env, "ambiguous"), Q (nil), Q (nil), Q (nil),
                              candidates (env, links, link) };
      return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
    }
  emacs_value parts[]
      = { env->intern (env, "certain"), frame_value (env, link->request),
          frame_value (env, link->response), env->make_integer (env, link->index),
          module_log_time (env, link->wire) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

LISP_FUNCTION (get_requests)
{
  const Links *links = lisp_object_data (env, args[0], &links_type);
  intmax_t frame = links ? env->extract_integer (env, args[1]) : 0;
  emacs_value list = Q (nil);
  if (!lisp_ok (env) || frame < 1 || frame > G_MAXUINT32)
    return list;
  for (guint i = links_find_frame (links, (guint32)frame);
       lisp_ok (env) && i < links->frames->len
       && g_array_index (links->frames, LinkFrame, i).frame == frame;
       i++)
    list = lisp_cons (
        env, env->make_integer (env, g_array_index (links->frames, LinkFrame, i).number),
        list);
  return lisp_ok (env) ? lisp_call (env, Q_nreverse, 1, &list) : list;
}

static gboolean
may_be (const Links *links, const Link *link, guint32 frame)
{
  for (guint32 i = 0; i < link->n; i++)
    if (g_array_index (links->candidates, guint32, link->first + i) == frame)
      return link->state == LINK_AMBIGUOUS;
  return FALSE;
}

LISP_FUNCTION (get_ambiguous)
{
  const Links *links = lisp_object_data (env, args[0], &links_type);
  intmax_t frame = links ? env->extract_integer (env, args[1]) : 0;
  emacs_value list = Q (nil);
  if (!lisp_ok (env) || frame < 1 || frame > G_MAXUINT32)
    return list;
  for (guint i = links->links->len; i-- > 0 && lisp_ok (env);)
    if (may_be (links, &g_array_index (links->links, Link, i), (guint32)frame))
      list = lisp_cons (env, env->make_integer (env, i), list);
  return list;
}

LISP_FUNCTION (link_them)
{
  Log *log = module_log (env, args[0]);
  LinkCapture *capture = log ? lisp_object_data (env, args[1], &capture_type) : NULL;
  if (!capture)
    return Q (nil);
  Links *links = link_log (log, capture);
  guint requests = link_capture_requests (capture, links->smb1, links->smb2);
  emacs_value parts[] = { Q (nil), /* LINKS, once nothing more is asked of them here */
                          env->make_integer (env, links->links->len),
                          env->make_integer (env, links->certain),
                          env->make_integer (env, links->ambiguous),
                          module_log_time (env, links->offset),
                          env->make_integer (env, requests) };
  parts[0] = lisp_object (env, &links_type, links);
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

const ModuleFunction module_link_functions[] = {
  { "smblog--module-link-fields", 0, 0, fields,
    "Return the names of the fields that links need to know of a capture.\n\n(fn)" },
  { "smblog--module-link-capture", 0, 0, new_capture,
    "Return an object that collects what links need to know of a capture.\n\n(fn)" },
  { "smblog--module-link-add", 2, 2, add_cells,
    "Add VALUE, of a raw reply with the fields in order, to CAPTURE.\n\n"
    "(fn CAPTURE VALUE)" },
  { "smblog--module-link", 2, 2, link_them,
    "Link the requests of LOG to the frames of CAPTURE.\n"
    "The value is a list (LINKS COUNT CERTAIN AMBIGUOUS OFFSET REQUESTS).  LINKS is\n"
    "an object for `smblog--module-link-nth' and others.  COUNT is how many requests\n"
    "the log has; CERTAIN and AMBIGUOUS count links.  OFFSET is how many seconds the\n"
    "log's clock is ahead, nil if nothing is certain; REQUESTS how many the capture\n"
    "has.\n\n(fn LOG CAPTURE)" },
  { "smblog--module-link-nth", 2, 2, get_link,
    "Return the link of the log's request number N in LINKS.\n"
    "That is nil, (certain REQUEST-FRAME RESPONSE-FRAME INDEX WIRE), INDEX being the\n"
    "PDU's in its frame and WIRE the seconds from request to response, or\n"
    "(ambiguous nil nil nil FRAMES).\n\n(fn LINKS N)" },
  { "smblog--module-link-requests", 2, 2, get_requests,
    "Return the numbers of the log's requests that are certain to be in FRAME.\n\n"
    "(fn LINKS FRAME)" },
  { "smblog--module-link-ambiguous", 2, 2, get_ambiguous,
    "Return the numbers of the log's requests that may be in FRAME, or not.\n\n"
    "(fn LINKS FRAME)" },
  { NULL, 0, 0, NULL, NULL }
};
