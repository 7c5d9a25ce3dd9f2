/* lossy-link.c --- a network that loses and delays, with counters

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

     lossy-link plain IF            have IF send what is on the wire: no offload
     lossy-link A B MS DROP TWICE   carry frames between A and B, MS milliseconds late

   Of TCP's frames in each direction every DROPth is lost and every TWICEth comes
   twice; 0 for none.  Ends with SIGTERM and prints, for each direction, how many TCP
   frames came, were lost and doubled.  tc's netem does such things at random, where
   the kernel has it.  */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUEUE 4096
#define MOST 2048

typedef struct
{
  double due;
  int length;
  unsigned char bytes[MOST];
} Frame;

/* What goes to one side.  */
typedef struct
{
  Frame frames[QUEUE];
  int first, count;
  int socket;
  long came, lost, doubled;
} Side;

static Side sides[2];
static volatile sig_atomic_t over;

static void
end (int signal)
{
  (void)signal;
  over = 1;
}

static double
now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
plain (const char *interface)
{
  static const unsigned what[]
      = { ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_STXCSUM, ETHTOOL_SSG };
  int s = socket (AF_INET, SOCK_DGRAM, 0);
  for (size_t i = 0; i < sizeof what / sizeof *what; i++)
    {
      struct ethtool_value value = { .cmd = what[i], .data = 0 };
      struct ifreq request = { .ifr_data = (char *)&value };
      strncpy (request.ifr_name, interface, IFNAMSIZ - 1);
      if (ioctl (s, SIOCETHTOOL, &request))
        perror (interface);
    }
  return close (s);
}

static int
open_side (const char *interface)
{
  struct sockaddr_ll address = { .sll_family = AF_PACKET,
                                 .sll_protocol = htons (ETH_P_ALL),
                                 .sll_ifindex = (int)if_nametoindex (interface) };
  struct packet_mreq all
      = { .mr_ifindex = address.sll_ifindex, .mr_type = PACKET_MR_PROMISC };
  int s = socket (AF_PACKET, SOCK_RAW, htons (ETH_P_ALL));
  if (s < 0 || bind (s, (struct sockaddr *)&address, sizeof address)
      || setsockopt (s, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
    {
      perror (interface);
      exit (2);
    }
  return s;
}

static void
queue (Side *to, const unsigned char *bytes, int length, double due)
{
  if (to->count == QUEUE)
    return;
  Frame *frame = &to->frames[(to->first + to->count++) % QUEUE];
  frame->due = due;
  frame->length = length;
  memcpy (frame->bytes, bytes, (size_t)length);
}

static void
carry (int from, Side *to, double delay, long drop, long twice)
{
  unsigned char bytes[MOST];
  struct sockaddr_ll sender;
  socklen_t size = sizeof sender;
  ssize_t n = recvfrom (from, bytes, sizeof bytes, 0, (struct sockaddr *)&sender, &size);
  if (n <= 0 || sender.sll_pkttype == PACKET_OUTGOING)
    return;
  int tcp = n > 34 && bytes[12] == 8 && bytes[13] == 0 && bytes[23] == 6;
  double due = now () + delay;
  if (tcp)
    {
      to->came++;
      if (drop && to->came % drop == 0)
        {
          to->lost++;
          return;
        }
    }
  queue (to, bytes, (int)n, due);
  if (tcp && twice && to->came % twice == 0)
    {
      to->doubled++;
      queue (to, bytes, (int)n, due);
    }
}

static void
deliver (Side *to)
{
  while (to->count && to->frames[to->first].due <= now ())
    {
      Frame *frame = &to->frames[to->first];
      if (send (to->socket, frame->bytes, (size_t)frame->length, 0) < 0)
        perror ("send");
      to->first = (to->first + 1) % QUEUE;
      to->count--;
    }
}

int
main (int argc, char **argv)
{
  if (argc == 3 && strcmp (argv[1], "plain") == 0)
    return plain (argv[2]);
  if (argc != 6)
    return 2;
  double delay = atof (argv[3]) / 1000;
  signal (SIGTERM, end);
  signal (SIGINT, end);
  for (int i = 0; i < 2; i++)
    sides[i].socket = open_side (argv[1 + i]);
  while (!over)
    {
      struct pollfd inputs[]
          = { { sides[0].socket, POLLIN, 0 }, { sides[1].socket, POLLIN, 0 } };
      poll (inputs, 2, 1);
      for (int i = 0; i < 2; i++)
        if (inputs[i].revents & POLLIN)
          carry (sides[i].socket, &sides[!i], delay, atol (argv[4]), atol (argv[5]));
      for (int i = 0; i < 2; i++)
        deliver (&sides[i]);
    }
  for (int i = 0; i < 2; i++)
    printf ("to %s: %ld came, %ld lost, %ld twice\n", argv[1 + i], sides[i].came,
            sides[i].lost, sides[i].doubled);
  return 0;
}
