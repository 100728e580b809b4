/// The bounds that a client can run into. Each time one is reached it is counted, and `name` labels the count.
package enum ReachedLimit: Int, CaseIterable, Sendable {
    /// As many connections as there may be: no loop accepts until one leaves.
    case connections
    /// As many connections as one address may have: a further one is closed at once.
    case connectionsPerAddress
    /// No descriptor or kernel memory for another connection: accepting pauses.
    case descriptors
    /// 414.
    case requestLine
    /// 431, by bytes or by fields.
    case header
    /// 413.
    case body
    /// 503: the bodies of all requests together.
    case bodiesTotal
    /// So many pipelined requests were answered that the other connections got their turn.
    case pipelineDepth
    /// Closed without an answer: no request came.
    case idleTimeout
    /// 408.
    case headerTimeout
    /// 408.
    case bodyTimeout
    /// Closed: an answer was not taken in time, of an event stream too.
    case writeTimeout
    /// What the client has not taken is as much as may wait: its stream's writer is held, or no request is read.
    case writeBuffer
    /// Closed: the client kept sending after its last answer, for too long or too much.
    case linger
    /// 503: as many inferences run as may.
    case inferencesRunning
    /// 503: requests wait too long for the loop, and new inferences are shed.
    case queueDelay
    /// Closed without an answer: it idled, and a new connection needed its place.
    case idleEvicted

    /// As metrics show it.
    package var name: String {
        switch self {
        case .connections: "connections"
        case .connectionsPerAddress: "connections_per_address"
        case .descriptors: "descriptors"
        case .requestLine: "request_line"
        case .header: "header"
        case .body: "body"
        case .bodiesTotal: "bodies_total"
        case .pipelineDepth: "pipeline_depth"
        case .idleTimeout: "idle_timeout"
        case .headerTimeout: "header_timeout"
        case .bodyTimeout: "body_timeout"
        case .writeTimeout: "write_timeout"
        case .writeBuffer: "write_buffer"
        case .linger: "linger"
        case .inferencesRunning: "inferences_running"
        case .queueDelay: "queue_delay"
        case .idleEvicted: "idle_evicted"
        }
    }

    /// The limit that a refusal with this status stands for, where it stands for one.
    init?(status: Int) {
        switch status {
        case 413: self = .body
        case 414: self = .requestLine
        case 431: self = .header
        case 503: self = .bodiesTotal
        default: return nil
        }
    }
}
