import CCurl

extension UpstreamFailure {
    /// Why curl gave no connection; the result is not CURLE_OK, or there was none in spite of it.
    init(_ result: CURLcode) {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST: self = .nameNotResolved
        case CURLE_COULDNT_CONNECT: self = .connectFailed
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED:
            self = .tlsFailed
        case CURLE_OPERATION_TIMEDOUT: self = .timeoutConnect
        case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT, CURLE_UNSUPPORTED_PROTOCOL: self = .misconfigured
        default: self = .other
        }
    }
}
