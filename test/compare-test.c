/* compare-test.c --- exchanges are built, paired and judged rightly

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/hash.h"
#include "summaries.h"

enum
{
  SMB2 = 0,
  SMB1 = WIRE_PDU_SMB1,
  REPLY = WIRE_PDU_RESPONSE | WIRE_PDU_STATUS
};

/* Add a PDU, in a frame of its own.  */
static WirePdu *
pdu (SummaryParts *parts, guint32 flags, guint32 command, guint64 message)
{
  const WirePdu pdu
      = { .frame = parts->pdus->len + 1,
          .flags = flags,
          .command = command,
          .message = message,
          .matters = command,
          .ports = flags & WIRE_PDU_RESPONSE ? 445u << 16 | 999 : 999u << 16 | 445,
          .command_name = summary_string (parts, "COMMAND") };
  g_array_append_val (parts->pdus, pdu);
  return &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1);
}

/* A request and its response.  */
static void
ask (SummaryParts *parts, guint32 command, guint64 message, const char *path,
     guint64 matters)
{
  guint32 name = summary_string (parts, path);
  WirePdu *request = pdu (parts, SMB2, command, message);
  request->path = name;
  request->matters = matters;
  pdu (parts, REPLY, command, message);
}

static Exchanges *
finish (Strings *strings, SummaryParts *parts)
{
  Exchanges *x = exchanges_new (strings);
  g_autoptr (GVariant) summary = summary_variant (parts);
  g_assert_true (exchanges_add (x, summary));
  exchanges_finish (x);
  return x;
}

/* Each exchange as request/interim/response+further, in PDUs from 0, "-" for
   none.  */
static void
assert_exchanges (SummaryParts *parts, const char *expected)
{
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = finish (strings, parts);
  g_autoptr (GString) found = g_string_new (NULL);
  for (guint32 i = 0; i < exchanges_count (x); i++)
    {
      const Exchange *e = exchanges_get (x, i);
      const guint32 pdus[] = { e->request, e->interim, e->response };
      if (i)
        g_string_append_c (found, ' ');
      for (int k = 0; k < 3; k++)
        {
          g_autofree char *number = g_strdup_printf ("%u", pdus[k]);
          g_string_append_printf (found, "%s%s", k ? "/" : "",
                                  pdus[k] == NO_PDU ? "-" : number);
        }
      for (guint32 f = e->further; f != NO_PDU; f = exchanges_next (x, f))
        g_string_append_printf (found, "+%u", f);
    }
  g_assert_cmpstr (found->str, ==, expected);
  strings_unref (strings);
}

static void
test_async (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB2, 15, 7);
  pdu (&parts, REPLY | WIRE_PDU_ASYNC, 15, 7)->status = 0x103;
  pdu (&parts, SMB2, 12, 7); /* CANCEL, of the same id */
  pdu (&parts, REPLY | WIRE_PDU_ASYNC, 15, 7)->status = 0xc0000120;
  assert_exchanges (&parts, "0/1/3 2/-/-");
}

/* That a server first says that it will take a while makes no other exchange.  */
static void
test_interim_is_chance (void)
{
  SummaryParts parts = summary_parts ();
  for (guint32 i = 0; i < 2; i++)
    {
      pdu (&parts, SMB2, 9, i);
      if (i)
        pdu (&parts, REPLY | WIRE_PDU_ASYNC, 9, i)->status = 0x103;
      pdu (&parts, REPLY, 9, i);
    }
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = finish (strings, &parts);
  g_assert_cmpuint (exchanges_get (x, 1)->interim, !=, NO_PDU);
  g_assert_cmpuint (exchanges_get (x, 0)->exchange_hash, ==,
                    exchanges_get (x, 1)->exchange_hash);
  strings_unref (strings);
}

static void
test_unasked (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, REPLY, 18, G_MAXUINT64); /* an oplock break */
  pdu (&parts, SMB2, 18, 4);            /* ... acknowledged */
  pdu (&parts, REPLY, 18, 4);
  assert_exchanges (&parts, "0/-/- 1/-/2");
}

static void
test_cut_off (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, REPLY, 8, 3);
  pdu (&parts, SMB2, 8, 4);
  assert_exchanges (&parts, "-/-/0 1/-/-");
}

