import Domain
import HTTP
package import JSON

/// OpenAPI 3.1, made of the endpoints that serve.
package struct OpenAPIDocument: Sendable {
    private let endpoints: [Endpoint]
    private let version: String

    package init(_ endpoints: [Endpoint], version: String) {
        self.endpoints = endpoints
        self.version = version
    }

    package var value: JSONValue {
        var paths = JSONObject()
        for endpoint in endpoints {
            // `{name+}` is our router's word for "may hold a slash"; OpenAPI has none.
            let path = endpoint.path.replacing("+}", with: "}")
            var item = paths[path]?.objectValue ?? [:]
            item[endpoint.method.rawValue.lowercased()] = operation(endpoint, path: path)
            paths[path] = .object(item)
        }
        var schemas = JSONObject()
        for endpoint in endpoints { schemas[endpoint.errors.name] = endpoint.errors.schema }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Signalbox", "version": .string(version),
                "description": "The control plane, the inference gateway and the metrics of one Signalbox.",
            ],
            "paths": .object(paths),
            "components": [
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
                "schemas": .object(schemas),
            ],
        ]
    }

    private func operation(_ endpoint: Endpoint, path: String) -> JSONValue {
        var operation: JSONObject = [
            "summary": .string(endpoint.summary), "tags": [.string(endpoint.tag)],
            "operationId": .string(Self.operationID(endpoint.method.rawValue.lowercased(), path)),
        ]
        let parameters = Self.pathParameters(path) + endpoint.query.map(Self.queryParameter)
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = endpoint.body {
            // RFC 7396 has a media type of its own; both are taken.
            let types = endpoint.method == .patch ? ["application/merge-patch+json"] : []
            operation["requestBody"] = [
                "required": .bool(!endpoint.isBodyOptional),
                "content": Self.content([endpoint.bodyMediaType] + types, body.openAPI),
            ]
        }
        operation["responses"] = responses(endpoint)
        switch endpoint.access {
        case .open: operation["security"] = []
        case .permission(let permission):
            operation["security"] = [["key": []]]
            operation["x-permission"] = .string(permission.rawValue)
        }
        return .object(operation)
    }

    private func responses(_ endpoint: Endpoint) -> JSONValue {
        var responses = JSONObject()
        for answer in endpoint.answers {
            var response: JSONObject = ["description": .string(answer.description)]
            if let schema = answer.schema {
                response["content"] = Self.content(answer.mediaTypes, schema.openAPI)
            }
            responses[String(answer.status)] = .object(response)
        }
        for (status, description) in Self.errors(of: endpoint) where responses[String(status)] == nil {
            responses[String(status)] = [
                "description": .string(description),
                "content": Self.content(
                    [endpoint.errors.mediaType], ["$ref": .string("#/components/schemas/\(endpoint.errors.name)")]),
            ]
        }
        return .object(responses)
    }

    private static func content(_ mediaTypes: [String], _ schema: JSONValue) -> JSONValue {
        var content = JSONObject()
        for type in mediaTypes { content[type] = ["schema": schema] }
        return .object(content)
    }

    private static func errors(of endpoint: Endpoint) -> [(Int, String)] {
        var errors = endpoint.furtherErrors.map { ($0.status, $0.description) } + [(400, "malformed request")]
        if endpoint.access != .open {
            errors += [(401, "no valid key"), (403, "the key lacks the permission")]
        }
        if endpoint.path.contains("{") { errors.append((404, "no such thing in this project")) }
        if endpoint.method != .get {
            errors += [
                (409, "a conflict with what is there"), (413, "body too large"), (415, "wrong Content-Type"),
                (507, "disk full"),
            ]
        }
        if endpoint.rawHandler == nil { errors.append((412, "If-Match does not match")) }
        errors += [(422, "invalid content: every violated rule is listed"), (503, "try again later")]
        return errors
    }

    private static func operationID(_ method: String, _ path: String) -> String {
        let words = path.split { "/{}._-".contains($0) }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return method + words.joined()
    }

    private static func pathParameters(_ path: String) -> [JSONValue] {
        path.split(separator: "/").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }.map { segment in
            [
                "name": .string(String(segment.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": ["type": "string"],
            ]
        }
    }

    private static func queryParameter(_ query: Endpoint.Query) -> JSONValue {
        [
            "name": .string(query.name), "in": "query", "required": false,
            "description": .string(query.description), "schema": query.schema.openAPI,
        ]
    }
}
