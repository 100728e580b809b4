/// A method, a path template and what answers there.
///
/// Templates: "/api/v1/models/{model}/versions/{version}". A parameter is one whole segment. "{prompt+}" declares that
/// its one segment may hold an encoded slash (`%2F`). "{path*}" as the last segment takes the rest of the path.
package struct Route: Sendable {
    package let method: Method
    /// The template.
    package let path: String
    package let options: RouteOptions
    package let handler: Handler

    package init(_ method: Method, _ path: String, options: RouteOptions = .init(), handler: Handler) {
        self.method = method
        self.path = path
        self.options = options
        self.handler = handler
    }
}