static void
test_retransmission (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB2, 8, 3);
  pdu (&parts, SMB2 | WIRE_PDU_RETRANSMISSION, 8, 3);
  pdu (&parts, REPLY, 8, 3);
  assert_exchanges (&parts, "0/-/2");
}

/* A mirrored port shows all twice, the second time as if TCP sent it again.  */
static void
test_mirrored_port (void)
{
  SummaryParts parts = summary_parts ();
  for (guint32 i = 0; i < 2; i++)
    {
      guint32 again = i ? WIRE_PDU_RETRANSMISSION : 0;
      pdu (&parts, SMB2 | again, 15, 7);
      pdu (&parts, REPLY | WIRE_PDU_ASYNC | again, 15, 7)->status = 0x103;
      pdu (&parts, SMB2 | again, 12, 7);
      pdu (&parts, REPLY | WIRE_PDU_ASYNC | again, 15, 7)->status = 0xc0000120;
      pdu (&parts, REPLY | again, 18, G_MAXUINT64);
    }
  assert_exchanges (&parts, "0/1/3 2/-/- 4/-/-");
}

/* What works on the file of the request before it in a compound goes back to what
   opened that, whether it could be or not.  */
static void
test_related (void)
{
  SummaryParts parts = summary_parts ();
  guint32 path = summary_string (&parts, "file"), tree = summary_string (&parts, "share");
  pdu (&parts, SMB2, 3, 0)->path = tree;
  pdu (&parts, REPLY, 3, 0)->tree = 5;
  for (guint32 i = 0; i < 3; i++)
    {
      WirePdu *request = pdu (&parts, i ? SMB2 | WIRE_PDU_RELATED : SMB2,
                              (guint32[]){ 5, 16, 6 }[i], i + 1);
      request->frame = 3;
      request->tree = i ? G_MAXUINT32 : 5;
      if (!i)
        request->path = path;
    }
  WirePdu *alone = pdu (&parts, SMB2 | WIRE_PDU_RELATED, 6, 9);
  alone->frame = 4;
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = finish (strings, &parts);
  for (guint32 i = 1; i <= 3; i++)
    {
      const Exchange *e = exchanges_get (x, i);
      g_assert_cmpstr (strings_get (strings, e->path), ==, "file");
      g_assert_cmpuint (e->opener, ==, i == 1 ? NO_OPENER : 1);
      g_assert_cmpuint (e->tree, ==, 0);
    }
  g_assert_cmpuint (exchanges_get (x, 4)->opener, ==, NO_OPENER);
  strings_unref (strings);
}

static void
test_negotiation (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB1, 0x72, 0);
  pdu (&parts, REPLY, 0, 0); /* SMB2 in answer to SMB1 */
  pdu (&parts, SMB2, 0, 1);
  pdu (&parts, REPLY, 0, 1);
  assert_exchanges (&parts, "0/-/1 2/-/3");
}

static void
test_transaction (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB1, 0x32, 5);
  pdu (&parts, SMB1, 0x33, 5); /* the rest of the request */
  pdu (&parts, SMB1 | REPLY, 0x32, 5);
  pdu (&parts, SMB1 | REPLY, 0x32, 5); /* the rest of the response */
  pdu (&parts, SMB1, 0x32, 5);         /* the same id again */
  pdu (&parts, SMB1 | REPLY, 0x32, 5);
  assert_exchanges (&parts, "0/-/2+1+3 4/-/5");
}

static void
test_wrong_command (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB2, 8, 3);
  pdu (&parts, REPLY, 9, 3);
  assert_exchanges (&parts, "0/-/- -/-/1");
}

static void
test_channels (void)
{
  SummaryParts parts = summary_parts ();
  pdu (&parts, SMB2, 1, 1)->session = 9;
  WirePdu *bind = pdu (&parts, SMB2 | WIRE_PDU_BINDING, 1, 1);
  bind->session = 9;
  bind->stream = 1;
  WirePdu *other = pdu (&parts, SMB2, 1, 1);
  other->session = 8;
  other->stream = 2;
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) x = finish (strings, &parts);
  g_assert_cmpuint (exchanges_group_count (x), ==, 2);
  g_assert_cmpuint (exchanges_group (x, 0)->n_streams, ==, 2);
  g_assert_cmpuint (exchanges_get (x, 1)->group, ==, 0);
  g_assert_cmpuint (exchanges_get (x, 2)->group, ==, 1);
  strings_unref (strings);
}

