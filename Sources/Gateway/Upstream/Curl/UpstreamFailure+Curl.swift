import CCurl

extension UpstreamFailure {
    /// What a result of curl means; the result is not CURLE_OK, or there was no answer in spite of it.
    init(_ result: CURLcode, isHeadWhole: Bool) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST: self = .nameNotResolved
        case CURLE_COULDNT_CONNECT: self = .connectFailed
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED:
            self = .tlsFailed
        case CURLE_OPERATION_TIMEDOUT: self = .timeoutConnect
        case CURLE_PARTIAL_FILE: self = .truncated
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: self = isHeadWhole ? .truncated : .connectionLost
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: self = isHeadWhole ? .truncated : .malformedAnswer
        // The only protocols we ask for are known: this is an answer that is no HTTP at all ("HTTP/0.9").
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_OK: self = .malformedAnswer
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: self = .misconfigured
        default: self = .other
        }
    }
}
