#define _GNU_SOURCE
#include "CLinux.h"

#include <sys/resource.h>
#include <poll.h>
#include <sched.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Static_assert(CLINUX_READ == EPOLLIN && CLINUX_WRITE == EPOLLOUT && CLINUX_ERROR == EPOLLERR, "epoll ABI");
_Static_assert(CLINUX_HANGUP == EPOLLHUP && CLINUX_PEER_CLOSED == EPOLLRDHUP, "epoll ABI");

int clinux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int clinux_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int clinux_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int clinux_epoll_remove(int epoll, int descriptor) { return control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

// Waiting, sending and receiving are cancellation points, which cost a process of several threads two atomic operations
// and a call each; nothing here is ever cancelled, so these three go to the kernel directly.

int clinux_epoll_wait(int epoll, clinux_event *events, int capacity, int timeout_ms) {
    struct epoll_event ready[1024];
    int count = (int)syscall(SYS_epoll_pwait, epoll, ready, capacity < 1024 ? capacity : 1024, timeout_ms, NULL,
                             0);
    for (int i = 0; i < count; i++) {
        events[i].token = ready[i].data.u64;
        events[i].events = ready[i].events;
    }
    return count;
}

int clinux_wait_readable(int descriptor, uint64_t timeout_ns) {
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    return ppoll(&watched, 1, &timeout, NULL);
}

int clinux_eventfd_create(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void clinux_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    // EAGAIN means that the counter is already non-zero, which is all that a wake-up asks for.
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {}
}

void clinux_eventfd_drain(int descriptor) {
    uint64_t value;
    while (read(descriptor, &value, sizeof value) < 0 && errno == EINTR) {}
}

static _Thread_local void *current_loop;
void *clinux_current_loop(void) { return current_loop; }
void clinux_set_current_loop(void *loop) { current_loop = loop; }

// The kernel's struct of version 0, which glibc 2.36 does not declare.
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

void clinux_wake_promptly(void) {
    struct scheduling wanted = {
        .size = sizeof wanted,
        .policy = SCHED_OTHER,
        .nice = getpriority(PRIO_PROCESS, 0),
        // The shortest that the kernel grants.
        .runtime = 100 * 1000,
    };
    syscall(SYS_sched_setattr, 0, &wanted, 0);
}

void clinux_name_this_thread(const char *name) {
    char short_name[16];  // the kernel's limit, with the terminator
    snprintf(short_name, sizeof short_name, "%s", name);
    pthread_setname_np(pthread_self(), short_name);
}

// Closes and keeps the errno of the call that failed.
static int fail(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

static int resolve(const char *host, uint16_t port, int flags, struct addrinfo **found) {
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags | AI_NUMERICSERV};
    if (getaddrinfo(*host ? host : NULL, service, &hints, found) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    return 0;
}

int clinux_listen_tcp(const char *host, uint16_t port, int backlog, int shared, uint16_t *bound_port) {
    struct addrinfo *found;
    if (resolve(host, port, AI_PASSIVE, &found) < 0) return -1;
    int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        freeaddrinfo(found);
        return -1;
    }
    int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted sockets inherit TCP_NODELAY on Linux; accept sets it again, because this line is easily lost.
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // A slow reader's answer waits with us, where it is bounded and has a deadline, rather than in megabytes of the
    // kernel, which would take it all and leave us to think that it was read. Accepted sockets inherit it (tcp(7)).
    int unsent_max = 128 * 1024;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_max, sizeof unsent_max);
    if (shared) setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    int result = bind(descriptor, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (result < 0 || listen(descriptor, backlog) < 0) return fail(descriptor);
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length) < 0) return fail(descriptor);
    *bound_port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                    : ((struct sockaddr_in *)&bound)->sin_port);
    return descriptor;
}

static int unix_address(const char *path, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return 0;
}

int clinux_listen_unix(const char *path, uint32_t mode, int backlog) {
    struct sockaddr_un address;
    if (unix_address(path, &address) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return fail(descriptor);
    // Nobody can connect before listen(2), so that the mode holds from the first moment without touching the umask.
    if (chmod(path, mode) < 0 || listen(descriptor, backlog) < 0) {
        int error = errno;
        unlink(path);
        errno = error;
        return fail(descriptor);
    }
    return descriptor;
}

int clinux_accept(int listener, char address[CLINUX_ADDRESS_TEXT_MAX]) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    int descriptor = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return -1;
    strcpy(address, "unix");
    if (peer.ss_family == AF_INET) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, address, CLINUX_ADDRESS_TEXT_MAX);
    } else if (peer.ss_family == AF_INET6) {
        struct in6_addr *six = &((struct sockaddr_in6 *)&peer)->sin6_addr;
        // ::ffff:127.0.0.1 is the same client as 127.0.0.1, and is counted as such.
        if (IN6_IS_ADDR_V4MAPPED(six)) inet_ntop(AF_INET, &six->s6_addr[12], address, CLINUX_ADDRESS_TEXT_MAX);
        else inet_ntop(AF_INET6, six, address, CLINUX_ADDRESS_TEXT_MAX);
    }
    if (peer.ss_family != AF_UNIX) {
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return descriptor;
}

int clinux_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }

int clinux_is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

ptrdiff_t clinux_send(int descriptor, const void *first, size_t first_count, const void *second, size_t second_count) {
    ssize_t sent;
    if (second_count == 0) {
        do sent = syscall(SYS_sendto, descriptor, first, first_count, MSG_NOSIGNAL, NULL, 0);
        while (sent < 0 && errno == EINTR);
        return sent;
    }
    struct iovec parts[2] = {{(void *)first, first_count}, {(void *)second, second_count}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    do sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
}

ptrdiff_t clinux_receive(int descriptor, void *buffer, size_t capacity) {
    ssize_t received;
    do received = syscall(SYS_recvfrom, descriptor, buffer, capacity, 0, NULL, NULL);
    while (received < 0 && errno == EINTR);
    return received;
}

int clinux_shutdown_write(int descriptor) { return shutdown(descriptor, SHUT_WR); }

int clinux_socket_error(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? errno : error;
}

int clinux_connect_tcp(const char *host, uint16_t port) {
    struct addrinfo *found;
    if (resolve(host, port, 0, &found) < 0) return -1;
    int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int result = descriptor < 0 ? -1 : connect(descriptor, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (descriptor < 0) return -1;
    if (result < 0) return fail(descriptor);
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return descriptor;
}

int clinux_connect_unix(const char *path) {
    struct sockaddr_un address;
    if (unix_address(path, &address) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return fail(descriptor);
    return descriptor;
}

int clinux_accept_blocking(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

int clinux_set_receive_timeout(int descriptor, int64_t milliseconds) {
    struct timeval value = {.tv_sec = milliseconds / 1000, .tv_usec = (milliseconds % 1000) * 1000};
    return setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
}

int clinux_set_buffer_sizes(int descriptor, int send_bytes, int receive_bytes) {
    if (send_bytes > 0 && setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) < 0) return -1;
    if (receive_bytes <= 0) return 0;
    return setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
}

int clinux_reset_on_close(int descriptor) {
    struct linger value = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, sizeof value);
}

int clinux_is_no_delay(int descriptor) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &length) == 0 && value != 0;
}

int64_t clinux_wall_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

uint64_t clinux_monotonic_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void clinux_random(void *buffer, size_t count) {
    // getrandom of up to 256 bytes is neither short nor interrupted once the pool is initialised (getrandom(2)).
    while (getrandom(buffer, count, 0) != (ssize_t)count) {}
}