/* ------------------------------------------------------------- comparing */

/* Two captures of exchanges, one path each letter of A and B; "#" is a message that could
   not be decrypted.  */
static char *
compare_paths (const char *a, const char *b)
{
  Strings *strings = strings_new ();
  Exchanges *sides[2];
  const char *const texts[2] = { a, b };
  for (int side = 0; side < 2; side++)
    {
      SummaryParts parts = summary_parts ();
      for (const char *c = texts[side]; *c; c++)
        {
          const char path[] = { (char)g_ascii_tolower (*c), *c, *c, '\0' };
          if (*c == '#')
            pdu (&parts, WIRE_PDU_OPAQUE | WIRE_PDU_ENCRYPTED, 0xffff, 0);
          else
            ask (&parts, 5, parts.pdus->len, path, (guint64)*c);
        }
      /* The client ends the connection: what is missing was not sent.  */
      const WireSegment fin = { .frame = parts.pdus->len + 1,
                                .ports = 999u << 16 | 445,
                                .flags = WIRE_SEGMENT_FIN };
      if (*texts[side])
        g_array_append_val (parts.segments, fin);
      sides[side] = finish (strings, &parts);
    }
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (sides[0], sides[1], strings, &options);
  g_autoptr (Comparison) mirror = compare_run (sides[1], sides[0], strings, &options);
  assert_complete (c, sides[0], sides[1]);
  assert_mirrored (c, mirror);
  GString *found = g_string_new (NULL);
  for (guint i = 0; i < c->divergences->len; i++)
    {
      const Divergence *d = &g_array_index (c->divergences, Divergence, i);
      g_string_append_printf (found, "%s%c%u", i ? " " : "", "SRPABOITNC"[d->kind], d -> n);
    }
  exchanges_free (sides[0]);
  exchanges_free (sides[1]);
  strings_unref (strings);
  return g_string_free (found, FALSE);
}

/* A capture of connections, told apart by blanks; each letter is a path that is
   opened.  */
static Exchanges *
connections (Strings *strings, const char *text)
{
  SummaryParts parts = summary_parts ();
  guint32 stream = 0;
  for (const char *c = text; *c; c++)
    {
      const char path[] = { *c, *c, *c, '\0' };
      guint first = parts.pdus->len;
      if (*c == ' ')
        stream++;
      else
        ask (&parts, 5, parts.pdus->len, path, (guint64)*c);
      for (guint i = first; i < parts.pdus->len; i++)
        g_array_index (parts.pdus, WirePdu, i).stream = stream;
    }
  return finish (strings, &parts);
}

/* Which connection of B goes with each of A's, "-" for none.  */
static char *
pair_connections (const char *a, const char *b)
{
  Strings *strings = strings_new ();
  g_autoptr (Exchanges) left = connections (strings, a);
  g_autoptr (Exchanges) right = connections (strings, b);
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (left, right, strings, &options);
  g_autoptr (Comparison) mirror = compare_run (right, left, strings, &options);
  assert_complete (c, left, right);
  assert_mirrored (c, mirror);
  g_autofree char *partners = g_strnfill (exchanges_group_count (left), '-');
  for (guint i = 0; i < c->groups->len; i++)
    {
      const ComparedGroups *pair = &g_array_index (c->groups, ComparedGroups, i);
      if (pair->a != NO_GROUP && pair->b != NO_GROUP)
        partners[pair->a] = (char)('0' + pair->b);
    }
  strings_unref (strings);
  return g_steal_pointer (&partners);
}

