/// One event of a stream without its framing: of server-sent events the `event` and `data` fields, of an AWS event
/// stream the header `:event-type` (or `:exception-type`) and the payload.
package struct WireEvent: Sendable, Equatable {
    package var name: String?
    package var data: [UInt8]

    package init(name: String? = nil, data: [UInt8]) {
        self.name = name
        self.data = data
    }
}
