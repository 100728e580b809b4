package import HTTP
package import JSON

package extension Response {
    /// A resource as JSON with its strong ETag, and `Location` where it was just made.
    static func resource(_ value: JSONValue, status: Int = 200, location: String? = nil) -> Response {
        let bytes = value.encoded()
        var response = Response(status: status, body: .bytes(bytes))
        response.headers.set("Content-Type", "application/json")
        response.headers.set("ETag", EntityTag.of(bytes))
        if let location { response.headers.set("Location", location) }
        return response
    }

    /// JSON that is not a resource with a history of its own.
    static func value(_ value: JSONValue, status: Int = 200) -> Response {
        var response = Response(status: status, body: .bytes(value.encoded()))
        response.headers.set("Content-Type", "application/json")
        return response
    }
}

package extension JSONValue {
    /// The ETag that `Response.resource` gives this representation.
    var entityTag: String {
        EntityTag.of(encoded())
    }
}