static void
test_connections (void)
{
  static const char *const cases[][3] = {
    { "abcdef ghijkl", "abcdef ghijkl", "01" },
    /* Clients in another order, alike or not.  */
    { "abcdef ghijkl", "ghijkl abcdef", "10" },
    { "abcdefghij abcdefghik", "abcdefghik abcdefghij", "10" },
    { "abcdefgh ijklmnop qrstuvwx", "ijklmnoz qrstuvwz abcdefgz", "201" },
    /* What is the same in all counts for nothing.  */
    { "abcdefgh abijklmn", "abijklmz abcdefgz", "10" },
    /* One that fails stays in its place.  */
    { "abcd abcd abcd", "abcd abce abcd", "012" },
    /* What is more alike goes together, not what comes first.  */
    { "abcdefghij klmnopqWXY klmnopqrst", "abcdefghAB klmnopqrCD", "0-1" },
    { "abcd", "", "-" },
    { "abcd", "wxyz abce", "1" },
    { "abcd efgh", "efgh", "-0" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = pair_connections (cases[i][0], cases[i][1]);
      g_assert_cmpstr (found, ==, cases[i][2]);
    }
}

/* Something done with HANDLE, of the one file there is, or COMMAND 5 opening it.  */
static void
use (SummaryParts *parts, guint32 command, guint64 handle, guint64 matters)
{
  guint64 message = parts->pdus->len;
  ask (parts, command, message, "file", matters);
  WirePdu *request = &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 2);
  (command == 5 ? request + 1 : request)->handle = handle;
}

/* A file is opened twice in B, and what A does with it done with the one that is
   opened and closed last: that is the one of A.  */
static void
test_openings (void)
{
  Strings *strings = strings_new ();
  SummaryParts one = summary_parts (), two = summary_parts ();
  use (&one, 5, 1, 5);
  use (&one, 16, 1, 1);
  use (&one, 17, 1, 2);
  use (&one, 6, 1, 6);
  use (&two, 5, 2, 5);
  use (&two, 5, 1, 5);
  use (&two, 16, 1, 1);
  use (&two, 17, 1, 2);
  use (&two, 6, 2, 6);
  use (&two, 6, 1, 6);
  g_autoptr (Exchanges) a = finish (strings, &one);
  g_autoptr (Exchanges) b = finish (strings, &two);
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  g_assert_cmpuint (c->divergences->len, ==, 2);
  g_assert_cmpuint (g_array_index (c->divergences, Divergence, 0).b, ==, 0);
  g_assert_cmpuint (g_array_index (c->divergences, Divergence, 1).b, ==, 4);
  strings_unref (strings);
}

/* Add a request of COMMAND and PATH, answered with STATUS.  */
static void
answer (SummaryParts *parts, guint32 command, const char *path, guint32 status)
{
  ask (parts, command, parts->pdus->len, path, command);
  WirePdu *response = &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1);
  response->status = status;
  response->matters = hash_mix (status, 1);
}

/* B ends after what failed in A succeeds: that is what is told, and not that A has
   more, though later it succeeds there, too.  */
static void
test_status_is_not_lost (void)
{
  static const guint32 denied = 0xc0000022;
  Strings *strings = strings_new ();
  SummaryParts one = summary_parts (), two = summary_parts ();
  answer (&one, 1, "", 0);
  answer (&two, 1, "", 0);
  for (guint32 i = 0; i < 3; i++)
    {
      answer (&one, 5, "file", 0);
      answer (&one, 16, "file", i % 2 ? 0 : denied);
      answer (&one, 6, "file", 0);
    }
  answer (&two, 5, "file", 0);
  answer (&two, 16, "file", 0);
  answer (&two, 6, "file", 0);
  g_autoptr (Exchanges) a = finish (strings, &one);
  g_autoptr (Exchanges) b = finish (strings, &two);
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  const Divergence *first = &g_array_index (c->divergences, Divergence, 0);
  g_assert_cmpint (first->kind, ==, DIVERGES_STATUS);
  g_assert_cmpuint (first->a, ==, 2);
  g_assert_cmpuint (first->b, ==, 2);
  strings_unref (strings);
}

/* Open PATH, asking what MATTERS says; STATUS comes of it, and HANDLE if that is 0.  */
static void
open_file (SummaryParts *parts, const char *path, guint64 matters, guint32 status,
           guint64 handle)
{
  ask (parts, 5, parts->pdus->len, path, matters);
  WirePdu *response = &g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1);
  response->status = status;
  response->handle = handle;
  response->matters = hash_mix (status, 1);
}

