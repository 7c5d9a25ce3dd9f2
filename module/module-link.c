/* module-link.c --- links between logs and captures as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link.h"
#include "module-log.h"

static void
free_capture (void *capture) EMACS_NOEXCEPT
{
  link_capture_free (capture);
}

/* The capture that OBJECT holds; NULL with an exit pending.  */
static LinkCapture *
take_capture (emacs_env *env, emacs_value object)
{
  if (env->get_user_finalizer (env, object) == free_capture && lisp_ok (env))
    return env->get_user_ptr (env, object);
  if (lisp_ok (env))
    lisp_error (env, "This is no capture to link");
  return NULL;
}

static emacs_value
new_capture (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args G_GNUC_UNUSED,
             void *data G_GNUC_UNUSED)
{
  return env->make_user_ptr (env, free_capture, link_capture_new ());
}

static emacs_value
fields (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args G_GNUC_UNUSED,
        void *data G_GNUC_UNUSED)
{
  emacs_value list = Q (nil);
  for (const char *const *field = link_fields; *field; field++)
    list = lisp_cons (env, lisp_string (env, *field), list);
  return lisp_call (env, Q_nreverse, 1, &list);
}

static emacs_value
add_cells (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args,
           void *data G_GNUC_UNUSED)
{
  LinkCapture *capture = take_capture (env, args[0]);
  g_autoptr (GVariant) value = capture ? module_reply_value (env, args[1]) : NULL;
  WireCells cells;
  if (!value)
    return Q (nil);
  if (wire_cells_view (value, &cells))
    link_capture_add (capture, &cells);
  else
    lisp_error (env, "These are no values of fields");
  return Q (nil);
}

/* Zero is no frame.  */
static emacs_value
frame_value (emacs_env *env, guint32 frame)
{
  return frame ? env->make_integer (env, frame) : Q (nil);
}

static emacs_value
link_value (emacs_env *env, const Links *links, const Link *link, emacs_value certain,
            emacs_value ambiguous)
{
  if (link->state == LINK_NONE)
    return Q (nil);
  if (link->state == LINK_CERTAIN)
    {
      emacs_value parts[]
          = { certain, frame_value (env, link->request), frame_value (env, link->response),
              env->make_integer (env, link->index) };
      return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
    }
  emacs_value list = Q (nil);
  for (guint32 i = link->n; i-- > 0 && lisp_ok (env);)
    list = lisp_cons (
        env, frame_value (env, g_array_index (links->candidates, guint32, link->first + i)),
        list);
  emacs_value parts[] = { ambiguous, Q (nil), Q (nil), Q (nil), list };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

static emacs_value
link_them (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args,
           void *data G_GNUC_UNUSED)
{
  Log *log = module_log (env, args[0]);
  LinkCapture *capture = log ? take_capture (env, args[1]) : NULL;
  if (!capture)
    return Q (nil);
  g_autoptr (Links) links = link_log (log, capture);
  emacs_value certain = env->intern (env, "certain");
  emacs_value ambiguous = env->intern (env, "ambiguous");
  g_autofree emacs_value *values = g_new (emacs_value, links->links->len + 1);
  for (guint i = 0; i < links->links->len && lisp_ok (env); i++)
    values[i] = link_value (env, links, &g_array_index (links->links, Link, i), certain,
                            ambiguous);
  if (!lisp_ok (env))
    return Q (nil);
  emacs_value parts[]
      = { lisp_call (env, Q_vector, links->links->len, values),
          env->make_integer (env, links->certain),
          env->make_integer (env, links->ambiguous), module_log_time (env, links->offset),
          env->make_integer (env, link_capture_requests (capture)) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

const ModuleFunction module_link_functions[]
    = { { "smblog--module-link-fields", 0, 0, fields,
          "Return the names of the fields that links need to know of a capture.\n\n(fn)" },
        { "smblog--module-link-capture", 0, 0, new_capture,
          "Return an object that collects what links need to know of a capture.\n\n(fn)" },
        { "smblog--module-link-add", 2, 2, add_cells,
          "Add VALUE, of a raw reply with the fields in order, to CAPTURE.\n\n"
          "(fn CAPTURE VALUE)" },
        { "smblog--module-link", 2, 2, link_them,
          "Link the requests of LOG to the frames of CAPTURE.\n"
          "The value is a list (LINKS CERTAIN AMBIGUOUS OFFSET REQUESTS).  LINKS has an\n"
          "element for each of the log's requests: nil, (certain REQUEST-FRAME\n"
          "RESPONSE-FRAME INDEX), INDEX being the PDU's in its frame, or (ambiguous nil\n"
          "nil nil FRAMES).  CERTAIN and AMBIGUOUS count them.  OFFSET is how many\n"
          "seconds the log's clock is ahead, nil if nothing is certain; REQUESTS how\n"
          "many the capture has.\n\n(fn LOG CAPTURE)" },
        { NULL, 0, 0, NULL, NULL } };
