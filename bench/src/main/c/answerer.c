/*
 * A small HTTP/1.1 server that ends as a good one should. It answers every request with its version and host name. When it gets
 * SIGTERM it takes no new connections, says "Connection: close" with the next answer on each that it has, waits until the
 * other side has closed, and ends when it has none left, or after IDLE seconds.
 *
 *   answerer PORT VERSION
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE 5
#define LONGEST_REQUEST 8192

static atomic_int stopping, connections;
static char answer_kept[512], answer_last[512];

static void on_term(int number) { (void)number; stopping = 1; }

static void make(char *into, size_t size, const char *connection, const char *body) {
  snprintf(into, size, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%s\r\n%s", strlen(body), connection, body);
}

static int send_all(int socket, const char *text) {
  for (size_t left = strlen(text); left > 0;) {
    ssize_t sent = send(socket, text, left, MSG_NOSIGNAL);
    if (sent < 0) return -1;
    text += sent;
    left -= (size_t)sent;
  }
  return 0;
}

/*
 * Reads one request without a body; 0 = the other side closed, or nothing came for too long after SIGTERM; 1 = one that wants to
 * go on; 2 = one that is the last.
 */
static int request(int socket, char *buffer, size_t *filled) {
  for (int idle = 0;;) {
    buffer[*filled] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (end) {
      *end = 0;
      int closes = strcasestr(buffer, "connection: close") != NULL;
      size_t taken = (size_t)(end + 4 - buffer);
      memmove(buffer, buffer + taken, *filled - taken);
      *filled -= taken;
      return 1 + closes;
    }
    if (*filled >= LONGEST_REQUEST) return 0;
    struct pollfd ready = {.fd = socket, .events = POLLIN};
    if (poll(&ready, 1, 100) <= 0) {
      if (stopping && ++idle > IDLE * 10) return 0;
      continue;
    }
    ssize_t got = recv(socket, buffer + *filled, LONGEST_REQUEST - *filled, 0);
    if (got <= 0) return 0;
    *filled += (size_t)got;
  }
}

static void *serve(void *given) {
  int socket = (int)(long)given;
  char buffer[LONGEST_REQUEST + 1];
  size_t filled = 0;
  for (int wants; (wants = request(socket, buffer, &filled)) != 0;) {
    int last = stopping || wants == 2;
    if (send_all(socket, last ? answer_last : answer_kept) < 0 || last) break;
  }
  shutdown(socket, SHUT_WR);
  struct timeval limit = {.tv_sec = IDLE};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  while (recv(socket, buffer, sizeof buffer, 0) > 0) {}
  close(socket);
  connections--;
  return NULL;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  char host[128] = "", body[256];
  gethostname(host, sizeof host - 1);
  snprintf(body, sizeof body, "%s %s\n", words[2], host);
  make(answer_kept, sizeof answer_kept, "", body);
  make(answer_last, sizeof answer_last, "Connection: close\r\n", body);
  struct sigaction action = {.sa_handler = on_term};
  sigaction(SIGTERM, &action, NULL);
  int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(words[1]))};
  if (bind(door, (struct sockaddr *)&at, sizeof at) < 0 || listen(door, 1024) < 0) return 1;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
  while (!stopping) {
    struct pollfd ready = {.fd = door, .events = POLLIN};
    if (poll(&ready, 1, 100) <= 0) continue;
    int socket = accept(door, NULL, NULL);
    if (socket < 0) continue;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connections++;
    pthread_t thread;
    if (pthread_create(&thread, &small, serve, (void *)(long)socket) != 0) {
      close(socket);
      connections--;
    }
  }
  close(door);
  while (connections > 0) usleep(10000);
  return 0;
}