/* A file has a number made up in each run.  B may not open it as A does, and opens it
   in another way: what came of the first is told, though A goes on as the second
   does.  */
static void
test_status_of_a_made_up_name (void)
{
  Strings *strings = strings_new ();
  SummaryParts one = summary_parts (), two = summary_parts ();
  open_file (&one, "test_69.txt", 5, 0, 1);
  open_file (&two, "test_72.txt", 5, 0xc000004f, 0);
  open_file (&two, "test_72.txt", 9, 0, 1);
  for (guint64 i = 0; i < 3; i++)
    {
      use (&one, 16, 1, i);
      use (&two, 16, 1, i);
    }
  g_autoptr (Exchanges) a = finish (strings, &one);
  g_autoptr (Exchanges) b = finish (strings, &two);
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  const Divergence *first = &g_array_index (c->divergences, Divergence, 0);
  g_assert_cmpint (first->kind, ==, DIVERGES_STATUS);
  g_assert_cmpuint (first->a, ==, 0);
  g_assert_cmpuint (first->b, ==, 0);
  strings_unref (strings);
}

/* What one file is answered is not compared with what another is.  */
static void
test_status_of_another (void)
{
  Strings *strings = strings_new ();
  SummaryParts one = summary_parts (), two = summary_parts ();
  answer (&one, 5, "missing", 0xc0000034);
  answer (&two, 5, "greeting", 0);
  g_autoptr (Exchanges) a = finish (strings, &one);
  g_autoptr (Exchanges) b = finish (strings, &two);
  const CompareOptions options = { .n_rules = 1 };
  g_autoptr (Comparison) c = compare_run (a, b, strings, &options);
  g_assert_cmpuint (c->divergences->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (g_array_index (c->divergences, Divergence, i).kind, !=,
                     DIVERGES_STATUS);
  strings_unref (strings);
}

static void
test_kinds (void)
{
  static const char *const cases[][3] = {
    { "abcdef", "abcdef", "" },
    { "abcdef", "abdef", "A1" },
    { "abdef", "abcdef", "B1" },
    { "abcdef", "bcdefa", "O1" },
    { "abcdefgh", "efgabcdh", "O3" },
    /* What has no partner is told in one line, and so is a longer end.  */
    { "abcdef", "", "A6" },
    { "abcdef", "abc", "A3" },
    { "abcdef", "abcd", "A1 A1" },
    { "", "", "" },
    { "aabb", "abb", "A1" },
    /* One name in the place of another is a request that differs.  */
    { "abcdef", "abxdef", "R1" },
    /* Of those on both sides nothing is known; those of one are told once, and
       before what may be in them.  */
    { "a##b", "a##b", "" },
    { "a##b", "a#b", "A1" },
    { "a###b", "ab", "A3" },
    { "abcd", "a##", "B2 A3" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = compare_paths (cases[i][0], cases[i][1]);
      g_assert_cmpstr (found, ==, cases[i][2]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async-ends-with-its-final-response", test_async);
  g_test_add_func ("/an-interim-response-is-chance", test_interim_is_chance);
  g_test_add_func ("/breaks-are-unasked", test_unasked);
  g_test_add_func ("/captures-cut-exchanges-off", test_cut_off);
  g_test_add_func ("/retransmissions-count-once", test_retransmission);
  g_test_add_func ("/mirrored-ports-count-once", test_mirrored_port);
  g_test_add_func ("/related-compounds-go-back-to-their-open", test_related);
  g_test_add_func ("/smb2-answers-smb1-negotiation", test_negotiation);
  g_test_add_func ("/transactions-in-parts", test_transaction);
  g_test_add_func ("/another-command-is-no-answer", test_wrong_command);
  g_test_add_func ("/channels-of-a-session-are-one-group", test_channels);
  g_test_add_func ("/connections-find-their-partners", test_connections);
  g_test_add_func ("/openings-show-in-what-is-done", test_openings);
  g_test_add_func ("/status-is-not-lost", test_status_is_not_lost);
  g_test_add_func ("/status-is-of-one-file", test_status_of_another);
  g_test_add_func ("/status-is-of-a-made-up-name", test_status_of_a_made_up_name);
  g_test_add_func ("/divergences-are-named", test_kinds);
  return g_test_run ();
}
