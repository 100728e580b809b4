#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>

// What Glibc's Swift module leaves out: epoll, eventfd, and the socket calls whose C types Swift imports awkwardly
// (packed epoll_event, variadic fcntl, sockaddr unions). Everything returns -1 and sets errno as the system call does.

// Bits of epoll_event.events; the values are the kernel's ABI.
enum {
    CLINUX_READ = 0x001,
    CLINUX_WRITE = 0x004,
    CLINUX_ERROR = 0x008,
    CLINUX_HANGUP = 0x010,
    CLINUX_PEER_CLOSED = 0x2000,
};

// One ready descriptor; unlike struct epoll_event it is not packed.
typedef struct {
    uint64_t token;
    uint32_t events;
} clinux_event;

int clinux_epoll_create(void);
int clinux_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int clinux_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token);
int clinux_epoll_remove(int epoll, int descriptor);
// Fills at most `capacity` (and never more than 256) events; waits `timeout_ms`, -1 meaning for ever.
int clinux_epoll_wait(int epoll, clinux_event *events, int capacity, int timeout_ms);
// Waits until the descriptor, which may be an epoll, can be read, or for so many nanoseconds; the count of ready ones.
int clinux_wait_readable(int descriptor, uint64_t timeout_ns);

int clinux_eventfd_create(void);
void clinux_eventfd_signal(int descriptor);
void clinux_eventfd_drain(int descriptor);

// The event loop that owns this thread, or NULL.
void *clinux_current_loop(void);
void clinux_set_current_loop(void *loop);
void clinux_name_this_thread(const char *name);
// Asks for short turns on the core, so that this thread, when it wakes, takes the place of one that computes: a slice
// of its own (sched_setattr(2), Linux 6.12; older kernels take no notice). Nothing depends on it but latency.
void clinux_wake_promptly(void);

// A peer's address as text: "127.0.0.1", "::1" or "unix". Needs 46 bytes.
enum { CLINUX_ADDRESS_TEXT_MAX = 46 };

// Listening sockets are non-blocking and close-on-exec. `shared` sets SO_REUSEPORT. The bound port goes to *bound_port.
int clinux_listen_tcp(const char *host, uint16_t port, int backlog, int shared, uint16_t *bound_port);
// `mode`: the permissions of the socket's file, in force before anybody can connect.
int clinux_listen_unix(const char *path, uint32_t mode, int backlog);
// Accepts one connection (non-blocking, close-on-exec, TCP_NODELAY where it is TCP); writes its address.
int clinux_accept(int listener, char address[CLINUX_ADDRESS_TEXT_MAX]);
int clinux_duplicate(int descriptor);
int clinux_is_socket(const char *path);

// send with MSG_NOSIGNAL; two buffers go out in one sendmsg, `second` may be empty.
ptrdiff_t clinux_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count);
ptrdiff_t clinux_receive(int descriptor, void *buffer, size_t capacity);
int clinux_shutdown_write(int descriptor);
// The error that a broken connection left on the socket (SO_ERROR).
int clinux_socket_error(int descriptor);

// Blocking sockets, for tests and command-line clients.
int clinux_connect_tcp(const char *host, uint16_t port);
int clinux_connect_unix(const char *path);
// The accepted socket blocks, and is closed in programs that are started.
int clinux_accept_blocking(int listener);
int clinux_set_receive_timeout(int descriptor, int64_t milliseconds);
int clinux_set_buffer_sizes(int descriptor, int send_bytes, int receive_bytes);
// SO_LINGER of zero: the next close sends RST.
int clinux_reset_on_close(int descriptor);
int clinux_is_no_delay(int descriptor);

// Milliseconds since the epoch, from CLOCK_REALTIME_COARSE (a few milliseconds coarse, and cheap).
int64_t clinux_wall_milliseconds(void);
// Nanoseconds of CLOCK_MONOTONIC.
uint64_t clinux_monotonic_ns(void);
// Whether the kernel knows its clock to be disciplined, by NTP as a rule (adjtimex(2)); it only looks.
int clinux_is_clock_synchronised(void);
// Random bytes of the kernel's generator; never fails for up to 256 bytes.
void clinux_random(void *buffer, size_t count);

// Gives back the pages of code, of the program and its libraries, that this process has mapped so far. What runs again
// is mapped again from the page cache. Code is never written to, so nothing can be lost.
void clinux_let_go_of_code(void);

#endif
