#ifndef SIGNALBOX_CCURL_H
#define SIGNALBOX_CCURL_H

#include <curl/curl.h>
#include <stdint.h>

// curl_easy_setopt, curl_easy_getinfo and curl_multi_setopt are variadic in C, which Swift cannot call: one typed
// function for each kind of argument.

typedef size_t (*ccurl_data_callback)(char *bytes, size_t size, size_t count, void *owner);

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value);
CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value);
// curl copies the text.
CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode ccurl_set_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback, void *owner);
CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback callback, void *owner);
CURLcode ccurl_set_close_socket(CURL *easy, curl_closesocket_callback callback, void *owner);
CURLMcode ccurl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback, void *owner);
CURLMcode ccurl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback, void *owner);

// Whether a transfer of this multi handle has finished, and with what result; for a multi with one transfer.
int ccurl_is_finished(CURLM *multi, CURLcode *result);

// The status of the last answer (CURLINFO_RESPONSE_CODE); 0 when there was none.
long ccurl_response_code(CURL *easy);

// The socket of a handle that connected only (CURLINFO_ACTIVESOCKET); CURL_SOCKET_BAD when there is none.
curl_socket_t ccurl_active_socket(CURL *easy);
// What handles may share: names and TLS sessions. For one thread only, since nothing locks it. NULL without memory.
CURLSH *ccurl_share(void);

// The network address behind a resolved socket address: 4 or 16 bytes in network order; returns how many, 0 for any
// other family.
int ccurl_address(const struct curl_sockaddr *address, uint8_t bytes[16]);
// Opens the socket that curl would have opened, close-on-exec.
curl_socket_t ccurl_open_socket(const struct curl_sockaddr *address);

// Whether names are resolved off the calling thread (CURL_VERSION_ASYNCHDNS).
int ccurl_resolves_asynchronously(void);
// Once per process: curl's own tables and the TLS library. Thread-safe.
void ccurl_global_init(void);

#endif
