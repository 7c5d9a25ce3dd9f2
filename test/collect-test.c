/* collect-test.c --- PDU summaries come in parts, of a PDU perhaps again

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "summaries.h"

enum
{
  CREATE = 5,
  AGAIN = WIRE_PDU_AGAIN
};

/* Add what FRAME has to PARTS, a request with MESSAGE, or its response, in which MATTERS
   and N differences are ignored.  */
static void
tell (SummaryParts *parts, guint32 frame, guint32 flags, guint64 message, guint64 matters,
      guint32 n)
{
  const WirePdu pdu = { .frame = frame,
                        .flags = flags,
                        .command = CREATE,
                        .message = message,
                        .matters = matters,
                        .ports = 999u << 16 | 445,
                        .ignored = n };
  g_array_append_val (parts->pdus, pdu);
  for (guint32 i = 0; i < n; i++)
    {
      WireIgnored ignored = wire_ignored (1, matters);
      g_array_append_val (parts->ignored, ignored);
    }
}

static gboolean
add (Exchanges *x, SummaryParts *parts)
{
  g_autoptr (GVariant) part = summary_variant (parts);
  return exchanges_add (x, part);
}

/* Two requests with responses, in frames 1 to 4.  */
static Exchanges *
told (Strings *strings)
{
  Exchanges *x = exchanges_new (strings);
  SummaryParts parts = summary_parts ();
  for (guint32 frame = 1; frame <= 4; frame++)
    tell (&parts, frame, frame % 2 ? 0 : WIRE_PDU_RESPONSE, (frame + 1) / 2, frame, frame);
  g_assert_true (add (x, &parts));
  return x;
}

static void
assert_pdu (const Exchanges *x, guint32 pdu, guint64 matters, guint32 n_ignored)
{
  guint32 n;
  const WireIgnored *ignored = exchanges_ignored (x, pdu, &n);
  g_assert_cmpuint (exchanges_pdu (x, pdu)->matters, ==, matters);
  g_assert_cmpuint (n, ==, n_ignored);
  const WireIgnored expected = wire_ignored (1, matters);
  for (guint32 i = 0; i < n; i++)
    g_assert_cmpmem (&ignored[i], sizeof *ignored, &expected, sizeof expected);
}

static void
test_counts (void)
{
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = told (strings);
  SummaryParts parts = summary_parts ();
  tell (&parts, 2, WIRE_PDU_RESPONSE | AGAIN, 1, 20, 1);
  tell (&parts, 3, AGAIN, 2, 30, 0);
  g_assert_true (add (x, &parts));
  exchanges_finish (x);
  assert_pdu (x, 0, 1, 1);
  assert_pdu (x, 1, 20, 1);
  assert_pdu (x, 2, 30, 0);
  assert_pdu (x, 3, 4, 4);
  g_assert_cmpuint (exchanges_count (x), ==, 2);
  for (guint32 i = 0; i < 2; i++)
    {
      g_assert_cmpuint (exchanges_get (x, i)->request, ==, 2 * i);
      g_assert_cmpuint (exchanges_get (x, i)->response, ==, 2 * i + 1);
    }
  strings_unref (strings);
}

/* A frame that had no PDU, and one that had another message.  */
static void
test_others (void)
{
  const struct
  {
    guint32 frame, flags;
    guint64 message;
  } others[] = { { 5, 0, 3 }, { 3, 0, 7 }, { 3, WIRE_PDU_RESPONSE, 2 } };
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      Strings *strings = strings_new ();
      g_autoptr (Exchanges) x = told (strings);
      SummaryParts parts = summary_parts ();
      tell (&parts, others[i].frame, others[i].flags | AGAIN, others[i].message, 30, 0);
      g_assert_false (add (x, &parts));
      strings_unref (strings);
    }
}

/* What is there can be taken while more comes.  */
static void
test_so_far (void)
{
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = told (strings);
  g_autoptr (Exchanges) so_far = exchanges_so_far (x, 4);
  g_autoptr (Exchanges) less = exchanges_so_far (x, 2);
  SummaryParts more = summary_parts (), again = summary_parts ();
  tell (&more, 5, 0, 3, 50, 1);
  tell (&more, 6, WIRE_PDU_RESPONSE, 3, 60, 2);
  tell (&again, 1, AGAIN, 1, 10, 2);
  g_assert_true (add (x, &more));
  g_assert_true (add (x, &again));
  exchanges_finish (so_far);
  exchanges_finish (less);
  exchanges_finish (x);
  g_assert_cmpuint (exchanges_count (less), ==, 1);
  g_assert_cmpuint (exchanges_count (so_far), ==, 2);
  g_assert_cmpuint (exchanges_alike (so_far, 0), ==, 2);
  g_assert_cmpuint (exchanges_count (x), ==, 3);
  for (guint32 pdu = 0; pdu < 4; pdu++)
    assert_pdu (so_far, pdu, pdu + 1, pdu + 1);
  assert_pdu (x, 0, 10, 2);
  assert_pdu (x, 4, 50, 1);
  assert_pdu (x, 5, 60, 2);
  g_autoptr (Exchanges) same = told (strings);
  exchanges_finish (same);
  g_assert_cmpuint (exchanges_hash (so_far), ==, exchanges_hash (same));
  SummaryParts refused = summary_parts ();
  tell (&refused, 7, 0, 4, 70, 0);
  g_assert_false (add (so_far, &refused));
  strings_unref (strings);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/collect/again", test_counts);
  g_test_add_func ("/collect/others", test_others);
  g_test_add_func ("/collect/so-far", test_so_far);
  return g_test_run ();
}
