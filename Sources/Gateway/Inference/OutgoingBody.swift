import Domain

/// What goes out to one variant.
struct OutgoingBody: Sendable {
    let bytes: [UInt8]
    /// Of a form, which has a boundary of its own.
    let contentType: String?
    /// What follows, where not all of it is here yet.
    let upload: UpstreamUpload?

    /// - Throws: what the caller has to mend for this variant.
    init(
        _ request: CallerRequest, for variant: LiveVariant, over route: SurfaceRoute
    ) throws(OpenAIError) {
        if let form = request.upload {
            let sent = try form.begin(variant, over: route)
            bytes = sent.body
            contentType = sent.contentType
            upload = sent.upload
        } else {
            bytes = try UpstreamBody.make(request, for: variant, over: route)
            contentType = nil
            upload = nil
        }
    }
}
