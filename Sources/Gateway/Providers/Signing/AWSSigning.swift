import AWS
import Domain

/// Signature Version 4 over the address, the body and the moment.
final class AWSSigning: RequestSigning {
    private let signer: RequestSigner
    let secrets: [String]

    init(_ credentials: AccessCredentials, region: String, service: String) {
        signer = RequestSigner(credentials, region: region, service: service)
        secrets = [credentials.secretAccessKey] + (credentials.sessionToken.map { [$0] } ?? [])
    }

    func fields(of body: [UInt8], to target: UpstreamTarget, at now: Timestamp) -> [UInt8]? {
        guard let signed = target.signed else { return [] }
        let fields = signer.fields(
            method: "POST", path: signed.path, query: signed.query,
            fields: [(name: "host", value: signed.host), (name: "content-type", value: "application/json")],
            body: body, at: SigningMoment(unixMilliseconds: now.milliseconds))
        var lines: [UInt8] = []
        for field in fields { lines += "\r\n\(field.name): \(field.value)".utf8 }
        return lines
    }
}
