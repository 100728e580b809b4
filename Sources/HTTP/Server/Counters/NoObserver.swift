/// Observes nothing, and spares the server the making of what it would be told.
package final class NoObserver: ServerObserver {
    package init() {}

    package func completed(
        route: String, method: Method, status: Int, duration: Duration, bytesOut: Int, requestID: String,
        client: String
    ) {}
}
