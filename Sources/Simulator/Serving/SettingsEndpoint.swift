import HTTP
import JSON

/// `GET` and `PUT /simulator/settings`: what a test or an operator turns at run time.
struct SettingsEndpoint: Sendable {
    private let state: ProviderState

    init(_ state: ProviderState) { self.state = state }

    func show(_ request: Request) -> Response {
        let settings = state.scenario.settings
        let body: JSONValue = [
            "settings": settings.json, "requires_key": .bool(settings.requiredKey != nil),
            "requests": state.counts.json,
        ]
        return .json(body.encoded())
    }

    /// Settings that the body does not name stay as they are.
    func change(_ request: Request) -> Response {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: request.body)
        } catch {
            return VendorError.invalid("The body is not JSON: \(error).").response
        }
        do throws(SimulatorSettingsError) {
            try state.change { settings throws(SimulatorSettingsError) in try settings.change(by: json) }
        } catch {
            return VendorError.invalid("\(error)", parameter: error.field).response
        }
        return show(request)
    }
}
