#define _GNU_SOURCE
#include "CCurl.h"

#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) { return curl_easy_setopt(easy, option, value); }

CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

CURLcode ccurl_set_data_callback(CURL *easy, CURLoption option, ccurl_data_callback callback, void *owner) {
    CURLoption data = option == CURLOPT_HEADERFUNCTION ? CURLOPT_HEADERDATA : CURLOPT_WRITEDATA;
    CURLcode result = curl_easy_setopt(easy, data, owner);
    return result != CURLE_OK ? result : curl_easy_setopt(easy, option, callback);
}

CURLcode ccurl_set_open_socket(CURL *easy, curl_opensocket_callback callback, void *owner) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, owner);
    return result != CURLE_OK ? result : curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback);
}

CURLcode ccurl_set_close_socket(CURL *easy, curl_closesocket_callback callback, void *owner) {
    CURLcode result = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, owner);
    return result != CURLE_OK ? result : curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

CURLMcode ccurl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback, void *owner) {
    CURLMcode result = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, owner);
    return result != CURLM_OK ? result : curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

CURLMcode ccurl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback, void *owner) {
    CURLMcode result = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, owner);
    return result != CURLM_OK ? result : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

int ccurl_is_finished(CURLM *multi, CURLcode *result) {
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        *result = message->data.result;
        return 1;
    }
    return 0;
}

int ccurl_address(const struct curl_sockaddr *address, uint8_t bytes[16]) {
    if (address->family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)&address->addr)->sin_addr, 4);
        return 4;
    }
    if (address->family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)&address->addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

curl_socket_t ccurl_open_socket(const struct curl_sockaddr *address) {
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int ccurl_resolves_asynchronously(void) {
    return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS) != 0;
}

static void initialise(void) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    // With CURLOPT_NOSIGNAL curl leaves SIGPIPE alone, and OpenSSL writes without MSG_NOSIGNAL: a peer that went away
    // would end the process.
    signal(SIGPIPE, SIG_IGN);
}

void ccurl_global_init(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise);
}

long ccurl_response_code(CURL *easy) {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

curl_socket_t ccurl_active_socket(CURL *easy) {
    curl_socket_t descriptor = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &descriptor) != CURLE_OK) return CURL_SOCKET_BAD;
    return descriptor;
}

CURLSH *ccurl_share(void) {
    CURLSH *share = curl_share_init();
    if (share == NULL) return NULL;
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return share;
}
